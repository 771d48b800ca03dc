"""How sums are written about: products first, split where they are long, then the sum from left to right."""

from __future__ import annotations

import random

from scratchwork.tasks.scribe import OFF_BY, Scribe
from scratchwork.tasks.writers.habits import HABITS, Dials, Work, compared, verdict
from scratchwork.types import Problem


class ArithmeticWriter:
    habits = HABITS

    def __init__(self, problem: Problem, dials: Dials) -> None:
        self.dials = dials
        self.terms = [tuple(t) for t in problem.data["terms"]]
        self.value = int(problem.answer)

    def derive(self, scribe: Scribe, hurried: bool = False) -> Work:
        """`47*6=282. 282-35=247.`"""
        steps, value = self.worked(scribe, swap=False)
        return Work("so " + ", ".join(steps) if hurried else ". ".join(steps) + ".", str(value))

    def worked(self, scribe: Scribe, swap: bool) -> tuple[list[str], int]:
        """The steps and value. `swap` is the other way: split the other factor, and sum from the right."""
        steps, ((_, total), *rest) = self.products(scribe, swap)
        for sign, value in self.reordered(rest, total) if swap else rest:
            step, total = scribe.claim(total, sign, value)
            steps.append(step)
        return steps, total

    def products(self, scribe: Scribe, swap: bool) -> tuple[list[str], list[tuple[str, int]]]:
        """The steps to every term's product, and the signed products."""
        steps: list[str] = []
        products: list[tuple[str, int]] = []
        for sign, a, b in self.terms:
            made, value = self.product(scribe, a, b, swap)
            steps += made
            products.append((sign, value))
        return steps, products

    @staticmethod
    def reordered(rest: list[tuple[str, int]], start: int) -> list[tuple[str, int]]:
        """The terms from the right, unless that would go below zero on the way."""
        back = rest[::-1]
        total = start
        for sign, value in back:
            total += value if sign == "+" else -value
            if total < 0:
                return rest
        return back

    @staticmethod
    def product(scribe: Scribe, a: int, b: int, swap: bool) -> tuple[list[str], int]:
        """`23*40=920, 23*7=161, 920+161=1081`: the second factor split, or with `swap` the first."""
        if b == 1:
            return [], a
        if swap:
            a, b = b, a
        tens, ones = b - b % 10, b % 10
        if not tens or not ones:
            step, value = scribe.claim(a, "*", b)
            return [step], value
        first, left = scribe.claim(a, "*", tens)
        second, right = scribe.claim(a, "*", ones)
        third, value = scribe.claim(left, "+", right)
        return [first, second, third], value

    def check(self, scribe: Scribe, candidate: str) -> tuple[str, bool]:
        """Products the other way, then the sum undone from the right: `Check: 36+47=83. 83 against 83: yes.`

        No step of it is one of the derivation's, which would come out the same once more, right or wrong.
        """
        steps, ((_, first), *rest) = self.products(scribe, swap=True)
        if not rest:
            return compared_with(steps, first, int(candidate))
        value = int(candidate)
        for sign, product in rest[::-1]:
            step, value = scribe.claim(value, "-" if sign == "+" else "+", product)
            steps.append(step)
        return compared_with(steps, value, first)

    def attempt(self, scribe: Scribe, tried: set[str]) -> tuple[Work, bool]:
        """Guess a value and check it: `82. Check: 83-36=47. 47 against 46: no.`"""
        guess = str(self.value) if scribe.rng.random() < self.dials.insight else self.miss(scribe.rng)
        while guess in tried:
            guess = str(int(guess) + 1)
        tried.add(guess)
        check, holds = self.check(scribe, guess)
        return Work(f"{guess}. {check}", guess), holds

    def reframe(self, scribe: Scribe) -> Work:
        """The other way first."""
        steps, value = self.worked(scribe, swap=True)
        return compared(Work(". ".join(steps) + ".", str(value)), self, scribe, self.dials)

    def miss(self, rng: random.Random) -> str:
        return str(max(0, self.value + rng.choice((*OFF_BY, -100, 100, -20, 20))))

    def present(self, candidate: str) -> str:
        return f"The answer is \\boxed{{{candidate}}}."


def compared_with(steps: list[str], value: int, wanted: int) -> tuple[str, bool]:
    """The text of a check that came to `value`, and whether it holds."""
    says, holds = verdict(value, wanted)
    return f"Check: {', '.join(steps)}. {says}", holds
