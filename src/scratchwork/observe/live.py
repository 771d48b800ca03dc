"""What a person at a terminal sees while a run goes on.

The view is told of each step after it is done, and of an evaluation's answers as they end, and draws then, at most a
few times a second: no thread of its own. Text by the model is shown as plain text, never as markup or as commands to
the terminal.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from scratchwork.observe.pace import Answering, Line, Pace, clock
from scratchwork.observe.text import visible
from scratchwork.reward.grammar import parse
from scratchwork.types import Group as RolloutGroup

BARS = "▁▂▃▄▅▆▇█"
REDRAW_EVERY = 0.25  # seconds
TRANSCRIPT_CHARS = 700


class LiveView:
    """A small dashboard that stays in place."""

    def __init__(self, steps: Mapping[str, int], console: Console) -> None:
        self.pace, self.console = Pace(steps), console
        self.line: Line = {}
        self.history: dict[str, list[float]] = {}
        self.example: RolloutGroup | None = None
        self.answering: Answering | None = None
        self.waiting = ""
        self.drawn = 0.0
        self.live = Live(get_renderable=self.render, console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.transient = not self.line  # without a step there is nothing to leave behind
        self.live.__exit__(None, None, None)

    def step(self, line: Line, groups: Sequence[RolloutGroup] = ()) -> None:
        if line["stage"] != self.pace.stage:
            self.history, self.example = {}, None
        self.pace.tick(line)
        self.line = line
        for name, value in line.items():
            if isinstance(value, int | float):
                self.history.setdefault(name, []).append(value)
        if groups:
            self.example = groups[line["step"] % len(groups)]  # another one each step, whatever it says
        self.redraw()

    def answered(self, done: int, total: int) -> None:
        self.answering = self.answering or Answering()
        self.waiting = self.answering.told(done, total)
        self.redraw()

    def redraw(self) -> None:
        if time.monotonic() - self.drawn >= REDRAW_EVERY:
            self.drawn = time.monotonic()
            self.live.refresh()

    def note(self, text: str) -> None:
        if self.answering is not None:
            self.answering, self.waiting = None, ""
            self.live.refresh()  # what is printed comes with the last frame drawn
        self.console.print(Text(visible(text, 10_000)))

    def render(self) -> RenderableType:
        if not self.line:
            return Text(self.waiting or "starting …", style="dim")
        parts: list[RenderableType] = [self.heading(), Padding(self.numbers(), (1, 0))]
        if self.example is not None:
            parts.append(transcript(self.example))
        if self.waiting:
            parts.append(Text(self.waiting, style="dim"))
        return Group(*parts)

    def heading(self) -> Text:
        left = self.pace.left(self.line)
        facts = [self.line["stage"], self.pace.where(self.line)]
        if self.line.get("step_time") is not None:
            facts.append(f"{self.line['step_time']:.1f} s a step")
        if left is not None:
            facts.append(f"{clock(left)} left")
        return Text.assemble(("scratchwork", "bold"), "  ", ("  ·  ".join(facts), "dim"))

    def numbers(self) -> Table:
        """A row for each number that the line has: name, value, history, details."""
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim")
        table.add_column(justify="right", style="bold")
        width = max(10, min(40, self.console.width // 3))
        table.add_column(style="cyan", width=width)
        table.add_column(style="dim")
        for name, label, form, ceiling in (
            ("accuracy", "accuracy", "{:.0%}", 1.0),
            ("reward", "reward", "{:.2f}", None),
            ("loss", "loss", "{:.3f}", None),
            ("completions/mean_length", "length", "{:.0f}", None),
            ("reflection/rate", "reflects", "{:.0%}", 1.0),
            ("reflection/backtracks", "backtracks", "{:.2f}", None),
            ("tokens_per_second", "tokens/s", "{:,.0f}", None),
        ):
            value = self.line.get(name)
            if value is None or (name == "loss" and "accuracy" in self.line):
                continue
            past = sparkline(self.history[name], width, ceiling)
            table.add_row(label, form.format(value), past, Text(visible(self.details(name), 200)))
        return table

    def details(self, name: str) -> str:
        """What stands beside a number: its parts."""
        line = self.line
        if name == "accuracy":
            parts = [(key.removeprefix("accuracy/"), f"{line[key]:.0%}") for key in line if key.startswith("accuracy/")]
        elif name == "completions/mean_length":
            kinds = {"right": "right", "wrong": "wrong", "cut_off": "cut off"}
            lengths = {said: line.get(f"{name}/{kind}") for kind, said in kinds.items()}
            parts = [(said, f"{length:.0f}") for said, length in lengths.items() if length is not None]
            if line.get("completions/clipped_ratio"):
                parts.append(("in", f"{line['completions/clipped_ratio']:.1%}"))
        elif name == "reflection/backtracks" and line.get("reflection/checks") is not None:
            parts = [("checks", f"{line['reflection/checks']:.2f}")]
        else:
            parts = []
        return "  ".join(f"{said} {value}" for said, value in parts)


def transcript(group: RolloutGroup) -> Panel:
    """The first answer to a problem, its thinking dimmed."""
    rollout = group.rollouts[0]
    response = parse(rollout.text)
    verdict = {True: "right", False: "wrong", None: "not judged"}[rollout.score.correct]
    if rollout.finish_reason == "length":
        verdict = "cut off"
    body = Text.assemble(
        (visible(group.problem.prompt, TRANSCRIPT_CHARS), "bold"),
        "\n",
        (visible(response.thinking or "", TRANSCRIPT_CHARS), "dim"),
        "\n",
        visible(response.presentation, TRANSCRIPT_CHARS),
        overflow="fold",
    )
    title = f"{group.problem.family}, level {group.problem.level} · {verdict} · {rollout.length} tokens"
    border = "green" if verdict == "right" else "dim"
    return Panel(body, title=Text(visible(title, 100)), title_align="left", border_style=border)


def sparkline(values: Sequence[float], width: int, ceiling: float | None = None) -> str:
    """The history of a number in at most `width` bars from 0, or from the lowest value if that is below, to `ceiling`.

    >>> sparkline([0, 1, 2, 3], 4), sparkline([0.5, 0.5, 1, 1], 2, 1.0), sparkline([2, 2], 8)
    ('▁▃▆█', '▅█', '██')
    """
    count = min(width, len(values))
    edges = [len(values) * i // count for i in range(count + 1)]
    means = [fmean(values[a:b]) for a, b in pairwise(edges)]
    low, high = min(0.0, *means), ceiling or max(means)
    reach = (high - low) or 1.0
    return "".join(BARS[round(max(0.0, min(1.0, (mean - low) / reach)) * (len(BARS) - 1))] for mean in means)
