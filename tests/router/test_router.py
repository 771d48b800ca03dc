"""Signals by hand, a classifier that learns what there is to learn and no more, and a policy that survives its file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.errors import UserError
from scratchwork.router.classifier import FEATURES, Classifier, features, train
from scratchwork.router.policy import Policy, load, save
from scratchwork.router.signals import agreement, boxed, confidence, meaning

answers = st.lists(st.none() | st.sampled_from(["4", "4.0", "5", "2+2", "2*2", "x"]) | st.text(max_size=6), max_size=8)


@given(answers)
def test_agreement_is_a_share_of_an_answer_that_is_there(given_answers):
    score, first = agreement(given_answers)
    assert 0.0 <= score <= 1.0
    if score > 0:
        chosen = given_answers[first]
        same = sum(a is not None and meaning(a) == meaning(chosen) for a in given_answers)
        assert score == same / len(given_answers)


def test_who_says_nothing_does_not_agree():
    assert agreement([None, None, "4", "4"]) == (0.5, 2)
    assert agreement([]) == (0.0, 0)
    assert agreement(["(7-2)*3", "3*(7-2)", "7+3*2", None]) == (0.5, 0)


def test_the_box_is_what_is_read():
    assert boxed("The answer is \\boxed{12}.") == "12"
    assert boxed("twelve") is None


def test_confidence_is_a_geometric_mean():
    assert confidence([np.log(0.5), np.log(0.125)]) == pytest.approx(0.25)


def test_a_classifier_learns_which_questions_are_easy():
    easy = [f"What is the capital of land {i}?" for i in range(40)]
    hard = [f"Use {i}, {i + 1} and {i + 2} once each to make {3 * i}." for i in range(40)]
    classifier = train(easy[:30] + hard[:30], [1.0] * 30 + [0.0] * 30)
    assert min(map(classifier.score, easy[30:])) > 0.9 > 0.1 > max(map(classifier.score, hard[30:]))


def test_a_classifier_is_a_maximum_of_its_penalised_likelihood():
    """The gradient vanishes: sum of (label - p) x = ridge * weights."""
    questions = ["a b", "a", "b 1", "c 22", "a c", "333"]
    labels = np.array([1.0, 0.5, 0.0, 0.25, 1.0, 0.0])
    weights = np.array(train(questions, list(labels)).weights)
    x = np.stack([features(q) for q in questions])
    gradient = x.T @ (labels - 1 / (1 + np.exp(-x @ weights)))
    assert gradient[:-1] == pytest.approx(weights[:-1], abs=1e-6)
    assert gradient[-1] == pytest.approx(0, abs=1e-4)


@given(st.text())
def test_any_question_has_a_score(question):
    assert 0 <= Classifier((0.1,) * (FEATURES + 1)).score(question) <= 1


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy("confidence", 0.3, 1, 64, None, "because"),
        Policy("classifier", 0.5, 1, None, Classifier((0.25,) * (FEATURES + 1))),
    ],
)
def test_a_policy_is_read_as_it_was_written(policy, tmp_path: Path):
    save(policy, tmp_path / "router.json")
    assert load(tmp_path / "router.json") == policy
    assert [p.asks for p in (Policy(), Policy("confidence"), Policy("classifier"))] == [4, 1, 0]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("{", "not a router's policy"),
        ("[]", "not a router's policy"),
        ('{"classifier": null, "signal": "mood"}', "signal is 'mood'"),
        ('{"classifier": null, "threshold": 3}', "threshold is 3"),
        ('{"classifier": null, "threshold": NaN}', "threshold is nan"),
        ('{"classifier": null, "samples": 99}', "samples is 99"),
        ('{"classifier": null, "budget": 0}', "budget is 0"),
        ('{"classifier": null, "signal": "classifier"}', "weights stand with"),
        ('{"classifier": {"weights": [1.0]}, "signal": "classifier"}', "has 1 weights"),
        ('{"classifier": {"weights": ["a"]}, "signal": "classifier"}', "not a router's policy"),
        ('{"classifier": null, "colour": 1}', "not a router's policy"),
        ("[" * 100_000, "not a router's policy"),
    ],
)
def test_a_damaged_policy_is_a_sentence(damage, sentence, tmp_path: Path):
    path = tmp_path / "router.json"
    path.write_text(damage)
    with pytest.raises(UserError, match=sentence):
        load(path)


def test_evidence_travels_with_it(tmp_path: Path):
    save(Policy(evidence="+0.02"), tmp_path / "p.json")
    assert json.loads((tmp_path / "p.json").read_text())["evidence"] == "+0.02"
