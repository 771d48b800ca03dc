"""A run's course up to a step, as far as the rules look at it: how it began, and how it stands.

Every judgement is on means of WINDOW steps. A single step of the default recipe has 256 answers, whose accuracy has a
standard error of 0.03; a small run's has 64, and 0.06. Over five steps that is 0.014 and 0.027, and a change counts as
one when it is above SURE errors of the difference, by chance once in 250 comparisons (t, eight degrees of freedom):
every rule therefore also has a least size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

WINDOW = 5  # steps; half of the ten within which a failure is to be named
STRETCH = 30  # steps within which a reward that can rise should be seen to
SURE = 4.0  # standard errors
HUGE = 1e100  # what is beyond is held to be this, lest a sum of squares overflow

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A metric's mean over the first WINDOW steps and over the last, and the standard error of their difference."""

    before: float
    now: float
    error: float

    @property
    def rose(self) -> bool:
        return self.now - self.before > SURE * self.error

    @property
    def fell(self) -> bool:
        return self.before - self.now > SURE * self.error


@dataclass
class Course:
    """What is kept of a journal: `first` and `last` lines of the stage "grpo", and those of "held_out".

    `settings` is the recipe's table [grpo], empty when that is not known. What a journal lacks is None here, and a rule
    that needs it is silent.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    first: list[Line] = field(default_factory=list)  # at most WINDOW
    last: list[Line] = field(default_factory=list)  # at most STRETCH
    held_out: list[Line] = field(default_factory=list)

    @property
    def step(self) -> int:
        """The newest line's; 0 before there is any."""
        return int(self.last[-1]["step"]) if self.last else 0

    def add(self, line: Line) -> None:
        """One more line of the journal. Those of other stages are passed over."""
        if line["stage"] == "held_out":
            self.held_out.append(line)
        elif line["stage"] == "grpo":
            if len(self.first) < WINDOW and "failed" not in line:
                self.first.append(line)
            self.last = [*self.last[1 - STRETCH :], line]

    def now(self, name: str, steps: int = WINDOW) -> float | None:
        """The mean over the last `steps` lines; None when there are fewer, or the metric is not in most of them."""
        return mean(values(self.last[-steps:], name), steps) if len(self.last) >= steps else None

    def change(self, name: str) -> Change | None:
        """From the beginning to now; None before the two windows are apart, or when the metric is not in both."""
        before, now = values(self.first, name), values(self.last[-WINDOW:], name)
        if self.overlap or mean(before) is None or mean(now) is None:
            return None
        return Change(fmean(before), fmean(now), difference_error(before, now))

    @property
    def overlap(self) -> bool:
        """Whether the last WINDOW lines are partly the first ones."""
        return len(self.last) < 2 * WINDOW and self.first[:1] == self.last[:1]


def values(lines: Sequence[Line], name: str) -> list[float]:
    """Of those lines that have the metric: one over nothing is left out, one that was not finite is null."""
    return [float(min(max(line[name], -HUGE), HUGE)) for line in lines if line.get(name) is not None]


def mean(found: Sequence[float], of: int = WINDOW) -> float | None:
    """None when fewer than most of `of` lines have the metric."""
    return fmean(found) if 2 * len(found) > of else None


def difference_error(*samples: Sequence[float]) -> float:
    """The standard error of the difference of two means. (`statistics.variance` is exact, and a hundred times slower.)

    >>> difference_error([1.0, 3.0], [2.0, 2.0])
    1.0
    """
    squares = 0.0
    for sample in samples:
        centre = fmean(sample)
        squares += sum((value - centre) ** 2 for value in sample) / (len(sample) - 1) / len(sample)
    return math.sqrt(squares)
