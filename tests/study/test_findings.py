"""Each rule on numbers by hand: what makes it hold, what makes it fail, and that silence is not a verdict."""

from __future__ import annotations

import pytest

from scratchwork.study.findings import RULES, judge

UP = {"pass@1": 0.6, "length": 100.0, "reflection/backtracks": 2.0, "reflection/checks": 2.0}


def verdicts(found):
    """Claims that were tested, by their text."""
    return {one.text: (one.verdict, one.numbers) for one in judge(found) if one.verdict != "not tested"}


def test_nothing_is_tested_without_runs():
    assert {one.verdict for one in judge({})} == {"not tested"} and len(judge({})) == len(RULES)


def test_what_one_arm_shows(outcome):
    told = verdicts({"correct": [outcome(0, final=UP), outcome(1, final=UP)]})
    assert told["Accuracy on held-out problems climbs"] == ("holds", "2 of 2 seeds: 30% → 60%; 30% → 60%")
    assert told["Responses lengthen by themselves"][0] == "holds"
    assert told["Backtracks multiply"][0] == told["Checks multiply"][0] == "holds"
    assert "How the loss is averaged does not make the length" not in told


def test_one_seed_that_does_not_is_enough(outcome):
    told = verdicts({"correct": [outcome(0, final=UP), outcome(1, final={"pass@1": 0.39})]})
    assert told["Accuracy on held-out problems climbs"] == ("does not hold", "1 of 2 seeds: 30% → 60%; 30% → 39%")


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "holds"),
        ({"pass@1": 0.1, "length": 10.0}, "holds"),
        ({"pass@1": 0.6}, "does not hold"),
        ({"length": 61.0}, "does not hold"),
        ({"reflection/backtracks": 1.0}, "does not hold"),
    ],
)
@pytest.mark.parametrize("control", ["random", "inverted", "format"])
def test_a_control_must_do_nothing_of_it(outcome, control, changed, verdict):
    [told] = verdicts({control: [outcome(final=changed)]}).values()
    assert told[0] == verdict


def test_arms_are_compared_seed_by_seed(outcome):
    """A seed that one of the two lacks says nothing."""
    ours = [outcome(0, final={"pass@1": 0.9}), outcome(1, final={"pass@1": 0.9}), outcome(2)]
    theirs = [outcome(1, final={"pass@1": 0.7}), outcome(0, final={"pass@1": 0.75})]
    told = verdicts({"correct": ours, "rejection": theirs})["Reinforcement beats imitation"]
    assert told == ("holds", "2 of 2 seeds: 90% against 75%; 90% against 70%")
    near = verdicts({"correct": ours[:1], "rejection": [outcome(0, final={"pass@1": 0.81})]})
    assert near["Reinforcement beats imitation"][0] == "does not hold"


def test_the_aggregate_makes_no_length(outcome):
    def told(length):
        found = {"correct": [outcome(final={"length": 100.0})], "grpo": [outcome(final={"length": length})]}
        return verdicts(found)["How the loss is averaged does not make the length"]

    assert told(119.0) == ("holds", "1 of 1 seeds: 119 under grpo, 100 under dr_grpo")
    assert told(120.0)[0] == told(80.0)[0] == "does not hold"


def test_second_thoughts(outcome):
    def told(better, worse):
        effects = {"transitions/wrong_right": better, "transitions/right_wrong": worse}
        return verdicts({"correct": [outcome(effects=effects)]})["Second thoughts help more than they harm"]

    assert told(0.2, 0.01) == ("holds", "1 of 1 seeds: 20.0% against 1.0% of pairs")
    assert told(0.01, 0.01)[0] == "does not hold"


def test_the_probe_decides_whether_the_thinking_works(outcome):
    def told(without):
        arms = {
            "untouched": {"families": {"countdown": {"accuracy": 0.9, "accuracy_ci": [0.85, 0.95]}}},
            "keep-0": {
                "families": {"countdown": {"accuracy": without, "accuracy_ci": [without - 0.05, without + 0.05]}}
            },
        }
        probe = {"models": {"final": {"arms": arms}}}
        return verdicts({"correct": [outcome(probe=probe)]})["The thinking does work"]

    assert told(0.4) == ("holds", "1 of 1 seeds: countdown 90% → 40%") and told(0.82)[0] == "does not hold"


def test_thinking_is_worth_it_on_hard_problems_alone(outcome):
    def rows(easy, hard):
        return {"levels": {"apples": {str(n): {"pass@1_ci": [v - 0.1, v + 0.1]} for n, v in ((1, easy), (4, hard))}}}

    def told(thinking, quick):
        found = {"correct": [outcome(**rows(*thinking))], "at-once": [outcome(**rows(*quick))]}
        return verdicts(found)["Thinking pays on hard problems and not on easy ones"]

    assert told((0.9, 0.9), (0.8, 0.2))[0] == "holds"
    assert told((0.9, 0.9), (0.2, 0.2)) == (
        "does not hold",
        "0 of 1 seeds: pays at the highest level in 1 of 1 families, at the lowest in 1",
    )


def test_dials_and_worlds(outcome):
    def checks(n):
        return [outcome(final={"reflection/checks": n})]

    text = "Strategies come from the text"
    assert verdicts({"reflective-none": checks(0.0), "reflective-full": checks(2.0)})[text][0] == "holds"
    assert verdicts({"reflective-none": checks(0.1), "reflective-full": checks(2.0)})[text][0] == "does not hold"
    assert verdicts({"reflective-none": checks(0.0), "reflective-full": checks(0.0)})[text][0] == "does not hold"
    shrink = "Where a guess pays, answers shrink"
    assert verdicts({"guessable": [outcome(final={"length": 40.0})]})[shrink] == ("holds", "1 of 1 seeds: 50 → 40")
    assert verdicts({"guessable": [outcome(final={"length": 45.0})]})[shrink][0] == "does not hold"
