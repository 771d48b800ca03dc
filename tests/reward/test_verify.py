"""Verifiers: right, wrong, hostile; and that a broken problem is never mistaken for a wrong answer."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.reward.verify import MAX_ANSWER_CHARS, VERIFIERS, VerifierError, verify
from scratchwork.types import Problem


def problem(verifier: str, answer: str = "", **data: Any) -> Problem:
    return Problem("p-0", "family", 1, "?", answer, verifier, data)


NUMBER = problem("number", "7/2")
COUNTDOWN = problem("countdown", "(3+7)*2", numbers=[3, 7, 2], target=20)
TEXT = problem("text", "St. John's")

HOSTILE = [
    "9**9**9",
    "(" * 2**20,
    "()" * 2**19,
    "9" * 2**20,
    "٣",
    "NaN",
    "\0",
    "\u202e",
    "\ud800",
    "\\boxed{" * 1000,
    "e\u0301" * 400,
]
HOSTILE += [
    "1e999999999",
    "\u0301" * 1000,
    "__import__('os').abort()",
    "-" * 999,
    "1/" * 499 + "1",
    "{" * 999,
    " " * 2**20,
]


@pytest.mark.parametrize("answer", ["7/2", "3.5", r"\frac{7}{2}", "14/4", " 3.50 "])
def test_number_right(answer: str) -> None:
    assert verify(answer, NUMBER)


@pytest.mark.parametrize("answer", ["", "3", "-3.5", "2/7", "3.4999", "3.5 or 4", "7//2", None])
def test_number_wrong(answer: str | None) -> None:
    assert not verify(answer, NUMBER)


@pytest.mark.parametrize("answer", ["(3+7)*2", "2*(7+3)", " 2 * ( 3 + 7 ) ", r"2\times(3+7)"])
def test_countdown_right(answer: str) -> None:
    assert verify(answer, COUNTDOWN)


@pytest.mark.parametrize(
    "answer",
    [
        "20",
        "3+7*2",
        "(3+7)*2*1",
        "(3+7)+(3+7)",
        "2*3+7*2",
        "37-17",
        "(3+7)*2=20",
        "3*7",
        "10*2",
        "((3+7)*2",
        "2*(3--7)",
    ],
)
def test_countdown_wrong(answer: str) -> None:
    assert not verify(answer, COUNTDOWN)


@pytest.mark.parametrize(
    ("answer", "numbers", "target"),
    [
        ("3**2", [3, 2], 9),
        ("7//2", [7, 2], 3),
        ("-3+5", [3, 5], 2),
        ("37", [3, 7], 37),
        ("3.0*2", [3, 2], 6),
        ("3*2", [3, 3, 2], 6),
    ],
)
def test_countdown_holes_of_other_checkers_are_closed(answer: str, numbers: list[int], target: int) -> None:
    assert not verify(answer, problem("countdown", numbers=numbers, target=target))


def test_countdown_counts_repeated_numbers_and_keeps_fractions_exact() -> None:
    assert verify("8/(3-8/3)", problem("countdown", numbers=[8, 8, 3, 3], target=24))
    assert not verify("8*3", problem("countdown", numbers=[8, 8, 3, 3], target=24))
    assert not verify("100000000000000000000/3*3", problem("countdown", numbers=[10**20, 3, 3], target=10**20 + 1))


@given(st.lists(st.integers(1, 25), min_size=3, max_size=4), st.data())
def test_countdown_takes_any_order_of_a_sum_and_no_other_target(numbers: list[int], data: st.DataObject) -> None:
    shuffled = "+".join(map(str, data.draw(st.permutations(numbers))))
    assert verify(shuffled, problem("countdown", numbers=numbers, target=sum(numbers)))
    assert not verify(shuffled, problem("countdown", numbers=numbers, target=sum(numbers) + 1))
    assert not verify(shuffled, problem("countdown", numbers=[*numbers, 1], target=sum(numbers)))


@pytest.mark.parametrize("answer", ["St. John's", "st john's.", " ST.  JOHN’S ", "St-John s"])
def test_text_right(answer: str) -> None:
    assert verify(answer, TEXT)


@pytest.mark.parametrize(
    "answer", ["", "St", "John's St.", "St. Johns", "St. John's, Canada", "St. John's\0", "\u202eSt. John's"]
)
def test_text_wrong(answer: str) -> None:
    assert not verify(answer, TEXT)


def test_text_compares_accents_however_they_are_coded() -> None:
    assert verify("CO\u0301RDOBA", problem("text", "C\u00f3rdoba"))
    assert not verify("Cordoba", problem("text", "C\u00f3rdoba"))


@pytest.mark.parametrize("sound", [NUMBER, COUNTDOWN, TEXT])
@pytest.mark.parametrize("answer", HOSTILE)
def test_hostile_text_is_wrong_and_quick(sound: Problem, answer: str) -> None:
    start = time.perf_counter()
    assert verify(answer, sound) is False
    assert time.perf_counter() - start < 1


@given(st.text(max_size=80))
def test_any_text_gets_a_verdict(answer: str) -> None:
    for sound in (NUMBER, COUNTDOWN, TEXT):
        assert verify(answer, sound) in (True, False)


def test_answers_are_bounded() -> None:
    long = "a" * MAX_ANSWER_CHARS
    assert verify(long, problem("text", long))
    assert not verify(long + "a", problem("text", long + "a"))


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (problem("numbr", "3"), r"verifier is 'numbr'; choose among countdown, number, text"),
        (problem("number", "three"), r"answer is 'three', which is not one number"),
        (problem("number", ""), r"answer is ''"),
        (problem("text", "..."), r"answer is '\.\.\.', which has no word"),
        (problem("countdown", target=20), r"data\.numbers is None"),
        (problem("countdown", numbers=[], target=20), r"data\.numbers is \[\]"),
        (problem("countdown", numbers="372", target=20), r"data\.numbers is '372'"),
        (problem("countdown", numbers=[3, 7.5], target=20), r"data\.numbers is \[3, 7\.5\]"),
        (problem("countdown", numbers=[3, 7]), r"data\.target is None"),
        (problem("countdown", numbers=[3, 7], target="20"), r"data\.target is '20'"),
    ],
)
def test_a_broken_problem_raises_whatever_the_answer(broken: Problem, says: str) -> None:
    for answer in (None, "", "3", "garbage", "x" * 2**20):
        with pytest.raises(VerifierError, match=f"problem p-0: {says}"):
            verify(answer, broken)


def test_no_answer_is_wrong_for_every_verifier() -> None:
    assert {p.verifier for p in (NUMBER, COUNTDOWN, TEXT)} == set(VERIFIERS)
    assert not any(verify(None, p) for p in (NUMBER, COUNTDOWN, TEXT))
