"""How apple problems are written about: sum up what is known, take it off the total, divide."""

from __future__ import annotations

import random

from scratchwork.tasks.scribe import OFF_BY, Scribe
from scratchwork.tasks.writers.habits import HABITS, Dials, Work, compared, verdict
from scratchwork.types import Problem


class ApplesWriter:
    habits = HABITS

    def __init__(self, problem: Problem, dials: Dials) -> None:
        self.dials = dials
        (self.count, self.price), *self.known = problem.data["items"]
        self.asked, *self.fruits = problem.data["fruits"]
        self.total, self.bill = problem.data["total"], problem.data["bill"]

    def derive(self, scribe: Scribe, hurried: bool = False) -> Work:
        """`Oranges: 2*2=4. 13-4=9. 9/3=3.`; in a hurry `so 2*2=4, 13-4=9, 9/3=3`."""
        steps, total = self.paid(scribe)
        more, rest = self.known_cost(scribe, named=not hurried)
        left, value = scribe.claim(total, "-", rest)
        last, price = scribe.claim(value, "/", self.count)
        steps += [*more, left, last]
        text = "so " + ", ".join(steps) if hurried else ". ".join(steps) + "."
        return Work(text, str(price))

    def paid(self, scribe: Scribe) -> tuple[list[str], int]:
        """The total: given, or what the bill less the change comes to."""
        if not self.bill:
            return [], self.total
        step, total = scribe.claim(self.bill, "-", self.bill - self.total)
        return [step], total

    def known_cost(self, scribe: Scribe, named: bool) -> tuple[list[str], int]:
        """The cost of the fruits with known prices, added up as it goes."""
        steps: list[str] = []
        rest = 0
        for (count, price), fruit in zip(self.known, self.fruits, strict=True):
            step, cost = scribe.claim(count, "*", price)
            steps.append(f"{fruit.capitalize()}s: {step}" if named else step)
            if rest:
                step, rest = scribe.claim(rest, "+", cost)
                steps.append(step)
            else:
                rest = cost
        return steps, rest

    def check(self, scribe: Scribe, candidate: str) -> tuple[str, bool]:
        """Put the price back into the story: `Check: 3*3=9, 9+4=13. 13 against 13: yes.`"""
        price = int(candidate)
        steps, total = self.paid(scribe)
        step, paid = scribe.claim(self.count, "*", price)
        steps.append(step)
        for count, known_price in self.known:
            step, cost = scribe.claim(count, "*", known_price)
            steps.append(step)
            step, paid = scribe.claim(paid, "+", cost)
            steps.append(step)
        says, holds = verdict(paid, total)
        return f"Check: {', '.join(steps)}. {says}", holds

    def attempt(self, scribe: Scribe, tried: set[str]) -> tuple[Work, bool]:
        """Guess a price and see: `5. 3*5=15, 15+4=19. 19 against 13: no.`"""
        price = self.price
        if scribe.rng.random() > self.dials.insight or str(price) in tried:
            near = [p for p in range(max(1, self.price - 6), self.price + 7) if str(p) not in tried]
            price = scribe.rng.choice(near or [max(map(int, tried)) + 1])
        tried.add(str(price))
        check, holds = self.check(scribe, str(price))
        return Work(f"{price}. {check.removeprefix('Check: ')}", str(price)), holds

    def reframe(self, scribe: Scribe) -> Work:
        """`Let x be the price. 3x+4=13. 3x=13-4=9. x=9/3=3.`"""
        steps, total = self.paid(scribe)
        more, rest = self.known_cost(scribe, named=False)
        steps = ["Let x be the price", *steps, *more, f"{self.count}x+{rest}={total}"]
        left, value = scribe.claim(total, "-", rest)
        last, price = scribe.claim(value, "/", self.count)
        steps += [f"{self.count}x={left}", f"x={last}"]
        return compared(Work(". ".join(steps) + ".", str(price)), self, scribe, self.dials)

    def miss(self, rng: random.Random) -> str:
        return str(max(1, self.price + rng.choice(OFF_BY)))

    def present(self, candidate: str) -> str:
        return f"Each {self.asked} costs \\boxed{{{candidate}}} dollars."
