"""Which models there are to serve: those of runs and of folders, each found without being read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scratchwork.config import Recipe
from scratchwork.errors import UserError
from scratchwork.model.checkpoint import checkpoints
from scratchwork.recipe.models import SHIPPED_NAME, find_manifest, find_model
from scratchwork.recipe.world import READING, TRAINING
from scratchwork.runs import ANSWERING, is_run, list_runs
from scratchwork.serve.house import ModelRole
from scratchwork.toml import load_recipe

ROLES: dict[str, ModelRole] = {"pretrain": "base", "midtrain": "base", "sft": "sft"}  # by stage
ROLES |= dict.fromkeys(ANSWERING, "thinking")


@dataclass(frozen=True)
class Found:
    """A model's folder, and what it is called and is. `max_tokens`: the answers that it was trained to give."""

    name: str
    role: ModelRole
    folder: Path
    run: str | None = None
    max_tokens: int | None = None
    thinks: bool = True


def find_models(names: Sequence[str]) -> list[Found]:
    """The models of these runs and folders, each run's last one first; of none, the shipped base model.

    A name that two would have goes to neither: they are RUN/NAME. Raises UserError for what cannot be found.
    """
    found = [model for name in names or [SHIPPED_NAME] for model in models_at(name)]
    unique: list[Found] = []
    for model in found:
        twin = any(other.folder.samefile(model.folder) for other in unique)
        if not twin:
            unique.append(model)
    taken = [model.name for model in unique]
    renamed = [
        model if taken.count(model.name) == 1 else replace(model, name=f"{model.run or 'models'}/{model.name}")
        for model in unique
    ]
    order: dict[ModelRole, int] = {"thinking": 0, "foreign": 1, "sft": 2, "base": 3, "checkpoint": 4}
    return sorted(renamed, key=lambda model: order[model.role])


def models_at(name: str) -> list[Found]:
    """Those of a run, or the one in a folder."""
    path = Path(name)
    if is_run(path):
        return models_of_run(path)
    folder = find_model(name)
    if name == SHIPPED_NAME:
        return [Found("base", "base", folder)]
    manifest = find_manifest(name)
    if manifest is None:
        return [Found(folder.resolve().name, "foreign", folder)]
    role = ROLES.get(manifest.get("last_stage") or "pretrain", "thinking")
    return [Found(folder.resolve().name, role, folder, thinks=role != "sft")]


def models_of_run(path: Path) -> list[Found]:
    """What the run began with, what each of its stages left, and every other checkpoint by its step.

    Raises UserError when it has no checkpoint yet.
    """
    recipe, run = load_recipe(str(path / "recipe.toml")), path.resolve().name
    there = checkpoints(path / "checkpoints")
    if not there:
        raise UserError(f"run {path} has no checkpoint yet; let it go on with `scratchwork run {run} --resume`")
    cap = next((getattr(recipe, stage).max_tokens for stage in ANSWERING if stage in recipe.stages), None)
    last: dict[ModelRole, Found] = {}
    others: list[Found] = []
    for folder in there:
        role = ROLES[stage_at(recipe, int(folder.name.removeprefix("step-")))]
        if role in last:
            others.append(replace(last[role], name=last[role].folder.name, role="checkpoint"))
        last[role] = Found(role, role, folder, run, cap, thinks=role != "sft")
    if not set(READING) & set(recipe.stages):
        last["base"] = Found("base", "base", find_model(recipe.base), run, cap)
    return [*last.values(), *reversed(others)]


def stage_at(recipe: Recipe, step: int) -> str:
    """The stage that was being trained when `step` ended, of all the run's steps."""
    trained = [stage for stage in recipe.stages if stage in TRAINING]
    for stage in trained:
        step -= getattr(recipe, stage).steps
        if step <= 0:
            return stage
    return trained[-1]


def newest(root: Path) -> Path | None:
    """The run under `root` that ended last; None when none has ended."""
    ended = (run.path for run in list_runs(root) if (run.path / "summary.json").is_file())
    return next((path for path in ended if checkpoints(path / "checkpoints")), None)
