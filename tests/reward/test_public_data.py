"""Gold answers of GSM8K and MATH-500, where a copy lies beside the repository (`../shared/data`); else skipped."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from scratchwork.reward.number import parse_number
from scratchwork.reward.rubric import Rubric
from scratchwork.reward.verify import verify
from scratchwork.types import Problem

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def rows(name: str) -> list[dict[str, Any]]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no copy of {name}")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("name", "count"), [("gsm8k/test.jsonl", 1319), ("gsm8k/train.jsonl", 7473)])
def test_every_gsm8k_gold_verifies_itself_and_nothing_near(name: str, count: int) -> None:
    golds = [row["answer"].rsplit("####", 1)[1].strip() for row in rows(name)]
    assert len(golds) == count
    rubric = Rubric({"accuracy": 1.0})
    for i, gold in enumerate(golds):
        problem = Problem(f"gsm8k-{i}", "gsm8k", 1, "?", gold, "number")
        assert rubric.score(problem, f"so</think>It is \\boxed{{\\${gold}}}.").reward == 1.0, gold
        plain = int(gold.replace(",", ""))
        assert verify(f"{plain:,}", problem) and verify(f"{plain}.00", problem)
        assert not verify(str(plain + 1), problem) and verify(f"{plain}0", problem) == (plain == 0)


def test_math_500_golds_read_as_numbers_or_are_refused() -> None:
    golds = [row["answer"] for row in rows("math500/test.jsonl")]
    values = {gold: parse_number(gold) for gold in golds}
    assert sum(values[gold] is not None for gold in golds) == 398  # the rest is algebra, tuples, sets, words, bases
    for gold, value in values.items():
        assert value is None or verify(gold, Problem("math-0", "math", 1, "?", gold, "number"))
    assert values[r"\frac{270}7\text{ degrees}"] == Fraction(270, 7)
    assert values[r"\$32,\!348"] == 32348
    for gold in ("52_8", "2k+2", "6 - 5i", r"3\sqrt{13}", r"\pi", "(3,4]", "1,-2", r"1\frac{4}{5}", r"\text{(C)}"):
        assert values[gold] is None
