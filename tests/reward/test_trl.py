"""The rubric as TRL calls it: keyword columns, strings or messages, no silent zero."""

from __future__ import annotations

import pytest

from scratchwork.reward.rubric import Rubric
from scratchwork.reward.trl import reward_function
from scratchwork.reward.verify import VerifierError
from scratchwork.types import Problem

RIGHT, WRONG = r"So.</think>\boxed{3*2}", r"So.</think>\boxed{3+2}"
PROBLEM = Problem("countdown-1", "countdown", 1, "Use 3 and 2.", "3*2", "countdown", {"numbers": [3, 2], "target": 6})


def columns(*problems: Problem) -> dict[str, list[object]]:
    rows = [p.to_dict() for p in problems]
    return {name: [row[name] for row in rows] for name in rows[0] if name != "prompt"}


def test_rows_made_of_problems_are_scored() -> None:
    reward = reward_function(Rubric({"accuracy": 1.0}))
    extra = {"completion_ids": [[1], [2]], "trainer_state": None}
    assert reward(prompts=["?", "?"], completions=[RIGHT, WRONG], **columns(PROBLEM, PROBLEM), **extra) == [1.0, 0.0]


def test_messages_are_read_like_strings() -> None:
    reward = reward_function(Rubric({"accuracy": 1.0}))
    prompts = [[{"role": "user", "content": "?"}]]
    assert reward(prompts, [[{"role": "assistant", "content": RIGHT}]], **columns(PROBLEM)) == [1.0]


def test_a_failed_verifier_stops_the_trainer() -> None:
    reward = reward_function(Rubric({"accuracy": 1.0}))
    with pytest.raises(VerifierError, match=r"problem row 0: data\.numbers is None"):
        reward(["?"], [RIGHT], answer=["3*2"], verifier=["countdown"])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KeyError, match="no column 'verifier'"):
        reward_function(Rubric({"accuracy": 1.0}))(["?"], [RIGHT], answer=["3*2"])
