"""A run without a terminal: one plain line a step, for a log."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Self

from rich.console import Console

from scratchwork.observe.pace import Answering, Line, Pace, clock
from scratchwork.observe.text import visible
from scratchwork.runs import ANSWERING
from scratchwork.types import Group

PLAIN_EVERY = 5.0  # seconds between plain lines of stages that have thousands of short steps
TOLD_EVERY = 15.0  # seconds between plain lines of an evaluation


class PlainView:
    """A line a step, for a log."""

    def __init__(self, steps: Mapping[str, int], console: Console) -> None:
        self.pace, self.console = Pace(steps), console
        self.printed = -PLAIN_EVERY
        self.answering: Answering | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def step(self, line: Line, groups: Sequence[Group] = ()) -> None:
        first, last = line["stage"] != self.pace.stage, line["step"] == self.pace.steps.get(line["stage"])
        self.pace.tick(line)
        if line["stage"] in ANSWERING or first or last or time.monotonic() - self.printed >= PLAIN_EVERY:
            self.printed = time.monotonic()
            facts = [f"{line['stage']} {self.pace.where(line)}", *plain_facts(line)]
            left = self.pace.left(line)
            self.note("  ".join(facts if left is None else [*facts, f"{clock(left)} left"]))

    def answered(self, done: int, total: int) -> None:
        if self.answering is None:
            self.answering, self.printed = Answering(), time.monotonic()
        elif time.monotonic() - self.printed >= TOLD_EVERY:
            self.printed = time.monotonic()
            self.say(self.answering.told(done, total))

    def note(self, text: str) -> None:
        self.answering = None
        self.say(text)

    def say(self, text: str) -> None:
        print(visible(text, 10_000), file=self.console.file, flush=True)


def plain_facts(line: Line) -> list[str]:
    """What a step's line says, a few words each; what it does not have is left out."""
    forms = {
        "loss": "loss {:.3f}",
        "accuracy": "accuracy {:.2f}",
        "reward": "reward {:.2f}",
        "completions/mean_length": "length {:.0f}",
        "completions/mean_length/right": "right {:.0f}",
        "completions/mean_length/wrong": "wrong {:.0f}",
        "completions/clipped_ratio": "cut off {:.0%}",
        "reflection/backtracks": "backtracks {:.2f}",
        "reflection/checks": "checks {:.2f}",
        "tokens_per_second": "{:,.0f} tokens/s",
        "step_time": "{:.1f} s",
    }
    skip = {"loss"} if "accuracy" in line else set()  # of a policy gradient it says nothing
    return [form.format(line[name]) for name, form in forms.items() if line.get(name) is not None and name not in skip]
