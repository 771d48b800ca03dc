"""Arithmetic: expressions of two-digit numbers whose value is asked.

Level 1: a sum or difference. Level 2: a chain of three, or a product with a one-digit number and a sum. Level 3: two
such products. Level 4: a product of two-digit numbers. Level 5: that and a sum. All values are whole and not negative.
"""

from __future__ import annotations

import random
from typing import Any

from scratchwork.tasks.base import is_held_out, make_problem
from scratchwork.types import Problem

Terms = list[tuple[str, int, int]]  # sign, left factor, right factor (1 for a plain number)


class Arithmetic:
    family = "arithmetic"

    def draw(self, rng: random.Random, level: int) -> Problem:
        while True:
            terms = random_terms(rng, level)
            if min(running_values(terms)) >= 0:
                return arithmetic_problem(terms, level)


def random_terms(rng: random.Random, level: int) -> Terms:
    """The signed products of an expression of `level`; the first sign is always +."""

    def two() -> int:
        return rng.randint(11, 99)

    def one() -> int:
        return rng.randint(3, 9)

    def sign() -> str:
        return rng.choice("+-")

    if level == 1:
        return [("+", two(), 1), (sign(), two(), 1)]
    if level == 2 and rng.random() < 0.5:
        return [("+", two(), 1), (sign(), two(), 1), (sign(), two(), 1)]
    if level == 2:
        return [("+", two(), one()), (sign(), two(), 1)]
    if level == 3:
        return [("+", two(), one()), (sign(), two(), one())]
    if level == 4:
        return [("+", two(), two())]
    return [("+", two(), two()), (sign(), two(), one())]


def running_values(terms: Terms) -> list[int]:
    """The value after each term."""
    values, value = [], 0
    for sign, a, b in terms:
        value += a * b if sign == "+" else -a * b
        values.append(value)
    return values


def expression_text(terms: Terms) -> str:
    """
    >>> expression_text([("+", 47, 6), ("-", 35, 1)])
    '47*6-35'
    """
    return "".join(f"{sign}{a}" if b == 1 else f"{sign}{a}*{b}" for sign, a, b in terms).removeprefix("+")


def arithmetic_problem(terms: Terms, level: int) -> Problem:
    """The problem of these terms; its id does not know in what order they and their factors stand.

    One that holds a product of two-digit numbers is held out where that product is: a page about it works it out.
    """
    text = expression_text(terms)
    key = " ".join(sorted(f"{sign}{max(a, b)}*{min(a, b)}" for sign, a, b in terms))
    data: dict[str, Any] = {"terms": [list(t) for t in terms]}
    if len(terms) > 1 and any(min(a, b) > 9 and is_held_out(arithmetic_problem([("+", a, b)], 4)) for _, a, b in terms):
        data["always_held_out"] = True
    return make_problem("arithmetic", key, level, f"What is {text}?", str(running_values(terms)[-1]), "number", data)
