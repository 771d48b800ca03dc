"""What all tables of a recipe have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["tokenizer", "pretrain", "midtrain", "sft", "grpo", "rejection", "eval", "report"]
Architecture = Literal["llama", "qwen2", "qwen3"]
Optimizer = Literal["muon", "adamw"]
Precision = Literal["fp32", "bf16"]
ObjectiveName = Literal["grpo", "dr_grpo", "dapo", "rloo", "reinforce_pp", "gspo", "cispo", "ppo_clip"]
Fraction = Annotated[float, Field(ge=0, le=1)]
SeedNumber = Annotated[int, Field(ge=0, lt=2**63)]
Level = Annotated[int, Field(ge=1, le=5)]
TRACKERS = ("tensorboard", "wandb", "trackio")
HABITS = ("terse", "sloppy", "steps", "checker", "explorer", "reframer")


class Section(BaseModel):
    """What every table has in common: it cannot change, and it has no keys but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
