"""The small internet that a base model is raised on: a stream of documents, never materialised.

Document i depends on (seed, i, dials) and on the share of drills asked for, so a stream can be continued, split among
processes or replayed from any index. No held-out problem is ever written about; single sums occur as steps anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from scratchwork.tasks.apples import Apples
from scratchwork.tasks.arithmetic import Arithmetic
from scratchwork.tasks.base import LEVELS, Task, TaskError, draw_split
from scratchwork.tasks.countdown import Countdown
from scratchwork.tasks.facts import Facts
from scratchwork.tasks.writers.apples import ApplesWriter
from scratchwork.tasks.writers.arithmetic import ArithmeticWriter
from scratchwork.tasks.writers.countdown import CountdownWriter
from scratchwork.tasks.writers.drills import drill_page
from scratchwork.tasks.writers.facts import FactsWriter
from scratchwork.tasks.writers.habits import Dials, Document, Writer, write
from scratchwork.types import Problem

T = TypeVar("T")

TASKS: dict[str, type[Task]] = {"apples": Apples, "arithmetic": Arithmetic, "countdown": Countdown, "facts": Facts}
WRITERS: dict[str, Callable[[Problem, Dials], Writer]] = {
    "apples": ApplesWriter,
    "arithmetic": ArithmeticWriter,
    "countdown": CountdownWriter,
    "facts": FactsWriter,
}


class Corpus:
    """`corpus.document(i)`: page i of the small internet."""

    def __init__(
        self, families: Mapping[str, float], dials: Dials, seed: int | str, levels: Sequence[float] = (1, 1, 1, 1, 1)
    ) -> None:
        unknown = sorted(set(families) - set(WRITERS))
        if unknown:
            raise TaskError(f"corpus.families names {unknown}; families with writers are {sorted(WRITERS)}")
        self.tasks = {name: TASKS[name]() for name in families}
        self.families, self.dials, self.seed = dict(families), dials, seed
        self.levels = dict(zip(LEVELS, levels, strict=True))

    def document(
        self, index: int, drill_share: float = 0.0, family: str | None = None, habit: str | None = None
    ) -> Document:
        """Page `index`; with `family` or `habit` given, a page of that kind (for tests, and to look at)."""
        rng = random.Random(f"corpus/{self.seed}/{index}")
        if family is None and rng.random() < drill_share:
            return Document(plain=drill_page(rng), habit="drill")
        family = family or pick(rng, self.families)
        problem = draw_split(self.tasks[family], rng, pick(rng, self.levels), "train")
        writer = WRITERS[family](problem, self.dials)
        habit = habit or pick(rng, {h: self.dials.habits.get(h, 0.0) for h in writer.habits})
        return write(problem, writer, habit, rng, self.dials)


def present(problem: Problem) -> str:
    """The neat answer to a problem, with its one box, as its family writes it; plain where a family has no writer.

    >>> from scratchwork.tasks.apples import classic_apple_problem
    >>> present(classic_apple_problem())
    'Each apple costs \\\\boxed{3} dollars.'
    """
    writer = WRITERS.get(problem.family)
    if writer is None:
        return f"The answer is \\boxed{{{problem.answer}}}."
    return writer(problem, Dials({}, {})).present(problem.answer)


def pick(rng: random.Random, weights: Mapping[T, float]) -> T:
    """A key by its weight; the first one when all weights are zero."""
    return rng.choices(list(weights), list(weights.values()))[0] if any(weights.values()) else next(iter(weights))
