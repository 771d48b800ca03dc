"""Aha moments, by what happens and not by what is exclaimed: something wrong stood there, was noticed and put right.

A moment is a wrong candidate that the response itself rejects, and a right one after it, in a response whose answer is
right. It is a slip put right when the wrong candidate came from a false claim; otherwise the sums were right and the
idea was wrong: a search that goes on. The other way round, a right candidate rejected in a response whose answer is
wrong, is a false aha: shown as well, or the picture would flatter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Literal

from scratchwork.observe.behaviours import Behaviours
from scratchwork.observe.steps import Step

Kind = Literal["slip", "search", "false"]
RANK: dict[Kind, int] = {"slip": 0, "search": 1, "false": 2}


@dataclass(frozen=True, slots=True)
class Moment:
    """From the first work on what was dropped to the candidate that took its place; characters of the thinking."""

    kind: Kind
    start: int
    end: int
    dropped: str
    kept: str
    tries: int  # candidates dropped before and with it

    @property
    def rank(self) -> tuple[int, int, int]:
        """Slips before searches, long searches before short ones, short moments before long ones."""
        return RANK[self.kind], -self.tries if self.kind == "search" else 0, self.end - self.start


def find_moment(does: Behaviours, correct: bool | None) -> Moment | None:
    """The best moment of a response whose answer was `correct`; None when it has none."""
    if correct is None:
        return None
    return min(moments(does.steps, correct), key=lambda moment: moment.rank, default=None)


def moments(steps: Sequence[Step], correct: bool) -> Iterator[Moment]:
    """Each rejected candidate that its opposite follows: wrong, then right; in a wrong answer right, then wrong."""
    stretches = list(by_candidate(steps))
    tries = 0
    for own, following in pairwise(stretches):
        tries += 1
        at = place(own) or 0
        dropped, kept = own[at], following[place(following) or 0]
        flagged = any(step.kind == "check" and step.accepted is False and step.text == dropped.text for step in own)
        if not flagged or dropped.holds is not (not correct) or kept.holds is not correct:
            continue
        slipped = any(step.kind == "claim" and step.holds is False for step in own[:at])
        kind: Kind = "false" if not correct else "slip" if slipped else "search"
        yield Moment(kind, own[0].start, kept.end, dropped.text, kept.text, tries)


def by_candidate(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The steps cut into stretches: each candidate, the work that led to it, and what was then said of it."""
    own: list[Step] = []
    for step in steps:
        at = place(own)
        checked = at is not None and own[-1].kind == "check"
        if at is not None and (step.kind == "candidate" or (checked and step.kind != "check")):
            end = len(own) if checked else at + 1  # unchecked: what came after the candidate is work on the next one
            yield own[:end]
            own = own[end:]
        own.append(step)
    if place(own) is not None:
        yield own


def place(own: Sequence[Step]) -> int | None:
    """Where the candidate of a stretch stands."""
    return next((i for i, step in enumerate(own) if step.kind == "candidate"), None)


def common_from(shares: Sequence[tuple[int, float]], window: int = 5) -> int | None:
    """The step from which moments were common: the mean share over `window` steps stays at half its last or above.

    `shares`: (step, share of responses with a moment), in order. None for none at the end, or too few steps.

    >>> common_from([(0, 0.0), (1, 0.1), (2, 0.1), (3, 0.5), (4, 0.6), (5, 0.6)], window=1)
    3
    """
    if len(shares) < window:
        return None
    means = [fmean(share for _, share in shares[i : i + window]) for i in range(len(shares) - window + 1)]
    if not means[-1]:
        return None
    below = [i for i, mean in enumerate(means) if mean < means[-1] / 2]
    return shares[below[-1] + 1][0] if below else shares[0][0]
