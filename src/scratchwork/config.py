"""The recipe: one frozen table of settings per stage, with a line on each.

A recipe is data: it lists the stages to run and their settings. `toml.py` reads and writes it. Left out:
inheritance between recipes (each can be read alone) and names of classes or functions (a recipe cannot choose
code). What only another layer can know, such as a task's name or a reward's, is checked there.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from scratchwork.errors import suggestion

Stage = Literal["tokenizer", "pretrain", "midtrain", "sft", "grpo", "eval", "report"]
Architecture = Literal["llama", "qwen2", "qwen3"]
Optimizer = Literal["muon", "adamw"]
Precision = Literal["fp32", "bf16"]
ObjectiveName = Literal["grpo", "dr_grpo", "dapo", "rloo", "reinforce_pp", "gspo", "cispo", "ppo_clip"]
Fraction = Annotated[float, Field(ge=0, le=1)]
SeedNumber = Annotated[int, Field(ge=0, lt=2**63)]
Level = Annotated[int, Field(ge=1, le=5)]
HABITS = ("terse", "sloppy", "steps", "checker", "explorer", "reframer")


class Section(BaseModel):
    """What every table has in common: it cannot change, and it has no keys but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ModelConfig(Section):
    """[model] The shape of a decoder, in Hugging Face's words."""

    architecture: Architecture = Field("llama", description="qwen2 adds qkv biases, qwen3 adds qk-norm")
    vocab_size: PositiveInt = Field(1024, description="tokens, the special ones included")
    hidden_size: PositiveInt = Field(192, description="width of the residual stream")
    intermediate_size: PositiveInt = Field(512, description="width inside the MLP")
    num_hidden_layers: PositiveInt = Field(6, description="decoder blocks")
    num_attention_heads: PositiveInt = Field(6, description="query heads")
    num_key_value_heads: PositiveInt = Field(2, description="key and value heads; must divide the query heads")
    head_dim: PositiveInt = Field(
        default_factory=lambda data: data["hidden_size"] // data["num_attention_heads"],
        description="width of a head, even; hidden_size / num_attention_heads when not given",
    )
    max_position_embeddings: PositiveInt = Field(1024, description="longest sequence, prompt and answer together")
    rope_theta: PositiveFloat = Field(10_000.0, description="base of the rotary frequencies")
    rms_norm_eps: PositiveFloat = Field(1e-6, description="added to the mean square before the root")
    tie_word_embeddings: bool = Field(True, description="the output layer reuses the embedding matrix")

    @model_validator(mode="after")
    def _shapes_fit(self) -> ModelConfig:
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError(
                f"num_key_value_heads is {self.num_key_value_heads}; "
                f"it must divide num_attention_heads, which is {self.num_attention_heads}"
            )
        if self.head_dim % 2:
            raise ValueError(f"head_dim is {self.head_dim}; rotary embeddings need an even number")
        return self


class TokenizerConfig(Section):
    """[tokenizer] How text is cut into tokens; `model.vocab_size` says into how many different ones."""

    digits: Annotated[int, Field(ge=1, le=4)] = Field(1, description="most digits in a token, counted from the right")


class CorpusConfig(Section):
    """[corpus] Who writes the pretraining text: the experiment's most important dial."""

    habits: dict[str, NonNegativeFloat] = Field(
        {"terse": 0.42, "sloppy": 0.18, "steps": 0.1, "checker": 0.1, "explorer": 0.12, "reframer": 0.08},
        description="shares of the documents by their writer's habit",
    )
    slip: dict[str, Fraction] = Field(
        {"terse": 0.1, "sloppy": 0.2, "steps": 0.01, "checker": 0.03, "explorer": 0.01, "reframer": 0.02},
        description="probability of a slip in a step, by habit; 0 where not given",
    )
    go_on: Fraction = Field(0.6, description="probability that a writer goes on after a failed check")
    max_attempts: PositiveInt = Field(4, description="most attempts in one document")
    families: dict[str, NonNegativeFloat] = Field(
        {"apples": 1.0, "countdown": 1.0, "arithmetic": 1.0, "facts": 0.3},
        description="shares of the documents by task family",
    )
    levels: tuple[NonNegativeFloat, NonNegativeFloat, NonNegativeFloat, NonNegativeFloat, NonNegativeFloat] = Field(
        (3.0, 4.0, 4.0, 3.0, 1.0), description="shares of the documents by level, 1 to 5"
    )
    insight: Fraction = Field(0.25, description="probability that a countdown idea is the solution")
    drills_start: Fraction = Field(0.45, description="share of single-equation drills when training starts ...")
    drills_end: Fraction = Field(0.0, description="... falling in a straight line to this share when it ends")

    @field_validator("habits", "slip")
    @classmethod
    def _habits_known(cls, table: dict[str, float]) -> dict[str, float]:
        for habit in table:
            if habit not in HABITS:
                raise ValueError(f"{habit!r} is not a writer's habit; {suggestion(habit, HABITS)}")
        return table

    @field_validator("habits", "families")
    @classmethod
    def _shares_positive(cls, table: dict[str, float]) -> dict[str, float]:
        if not sum(table.values()) > 0:
            raise ValueError("the shares sum to 0; give at least one a share above 0")
        return table


class PretrainConfig(Section):
    """[pretrain] Next-token prediction on the corpus."""

    tokens: PositiveInt = Field(30_000_000, description="tokens to train on, all in all")
    sequence_length: PositiveInt = Field(512, description="tokens in a packed row")
    batch_tokens: PositiveInt = Field(16_384, description="tokens in an optimizer step")
    optimizer: Optimizer = Field("muon", description="for the matrices; AdamW always takes the rest")
    lr: PositiveFloat = Field(0.02, description="peak learning rate of `optimizer`")
    embed_lr: PositiveFloat = Field(3e-3, description="peak AdamW learning rate of embeddings, norms and biases")
    warmup: Fraction = Field(0.01, description="share of the steps over which the rate rises to its peak")
    cooldown: Fraction = Field(0.4, description="share of the steps, at the end, over which it falls to 0")
    weight_decay: NonNegativeFloat = Field(0.0, description="decoupled, on matrices only")
    grad_clip: NonNegativeFloat = Field(1.0, description="largest gradient norm; 0 = no limit")
    max_grad_norm_stop: NonNegativeFloat = Field(1e3, description="a norm before clipping that stops the run; 0 = none")
    precision: Precision = Field("bf16", description="of the matrix products; weights and sums stay fp32")
    compile: bool = Field(False, description="with torch.compile: faster, but it needs a C++ compiler")
    checkpoint_every: NonNegativeInt = Field(500, description="steps between checkpoints; 0 = only the last")

    @property
    def steps(self) -> int:
        """Optimizer steps, the last one whole."""
        return -(-self.tokens // self.batch_tokens)

    @model_validator(mode="after")
    def _schedule_fits(self) -> PretrainConfig:
        if self.warmup + self.cooldown > 1:
            raise ValueError(
                f"warmup {self.warmup} and cooldown {self.cooldown} are shares of the same steps; "
                "they may sum to 1 at most"
            )
        if self.sequence_length > self.batch_tokens:
            raise ValueError(
                f"sequence_length {self.sequence_length} is more than batch_tokens {self.batch_tokens}; "
                "a step must hold at least one row"
            )
        return self


class MidtrainConfig(PretrainConfig):
    """[midtrain] Pretraining gone on with, on pages of another kind: longer ones, for instance."""

    tokens: PositiveInt = Field(10_000_000, description="tokens to train on, all in all")
    warmup: Fraction = Field(0.0, description="share of the steps over which the rate rises to its peak")
    cooldown: Fraction = Field(1.0, description="share of the steps, at the end, over which it falls to 0")
    corpus: CorpusConfig = CorpusConfig()


class SftConfig(PretrainConfig):
    """[sft] The same training on answers given at once, with the loss on the answer alone."""

    tokens: PositiveInt = Field(2_000_000, description="tokens to train on, all in all")
    optimizer: Optimizer = Field("adamw", description="for the matrices; AdamW always takes the rest")
    lr: PositiveFloat = Field(1e-3, description="peak learning rate of `optimizer`")
    embed_lr: PositiveFloat = Field(1e-3, description="peak AdamW learning rate of embeddings, norms and biases")


class TaskShare(Section):
    """[[tasks]] A family of problems to train on, and how often."""

    family: str = Field(description="apples, countdown, arithmetic, facts or jsonl")
    levels: tuple[Level, ...] = Field((1, 2, 3, 4, 5), min_length=1, description="levels, each as often as the others")
    weight: PositiveInt = Field(1, description="turns that each level gets in a cycle of the mixture")
    path: str | None = Field(None, description="the file of problems, for jsonl")

    @model_validator(mode="after")
    def _path_where_needed(self) -> TaskShare:
        if (self.family == "jsonl") != (self.path is not None):
            raise ValueError(
                "`path` names the file of family 'jsonl' and of no other; "
                f"here family is {self.family!r} and path is {self.path!r}"
            )
        return self


class GrpoConfig(Section):
    """[grpo] Reinforcement learning on verified answers."""

    steps: PositiveInt = Field(100, description="times to ask, answer, judge and update")
    prompts_per_step: PositiveInt = Field(32, description="problems asked in a step")
    group_size: PositiveInt = Field(8, description="answers sampled to each")
    objective: ObjectiveName = Field("dr_grpo", description="the rule that turns rewards into a loss")
    optimizer: Optimizer = Field("adamw", description="for the matrices; AdamW always takes the rest")
    lr: PositiveFloat = Field(5e-4, description="peak learning rate")
    warmup: Fraction = Field(0.0, description="share of the steps over which the rate rises to `lr`")
    cooldown: Fraction = Field(0.0, description="share of the steps, at the end, over which it falls to 0")
    weight_decay: NonNegativeFloat = Field(0.0, description="decoupled, on matrices only")
    grad_clip: NonNegativeFloat = Field(1.0, description="largest gradient norm; 0 = no limit")
    max_grad_norm_stop: NonNegativeFloat = Field(1e3, description="a norm before clipping that stops the run; 0 = none")
    temperature: Annotated[float, Field(ge=0.01)] = Field(
        1.0, description="of sampling, and of the log-probs in the loss"
    )
    max_tokens: PositiveInt = Field(400, description="longest answer, thinking included")
    minibatches_per_step: PositiveInt = Field(1, description="optimizer steps on each step's rollouts")
    kl: NonNegativeFloat = Field(0.0, description="weight of the KL (k3) to the reference model; 0 = no reference")
    ref_refresh: NonNegativeInt = Field(0, description="steps after which the reference becomes the policy; 0 = never")
    clip_low: Fraction | None = Field(None, description="instead of the objective's own lower clip")
    clip_high: NonNegativeFloat | None = Field(None, description="instead of the objective's own upper clip")
    mask_truncated: bool = Field(False, description="no loss on answers cut off at max_tokens")
    soft_overlong: NonNegativeInt = Field(0, description="last tokens before max_tokens that cost reward; 0 = off")
    dynamic_sampling: NonNegativeInt = Field(0, description="rounds to replace groups without signal; 0 = off")
    tokens_per_microbatch: PositiveInt = Field(4_096, description="padded tokens in one forward and backward pass")
    slots: PositiveInt = Field(256, description="sequences decoded together")
    checkpoint_every: NonNegativeInt = Field(20, description="steps between checkpoints; 0 = only the last")

    @property
    def rollouts_per_step(self) -> int:
        """The one number of batch arithmetic: prompts times answers to each."""
        return self.prompts_per_step * self.group_size

    @model_validator(mode="after")
    def _numbers_fit(self) -> GrpoConfig:
        if self.group_size == 1 and self.objective != "ppo_clip":
            raise ValueError(
                f"group_size is 1, but {self.objective!r} compares the answers of a group, so that every advantage "
                "would be 0; use at least 2, or the objective 'ppo_clip', which has no group baseline"
            )
        if self.dynamic_sampling and self.objective == "ppo_clip":
            raise ValueError(
                f"dynamic_sampling is {self.dynamic_sampling}, which leaves out groups whose rewards agree; 'ppo_clip' "
                "learns from those too, so set it to 0 or choose another objective"
            )
        if self.rollouts_per_step % self.minibatches_per_step:
            raise ValueError(
                f"minibatches_per_step is {self.minibatches_per_step}; it must divide the "
                f"{self.rollouts_per_step} rollouts of a step ({self.prompts_per_step} prompts x {self.group_size})"
            )
        if self.soft_overlong > self.max_tokens:
            raise ValueError(f"soft_overlong is {self.soft_overlong}; it can be max_tokens at most")
        return self


class EvalConfig(Section):
    """[eval] Held-out problems, the same for the base model and the final one."""

    problems: PositiveInt = Field(40, description="of each family and level")
    samples: int = Field(4, ge=1, le=64, description="answers to each problem: the largest k of pass@k")
    temperature: NonNegativeFloat = Field(1.0, description="of sampling; 0 = greedy")
    max_tokens: PositiveInt = Field(400, description="longest answer, thinking included")
    families: dict[str, tuple[Level, ...]] = Field(
        {"apples": (1, 2, 3, 4), "countdown": (1, 2, 3), "arithmetic": (2, 3, 4)},
        description="levels to ask, by family",
    )
    seed: SeedNumber = Field(1234, description="of the problems and of the sampling")


class Recipe(Section):
    """A whole run: the stages, in order, and the settings of each."""

    name: str = Field(min_length=1, description="what the run folder is called after")
    description: str = Field("", description="one line on what the run shows")
    seed: SeedNumber = Field(0, description="of everything drawn at random, evaluation apart")
    threads: Annotated[int, Field(ge=0, le=1024)] = Field(0, description="CPU threads; 0 = all free cores")
    stages: tuple[Stage, ...] = Field(min_length=1, description="what to run, in this order")
    base: str = Field("scratch-base", description="model to start from: a folder, or the model shipped here")
    model: ModelConfig = ModelConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    corpus: CorpusConfig = CorpusConfig()
    pretrain: PretrainConfig = PretrainConfig()
    midtrain: MidtrainConfig = MidtrainConfig()
    sft: SftConfig = SftConfig()
    tasks: tuple[TaskShare, ...] = Field((), description="the mixture of problems to train on")
    reward: dict[str, float] = Field({"accuracy": 1.0}, description="weights of the rubric; 0 = only measured")
    grpo: GrpoConfig = GrpoConfig()
    eval: EvalConfig = EvalConfig()

    @property
    def derived(self) -> list[str]:
        """What follows from the settings of the stages to run, a line each, for a person to read."""
        grpo = self.grpo
        lines = {
            **{
                stage: f"{own.steps:,} steps of {own.batch_tokens:,} tokens"
                for stage, own in (("pretrain", self.pretrain), ("midtrain", self.midtrain), ("sft", self.sft))
            },
            "grpo": f"{grpo.steps:,} steps of {grpo.prompts_per_step} prompts x {grpo.group_size} answers "
            f"= {grpo.rollouts_per_step} rollouts",
        }
        return [f"{stage}: {line}" for stage, line in lines.items() if stage in self.stages]

    @model_validator(mode="after")
    def _stages_fit(self) -> Recipe:
        if "grpo" in self.stages and not self.tasks:
            raise ValueError("the stage 'grpo' has no problems to ask; add at least one [[tasks]] table")
        positions = self.model.max_position_embeddings
        if "pretrain" in self.stages and self.pretrain.sequence_length > positions:
            raise ValueError(
                f"pretrain.sequence_length is {self.pretrain.sequence_length}, but the model ends at "
                f"max_position_embeddings {positions}; shorten one or lengthen the other"
            )
        return self
