"""How countdown problems are written about: ideas tried and compared with the target, forwards or backwards."""

from __future__ import annotations

import random

from scratchwork.tasks.countdown import Node, combine, random_expression
from scratchwork.tasks.scribe import Scribe
from scratchwork.tasks.writers.habits import HABITS, Dials, Work, goes_on, verdict
from scratchwork.types import Problem

UNDO = {"+": "-", "-": "+", "*": "/", "/": "*"}
NEAREST_OF = 3  # an idea is the nearest to the target of so many random ones: writers have a feel for size


class CountdownWriter:
    habits = HABITS

    def __init__(self, problem: Problem, dials: Dials) -> None:
        self.dials = dials
        self.numbers: list[int] = problem.data["numbers"]
        self.target: int = problem.data["target"]
        self.solution = Node(self.target, problem.answer, tuple(problem.data["steps"]), "?")
        self.values: dict[str, int] = {}  # what each idea so far comes to

    def idea(self, rng: random.Random, insight: float) -> Node:
        """The solution with probability `insight`, else a plausible expression; a new one, if 20 draws find one."""
        for _ in range(20):
            node = self.solution if rng.random() < insight else nearest(rng, self.numbers, self.target)
            if node.text not in self.values:
                break
        self.values[node.text] = node.value
        return node

    def derive(self, scribe: Scribe, hurried: bool = False) -> Work:
        """One idea, with more insight than when exploring: `3+10=13, 13*2=26.`"""
        node = self.idea(scribe.rng, 2 * self.dials.insight)
        steps = ", ".join(node.steps)
        return Work(f"so {steps}" if hurried else f"{steps}.", node.text)

    def check(self, scribe: Scribe, candidate: str) -> tuple[str, bool]:
        """`20 against 26: no.`"""
        return verdict(self.values[candidate], self.target)

    def attempt(self, scribe: Scribe, tried: set[str]) -> tuple[Work, bool]:
        """`3+7=10, 10*2=20. 20 against 26: no.`"""
        node = self.idea(scribe.rng, self.dials.insight)
        tried.add(node.text)
        says, holds = self.check(scribe, node.text)
        return Work(f"{', '.join(node.steps)}. {says}", node.text), holds

    def reframe(self, scribe: Scribe) -> Work:
        """Backwards from the target: `Need 26. 26/2=13, 3+10=13. 13 against 13: yes.`"""
        text, attempt, tried = f"Need {self.target}. ", 1, set[str]()
        while True:
            step, wanted, node, whole = self.backwards(scribe.rng, tried)
            says, holds = verdict(node.value, wanted)
            text += f"{', '.join((step, *node.steps))}. {says}"
            if holds or not goes_on(scribe, self.dials, attempt):
                return Work(text, whole)
            text, attempt = f"{text} Wait, ", attempt + 1

    def backwards(self, rng: random.Random, tried: set[str]) -> tuple[str, int, Node, str]:
        """An idea for the last step `rest op n = target`: (its undoing, the rest wanted, an idea for it, the whole).

        Not one in `tried`, unless 20 in a row were.
        """
        repeats = 0
        while True:
            numbers = list(self.numbers)
            n = numbers.pop(rng.randrange(len(numbers)))
            op = rng.choice("+-*/")
            rest = combine(Node(self.target, ""), Node(n, ""), UNDO[op])
            if rest is None:
                continue
            node = nearest(rng, numbers, rest.value, 2 * NEAREST_OF)
            whole = f"{node.wrapped()}{op}{n}"
            if whole not in tried or repeats == 20:
                break
            repeats += 1
        tried.add(whole)
        return f"{self.target}{UNDO[op]}{n}={rest.value}", rest.value, node, whole

    def miss(self, rng: random.Random) -> str:
        return nearest(rng, self.numbers, self.target).text

    def present(self, candidate: str) -> str:
        return f"The answer is \\boxed{{{candidate}}}."


def nearest(rng: random.Random, numbers: list[int], target: int, among: int = NEAREST_OF) -> Node:
    """The nearest to `target` of `among` random legal expressions."""
    nodes: list[Node] = []
    while len(nodes) < among:
        node = random_expression(rng, numbers)
        if node is not None:
            nodes.append(node)
    return min(nodes, key=lambda node: abs(node.value - target))
