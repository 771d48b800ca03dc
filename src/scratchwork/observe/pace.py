"""How fast something goes, and how long it will still take at that."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

Line = Mapping[str, Any]  # of the journal, with `stage` and `step`


class Pace:
    """How fast steps come, and how long the stage will still take at that."""

    def __init__(self, steps: Mapping[str, int]) -> None:
        self.steps = steps
        self.stage = ""
        self.times: deque[float] = deque(maxlen=21)

    def tick(self, line: Line) -> None:
        if line["stage"] != self.stage:
            self.stage = line["stage"]
            self.times.clear()
        self.times.append(time.monotonic())

    def left(self, line: Line) -> float | None:
        """Seconds, or None while nothing is known."""
        total = self.steps.get(line["stage"])
        if total is None or len(self.times) < 2:
            return None
        return (total - line["step"]) * (self.times[-1] - self.times[0]) / (len(self.times) - 1)

    def where(self, line: Line) -> str:
        """`step 3/100`."""
        total = self.steps.get(line["stage"])
        return f"step {line['step']}" + (f"/{total}" if total else "")


class Answering:
    """How many answers of an evaluation have ended, and when all of them will have."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def told(self, done: int, total: int) -> str:
        """`1,024 of 2,580 answers  0:34 left`."""
        passed = time.monotonic() - self.began
        left = f"  {clock(passed / done * (total - done))} left" if done and passed else ""
        return f"{done:,} of {total:,} answers{left}"


def clock(seconds: float) -> str:
    """
    >>> clock(201), clock(4000)
    ('3:21', '1:06:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
