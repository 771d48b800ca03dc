"""What a stretch of scratch work arrives at: the candidate answer that its claims add up to.

Work on a number arrives at its last value. Work on countdown arrives at an expression, put together from the steps,
forwards or backwards from the target, in the form in which it would be boxed: so the reward's own verifier judges it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from scratchwork.observe.steps import Candidate
from scratchwork.reward.verify import VerifierError, verify
from scratchwork.types import Problem

INVERSE = {"+": "-", "-": "+", "*": "/", "/": "*"}
MAX_CHARS = 400  # longer than any expression that a verifier reads; bounds the text that a chain of steps can grow


def judge(text: str, problem: Problem, judged: dict[str, Candidate]) -> Candidate:
    """An answer with its verdict, which `judged` keeps: many responses arrive at the same one."""
    if text not in judged:
        try:
            judged[text] = Candidate(text, verify(text, problem))
        except VerifierError:
            judged[text] = Candidate(text, None)
    return judged[text]


class Work(Protocol):
    """The claims since the last fresh start."""

    backwards: int  # stretches so far that worked backwards

    @property
    def candidate(self) -> str | None:
        """What they arrive at; None when there are none."""
        ...

    def claim(self, a: int, op: str, b: int, c: int) -> bool:
        """A step `a op b=c`; whether `c` is what is wanted from now on, a goal on the way back from the target."""
        ...

    def state(self, value: int) -> None:
        """An answer written down without a step."""
        ...

    def restart(self) -> None:
        """Whatever comes next is another attempt."""
        ...


class Value:
    """Work towards a number."""

    def __init__(self) -> None:
        self.candidate: str | None = None
        self.backwards = 0

    def claim(self, a: int, op: str, b: int, c: int) -> bool:
        self.candidate = str(c)
        return False

    def state(self, value: int) -> None:
        self.candidate = str(value)

    def restart(self) -> None:
        self.candidate = None


class Expression:
    """Work towards an expression of `numbers` that makes `target`.

    >>> work = Expression((3, 10, 2), 26)
    >>> work.claim(3, "+", 10, 13), work.claim(13, "*", 2, 26), work.candidate
    (False, False, '(10+3)*2')
    >>> work.restart()
    >>> work.claim(26, "/", 2, 13), work.claim(3, "+", 10, 13), work.candidate
    (True, False, '(10+3)*2')
    """

    def __init__(self, numbers: Collection[int], target: int) -> None:
        self.numbers, self.target, self.backwards = frozenset(numbers), target, 0
        self.restart()

    def restart(self) -> None:
        self.made: dict[int, list[str]] = {}  # values claimed and not used since, with their expressions
        self.undone: list[tuple[str, int, int]] = []  # `value op b` is wanted to make what was wanted before
        self.wanted = self.target
        self.last: tuple[int, str] | None = None

    def claim(self, a: int, op: str, b: int, c: int) -> bool:
        if a == self.wanted and not self.made.get(a) and a not in self.numbers:
            self.backwards += not self.undone
            self.undone.append((INVERSE[op], b, c))
            self.wanted = c
            return True
        self.last = c, joined(op, (a, self.take(a)), (b, self.take(b)))
        self.made.setdefault(c, []).append(self.last[1])
        return False

    def take(self, value: int) -> str:
        """How `value` was made, or the number itself."""
        return self.made[value].pop() if self.made.get(value) else str(value)

    def state(self, value: int) -> None:
        """Nothing: a bare number is no candidate here."""

    @property
    def candidate(self) -> str | None:
        if self.last is None:
            return None
        text = self.last[1]
        for op, b, value in reversed(self.undone):
            text = joined(op, (value, text), (b, str(b)))
        return text


def joined(op: str, left: tuple[int, str], right: tuple[int, str]) -> str:
    """`left op right`, each a value and its text; the larger first where order is free: one idea, one text.

    >>> joined("*", (2, "2"), (13, "3+10"))
    '(3+10)*2'
    """
    if op in "+*" and left < right:
        left, right = right, left
    a, b = (text if text.isdigit() else f"({text})" for _, text in (left, right))
    return f"{a}{op}{b}"[:MAX_CHARS]
