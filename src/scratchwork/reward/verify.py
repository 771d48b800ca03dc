"""Verifiers: is this answer right for this problem? Yes or no, in bounded time, whatever the answer says.

A verifier reads the problem's own gold first and the model's text second. A gold that cannot be read raises
`VerifierError`; text that cannot be read is a wrong answer. The two must never be mixed up: a broken problem that
counts as a wrong answer is a reward of zero that nobody notices.

Left out: symbolic algebra (it needs a computer algebra system, which can hang on short text, hence a process that
can be killed) and time limits (every verifier here is linear in a text of bounded length).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from scratchwork.reward.expression import parse_expression
from scratchwork.reward.number import parse_number
from scratchwork.types import Problem

Verifier = Callable[[str, Problem], bool]

MAX_ANSWER_CHARS = 1_000

_WORD = re.compile(r"[^\W_]+")


class VerifierError(ValueError):
    """The verifier failed, not the answer: unknown name or unreadable gold. Never raised for a model's text."""


def verify(answer: str | None, problem: Problem) -> bool:
    """Whether `answer` solves `problem`, by the verifier that the problem names.

    No answer, or one of more than MAX_ANSWER_CHARS, is judged as the empty text. So `verify(None, problem)` is False
    for every sound problem and raises VerifierError for a broken one: a check to run on a data set before training.

    >>> verify("1,000", Problem("p-0", "sums", 1, "500+500?", "1000", "number"))
    True
    """
    verifier = VERIFIERS.get(problem.verifier)
    if verifier is None:
        known = ", ".join(sorted(VERIFIERS))
        raise VerifierError(f"problem {problem.id}: verifier is {problem.verifier!r}; choose among {known}")
    return verifier(answer if answer and len(answer) <= MAX_ANSWER_CHARS else "", problem)


def verify_number(answer: str, problem: Problem) -> bool:
    """Whether `answer` has exactly the value of `problem.answer`; see `number` for what is read as a number."""
    gold = parse_number(problem.answer)
    if gold is None:
        raise VerifierError(
            f"problem {problem.id}: answer is {problem.answer!r}, which is not one number; "
            'correct it or use the verifier "text"'
        )
    return parse_number(answer) == gold


def verify_countdown(answer: str, problem: Problem) -> bool:
    """Whether `answer` reaches `data["target"]` with each of `data["numbers"]` used exactly once."""
    numbers, target = problem.data.get("numbers"), problem.data.get("target")
    if not isinstance(numbers, Sequence) or not numbers or not all(isinstance(n, int) for n in numbers):
        raise VerifierError(f"problem {problem.id}: data.numbers is {numbers!r}; it must list whole numbers")
    if not isinstance(target, int):
        raise VerifierError(f"problem {problem.id}: data.target is {target!r}; it must be a whole number")
    expression = parse_expression(answer)
    return expression is not None and expression.value == target and sorted(expression.numbers) == sorted(numbers)


def verify_text(answer: str, problem: Problem) -> bool:
    """Whether `answer` has the words of `problem.answer`: case, punctuation and spacing do not count.

    Text with characters that do not show (null bytes, marks that reverse the reading order) is wrong: it would not
    read as the gold does.
    """
    gold = words(problem.answer)
    if not gold:
        raise VerifierError(f"problem {problem.id}: answer is {problem.answer!r}, which has no word to compare")
    return " ".join(answer.split()).isprintable() and words(answer) == gold


def words(text: str) -> list[str]:
    """The words of a text, in lower case and one form of Unicode; what lies between them is left out."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


VERIFIERS: dict[str, Verifier] = {"number": verify_number, "countdown": verify_countdown, "text": verify_text}
