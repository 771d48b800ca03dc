"""What a task is, and how problem i is drawn: from (seed, i, settings) alone.

A family makes problems at levels 1 to 5. A `ProblemSource` is an infinite, indexable mixture of families and
levels. Held-out problems are told apart by a hash of the problem itself, so no instance can leak whatever the
seed, the index or the wording.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from scratchwork.errors import UserError
from scratchwork.types import Problem

Split = Literal["train", "held_out"]
LEVELS = (1, 2, 3, 4, 5)
HELD_OUT_ONE_IN = 10
MAX_DRAWS = 10_000


class Task(Protocol):
    """A family of problems."""

    family: str

    def draw(self, rng: random.Random, level: int) -> Problem:
        """One problem of `level`, using no randomness but `rng`."""
        ...


class TaskError(UserError):
    """A task cannot make what was asked."""


def problem_id(family: str, key: str) -> str:
    """A stable id from what makes the problem itself.

    >>> problem_id("countdown", "2 3 7 -> 26") == problem_id("countdown", "2 3 7 -> 26")
    True
    """
    return f"{family}-{hashlib.blake2s(key.encode(), digest_size=8).hexdigest()}"


def is_held_out(problem: Problem) -> bool:
    """True for one problem in ten, by the hash in its id, and for those marked `always_held_out`."""
    if problem.data.get("always_held_out"):
        return True
    return int(problem.id.rsplit("-", 1)[1], 16) % HELD_OUT_ONE_IN == 0


def make_problem(
    family: str, key: str, level: int, prompt: str, answer: str, verifier: str, data: Mapping[str, Any] | None = None
) -> Problem:
    """A Problem whose id is the digest of `key`."""
    return Problem(problem_id(family, key), family, level, prompt, answer, verifier, dict(data or {}))


def draw_split(task: Task, rng: random.Random, level: int, split: Split) -> Problem:
    """Draw until the problem falls on the asked side of the split.

    Raises TaskError when 10,000 draws gave none.
    """
    for _ in range(MAX_DRAWS):
        problem = task.draw(rng, level)
        if is_held_out(problem) == (split == "held_out"):
            return problem
    raise TaskError(f"task {task.family!r} made no {split} problem at level {level} in {MAX_DRAWS} draws")


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a mixture: a family at some levels, with a whole-number weight per level."""

    task: Task
    levels: tuple[int, ...]
    weight: int = 1

    def __post_init__(self) -> None:
        bad = [level for level in self.levels if level not in LEVELS]
        if bad or not self.levels:
            raise TaskError(f"levels of {self.task.family!r} are {list(self.levels)}; choose among {list(LEVELS)}")
        if self.weight < 1:
            raise TaskError(f"weight of {self.task.family!r} is {self.weight}; it must be 1 or more")


class ProblemSource:
    """An infinite mixture. `source[i]` depends on (seed, i, split, shares) and nothing else.

    Families and levels take turns in a fixed cycle, so every step of a run holds nearly the same mixture, and the very
    same where the cycle divides it: levels drawn at random would let a step's accuracy jump with its luck.
    """

    def __init__(self, shares: Sequence[Share], seed: int, split: Split = "train") -> None:
        if not shares:
            raise TaskError("a mixture needs at least one family")
        self.seed, self.split = seed, split
        turns = [(s.task, level) for s in shares for level in s.levels for _ in range(s.weight)]
        # Interleaved by a fixed stride so that neighbours differ in family: a partial cycle is then balanced too.
        order = sorted(range(len(turns)), key=lambda j: (j * 0.6180339887498949) % 1.0)
        self.cycle: list[tuple[Task, int]] = [turns[j] for j in order]

    def __getitem__(self, index: int) -> Problem:
        if index < 0:
            raise IndexError(f"problem index {index} is negative")
        task, level = self.cycle[index % len(self.cycle)]
        rng = random.Random(f"{self.split}/{self.seed}/{index}/{task.family}/{level}")
        return draw_split(task, rng, level, self.split)

    def take(self, start: int, count: int) -> list[Problem]:
        """Problems `start` to `start + count - 1`."""
        return [self[i] for i in range(start, start + count)]
