"""A scribe works out sums on paper, and sometimes slips.

A slip is a wrong result that the next steps then build on, as a person's would: the text stays consistent with
itself, and only a check can find it.
"""

from __future__ import annotations

import operator
import random

APPLY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.floordiv}
OFF_BY = (-10, -2, -1, 1, 2, 10)


class Scribe:
    """Writes claims `a op b=c`; a claim is wrong with probability `slip`."""

    def __init__(self, rng: random.Random, slip: float = 0.0) -> None:
        self.rng, self.slip = rng, slip

    def claim(self, a: int, op: str, b: int) -> tuple[str, int]:
        """The text of one step and the value it claims.

        >>> Scribe(random.Random(0)).claim(13, "-", 4)
        ('13-4=9', 9)
        """
        value = APPLY[op](a, b) if b or op != "/" else 0
        if self.rng.random() < self.slip:
            value = max(0, value + self.rng.choice(OFF_BY))
        return f"{a}{op}{b}={value}", value
