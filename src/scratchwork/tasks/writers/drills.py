"""Drills: pages of single sums, the times tables of the small internet. Plain text, no question, always right.

They cover the steps that the families' scratch work is made of: a base model must be good at single steps before
reasoning can pay, because a check by someone who cannot add is worse than none.
"""

from __future__ import annotations

import random

LARGE = (20, 100, 100, 200, 1000, 5000)


def drill_page(rng: random.Random) -> str:
    """Some sums, one after the other.

    >>> drill_page(random.Random(1))[-1]
    '.'
    """
    sums = [one_sum(rng) for _ in range(rng.randint(6, 12))]
    return rng.choice((". ", ", ")).join(sums) + "."


def one_sum(rng: random.Random) -> str:
    op = rng.choice("++--**/")
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
    large = rng.choice(LARGE)
    a, b = rng.randint(1, large), rng.randint(1, large)
    if op == "+":
        return f"{a}+{b}={a + b}"
    return f"{a + b}-{b}={a}"
