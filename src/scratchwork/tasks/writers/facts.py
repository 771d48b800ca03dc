"""How facts are written about: at once.

There is nothing to work out, so the one habit here is terse, even where a recipe has no terse writers.
"""

from __future__ import annotations

import random

from scratchwork.tasks.facts import pairs
from scratchwork.tasks.scribe import Scribe
from scratchwork.tasks.writers.habits import Dials, Work
from scratchwork.types import Problem


class FactsWriter:
    habits = ("terse",)

    def __init__(self, problem: Problem, dials: Dials) -> None:
        self.answer = problem.answer

    def derive(self, scribe: Scribe, hurried: bool = False) -> Work:
        return Work("", self.answer)

    def check(self, scribe: Scribe, candidate: str) -> tuple[str, bool]:
        return "", True

    def attempt(self, scribe: Scribe, tried: set[str]) -> tuple[Work, bool]:
        return Work("", self.answer), True

    def reframe(self, scribe: Scribe) -> Work:
        return Work("", self.answer)

    def miss(self, rng: random.Random) -> str:
        return rng.choice(pairs())[2]

    def present(self, candidate: str) -> str:
        return f"It is \\boxed{{{candidate}}}."
