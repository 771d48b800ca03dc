"""The tables of reinforcement learning: what is asked, how answers are learnt from, how they are measured."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from scratchwork.config.section import Fraction, Level, ObjectiveName, Optimizer, Section, SeedNumber


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


class RolloutConfig(Section):
    """What the stages that learn from their own answers have in common: what is asked, and how large a step is."""

    steps: PositiveInt = Field(100, description="times to ask, answer, judge and update")
    prompts_per_step: PositiveInt = Field(32, description="problems asked in a step")
    group_size: PositiveInt = Field(8, description="answers sampled to each")
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
    tokens_per_microbatch: PositiveInt = Field(1_024, description="padded tokens in one forward and backward pass")
    slots: PositiveInt = Field(256, description="sequences decoded together")
    checkpoint_every: NonNegativeInt = Field(20, description="steps between checkpoints; 0 = only the last")

    @property
    def rollouts_per_step(self) -> int:
        """The one number of batch arithmetic: prompts times answers to each."""
        return self.prompts_per_step * self.group_size


class RejectionConfig(RolloutConfig):
    """[rejection] Supervised learning from the model's own right answers, a step's at a time."""


class GrpoConfig(RolloutConfig):
    """[grpo] Reinforcement learning on verified answers."""

    objective: ObjectiveName = Field("dr_grpo", description="the rule that turns rewards into a loss")
    minibatches_per_step: PositiveInt = Field(1, description="optimizer steps on each step's rollouts")
    kl: NonNegativeFloat = Field(0.0, description="weight of the KL (k3) to the reference model; 0 = no reference")
    ref_refresh: NonNegativeInt = Field(0, description="steps after which the reference becomes the policy; 0 = never")
    clip_low: Fraction | None = Field(None, description="instead of the objective's own lower clip")
    clip_high: NonNegativeFloat | None = Field(None, description="instead of the objective's own upper clip")
    mask_truncated: bool = Field(False, description="no loss on answers cut off at max_tokens")
    soft_overlong: NonNegativeInt = Field(0, description="last tokens before max_tokens that cost reward; 0 = off")
    dynamic_sampling: NonNegativeInt = Field(0, description="rounds to replace groups without signal; 0 = off")

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


class HeldOutConfig(Section):
    """[held_out] A handful of held-out problems, asked again as reinforcement learning goes on."""

    every: NonNegativeInt = Field(20, description="steps between two times, also before the first; 0 = never")
    problems: PositiveInt = Field(16, description="of the mixture's families and levels; the classic one comes first")
    samples: int = Field(8, ge=1, le=64, description="answers to each: the largest k of pass@k")


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
    slots: PositiveInt = Field(256, description="sequences decoded together")
    seed: SeedNumber = Field(1234, description="of the problems and of the sampling")
