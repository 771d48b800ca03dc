"""The tables of the stages that predict text: who writes it, how much of it, by what schedule."""

from __future__ import annotations

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from scratchwork.config.section import HABITS, Fraction, Optimizer, Precision, Section
from scratchwork.errors import suggestion


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
    precision: Precision = Field(
        "fp32",
        description="of the matrix products; bf16 pays where the processor has it (AMX), elsewhere it is far slower",
    )
    compile: bool = Field(False, description="with torch.compile, which needs a C++ compiler: pays with bf16")
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
