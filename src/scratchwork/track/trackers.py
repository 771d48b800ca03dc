"""The trackers of a run: which there are, and one that tells all of them and lets none stop the run.

What is told of a stage's step is the line of the journal. A step is told once: a run that goes on from its checkpoint
does some steps again, with the same numbers. The last ones told are kept in track/TRACKER.json of the run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from scratchwork.errors import UserError
from scratchwork.files import atomic_write


class Tracker(Protocol):
    """Takes numbers: `log` a step of a stage, in the order of the steps; after `close` nothing more."""

    def log(self, stage: str, step: int, metrics: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


Opener = Callable[[Path, str, Mapping[str, Any]], Tracker]  # its folder, the run's name, the recipe


def check_trackers(names: Sequence[str]) -> None:
    """Raises UserError for a tracker whose package is not installed."""
    for name in names:
        if find_spec(name) is None:
            raise UserError(
                f"track names {name!r}, which is not installed; `pip install 'scratchwork[track]'`, or leave it out"
            )


class Trackers:
    """All trackers of a run. One that fails is named on stderr, once, and told nothing more."""

    def __init__(self, run: Path, names: Sequence[str], recipe: Mapping[str, Any]) -> None:
        self.folder = run / "track"
        self.open: dict[str, Tracker] = {}
        self.told: dict[str, dict[str, int]] = {name: self.read_told(name) for name in names}
        for name in names:
            self.attempt(name, partial(self.begin, name, run.name, recipe))

    def begin(self, name: str, run: str, recipe: Mapping[str, Any]) -> None:
        opener: Opener = import_module(f"scratchwork.track.{name}").open_tracker
        self.open[name] = opener(self.folder / name, run, recipe)

    def log(self, stage: str, step: int, metrics: Mapping[str, Any]) -> None:
        """Tell the numbers among `metrics`, unless this step of this stage has been told."""
        numbers = {name: float(value) for name, value in metrics.items() if isinstance(value, int | float)}
        for name in list(self.open):
            if numbers and step > self.told[name].get(stage, -1):
                self.attempt(name, partial(self.tell, name, stage, step, numbers))

    def tell(self, name: str, stage: str, step: int, numbers: Mapping[str, float]) -> None:
        self.open[name].log(stage, step, numbers)
        self.told[name][stage] = step
        atomic_write(self.folder / f"{name}.json", json.dumps(self.told[name]).encode())

    def close(self) -> None:
        for name, tracker in list(self.open.items()):
            self.attempt(name, tracker.close)
        self.open.clear()

    def attempt(self, name: str, act: Callable[[], None]) -> None:
        """Do something with a tracker; whatever it raises ends the tracker and not the run."""
        try:
            act()
        except Exception as error:  # of somebody else's package: it may be anything
            self.open.pop(name, None)
            why = str(error).partition("\n")[0][:200] or type(error).__name__
            print(f"scratchwork: {name} failed and is left alone from here on: {why}", file=sys.stderr)

    def read_told(self, name: str) -> dict[str, int]:
        try:
            told = json.loads((self.folder / f"{name}.json").read_bytes())
            return {str(stage): int(step) for stage, step in told.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
