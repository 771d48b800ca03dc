"""Which runs are watched, and how one is found by the name in a request. No name ever becomes a path.

A source of runs is anything with `all`. What another framework left becomes one by being told as run folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scratchwork.errors import UserError, suggestion
from scratchwork.runs import RunFolder, list_runs


class NotHere(UserError):
    """What was asked for is not in the run, or there is no such run."""


class Source(Protocol):
    """Runs to watch. Of each, the reading methods and the files of a RunFolder are used, and nothing is written."""

    def all(self) -> Sequence[RunFolder]:
        """The runs, the one to show first at the front."""
        ...


@dataclass(frozen=True)
class Runs:
    """The `chosen` runs, then those under `root`, the one written last first."""

    root: Path | None = None
    chosen: tuple[RunFolder, ...] = ()

    def all(self) -> list[RunFolder]:
        """A run is named once: of two folders with one name the first."""
        try:
            under = list_runs(self.root) if self.root else []
        except (OSError, ValueError):  # a run was removed while it was looked at
            under = []
        return list({name_of(run): run for run in reversed([*self.chosen, *under])}.values())[::-1]


def name_of(run: RunFolder) -> str:
    """What a run is called: its folder's name; bytes in it that are no text become question marks."""
    return run.path.resolve().name.encode(errors="replace").decode()


def find(source: Source, name: str) -> RunFolder:
    """The run of that name. Raises NotHere when none of the source's runs has it."""
    runs = {name_of(run): run for run in source.all()}
    if name not in runs:
        raise NotHere(f"there is no run {name[:80]!r} here; {suggestion(name[:80], list(runs)[:50])}")
    return runs[name]
