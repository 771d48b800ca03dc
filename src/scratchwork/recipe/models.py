"""Which model a run starts with and what it has become: a folder, a checkpoint, or fresh weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from scratchwork.config import Recipe
from scratchwork.errors import UserError
from scratchwork.model.checkpoint import Checkpoint, CheckpointError, checkpoints, latest, load_checkpoint
from scratchwork.model.hf import load_model
from scratchwork.model.hf_config import ModelFolderError, read_json
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.runs import is_run
from scratchwork.shapes import Base, flaw

SHIPPED_NAME = "scratch-base"
SHIPPED = Path(__file__).parents[1] / "base_model"


def find_model(name: str) -> Path:
    """The folder of the model that a recipe or a user names: `scratch-base`, a folder, or a run's newest checkpoint.

    Raises UserError when there is none.
    """
    path = SHIPPED if name == SHIPPED_NAME else Path(name)
    if is_run(path):
        return newest_checkpoint(path)
    if not path.is_dir():
        fix = "make it with `make base`, or start with --from-scratch" if path == SHIPPED else "give a model's folder"
        raise UserError(f"there is no model at {path}; {fix}")
    return path


def find_manifest(name: str) -> dict[str, Any] | None:
    """base.json of that model, or of the run that it is a checkpoint of; None where nothing tells how it was raised.

    Raises ModelFolderError when it is damaged.
    """
    folder = find_model(name).resolve()
    places = [place / "base.json" for place in (folder, *folder.parents[1:2])]
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        return None
    table = read_json(path)
    if why := flaw(table, Base):
        raise ModelFolderError(f"{path} is damaged: {why}; copy it again, or remove it")
    return table


def thinks(name: str, own: Checkpoint) -> bool:
    """Whether that model was last trained to think; one that nothing tells of is asked to.

    A checkpoint tells by its trainer, the folder that a run exported by its base.json. Raises ModelFolderError when
    that is damaged.
    """
    stage = own.trainer.get("stage") or (find_manifest(name) or {}).get("last_stage")
    return stage != "sft"


def load_named(name: str) -> Checkpoint:
    """That model; with the trainer's state where its folder is a checkpoint. Raises UserError when it is damaged."""
    return load_folder(find_model(name))


def load_folder(path: Path) -> Checkpoint:
    """The model in a folder, a checkpoint's or any. Raises UserError when it is foreign or damaged."""
    if not is_checkpoint(path):
        return Checkpoint(*load_model(path), {})
    try:
        return load_checkpoint(path)
    except CheckpointError as error:
        raise with_way_on(path, error) from error


def with_way_on(path: Path, error: CheckpointError) -> CheckpointError:
    """The same, saying how a run goes on without the checkpoint at `path`."""
    way_on = f" (--resume does so once {path} is removed)" if error.older else ""
    return CheckpointError(f"{error}{way_on}", error.older)


def is_checkpoint(path: Path) -> bool:
    """True for a folder that a run saved, whole or not: one in which training can go on."""
    return (path / "checksums.json").is_file() or path in checkpoints(path.parent)


def newest_checkpoint(run: Path) -> Path:
    """What the run at `run` has come to. Raises UserError when it saved nothing yet."""
    path = latest(run / "checkpoints")
    if path is None:
        raise UserError(f"run {run} has no checkpoint yet; let it go on with `scratchwork run {run.name} --resume`")
    return path


def base_of(run: Path, recipe: Recipe) -> Checkpoint:
    """The model that the run's fine-tuning began with: its own from pretraining, or the one its recipe names."""
    return load_folder(base_folder(run, recipe))


def base_folder(run: Path, recipe: Recipe) -> Path:
    """Where that model is. Raises UserError when it is not there yet."""
    read = [getattr(recipe, stage) for stage in ("pretrain", "midtrain") if stage in recipe.stages]
    if not read:
        return find_model(recipe.base)
    steps = sum(config.steps for config in read)
    path = run / "checkpoints" / f"step-{steps:06d}"
    if not path.is_dir():
        raise UserError(f"run {run} has not finished pretraining; let it go on with --resume")
    return path


def checkpoint_of(run: Path, recipe: Recipe, which: str) -> tuple[str, Path, Checkpoint]:
    """A model of a run, what it is called, and its folder: "final", "base", or the checkpoint of a step by its number.

    Raises UserError when there is none.
    """
    if which == "base":
        folder = base_folder(run, recipe)
        return "base", folder, load_folder(folder)
    if which == "final":
        folder = newest_checkpoint(run)
        return "final", folder, load_folder(folder)
    there = {int(path.name.removeprefix("step-")): path for path in checkpoints(run / "checkpoints")}
    if not which.isdecimal() or int(which) not in there:
        known = ", ".join(map(str, there)) or "none"
        raise UserError(f"checkpoint is {which!r}; give 'final', 'base', or a step that was kept: {known}")
    return there[int(which)].name, there[int(which)], load_folder(there[int(which)])


def fresh_model(recipe: Recipe, tokenizer: Tokenizer) -> Transformer:
    """Random weights in the recipe's shape, with as many embeddings as the tokenizer has tokens."""
    model = Transformer(recipe.model.model_copy(update={"vocab_size": tokenizer.vocab_size}))
    model.init_weights(torch.Generator().manual_seed(recipe.seed))
    return model
