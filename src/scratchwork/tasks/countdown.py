"""Countdown: reach a target with every given number used exactly once and + - * /.

Levels 1 to 3 have three numbers (up to 9, 12 and 20), levels 4 and 5 have four (up to 12 and 25). Targets are
whole and at most 100; a problem is made from a random expression whose every step is a whole number above
zero, so each has an answer. The search space grows with the level; guessing rarely pays at any.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from scratchwork.tasks.base import make_problem
from scratchwork.types import Problem

HOW_MANY = {1: 3, 2: 3, 3: 3, 4: 4, 5: 4}
LARGEST = {1: 9, 2: 12, 3: 20, 4: 12, 5: 25}
MIN_TARGET, MAX_TARGET = 10, 100
MAX_STEP = 200  # no intermediate value above this: keeps the sums a small model must do within reach


@dataclass(frozen=True, slots=True)
class Node:
    """A value and how it was made: `left op right`, or a leaf."""

    value: int
    text: str
    steps: tuple[str, ...] = ()
    op: str = ""

    def wrapped(self) -> str:
        return f"({self.text})" if self.op else self.text


def combine(a: Node, b: Node, op: str) -> Node | None:
    """`a op b` as a Node, or None when the result is not a whole number above zero and at most MAX_STEP.

    Sums and products are written larger side first: one idea, one way to write it.
    """
    if op in "+*" and (a.value, a.text) < (b.value, b.text):
        a, b = b, a
    if op == "+":
        value = a.value + b.value
    elif op == "-":
        value = a.value - b.value
    elif op == "*":
        value = a.value * b.value
    else:
        if b.value == 0 or a.value % b.value:
            return None
        value = a.value // b.value
    if not 0 < value <= MAX_STEP:
        return None
    step = f"{a.value}{op}{b.value}={value}"
    return Node(value, f"{a.wrapped()}{op}{b.wrapped()}", (*a.steps, *b.steps, step), op)


def random_expression(rng: random.Random, numbers: Sequence[int]) -> Node | None:
    """A random way to use every number once, or None when a step fell outside the whole numbers."""
    nodes = [Node(n, str(n)) for n in numbers]
    while len(nodes) > 1:
        a = nodes.pop(rng.randrange(len(nodes)))
        b = nodes.pop(rng.randrange(len(nodes)))
        made = combine(a, b, rng.choice("+-*/"))
        if made is None:
            return None
        nodes.append(made)
    return nodes[0]


class Countdown:
    family = "countdown"

    def draw(self, rng: random.Random, level: int) -> Problem:
        while True:
            numbers = [rng.randint(1, LARGEST[level]) for _ in range(HOW_MANY[level])]
            made = random_expression(rng, numbers)
            if made is not None and MIN_TARGET <= made.value <= MAX_TARGET and made.value not in numbers:
                return countdown_problem(numbers, made, level)


def countdown_problem(numbers: Sequence[int], made: Node, level: int) -> Problem:
    """The Problem of reaching `made.value` with `numbers`; `made` is one way to do it."""
    target = made.value
    return make_problem(
        "countdown",
        countdown_key(numbers, target),
        level,
        countdown_prompt(numbers, target),
        made.text,
        "countdown",
        {"numbers": list(numbers), "target": target, "steps": list(made.steps)},
    )


def countdown_key(numbers: Sequence[int], target: int) -> str:
    """What makes the problem itself, in whatever order its numbers are given."""
    return f"{' '.join(map(str, sorted(numbers)))} -> {target}"


def countdown_prompt(numbers: Sequence[int], target: int) -> str:
    """
    >>> countdown_prompt([7, 3, 2], 26)
    'Use 7, 3 and 2 once each to make 26.'
    """
    return f"Use {', '.join(map(str, numbers[:-1]))} and {numbers[-1]} once each to make {target}."
