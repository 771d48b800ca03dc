"""Which score says what is right: the named one, else by name, else the only one; and only where it is yes or no."""

from __future__ import annotations

import pytest

from scratchwork.foreign.convert import Rules, finish_reasons
from scratchwork.foreign.source import Answer, ForeignError
from scratchwork.foreign.verdict import Verdicts
from scratchwork.types import Score


def column(rows, weights=None, wanted=None):
    verdicts = Verdicts(wanted)
    verdicts.see(Answer("q", "a", row) for row in rows)
    return verdicts.column(weights or dict.fromkeys(rows[0], 1.0))


@pytest.mark.parametrize("values", [(1.0, 0.0), (1.0, -1.0), (2.0, 0.0), (0.0,), (1.0,)])
def test_two_values_are_a_verdict(values):
    assert column([{"score": value} for value in values]) == "score"


@pytest.mark.parametrize("values", [(1.0, 0.1, 0.0), (1.0, 0.5), (-1.0, -0.5), (0.3, 0.7, 0.9)])
def test_other_values_mix_it_with_something_else(values):
    assert column([{"score": value} for value in values]) is None


def test_the_name_decides_among_several():
    rows = [{"format_reward": 1.0, "correctness": 2.0}, {"format_reward": 0.0, "correctness": 0.0}]
    assert column(rows) == "correctness"
    assert column([{"length": 1.0, "style": 0.0}]) is None


def test_the_only_one_is_none_when_it_is_of_form():
    assert column([{"format_reward": 1.0}, {"format_reward": 0.0}]) is None


def test_one_beside_the_reward_that_is_only_told():
    assert column([{"score": 1.1, "acc": 1.0}, {"score": -0.4, "acc": 0.0}, {"score": 1.0}], {"score": 1.0}) == "acc"


def test_the_one_that_is_wanted_must_be_one():
    rows = [{"score": 1.0, "style": 0.5}, {"score": 0.0, "style": 0.2}]
    assert column(rows, wanted="score") == "score"
    with pytest.raises(ForeignError, match="holds more than right and wrong"):
        column(rows, wanted="style")


def test_above_0_is_right_and_what_was_not_given_is_not_judged():
    rules = Rules("acc", {"score": 0.5})
    assert rules.score(Answer("q", "a", {"acc": 2.0, "score": 1.0})).correct is True
    assert rules.score(Answer("q", "a", {"acc": -1.0, "score": 1.0})).correct is False
    none = rules.score(Answer("q", "a", {}))
    assert (none.correct, none.reward, none.error) == (None, None, "no reward function gave a score")
    assert rules.score(Answer("q", "a", {"score": 3.0})).reward == 1.5


def test_a_log_of_other_answers_says_nothing_of_these():
    log = {"reward": 0.5, "completions/clipped_ratio": 0.5}
    assert finish_reasons([1, 2], [Score(1.0), Score(0.0)], log) == ["stop", "length"]
    assert finish_reasons([1, 2], [Score(1.0), Score(0.9)], log) == [None, None]
    assert finish_reasons([1, 2], [Score(1.0), Score(0.0)], {"reward": 0.5}) == [None, None]
    assert finish_reasons([1], [Score(None)], log) == [None]
