"""A step's numbers: TRL's by TRL's definitions, ours by hand, and nothing where there is nothing to average."""

from __future__ import annotations

import gc
import math
import random
import time

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.observe.metrics import step_metrics
from scratchwork.reward.rubric import Rubric
from scratchwork.tasks.base import draw_split
from scratchwork.tasks.corpus import TASKS, WRITERS
from scratchwork.tasks.writers.habits import Dials, write
from scratchwork.types import FinishReason, Group, Problem, Rollout, Score

THREE = Problem("p-1", "countdown", 1, "", "", "countdown", {"numbers": [2, 3, 10], "target": 26})
APPLES = Problem("p-2", "apples", 1, "", "3", "number")
BROKEN = Problem("p-3", "apples", 1, "", "three", "number")
RUBRIC = Rubric({"accuracy": 1.0, "format": 0.0})

TRL = {
    "reward",
    "reward_std",
    "frac_reward_zero_std",
    "num_tokens",
    *(f"completions/{stat}_{kind}" for stat in ("mean", "min", "max") for kind in ("length", "terminated_length")),
    "completions/clipped_ratio",
    *(f"rewards/{name}/{stat}" for name in ("accuracy", "format") for stat in ("mean", "std")),
}


def rollout(problem: Problem, text: str, length: int, reason: FinishReason = "stop") -> Rollout:
    score = RUBRIC.score(problem, text, reason)
    zeros = (0,) * length
    return Rollout(problem.id, (1, 2), zeros, zeros, (0.0,) * length, reason, 0, text, score)


def scored(reward: float | None, problem: Problem = APPLES) -> Rollout:
    score = Score(reward, {} if reward is None else {"accuracy": reward}, error=None if reward is not None else "x: y")
    return Rollout(problem.id, (1,), (0,), (1,), (0.0,), "stop", 0, "", score)


GROUPS = [
    Group(
        THREE,
        (
            rollout(THREE, r"3+10=13, 13*2=26. 26 against 26: yes.</think>\boxed{(3+10)*2}", 10),
            rollout(
                THREE,
                r"10*2=20, 20+3=23. 1 against 26: no. Wait, try 3+10=13, 13+2=16. 26 against 26: yes.</think>\boxed{1}",
                40,
            ),
            rollout(
                THREE,
                "Try 10+2=12, 12*3=36. 1 against 26: no. Wait, try 10*3=30, 30-2=28. 1 against 26: no. Wait, but",
                100,
                "length",
            ),
        ),
    ),
    Group(APPLES, (rollout(APPLES, r"9/3=3.</think>\boxed{3}", 20), rollout(APPLES, r"</think>\boxed{3}", 6))),
]

RARE = ("second_derivations", "equations", "backwards", "sub_goals", "enumerations")


def test_a_step_by_hand() -> None:
    metrics = step_metrics(GROUPS, tokens_before=1000)
    expected = {
        "reward": 3 / 5,
        "reward_std": math.sqrt((3 * 0.4**2 + 2 * 0.6**2) / 4),
        "frac_reward_zero_std": 1 / 2,
        "rewards/accuracy/mean": 3 / 5,
        "rewards/accuracy/std": math.sqrt((3 * 0.4**2 + 2 * 0.6**2) / 4),
        "rewards/format/mean": 4 / 5,
        "rewards/format/std": math.sqrt((4 * 0.2**2 + 0.8**2) / 4),
        "completions/mean_length": 176 / 5,
        "completions/min_length": 6,
        "completions/max_length": 100,
        "completions/mean_terminated_length": 76 / 4,
        "completions/min_terminated_length": 6,
        "completions/max_terminated_length": 40,
        "completions/clipped_ratio": 1 / 5,
        "num_tokens": 1000 + 176 + 5 * 2,
        "completions/mean_length/right": 12,
        "completions/mean_length/wrong": 40,
        "completions/mean_length/cut_off": 100,
        "accuracy": 3 / 5,
        "accuracy/countdown": 1 / 3,
        "accuracy/apples": 1,
        "length/countdown": 50,
        "length/apples": 13,
        "reward/right": 1,
        "reward/wrong": 0,
        "completions/unanswered": 0,
        "completions/repetition": (2 / 3 + 32 / 33 + 92 / 93 + 12 / 13) / 5,  # ids of zeros; one response is too short
        "completions/foreign_script": 0,
        "solved_none": 0,
        "solved_some": 1 / 2,
        "solved_all": 1 / 2,
        "verifier/error_rate": 0,
        "reflection/rate": 3 / 5,
        "reflection/backtracks": 2 / 5,
        "reflection/backtracks/countdown": 2 / 3,
        "reflection/backtracks/apples": 0,
        "reflection/checks/countdown": 5 / 3,
        "reflection/checks/apples": 0,
        "reflection/checks": 5 / 5,
        "reflection/tries": 6 / 5,
        "reflection/repeats": 0,
        **dict.fromkeys((f"reflection/{rare}" for rare in RARE), 0),
        "reflection/words": 4 / 5,
        "reflection/backtracks_per_100_tokens": 100 * 2 / 176,
        "reflection/checks_per_100_tokens": 100 * 5 / 176,
        "reflection/repaired": 0,
        "reflection/spoiled": 0,
        "transitions/wrong_right": 0,
        "transitions/right_wrong": 0,
        "transitions/right_right": 0,
        "transitions/wrong_wrong": 2 / 2,
        "claims/false": 1 / 11,
        "verification/precision": 1 / 2,
        "verification/recall": 1,
    }
    assert metrics == pytest.approx(expected)
    assert set(metrics) >= TRL


def test_sub_goals_and_enumerations_by_hand() -> None:
    back = "Need 26. 26/2=13, 10-3=7. 7 against 13: no. Wait, 26-2=24, 10*3=30. 30 against 24: no. Wait, 26/2=13, "
    group = Group(THREE, (rollout(THREE, back + "10+3=13. 13 against 13: yes.</think>", 60), GROUPS[0].rollouts[0]))
    named = Group(APPLES, (rollout(APPLES, "Oranges: 2*2=4. 13-4=9. 9/3=3.</think>", 20),))
    metrics = step_metrics([group, named])
    assert metrics["reflection/sub_goals"] == pytest.approx((3 + 0 + 1) / 3)
    assert metrics["reflection/enumerations"] == pytest.approx(1 / 3)


def test_what_is_read_of_foreign_text_is_mixed_with_nothing() -> None:
    asked = Problem("p-4", "jsonl", 1, "", "3", "number")
    text = "9 / 3 = 3, so the answer is 4. Wait, let me check: 4 * 3 = 12. That is not 9. 9 / 3 = 3. The answer is 3."
    foreign = Group(asked, (rollout(asked, text + r"</think>\boxed{3}", 30),))
    alone, both = step_metrics([foreign]), step_metrics([*GROUPS, foreign])
    assert alone["foreign/reflection/checks"] == alone["foreign/reflection/backtracks"] == 1
    assert alone["foreign/reflection/checks/jsonl"] == 1 and alone["foreign/transitions/wrong_right"] == 1
    assert alone["foreign/reflection/words"] == 2 and alone["accuracy/jsonl"] == 1
    assert not [name for name in alone if name.startswith(("reflection/", "claims/", "verification/", "transitions/"))]
    own = step_metrics(GROUPS)
    assert {name: both[name] for name in own if name.startswith("reflection/")} == {
        name: value for name, value in own.items() if name.startswith("reflection/")
    }


def test_answers_without_a_verdict_are_counted_apart() -> None:
    lost = [rollout(BROKEN, r"</think>\boxed{3}", 5) for _ in range(2)]
    metrics = step_metrics([Group(BROKEN, tuple(lost)), Group(APPLES, GROUPS[1].rollouts)])
    assert metrics["verifier/error_rate"] == 1 / 2
    assert metrics["accuracy"] == metrics["reward"] == metrics["solved_all"] == 1.0
    assert metrics["frac_reward_zero_std"] == 1.0 and metrics["rewards/accuracy/mean"] == 1.0


def test_a_mean_over_nothing_is_left_out() -> None:
    metrics = step_metrics([Group(BROKEN, (rollout(BROKEN, "so", 5, "length"),))])
    for name in ("reward", "reward_std", "accuracy", "accuracy/apples", "solved_all", "claims/false"):
        assert name not in metrics
    for name in ("verification/precision", "completions/mean_length/right", "rewards/accuracy/mean"):
        assert name not in metrics
    assert metrics["completions/mean_terminated_length"] == metrics["completions/max_terminated_length"] == 0
    assert all(math.isfinite(value) for value in metrics.values())


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0, 0.25, None]), min_size=2, max_size=4), min_size=1, max_size=5))
def test_rewards_are_summed_up_as_trl_does(rewards: list[list[float | None]]) -> None:
    metrics = step_metrics([Group(APPLES, tuple(map(scored, own))) for own in rewards])
    given_ = torch.tensor([r for own in rewards for r in own if r is not None], dtype=torch.float64)
    if len(given_):
        assert metrics["reward"] == pytest.approx(given_.mean().item())
    if len(given_) > 1:
        assert metrics["reward_std"] == pytest.approx(given_.std().item())
    flat = [len({r for r in own if r is not None}) < 2 for own in rewards]
    assert metrics["frac_reward_zero_std"] == pytest.approx(sum(flat) / len(flat))


def test_thinking_that_was_off_shows_no_reflection() -> None:
    group = Group(APPLES, (rollout(APPLES, r"9/3=3. Check: 3*3=9. 9 against 9: yes. \boxed{3}", 9),))
    assert step_metrics([group], opened=False)["reflection/checks"] == 0
    assert step_metrics([group])["reflection/checks"] == 1


def test_reading_a_step_is_cheap() -> None:
    dials = Dials({}, {}, go_on=1.0, max_attempts=8, insight=0.1)
    groups = []
    for i in range(32):
        rng = random.Random(i)
        problem = draw_split(TASKS["countdown"](), rng, 1 + i % 3, "train")
        pages = [write(problem, WRITERS["countdown"](problem, dials), "explorer", rng, dials) for _ in range(8)]
        groups.append(Group(problem, tuple(rollout(problem, f"{p.thinking}</think>{p.answer}", 60) for p in pages)))
    gc.disable()  # what it would collect here is the rubbish of all the tests before
    try:
        took = []
        for _ in range(3):
            began = time.process_time()
            step_metrics(groups)
            took.append(time.process_time() - began)
    finally:
        gc.enable()
    assert min(took) < 0.5  # about 0.1 s on a slow core
