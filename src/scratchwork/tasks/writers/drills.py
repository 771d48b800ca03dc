"""Drills: pages of single sums and single checks. Plain text, no question, always right.

They cover the steps that the families' scratch work is made of. A base model must be good at single steps before
reasoning can pay, and at comparing before checking can: a check by someone who says yes to anything is worse than none.
"""

from __future__ import annotations

import random

from scratchwork.tasks.writers.habits import verdict

LARGE = (20, 100, 100, 300, 1000, 1000, 4000)  # terms of sums go up to one of these, each on its own
CHECKS = 0.35  # share of pages that compare


def drill_page(rng: random.Random) -> str:
    """Some sums, one after the other, or some checked against a number that is wanted.

    >>> drill_page(random.Random(7))
    'Need 52. 26*2=52. 52 against 52: yes. 59-3=56. 56 against 52: no. 37+15=52. 52 against 52: yes.'
    """
    if rng.random() < CHECKS:
        return check_page(rng)
    sums = [one_sum(rng) for _ in range(rng.randint(6, 12))]
    return rng.choice((". ", ", ")).join(sums) + "."


def check_page(rng: random.Random) -> str:
    """Sums that are or are not what is needed, near misses among them."""
    wanted = rng.randint(2, rng.choice((20, 100, 100, 300)))
    page = f"Need {wanted}."
    for _ in range(rng.randint(3, 7)):
        value = wanted if rng.random() < 0.4 else max(1, wanted + rng.choice((-20, -10, -2, -1, 1, 2, 10, 20)))
        if rng.random() < 0.3:
            value = rng.randint(1, 100)
        page += f" {sum_to(rng, value)}. {verdict(value, wanted)[0]}"
    return page


def sum_to(rng: random.Random, value: int) -> str:
    """A sum that comes to `value`."""
    divisors = [d for d in range(2, 13) if value % d == 0]
    op = rng.choice("+-*/")
    if op == "*" and divisors:
        d = rng.choice(divisors)
        return f"{value // d}*{d}={value}"
    if op == "/" and value <= 20:
        d = rng.randint(2, 9)
        return f"{value * d}/{d}={value}"
    if op == "+" and value > 1:
        a = rng.randint(1, value - 1)
        return f"{a}+{value - a}={value}"
    a = rng.randint(1, 25)
    return f"{value + a}-{a}={value}"


def one_sum(rng: random.Random) -> str:
    op = rng.choice("+++----**/")
    if op == "*":
        a, b = rng.randint(2, 99), rng.randint(2, 9)
        if rng.random() < 0.3:
            b = 10 * b
        if rng.random() < 0.4:
            a, b = b, a
        return f"{a}*{b}={a * b}"
    if op == "/":
        a, b = rng.randint(2, 24), rng.randint(2, 9 if rng.random() < 0.8 else 20)
        return f"{a * b}/{b}={a}"
    a, b = (rng.randint(1, rng.choice(LARGE)) for _ in "ab")
    if op == "+":
        return f"{a}+{b}={a + b}"
    low, high = sorted((a, b))  # so that near numbers are taken off each other as often as any
    return f"{high}-{low}={high - low}"
