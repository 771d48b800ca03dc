"""Checkpoints that a kill cannot halve and a bad disk cannot pass off as whole.

    checkpoints/step-000010/    a Hugging Face folder (hf.py), for anyone to load, and
        trainer/state.json  trainer/state.safetensors    what training needs to go on exactly (state.py)
        checksums.json          the SHA-256 of every other file

A checkpoint is written aside, synced and renamed: it is whole or not there. Its checksums are compared before anything
in it is believed, and nothing in it is a pickle. Left out: shards and background saving; small models need neither.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_safetensors

from scratchwork.errors import UserError
from scratchwork.files import atomic_folder, atomic_write, file_errors
from scratchwork.model.hf import load_model, save_model
from scratchwork.model.hf_config import read_json
from scratchwork.model.state import pack, unpack
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer


class CheckpointError(UserError):
    """A checkpoint that cannot be used. `older` is the newest whole one before it, if there is any."""

    def __init__(self, message: str, older: Path | None = None) -> None:
        super().__init__(message)
        self.older = older


@dataclass(frozen=True)
class Checkpoint:
    """What a folder held: the model in fp32, its tokenizer, and the trainer's state as it was given."""

    model: Transformer
    tokenizer: Tokenizer
    trainer: Mapping[str, Any]


def save_checkpoint(
    folder: Path, step: int, model: Transformer, tokenizer: Tokenizer, trainer: Mapping[str, Any]
) -> Path:
    """Write `folder/step-N`; the path written.

    `trainer` holds tensors, plain values and containers of them, as `state_dict()`s do. One process at a time may save
    into a folder. Raises FileError when the disk is full or cannot be written; what was there is then still there.
    """
    _clear(folder)
    path = folder / f"step-{step:06d}"
    tensors, rest = pack(trainer)
    with atomic_folder(path) as aside:
        save_model(aside, model, tokenizer)
        atomic_write(aside / "trainer" / "state.safetensors", to_safetensors(tensors))
        atomic_write(aside / "trainer" / "state.json", json.dumps(rest, indent=1).encode())
        atomic_write(aside / "checksums.json", json.dumps(_digests(aside), indent=1).encode())
    return path


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint, once every file has proved to be as it was written.

    Raises CheckpointError for one that is not there, foreign or damaged; it offers the newest older one that is whole.
    """
    try:
        verify(path)
        return Checkpoint(*load_model(path), _load_trainer(path / "trainer"))
    except UserError as error:
        raise unusable(path, error) from error


def unusable(path: Path, why: UserError) -> CheckpointError:
    """What to raise about the checkpoint at `path`; it offers the newest older one that is whole."""
    before = [other for other in checkpoints(path.parent) if _step(other) < _step(path)]
    older = next(filter(is_whole, reversed(before)), None)
    way_on = f"go on from {older}, the newest whole one before it" if older else "there is no older one to go on from"
    return CheckpointError(f"checkpoint {path} cannot be used: {why}; {way_on}", older)


def verify(path: Path) -> None:
    """Raises CheckpointError unless `path` holds every file that was saved in it, as it was saved."""
    sums = path / "checksums.json"
    if not sums.is_file():
        raise CheckpointError(f"{sums} is not there, so it is not a checkpoint of a run")
    found = _digests(path)
    for name, digest in read_json(sums).items():
        if found.get(name) != digest:
            what = "does not match its checksum" if name in found else "is missing"
            raise CheckpointError(f"{path / name} {what}")


def is_whole(path: Path) -> bool:
    """Whether `verify` finds nothing wrong."""
    try:
        verify(path)
    except UserError:
        return False
    return True


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, oldest first. None of them was opened."""
    return sorted((path for path in folder.glob("step-*") if _step(path) >= 0), key=_step)


def latest(folder: Path) -> Path | None:
    """The newest checkpoint in `folder`, or None. It was not opened: `load_checkpoint` says if it is damaged."""
    return max(checkpoints(folder), key=_step, default=None)


def _load_trainer(folder: Path) -> Mapping[str, Any]:
    """The trainer's state. Raises UserError when these files hold none."""
    tensors, rest = folder / "state.safetensors", folder / "state.json"
    try:
        with file_errors(tensors, "read"):
            state = unpack(load_file(tensors), read_json(rest))
    except (SafetensorError, RecursionError) as error:
        raise CheckpointError(f"the state in {folder} is damaged ({error})") from error
    if not isinstance(state, Mapping):
        raise CheckpointError(f"{rest} holds a {type(state).__name__} where a table should be")
    return state


def _step(path: Path) -> int:
    """N of a folder step-N, -1 of any other."""
    digits = path.name.removeprefix("step-")
    return int(digits) if digits.isdecimal() and path.name != digits else -1


def _digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file under `folder` but the list of them, by its path there."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != "checksums.json":
            with file_errors(path, "read"), path.open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def _clear(folder: Path) -> None:
    """Remove what a killed process left half written or half removed."""
    for path in folder.glob(".step-*"):
        shutil.rmtree(path, ignore_errors=True)
