"""A run under way: its recipe, its folder, the model as it stands between two stages, and how far it is.

progress.json tells which stages are done, the newest checkpoint where the one under way is: going on needs no more.
Checkpoints are numbered by optimizer steps since the run began, so that the newest one is the model as it stands,
whatever stage made it.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from scratchwork.config import Recipe
from scratchwork.errors import UserError
from scratchwork.model.checkpoint import Checkpoint, latest, unusable
from scratchwork.model.state import StateError
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.recipe import world
from scratchwork.recipe.models import find_manifest, fresh_model, load_folder, load_named, with_way_on
from scratchwork.recipe.provenance import changes, data_hashes
from scratchwork.runs import RunError, RunFolder
from scratchwork.toml import load_recipe, to_toml
from scratchwork.track.trackers import Trackers, check_trackers


@dataclass
class Job:
    """To be closed, or used in a `with` block: it holds the run folder's lock."""

    recipe: Recipe
    run: RunFolder
    stages_done: int = 0
    seconds_before: float = 0.0
    peak_before: float = 0.0
    began: float = field(default_factory=time.perf_counter)

    @classmethod
    def begin(cls, recipe: Recipe, root: Path, name: str | None = None) -> Job:
        """A new run in `root`, once everything has been checked that can be: what is wrong leaves no folder behind."""
        use_threads(recipe.threads)
        check_trackers(recipe.track)
        world.check(recipe)
        base = None if "tokenizer" in recipe.stages else load_named(recipe.base)
        if base is not None:
            world.check_room(recipe, base.tokenizer, base.model.config.max_position_embeddings)
        hashes, manifest = data_hashes(recipe), None if base is None else find_manifest(recipe.base)
        job = cls(recipe, RunFolder.create(root, recipe.name, to_toml(recipe), name))
        job.run.write_manifest(
            {"run": recipe.seed, "eval": recipe.eval.seed}, hashes, {"threads": torch.get_num_threads()}
        )
        if base is not None:
            job.standing = untrained(base)
        if manifest is not None:
            job.run.write_json("base.json", manifest)
        return job

    @classmethod
    def resume(cls, path: Path) -> Job:
        """Go on with the run at `path`.

        Raises UserError when another process writes it or it cannot be read, RunError when what is left of it would
        read other data than it began with.
        """
        run = RunFolder.open(path)
        try:
            recipe = load_recipe(str(path / "recipe.toml"))
            use_threads(recipe.threads)
            check_trackers(recipe.track)
            done = run.read_json("progress.json") or {}
            job = cls(recipe, run, done.get("stages", 0), done.get("seconds", 0.0), done.get("peak_memory_mb", 0.0))
            job.refuse_other_data()
        except UserError:
            run.close()
            raise
        return job

    def refuse_other_data(self) -> None:
        """Raises RunError when the stages that are left would not read what the manifest tells of."""
        if left := self.recipe.stages[self.stages_done :]:
            rest = self.recipe.model_copy(update={"stages": left})
            first = "tokenizer" not in self.recipe.stages and latest(self.run.path / "checkpoints") is None
            if why := changes(self.run, data_hashes(rest, base=first)):
                raise RunError(f"{why}, or start another run")

    def __enter__(self) -> Job:
        self.trackers = Trackers(self.run.path, self.recipe.track, self.recipe.model_dump(mode="json"))
        self.run.listeners.append(self.trackers.log)
        return self

    def __exit__(self, *_: object) -> None:
        self.trackers.close()
        self.run.close()

    @cached_property
    def standing(self) -> Checkpoint:
        """The model as it stands, its tokenizer, and the state of the trainer of this run that left it there."""
        if newest := latest(self.run.path / "checkpoints"):
            own = load_folder(newest)
            if (stage := own.trainer.get("stage")) not in self.recipe.stages:
                error = StateError(f"its stage is {stage!r}, which the recipe does not have")
                raise with_way_on(newest, unusable(newest, error))
            return own
        if "tokenizer" in self.recipe.stages:
            tokenizer = Tokenizer.load(self.run.path / "tokenizer")
            fresh = Checkpoint(fresh_model(self.recipe, tokenizer), tokenizer, {})
            world.check_room(self.recipe, tokenizer, fresh.model.config.max_position_embeddings)
            return fresh
        return untrained(load_named(self.recipe.base))

    def trainer_state(self, stage: str) -> Mapping[str, Any]:
        """What `stage` left in the newest checkpoint; empty when it is another stage's."""
        return self.standing.trainer if self.standing.trainer.get("stage") == stage else {}

    def steps_before(self, stage: str) -> int:
        """Optimizer steps of the training stages before this one."""
        earlier = self.recipe.stages[: self.recipe.stages.index(stage)]
        return sum(getattr(self.recipe, name).steps for name in earlier if name in world.TRAINING)

    @property
    def seconds(self) -> float:
        """What the run took so far, time between interruption and resumption left out."""
        return self.seconds_before + time.perf_counter() - self.began

    @property
    def peak_memory_mb(self) -> float:
        """The most memory that the run's process had, with that of the largest that helped it."""
        unit = 2**20 if sys.platform == "darwin" else 2**10  # getrusage counts bytes there, kilobytes elsewhere
        own, helpers = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return max(self.peak_before, (own + helpers) / unit)

    def keep_progress(self) -> None:
        """Write progress.json."""
        done = {"stages": self.stages_done, "seconds": self.seconds, "peak_memory_mb": self.peak_memory_mb}
        self.run.write_json("progress.json", done)


def untrained(base: Checkpoint) -> Checkpoint:
    """The model without the trainer's state: where another run stood is nothing to this one."""
    return Checkpoint(base.model, base.tokenizer, {})


def use_threads(count: int) -> None:
    """Compute with `count` CPU threads; 0 means the cores that this process may use."""
    torch.set_num_threads(count or free_cores())


def free_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
