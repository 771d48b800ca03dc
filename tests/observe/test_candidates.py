"""Expressions put together from steps: forwards, backwards, in any order, and never longer than can be judged."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from scratchwork.observe.candidates import MAX_CHARS, Expression, Value
from scratchwork.reward.expression import parse_expression
from scratchwork.tasks.countdown import random_expression


def worked(numbers: list[int], target: int, *steps: str) -> str | None:
    work = Expression(numbers, target)
    for step in steps:
        left, _, value = step.partition("=")
        op = next(c for c in "+*/-" if c in left)
        a, b = left.split(op)
        work.claim(int(a), op, int(b), int(value))
    return work.candidate


@given(st.lists(st.integers(1, 25), min_size=2, max_size=5), st.integers(0, 10**6))
def test_the_steps_of_any_expression_give_its_value_and_its_numbers(numbers: list[int], seed: int) -> None:
    node = random_expression(random.Random(seed), numbers)
    if node is None:
        return
    text = worked(numbers, 10**9, *node.steps)
    assert text is not None
    expression = parse_expression(text)
    assert expression is not None
    assert expression.value == node.value and sorted(expression.numbers) == sorted(numbers)


def test_work_that_has_not_begun_has_no_candidate() -> None:
    assert worked([3, 10, 2], 26) is None
    assert worked([3, 10, 2], 26, "26/2=13") is None
    assert Value().candidate is None


def test_a_target_among_the_numbers_is_used_as_a_number() -> None:
    assert worked([26, 2, 2], 26, "26*2=52", "52/2=26") == "(26*2)/2"


def test_a_chain_without_end_stays_short_enough_to_judge_and_is_no_answer() -> None:
    text = worked([1], 26, *(f"{n}+1={n + 1}" for n in range(1000)))
    assert text is not None and len(text) == MAX_CHARS
    assert parse_expression(text) is None
