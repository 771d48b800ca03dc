"""What tells cheaply whether a quick answer will do. Each signal is a number from 0 (think) to 1 (no need to)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from math import exp

from scratchwork.reward.expression import parse_expression
from scratchwork.reward.grammar import parse
from scratchwork.reward.number import parse_number
from scratchwork.reward.verify import words


def boxed(text: str) -> str | None:
    """The value in the box of a quick answer."""
    return parse(text, opened=False).answer


def meaning(answer: str) -> Hashable:
    """What makes two answers the same, of a question that nothing is known about: value, numbers used, or words.

    >>> meaning("1,000.0") == meaning("1000"), meaning("3+2*4") == meaning("(2*4)+3"), meaning("4*4") == meaning("8+8")
    (True, True, False)
    """
    if (number := parse_number(answer)) is not None:
        return number
    if (expression := parse_expression(answer)) is not None:
        return expression.value, tuple(sorted(expression.numbers))
    return tuple(words(answer))


def agreement(answers: Sequence[str | None]) -> tuple[float, int]:
    """How far quick answers agree, and the first of those that do: the share of all that say what most say.

    One without a box agrees with nothing; where no two of several agree, the score is 0.

    >>> agreement(["4", "4.0", None, "5"])
    (0.5, 0)
    >>> agreement(["4", "5"]), agreement([None, "7"]), agreement(["7"])
    ((0.0, 0), (0.0, 1), (1.0, 0))
    """
    meanings = [None if answer is None else meaning(answer) for answer in answers]
    counts = Counter(one for one in meanings if one is not None)
    if not counts:
        return 0.0, 0
    front, most = counts.most_common(1)[0]
    alone = most == 1 and len(answers) > 1
    return 0.0 if alone else most / len(answers), meanings.index(front)


def confidence(logprobs: Sequence[float]) -> float:
    """The probability of a typical token of a quick answer: the geometric mean of those of its tokens.

    >>> confidence([0.0, 0.0]), confidence([])
    (1.0, 0.0)
    """
    return exp(sum(logprobs) / len(logprobs)) if logprobs else 0.0
