"""Rows pooled over levels, and what the thinking does beside what the answers are worth."""

from __future__ import annotations

import random

import pytest

from scratchwork.observe.evals import add_reflection, compared, compared_rows, families, largest_k, levels, pool
from scratchwork.tasks.countdown import Countdown
from scratchwork.types import Group, Problem, Rollout, Score

EASY = {"problems": 10, "pass@1": 0.9, "pass@1_ci": [0.8, 0.95], "pass@4": 1.0, "length": 10.0}
HARD = {"problems": 30, "pass@1": 0.5, "pass@1_ci": [0.4, 0.6], "pass@4": 0.8, "length": 50.0}
TABLE = {
    "all": {"all": EASY},
    "apples": {"all": EASY, "1": EASY, "2": HARD, "10": HARD},
    "riddles": {"all": HARD, "1": HARD},
}


def test_families_and_levels_are_told_from_totals_and_sorted_as_numbers() -> None:
    assert families(TABLE, {"sums": {}}) == ["apples", "riddles", "sums"]
    assert list(levels(TABLE, "apples")) == [1, 2, 10]
    assert levels(TABLE, "sums") == {}


def test_the_levels_compared_are_those_of_the_results_table_or_all() -> None:
    assert list(compared(TABLE, "apples")) == [2]
    assert list(compared(TABLE, "riddles")) == [1]
    assert list(compared({"apples": {"1": EASY}}, "apples")) == [1]


def test_pooled_means_weigh_problems_alike() -> None:
    row = pool([EASY, HARD])
    assert row["problems"] == 40
    assert row["pass@1"] == pytest.approx((10 * 0.9 + 30 * 0.5) / 40)
    assert row["pass@4"] == pytest.approx((10 * 1.0 + 30 * 0.8) / 40)
    assert row["length"] == pytest.approx((10 * 10 + 30 * 50) / 40)
    # by hand: sqrt((.25 * .1)^2 + (.75 * .1)^2) below, sqrt((.25 * .05)^2 + (.75 * .1)^2) above
    assert row["pass@1_ci"] == pytest.approx([0.6 - 0.0790569, 0.6 + 0.0760345], abs=1e-6)


def test_pooling_one_row_changes_none_of_its_numbers() -> None:
    row = pool([HARD])
    assert row.pop("pass@1_ci") == pytest.approx(HARD["pass@1_ci"])
    assert row == {name: value for name, value in HARD.items() if name != "pass@1_ci"}


def test_a_number_that_one_row_lacks_is_not_pooled() -> None:
    assert "pass@4" not in pool([EASY, {k: v for k, v in HARD.items() if k != "pass@4"}])
    assert pool([{"problems": 3, "length": 5.0}]) == {"problems": 3, "length": 5.0}  # no verdicts: no shares
    assert pool([]) == {}


def test_one_family_is_not_repeated_as_all() -> None:
    assert list(compared_rows({"apples": TABLE["apples"]})) == ["apples"]
    assert list(compared_rows(TABLE)) == ["apples", "riddles", "all"]


def test_largest_k_looks_at_numbers_only() -> None:
    assert largest_k(HARD) == 4
    assert largest_k({"maj@64": 1.0}, "maj@") == 64
    assert largest_k({"length": 3.0}) is None


def group(problem: Problem, text: str) -> Group:
    score = Score(1.0, {"accuracy": 1.0})
    return Group(problem, (Rollout(problem.id, (0,), (1,), (1,), (0.0,), "stop", 0, text, score),))


def test_reflection_is_added_to_the_rows_of_the_very_groups() -> None:
    easy, hard = (Countdown().draw(random.Random(0), level) for level in (1, 2))
    a, b, c = hard.data["numbers"]
    doubts = (
        f"{a}+{b}={a + b}, {a + b}+{c}={a + b + c}. 1 against 7: no. Wait, {a}*{b}={a * b}. 1 against 7: no.</think>"
    )
    groups = [group(easy, "</think>It is so."), group(hard, doubts)]
    row = {"problems": 1}
    table = add_reflection({"all": {"all": row}, "countdown": {"all": row, "1": row, "2": row}}, groups)
    checks = {level: own["reflection/checks"] for level, own in table["countdown"].items()}
    assert checks == {"all": 1.0, "1": 0.0, "2": 2.0}
    assert table["countdown"]["2"]["reflection/backtracks"] == 1.0
    assert table["all"]["all"]["problems"] == 1
