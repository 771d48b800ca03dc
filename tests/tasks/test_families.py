"""What each family promises of its problems."""

from __future__ import annotations

import random
import re

import pytest

from scratchwork.reward.expression import parse_expression
from scratchwork.tasks.apples import KNOWN_KINDS, Apples, apples_problem, classic_apple_problem
from scratchwork.tasks.arithmetic import Arithmetic, arithmetic_problem
from scratchwork.tasks.base import LEVELS
from scratchwork.tasks.countdown import (
    HOW_MANY,
    LARGEST,
    MAX_TARGET,
    MIN_TARGET,
    Countdown,
    Node,
    combine,
    countdown_problem,
)
from scratchwork.tasks.facts import Facts, pairs
from scratchwork.types import Problem


def draws(task, level: int, count: int = 150) -> list[Problem]:
    rng = random.Random(f"{task.family}/{level}")
    return [task.draw(rng, level) for _ in range(count)]


@pytest.mark.parametrize("level", LEVELS)
def test_apples_say_what_they_mean(level: int) -> None:
    for problem in draws(Apples(), level):
        (count, price), *known = problem.data["items"]
        assert len(known) == KNOWN_KINDS[level]
        assert count * price + sum(n * each for n, each in known) == problem.data["total"]
        numbers = [int(n) for n in re.findall(r"\d+", problem.prompt)]
        bill, total = problem.data["bill"], problem.data["total"]
        told = [bill, bill - total] if level == 5 else [total]
        assert numbers == [count, *(n for n, _ in known), *(each for _, each in known), *told]
        assert level != 5 or 0 < bill - total <= 50
        assert problem.answer == str(price)


def test_the_classic_problem_word_for_word() -> None:
    assert classic_apple_problem().prompt == (
        "Emily buys 3 apples and 2 oranges. Each orange costs $2. The total cost is $13. "
        "What is the cost of each apple?"
    )


def test_the_order_of_the_known_fruits_does_not_make_another_problem() -> None:
    rng = random.Random(0)
    problem = Apples().draw(rng, 4)
    items = [tuple(item) for item in problem.data["items"]]
    swapped = apples_problem("Zoe", problem.data["fruits"], [items[0], *reversed(items[1:])], 4)
    assert swapped.id == problem.id and swapped.prompt != problem.prompt


@pytest.mark.parametrize("level", LEVELS)
def test_countdown_is_solved_by_its_own_answer_and_steps(level: int) -> None:
    for problem in draws(Countdown(), level):
        numbers, target = problem.data["numbers"], problem.data["target"]
        assert len(numbers) == HOW_MANY[level] and max(numbers) <= LARGEST[level]
        assert MIN_TARGET <= target <= MAX_TARGET and target not in numbers
        solution = parse_expression(problem.answer)
        assert solution is not None
        assert solution.value == target and sorted(solution.numbers) == sorted(numbers)
        assert len(problem.data["steps"]) == len(numbers) - 1
        for step in problem.data["steps"]:
            left, _, value = step.partition("=")
            made = parse_expression(left)
            assert made is not None and made.value == int(value)
        assert problem.data["steps"][-1].endswith(f"={target}")


def test_the_order_of_the_numbers_does_not_make_another_problem() -> None:
    made = Node(26, "(3+10)*2")
    assert countdown_problem([2, 3, 10], made, 1).id == countdown_problem([10, 2, 3], made, 1).id


def test_one_idea_has_one_way_to_be_written() -> None:
    seven, sum_of_seven = Node(7, "7"), Node(7, "4+3", ("4+3=7",), "+")
    for op in "+*":
        one, other = combine(seven, sum_of_seven, op), combine(sum_of_seven, seven, op)
        assert one is not None and one == other
    assert combine(Node(3, "3"), Node(7, "7"), "-") is None
    assert combine(Node(7, "7"), Node(0, "0"), "/") is None
    assert combine(Node(7, "7"), Node(2, "2"), "/") is None


@pytest.mark.parametrize("level", LEVELS)
def test_arithmetic_is_what_its_expression_says(level: int) -> None:
    for problem in draws(Arithmetic(), level):
        text = problem.prompt.removeprefix("What is ").removesuffix("?")
        expression = parse_expression(text)
        assert expression is not None and str(expression.value) == problem.answer
        assert int(problem.answer) >= 0
        assert ("*" in text) >= (level >= 3)
    assert arithmetic_problem([("+", 47, 6), ("-", 35, 1)], 2).answer == "247"


def test_facts_have_every_fact_once_and_a_level_each() -> None:
    facts = pairs()
    assert len({(kind, thing) for kind, thing, _ in facts}) == len(facts) > 50
    assert {"Paris", "black", "8", "cold", "Tuesday"} <= {answer for _, _, answer in facts}
    answers = [{problem.prompt for problem in draws(Facts(), level, 400)} for level in LEVELS]
    assert all(answers)
    for i, own in enumerate(answers):
        for other in answers[i + 1 :]:
            assert not own & other
