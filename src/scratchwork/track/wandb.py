"""Weights & Biases, offline: files in track/wandb, which `wandb sync` sends when and if someone wants to.

Nothing leaves the machine by itself, nobody is asked for a key. Each stage counts its own steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class WeightsAndBiases:
    """One run of theirs for a run of ours, however often it is gone on with."""

    def __init__(self, folder: Path, run: str, recipe: Mapping[str, Any]) -> None:
        import wandb

        folder.mkdir(parents=True, exist_ok=True)
        self.run = wandb.init(
            project="scratchwork",
            name=run,
            id=hashlib.blake2s(str(folder.resolve()).encode(errors="replace"), digest_size=8).hexdigest(),
            config=dict(recipe),
            dir=str(folder),
            mode="offline",
            settings=wandb.Settings(silent=True, console="off", disable_git=True, disable_code=True),
        )
        self.stages: set[str] = set()

    def log(self, stage: str, step: int, metrics: Mapping[str, float]) -> None:
        if stage not in self.stages:
            self.run.define_metric(f"{stage}/*", step_metric=f"{stage}/step")
            self.stages.add(stage)
        self.run.log({f"{stage}/step": step} | {f"{stage}/{name}": value for name, value in metrics.items()})

    def close(self) -> None:
        self.run.finish()


def open_tracker(folder: Path, run: str, recipe: Mapping[str, Any]) -> WeightsAndBiases:
    return WeightsAndBiases(folder, run, recipe)
