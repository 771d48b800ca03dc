"""The run folder: everything a run knows, in files that any program can read; this is the only writer of them.

    recipe.toml  manifest.json  journal.jsonl  rollouts/step-000010.parquet  held_out/step-000020.parquet
    evals/NAME.json  summary.json  checkpoints/step-000010/  report.html  figures/

One process at a time writes a run; any number may read it, live, finished or crashed: the journal gets whole lines
and every other file is replaced at once. Left out: a database, a server, and any state outside the folder.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scratchwork.answers import Answers
from scratchwork.errors import UserError, suggestion
from scratchwork.files import atomic_write, file_errors
from scratchwork.lock import Held, acquire, is_held
from scratchwork.manifest import make_manifest
from scratchwork.types import Group

Listener = Callable[[str, int, Mapping[str, Any]], None]  # of a stage, a step and its metrics
ANSWERING = ("grpo", "rejection")  # stages whose steps are questions asked, answered and learnt from


class RunError(UserError):
    """A run folder that cannot be made, found, locked or read."""


class RunFolder:
    """One run. `RunFolder(path)` reads; `create` and `open` also hold the lock, until `close` or the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listeners: list[Listener] = []  # told of each line of the journal, once it is written
        self._lock: int | None = None
        self._rollouts, self._held_out = Answers(path / "rollouts"), Answers(path / "held_out")

    @classmethod
    def create(cls, root: Path, recipe_name: str, recipe_toml: str, name: str | None = None) -> RunFolder:
        """Make `root/name` and write the resolved recipe into it; the name is RECIPE-YYYYmmdd-HHMMSS by default.

        Raises RunError when the name is taken or is not a plain folder name, FileError when it cannot be written.
        """
        folder = name or f"{recipe_name}-{time.strftime('%Y%m%d-%H%M%S')}"
        if folder.startswith(".") or Path(folder).name != folder:
            raise RunError(f"run name {folder!r} is not a plain folder name; use letters, digits, '-' and '_'")
        run = cls(root / folder)
        with file_errors(run.path, "make"):
            root.mkdir(parents=True, exist_ok=True)
            try:
                run.path.mkdir()
            except FileExistsError:
                raise RunError(
                    f"run folder {run.path} exists already; choose another name, or go on with it by --resume"
                ) from None
        run._acquire()
        run.write_text("recipe.toml", recipe_toml)
        return run

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Go on writing a run that exists. A journal line torn by a kill is cut off.

        Raises RunError when this is no run folder or another process writes it.
        """
        run = cls(path)
        if not is_run(path):
            names = [other.path.name for other in list_runs(path.parent)]
            raise RunError(f"{path} is not a run folder (it has no recipe.toml); {suggestion(path.name, names)}")
        run._acquire()
        run._keep_lines()
        return run

    def close(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _acquire(self) -> None:
        try:
            self._lock = acquire(self.path / ".lock")
        except Held as owner:
            said = f"run folder {self.path} is in use by process {owner}"
            raise RunError(f"{said}; wait for it, stop it, or start another run") from None

    @property
    def held(self) -> bool:
        """Whether a process writes it now, this one or another."""
        return is_held(self.path / ".lock")

    # files

    def write_text(self, name: str, text: str) -> None:
        """Replace the file `name` (a path inside the run) at once."""
        atomic_write(self.path / name, text.encode())

    def write_json(self, name: str, data: Any) -> None:
        """Replace the file `name` by `data`; a number that is not finite becomes null, as JSON has no word for it."""
        self.write_text(name, json.dumps(_plain(data), indent=2, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> Any:
        """What `write_json` wrote, or None when there is no such file.

        Raises RunError when it is not JSON, or not what the file of this name holds (see `shapes`).
        """
        if not (self.path / name).exists():
            return None
        return self._read(name, json.loads)

    def write_eval(self, name: str, data: Mapping[str, Any]) -> None:
        """Keep an evaluation as evals/NAME.json."""
        self.write_json(f"evals/{name}.json", data)

    def evals(self) -> dict[str, Any]:
        """Every evaluation by its name."""
        return {p.stem: self.read_json(f"evals/{p.name}") for p in sorted((self.path / "evals").glob("*.json"))}

    def write_manifest(self, seeds: Mapping[str, int], data: Mapping[str, str], hardware: Mapping[str, Any]) -> None:
        """Keep where the run's numbers come from as manifest.json; see `manifest.make_manifest`."""
        self.write_json("manifest.json", make_manifest(seeds, data, hardware))

    def last_written(self) -> float:
        """Seconds since the epoch when a step or, before any, the recipe was written."""
        return max(p.stat().st_mtime for p in (self._journal, self.path / "recipe.toml") if p.exists())

    def recipe(self) -> dict[str, Any]:
        """The table in recipe.toml, of whatever version wrote it. Raises RunError when it cannot be read."""
        table: dict[str, Any] = self._read("recipe.toml", tomllib.loads)
        return table

    @property
    def recipe_name(self) -> str:
        """The `name` in recipe.toml. Raises RunError when that cannot be read."""
        return str(self.recipe()["name"])

    def _read(self, name: str, parse: Callable[[str], Any]) -> Any:
        """A file of the run, if it is whole and of its shape."""
        from scratchwork.shapes import flaw, shape_of

        path, shape = self.path / name, shape_of(name)
        with file_errors(path, "read"):
            raw = path.read_bytes()
        try:
            data = parse(raw.decode())
        except (ValueError, RecursionError) as error:
            raise RunError(f"{path} is damaged ({error}); {_way_out(name)}") from error
        if shape is not None and (why := flaw(data, shape)):
            raise RunError(f"{path} is damaged: {why}; {_way_out(name)}")
        return data

    # journal

    def append(self, stage: str, step: int, metrics: Mapping[str, Any]) -> None:
        """Add a line to the journal: {"step", "stage", "time", ...metrics}, whole or not at all.

        Raises FileError when the disk is full; what was written of the line is taken back.
        """
        record = {"step": step, "stage": stage, "time": round(time.time(), 3), **metrics}
        rest = json.dumps(_plain(record), ensure_ascii=False).encode() + b"\n"
        with file_errors(self._journal), self._journal.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                while rest:  # a write that the disk has no room for is cut short first and refused next
                    rest = rest[file.write(rest) :]
            except OSError:
                file.truncate(size)
                raise
        for listen in self.listeners:
            listen(stage, step, metrics)

    def journal(self) -> list[dict[str, Any]]:
        """Every whole line. One that a kill tore at the end is left out; one broken elsewhere raises RunError."""
        from scratchwork.shapes import Line, flaw

        records = []
        for number, line in enumerate(self._journal_lines(), 1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise RunError(f"{self._journal} line {number} is not JSON ({error}); remove the line") from error
            if why := flaw(record, Line):
                raise RunError(f"{self._journal} line {number} is no step of a run: {why}; remove the line")
            records.append(record)
        return records

    def truncate_journal(self, stage: str, after_step: int) -> None:
        """Forget what came after step `after_step` of `stage`: the first such line and all that follow it."""
        beyond = [r["stage"] == stage and r["step"] > after_step for r in self.journal()]
        if any(beyond):
            self._keep_lines(beyond.index(True))

    @property
    def _journal(self) -> Path:
        return self.path / "journal.jsonl"

    def _journal_lines(self) -> list[bytes]:
        """The lines that are whole, without their ends."""
        if not self._journal.exists():
            return []
        with file_errors(self._journal, "read"):
            return self._journal.read_bytes().split(b"\n")[:-1]

    def _keep_lines(self, count: int | None = None) -> None:
        """Rewrite the journal with its first `count` whole lines, or all of them."""
        kept = b"".join(line + b"\n" for line in self._journal_lines()[:count])
        if self._journal.exists() and self._journal.stat().st_size != len(kept):
            atomic_write(self._journal, kept)

    # answers

    def write_rollouts(self, step: int, groups: Sequence[Group]) -> None:
        """Keep a step's rollouts as rollouts/step-NNNNNN.parquet; `rollout_table.COLUMNS` tells what of them."""
        self._rollouts.write(step, groups)

    def read_rollouts(self, step: int) -> list[dict[str, Any]]:
        """The rows of a step. Raises FileError when there are none."""
        return self._rollouts.read(step)

    def rollout_steps(self) -> list[int]:
        """The steps whose rollouts were kept, in order."""
        return self._rollouts.steps()

    def write_held_out(self, step: int, groups: Sequence[Group]) -> None:
        """Keep the answers to the problems that are asked again, as they are after a step; 0: before the first."""
        self._held_out.write(step, groups)

    def read_held_out(self, step: int) -> list[dict[str, Any]]:
        """The rows of the problems asked again after a step. Raises FileError when there are none."""
        return self._held_out.read(step)

    def held_out_steps(self) -> list[int]:
        """The steps after which held-out problems were asked, in order."""
        return self._held_out.steps()

    def forget_answers(self, after_step: int) -> None:
        """Remove what the steps after `after_step` left."""
        self._rollouts.forget(after_step)
        self._held_out.forget(after_step)


def is_run(path: Path) -> bool:
    """A run folder is a folder with a recipe.toml."""
    return os.path.isfile(path / "recipe.toml")  # False, not an error, in a folder that may not be looked into


def list_runs(root: Path) -> list[RunFolder]:
    """The runs under `root`, for reading, the one written last first."""
    runs = [RunFolder(path) for path in root.glob("*") if is_run(path)]
    return sorted(runs, key=RunFolder.last_written, reverse=True)


def latest_run(root: Path, recipe_name: str | None = None) -> RunFolder:
    """The run under `root` that was written last, of one recipe if named. Raises RunError when there is none.

    One whose recipe or journal cannot be read is passed over, with a sentence on stderr.
    """
    for run in list_runs(root):
        try:
            if recipe_name in (None, run.recipe_name):
                run.journal()
                return run
        except UserError as error:
            print(f"scratchwork: passed over run {run.path.name}: {error}", file=sys.stderr)
    of = f" of recipe {recipe_name!r}" if recipe_name else ""
    raise RunError(f"there is no run{of} under {root}; start one with `scratchwork run {recipe_name or 'zero'}`")


def _way_out(name: str) -> str:
    """What to do about a damaged file."""
    return "remove it and evaluate again" if name.startswith("evals/") else "restore it from a copy of the run"


def _plain(value: Any) -> Any:
    """`value` in the types of JSON: a scalar of numpy or torch by its `item`, a number that is not finite as null."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
