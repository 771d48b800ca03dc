"""Apples: word problems with one unknown price.

*Emily buys 3 apples and 2 oranges. Each orange costs $2. The total cost is $13. What is the cost of each apple?*
is the classic one, and always held out. Levels add kinds of fruit with a known price (level 1 and 2: one, level 3:
two, level 4 and 5: three), larger numbers from level 2 on, and change from a bill at level 5. Prices go to 20 so that
a guess rarely pays: where guessing pays, reinforcement learning teaches guessing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from scratchwork.tasks.base import make_problem
from scratchwork.types import Problem

NAMES = ("Emily", "Ben", "Mia", "Tom", "Lena", "Omar", "Ana", "Wei", "Ravi", "Zoe", "Ivan", "Nora")
FRUITS = ("apple", "orange", "pear", "lemon", "mango", "plum", "melon", "lime", "fig", "kiwi")
KNOWN_KINDS = {1: 1, 2: 1, 3: 2, 4: 3, 5: 3}
MOST_EACH = {1: 5, 2: 9, 3: 9, 4: 9, 5: 9}
TOP_PRICE = {1: 9, 2: 20, 3: 20, 4: 20, 5: 20}
CLASSIC = ((3, 3), (2, 2))


class Apples:
    family = "apples"

    def draw(self, rng: random.Random, level: int) -> Problem:
        kinds = KNOWN_KINDS[level] + 1
        items = [(rng.randint(2, MOST_EACH[level]), rng.randint(2, TOP_PRICE[level])) for _ in range(kinds)]
        total = sum(count * price for count, price in items)
        bill = -(-(total + 1) // 50) * 50 if level == 5 else 0
        return apples_problem(rng.choice(NAMES), rng.sample(FRUITS, kinds), items, level, bill)


def apples_problem(
    name: str, fruits: Sequence[str], items: Sequence[tuple[int, int]], level: int, bill: int = 0
) -> Problem:
    """The Problem in which the price in `items[0]` = (count, price) is asked; `bill` > 0 gives change, not a total."""
    total = sum(count * price for count, price in items)
    bought = [f"{count} {fruit}s" for (count, _), fruit in zip(items, fruits, strict=True)]
    prices = "".join(f" Each {f} costs ${p}." for (_, p), f in zip(items[1:], fruits[1:], strict=True))
    paid = f"The total cost is ${total}."
    if bill:
        paid = f"The change from ${bill} is ${bill - total}."
    key = f"{items[0][0]}x + " + " + ".join(f"{c}*{p}" for c, p in sorted(items[1:])) + f" = {total}"
    data = {"items": [list(i) for i in items], "fruits": list(fruits), "total": total, "bill": bill}
    if tuple(map(tuple, items)) == CLASSIC:
        data["always_held_out"] = True
    return make_problem(
        "apples",
        key,
        level,
        f"{name} buys {', '.join(bought[:-1])} and {bought[-1]}.{prices} {paid} What is the cost of each {fruits[0]}?",
        str(items[0][1]),
        "number",
        data,
    )


def classic_apple_problem() -> Problem:
    """The chapter's own example.

    >>> classic_apple_problem().prompt
    'Emily buys 3 apples and 2 oranges. Each orange costs $2. The total cost is $13. What is the cost of each apple?'
    >>> classic_apple_problem().answer
    '3'
    """
    return apples_problem("Emily", ("apple", "orange"), CLASSIC, 1)
