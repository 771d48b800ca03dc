"""The recipe as a whole."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from scratchwork.config.learning import EvalConfig, GrpoConfig, HeldOutConfig, RejectionConfig, RolloutConfig, TaskShare
from scratchwork.config.model import ModelConfig, TokenizerConfig
from scratchwork.config.reading import CorpusConfig, MidtrainConfig, PretrainConfig, SftConfig
from scratchwork.config.section import TRACKERS, Section, SeedNumber, Stage
from scratchwork.errors import suggestion


class Recipe(Section):
    """A whole run: the stages, in order, and the settings of each."""

    name: str = Field(min_length=1, description="what the run folder is called after")
    description: str = Field("", description="one line on what the run shows")
    seed: SeedNumber = Field(0, description="of everything drawn at random, evaluation apart")
    threads: Annotated[int, Field(ge=0, le=1024)] = Field(0, description="CPU threads; 0 = all free cores")
    stages: tuple[Stage, ...] = Field(min_length=1, description="what to run, in this order")
    track: tuple[str, ...] = Field((), description="where else each step's numbers go: tensorboard, wandb, trackio")
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
    rejection: RejectionConfig = RejectionConfig()
    held_out: HeldOutConfig = HeldOutConfig()
    eval: EvalConfig = EvalConfig()

    @property
    def derived(self) -> list[str]:
        """What follows from the settings of the stages to run, a line each, for a person to read."""
        read = {"pretrain": self.pretrain, "midtrain": self.midtrain, "sft": self.sft}
        asked: dict[str, RolloutConfig] = {"grpo": self.grpo, "rejection": self.rejection}
        lines = {stage: f"{own.steps:,} steps of {own.batch_tokens:,} tokens" for stage, own in read.items()}
        lines |= {
            stage: f"{own.steps:,} steps of {own.prompts_per_step} prompts x {own.group_size} answers "
            f"= {own.rollouts_per_step} rollouts"
            for stage, own in asked.items()
        }
        return [f"{stage}: {line}" for stage, line in lines.items() if stage in self.stages]

    @field_validator("track")
    @classmethod
    def _trackers_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in TRACKERS:
                raise ValueError(f"{name!r} is not a tracker; {suggestion(name, TRACKERS)}")
        if len(set(names)) < len(names):
            raise ValueError(f"{', '.join(names)} names one twice; leave it out once")
        return names

    @model_validator(mode="after")
    def _stages_fit(self) -> Recipe:
        for stage in ("grpo", "rejection"):
            if stage in self.stages and not self.tasks:
                raise ValueError(f"the stage {stage!r} has no problems to ask; add at least one [[tasks]] table")
        positions = self.model.max_position_embeddings
        if "pretrain" in self.stages and self.pretrain.sequence_length > positions:
            raise ValueError(
                f"pretrain.sequence_length is {self.pretrain.sequence_length}, but the model ends at "
                f"max_position_embeddings {positions}; shorten one or lengthen the other"
            )
        return self
