"""The rubric: weights, metrics, controls; and that a failure is never a zero."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.reward.rubric import COMPONENTS, Attempt, Rubric, RubricError
from scratchwork.types import Problem

PROBLEM = Problem("p-0", "apples", 1, "?", "3", "number")
BROKEN = Problem("p-1", "apples", 1, "?", "three", "number")
RIGHT, WRONG = r"9/3=3.</think>It is \boxed{3}.", r"9/3=4.</think>It is \boxed{4}."
BARE = "9/3=3.</think>It is 3."
ALL = {"accuracy": 1.0, "format": 0.0, "boxed": 0.0}


@pytest.mark.parametrize(
    ("text", "finish_reason", "accuracy", "form", "boxed"),
    [
        (RIGHT, "stop", 1.0, 1.0, 1.0),
        (RIGHT, "length", 1.0, 0.0, 1.0),
        (WRONG, "stop", 0.0, 1.0, 1.0),
        (BARE, "stop", 0.0, 0.0, 0.0),
        ("<think>" + RIGHT, "stop", 1.0, 0.0, 1.0),
        (RIGHT + r" \boxed{3}", "stop", 1.0, 0.0, 1.0),
        (RIGHT.replace("</think>", ""), "stop", 0.0, 0.0, 0.0),
        ("", "length", 0.0, 0.0, 0.0),
    ],
)
def test_components(
    text: str, finish_reason: Literal["stop", "length"], accuracy: float, form: float, boxed: float
) -> None:
    score = Rubric(ALL).score(PROBLEM, text, finish_reason)
    assert dict(score.components) == {"accuracy": accuracy, "format": form, "boxed": boxed}
    assert (score.reward, score.correct, score.error) == (accuracy, accuracy == 1.0, None)


def test_the_answer_travels_with_the_score() -> None:
    assert Rubric(ALL).score(PROBLEM, WRONG).answer == "4"
    assert Rubric(ALL).score(PROBLEM, BARE).answer is None


def test_weights_add_up_and_zero_is_a_metric() -> None:
    assert Rubric({"accuracy": 1.0, "format": 0.25}).score(PROBLEM, WRONG).reward == 0.25
    assert Rubric({"accuracy": 1.0, "format": -0.25}).score(PROBLEM, RIGHT).reward == 0.75
    metric = Rubric({"accuracy": 0, "format": 1.0}).score(PROBLEM, WRONG)
    assert (metric.reward, metric.correct) == (1.0, False)


def test_without_an_accuracy_component_there_is_no_verdict() -> None:
    assert Rubric({"format": 1.0}).score(PROBLEM, RIGHT).correct is None


def test_answer_at_once_is_judged_by_the_same_rubric() -> None:
    at_once = r"It is \boxed{3}."
    assert Rubric(ALL).score(PROBLEM, at_once).reward == 0.0
    assert Rubric(ALL).score(PROBLEM, at_once, opened=False).components == dict.fromkeys(ALL, 1.0)


@pytest.mark.parametrize(
    ("text", "finish_reason", "paid"),
    [(WRONG, "stop", 1.0), (RIGHT, "stop", 0.0), (WRONG, "length", 0.0), (BARE, "stop", 0.0), ("", "stop", 0.0)],
)
def test_the_inverted_reward_pays_for_wrong_answers_alone(
    text: str, finish_reason: Literal["stop", "length"], paid: float
) -> None:
    assert Rubric({"wrong": 1.0, "accuracy": 0.0}).score(PROBLEM, text, finish_reason).reward == paid


def test_a_failed_verifier_is_no_wrong_answer_to_pay_for() -> None:
    score = Rubric({"wrong": 1.0}).score(BROKEN, WRONG)
    assert score.reward is None and "VerifierError" in (score.error or "")


def test_random_ignores_the_answer_and_repeats_itself() -> None:
    control = Rubric({"random": 1.0, "accuracy": 0})
    texts = [f"try {i}</think>\\boxed{{{3 if i % 2 else 4}}}" for i in range(2000)]
    scores = [control.score(PROBLEM, text, seed=seed) for seed, text in enumerate(texts)]
    assert {score.reward for score in scores} == {0.0, 1.0}
    for correct in (True, False):
        tosses = [score.reward for score in scores if score.correct is correct]
        assert abs(sum(t for t in tosses if t is not None) / len(tosses) - 0.5) < 5 * 0.5 / math.sqrt(len(tosses))
    again = [control.score(PROBLEM, text, seed=seed) for seed, text in reversed(list(enumerate(texts)))]
    assert again == scores[::-1]


def test_no_text_always_wins_the_toss() -> None:
    control = Rubric({"random": 1.0})
    tosses = [control.score(PROBLEM, RIGHT, seed=seed).reward for seed in range(200)]
    assert 60 < tosses.count(1.0) < 140


def test_a_failed_verifier_is_no_reward() -> None:
    for text in (RIGHT, WRONG, BARE, ""):
        score = Rubric({"accuracy": 1.0, "format": 0.5}).score(BROKEN, text)
        assert score.reward is None and score.correct is None and "accuracy" not in score.components
        assert score.error is not None and score.error.startswith(
            "accuracy: VerifierError: problem p-1: answer is 'three'"
        )


def test_a_failed_metric_is_reported_and_costs_no_reward() -> None:
    score = Rubric({"accuracy": 0.0, "format": 1.0}).score(BROKEN, RIGHT)
    assert (score.reward, score.correct, dict(score.components)) == (1.0, None, {"format": 1.0})
    assert score.error is not None and "accuracy: VerifierError" in score.error


@pytest.mark.parametrize("failure", [ZeroDivisionError("x"), RecursionError("x"), MemoryError("x"), TimeoutError("x")])
def test_whatever_a_component_raises_is_no_reward(failure: Exception) -> None:
    def fails(attempt: Attempt) -> float:
        raise failure

    score = Rubric({"mine": 1.0, "accuracy": 1.0}, {**COMPONENTS, "mine": fails}).score(PROBLEM, RIGHT)
    assert (score.reward, score.correct, score.error) == (None, True, f"mine: {type(failure).__name__}: x")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_component_that_returns_no_number_is_no_reward(value: float) -> None:
    score = Rubric({"mine": 1.0}, {"mine": lambda attempt: value}).score(PROBLEM, RIGHT)
    assert score.reward is None and score.error == f"mine: ValueError: it returned {value}"


def test_ctrl_c_is_not_a_verifier_failure() -> None:
    def interrupted(attempt: Attempt) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Rubric({"mine": 1.0}, {"mine": interrupted}).score(PROBLEM, RIGHT)


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"acuracy": 1.0}, "'acuracy' is unknown; did you mean 'accuracy'?"),
        ({"style": 1.0}, "'style' is unknown; choose among accuracy, boxed, format, random"),
        ({"accuracy": math.nan}, "'accuracy' has weight nan"),
        ({"accuracy": "1"}, "'accuracy' has weight '1'"),
        ({"accuracy": 0.0}, "at least one must not be 0"),
        ({}, "at least one must not be 0"),
    ],
)
def test_bad_weights_are_refused(weights: dict[str, float], says: str) -> None:
    with pytest.raises(RubricError) as refusal:
        Rubric(weights)
    assert says in str(refusal.value)


@given(st.text(max_size=200), st.booleans())
def test_any_text_gets_a_score(text: str, opened: bool) -> None:
    score = Rubric(dict.fromkeys(COMPONENTS, 1.0)).score(PROBLEM, text, opened=opened)
    assert score.error is None and score.reward == sum(score.components.values())


def test_surrogates_and_megabytes_get_a_score() -> None:
    for text in ("\ud800</think>\\boxed{\ud800}", "</think>\\boxed{" + "(" * 2**20 + "}", "\0" * 2**20):
        score = Rubric(dict.fromkeys(COMPONENTS, 1.0)).score(PROBLEM, text)
        assert score.error is None and score.correct is False
