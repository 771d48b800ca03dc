"""The journal of a run as columns of numbers, read on from where the last look ended; nothing in it stops the reading.

A line is shown once it is whole. A broken one is counted and passed over. A journal that was cut back or replaced (a
run that went on from a checkpoint) is read anew.
"""

from __future__ import annotations

import math
import os
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scratchwork.observe.readable import read_line
from scratchwork.watch.rounds import Rounds

WORDS = ("note", "failed")
NO_NUMBERS = {"step", "time", "stage", *WORDS}
EXAMINED = {"grpo", "held_out"}  # stages that the doctor knows
INODES = 2**20

Number = float | int | None


@dataclass(slots=True)
class Stage:
    """The lines of one stage. All lists are of one length; a line that lacks a number has None."""

    lines: list[int] = field(default_factory=list)  # which lines of the journal
    steps: list[int] = field(default_factory=list)
    times: list[Number] = field(default_factory=list)
    series: dict[str, list[Number]] = field(default_factory=dict)

    def add(self, line: int, record: dict[str, Any]) -> None:
        """Keep a line's numbers."""
        count = len(self.lines)
        self.lines.append(line)
        self.steps.append(record["step"])
        self.times.append(number(record.get("time")))
        for name, value in record.items():
            if name not in NO_NUMBERS and (value is None or number(value) is not None):
                own = self.series.get(name)
                if own is None:
                    own = self.series[name] = [None] * count
                own.append(rounded(value))
        for values in self.series.values():
            if len(values) == count:
                values.append(None)

    def newest(self, name: str) -> Number:
        """The last number of that name that is there."""
        return next((value for value in reversed(self.series.get(name, [])) if value is not None), None)


@dataclass(slots=True)
class Journal:
    """What has been read of a journal. `refresh` reads on; one thread at a time."""

    path: Path
    stages: dict[str, Stage] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0  # whole lines
    broken: list[int] = field(default_factory=list)  # which of them cannot be read
    torn: bool = False  # something stands after the last whole line
    failed: str | None = None  # why the run failed, if the last line says so
    stage: str = ""  # of the last line that is a stage's own
    offset: int = 0
    inode: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)  # the recipe's table [grpo], for the doctor
    rounds: Rounds = field(init=False)

    def __post_init__(self) -> None:
        self.rounds = Rounds(self.settings)

    def refresh(self) -> None:
        """Read what was written since the last time. Raises OSError when the file is there and cannot be read."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self.inode or status.st_size < self.offset:
                    self.forget(status.st_ino)
                file.seek(self.offset)
                whole, _, rest = file.read().rpartition(b"\n")
        except FileNotFoundError:
            self.forget(0)
            return
        self.torn = bool(rest)
        if whole:
            self.offset += len(whole) + 1
            for line in whole.split(b"\n"):
                self.add(line)

    def forget(self, inode: int) -> None:
        self.stages, self.notes, self.broken = {}, [], []
        self.count = self.offset = 0
        self.torn, self.failed, self.stage, self.inode = False, None, "", inode
        self.rounds.closing = True
        self.rounds = Rounds(self.settings)

    def add(self, line: bytes) -> None:
        self.count += 1
        record = read_line(line)
        if record is None:
            self.broken.append(self.count)
            return
        if record["stage"] != "held_out":
            self.stage = record["stage"]
        self.stages.setdefault(record["stage"], Stage()).add(self.count, record)
        said = {word: record[word][:10_000] for word in WORDS if isinstance(record.get(word), str)}
        self.failed = said.get("failed")
        where = {"stage": record["stage"], "step": record["step"]}
        self.notes += [{**where, "text": text} for text in said.values()]
        if record["stage"] in EXAMINED:
            self.rounds.pending.append({n: v for n, v in record.items() if number(v) is not None} | where | said)

    def answer(self, stage: str, after: int, most: int) -> dict[str, Any]:
        """At most `most` lines of a stage, of those after what an earlier answer's `next` stands for.

        `next` holds which file it was, so that after the journal was replaced everything is told again: "reset".
        """
        own = self.stages.get(stage, Stage())
        epoch, seen = divmod(after, 2**32)
        known = after and epoch == self.inode % INODES and seen <= self.count
        kept = thinned(bisect_right(own.lines, seen) if known else 0, len(own.lines), most)
        return {
            "stage": stage,
            "stages": list(self.stages),
            "step": [own.steps[i] for i in kept],
            "time": [own.times[i] for i in kept],
            "series": {name: [values[i] for i in kept] for name, values in own.series.items()},
            "next": self.inode % INODES * 2**32 + self.count,
            "reset": not known,
        }


def last_lines(path: Path, size: int = 65_536) -> list[dict[str, Any]]:
    """The lines at the journal's end that can be read, without reading the rest of it."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - size))
            lines = file.read().split(b"\n")[:-1]
    except OSError:
        return []
    return [record for record in map(read_line, lines) if record is not None]


def thinned(first: int, end: int, most: int) -> list[int]:
    """At most `most` whole numbers from `first` on, evenly; the last is `end` - 1.

    >>> thinned(3, 6, 5), thinned(0, 100, 4)
    ([3, 4, 5], [0, 33, 66, 99])
    """
    count = end - first
    return list(range(first, end)) if count <= most else [first + i * (count - 1) // (most - 1) for i in range(most)]


def number(value: Any) -> Number:
    """`value` if it is a finite number.

    >>> number(0.5), number(True), number(float("inf")), number("3")
    (0.5, None, None, None)
    """
    if isinstance(value, int):
        return None if isinstance(value, bool) or abs(value) >= 2**63 else value
    return value if isinstance(value, float) and math.isfinite(value) else None


def rounded(value: Any) -> Number:
    """Seven digits: no picture shows more, and they are half of the bytes.

    >>> rounded(0.123456789), rounded(12)
    (0.1234568, 12)
    """
    return float(f"{value:.7g}") if isinstance(value, float) else value
