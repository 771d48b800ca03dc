"""Somewhere to look while a run goes on: a dashboard in a terminal, plain lines where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

from rich.console import Console

from scratchwork.observe.live import LiveView
from scratchwork.observe.pace import Line
from scratchwork.observe.plain import PlainView
from scratchwork.types import Group


class View(Protocol):
    """Somewhere to look while a run goes on. To be used in a `with` block."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def step(self, line: Line, groups: Sequence[Group] = ()) -> None:
        """A step is done: its line of the journal, with `stage` and `step`, and its rollouts where there are any."""
        ...

    def answered(self, done: int, total: int) -> None:
        """So many of an evaluation's answers have ended; perhaps told by another thread than the rest."""
        ...

    def note(self, text: str) -> None:
        """Something to say between steps."""
        ...


def open_view(steps: Mapping[str, int], console: Console | None = None) -> View:
    """The view that fits the output. `steps`: how many each stage is going to take."""
    console = console or Console()
    in_place = console.is_terminal and not console.is_dumb_terminal
    return LiveView(steps, console) if in_place else PlainView(steps, console)
