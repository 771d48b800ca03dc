"""Every advantage rule pinned by hand, and what must hold for all of them."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchwork.objective.advantage import ADVANTAGES, EPSILON, compute_advantages, soft_overlong_penalty

NAN = float("nan")
GROUP_RULES = [name for name in ADVANTAGES if name != "batch_mean_std"]

# Rewards 1 0 0 | 1 1 0. Group means 1/3 and 2/3, so r - mean is 2/3 -1/3 -1/3 | 1/3 1/3 -2/3.
# Squares of a group sum to 4/9 + 1/9 + 1/9 = 2/3; over n - 1 = 2 that is 1/3: deviation sqrt(1/3).
# Squares of the batch sum to 4/3; over n - 1 = 5 that is 4/15: deviation sqrt(4/15).
# Leave one out: 1 - 0 = 1, 0 - 1/2 = -1/2 | 1 - 1/2 = 1/2, 0 - 1 = -1.
# Batch mean 1/2, so +-1/2; squares sum to 6/4; over 5 that is 3/10: deviation sqrt(3/10).
REWARDS = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
CENTRED = torch.tensor([[2.0, -1.0, -1.0], [1.0, 1.0, -2.0]]) / 3
HAND_WORKED = {
    "group_mean": CENTRED,
    "group_mean_std": CENTRED / (math.sqrt(1 / 3) + EPSILON),
    "leave_one_out": torch.tensor([[1.0, -0.5, -0.5], [0.5, 0.5, -1.0]]),
    "group_mean_batch_std": CENTRED / (math.sqrt(4 / 15) + EPSILON),
    "batch_mean_std": torch.tensor([[1.0, -1.0, -1.0], [1.0, 1.0, -1.0]]) / 2 / (math.sqrt(3 / 10) + EPSILON),
}


@pytest.mark.parametrize("rule", ADVANTAGES)
def test_hand_worked_2x3(rule: str) -> None:
    torch.testing.assert_close(compute_advantages(REWARDS, rule), HAND_WORKED[rule], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rule", ADVANTAGES)
def test_a_right_answer_beats_a_wrong_one(rule: str) -> None:
    advantages = compute_advantages(REWARDS, rule)
    assert (advantages[REWARDS == 1] > 0).all()
    assert (advantages[REWARDS == 0] < 0).all()


@pytest.mark.parametrize("rule", ADVANTAGES)
def test_no_verdict_is_left_out_of_the_baseline_and_gets_zero(rule: str) -> None:
    # The verdicts are those of REWARDS, so the advantages must be too: a failed verifier is not a wrong answer.
    with_holes = torch.tensor([[1.0, NAN, 0.0, 0.0], [1.0, 1.0, 0.0, NAN]])
    advantages = compute_advantages(with_holes, rule)
    assert advantages[0, 1] == 0
    assert advantages[1, 3] == 0
    kept = torch.stack([advantages[0, [0, 2, 3]], advantages[1, :3]])
    torch.testing.assert_close(kept, HAND_WORKED[rule], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rule", GROUP_RULES)
@pytest.mark.parametrize("reward", [0.0, 1.0, 0.1, 0.7, -3.3, 1e6])
def test_a_dead_group_gets_exactly_zero_beside_a_live_one(rule: str, reward: float) -> None:
    advantages = compute_advantages(torch.tensor([[reward] * 7, [1.0, 0, 0, 0, 0, 0, 0]]), rule)
    assert (advantages[0] == 0).all()
    assert (advantages[1] != 0).all()


@pytest.mark.parametrize("rule", ADVANTAGES)
@pytest.mark.parametrize(
    "rewards", [[[0.7] * 3, [0.7] * 3], [[NAN] * 3, [NAN] * 3], [[NAN, NAN, 0.3], [NAN, NAN, NAN]]]
)
def test_nothing_to_compare_gives_exactly_zero(rule: str, rewards: list[list[float]]) -> None:
    assert (compute_advantages(torch.tensor(rewards), rule) == 0).all()


@pytest.mark.parametrize("rule", GROUP_RULES)
def test_one_verdict_in_a_group_teaches_nothing(rule: str) -> None:
    assert (compute_advantages(torch.tensor([[NAN, 1.0, NAN], [1.0, 0.0, 0.0]]), rule)[0] == 0).all()


rewards_strategy = st.lists(
    st.lists(st.sampled_from([0.0, 0.25, 1.0, -1.0, NAN]), min_size=4, max_size=4), min_size=1, max_size=5
).map(torch.tensor)


@pytest.mark.parametrize("rule", ADVANTAGES)
@settings(deadline=None)  # a busy machine is not a failure
@given(rewards=rewards_strategy, shift=st.sampled_from([-2.0, 0.5, 8.0]))
def test_always_finite_centred_and_blind_to_a_constant(rule: str, rewards: torch.Tensor, shift: float) -> None:
    advantages = compute_advantages(rewards, rule)
    assert torch.isfinite(advantages).all()
    assert (advantages[rewards.isnan()] == 0).all()
    assert advantages.sum().item() == pytest.approx(0.0, abs=1e-4)
    if rule != "batch_mean_std":
        assert advantages.sum(dim=1).abs().max().item() == pytest.approx(0.0, abs=1e-4)
    torch.testing.assert_close(compute_advantages(rewards + shift, rule), advantages, rtol=1e-4, atol=1e-4)


def test_the_groups_do_not_mix_but_the_batch_does() -> None:
    other = torch.tensor([[1.0, 0.0, 0.0], [5.0, 0.0, 0.0]])  # the first group of REWARDS, another second
    for rule in ADVANTAGES:
        same = torch.allclose(compute_advantages(other, rule)[0], HAND_WORKED[rule][0], atol=1e-5)
        assert same == (rule in ("group_mean", "group_mean_std", "leave_one_out"))


def test_rewards_are_unchanged() -> None:
    rewards = torch.tensor([[1.0, NAN, 0.0]])
    for rule in ADVANTAGES:
        compute_advantages(rewards, rule)
        torch.testing.assert_close(rewards, torch.tensor([[1.0, NAN, 0.0]]), equal_nan=True, rtol=0, atol=0)


def test_a_group_of_one_is_refused_where_the_group_is_the_baseline() -> None:
    single = torch.tensor([[1.0], [0.0]])
    for rule in GROUP_RULES:
        with pytest.raises(ValueError, match="group_size is 1"):
            compute_advantages(single, rule)
    assert compute_advantages(single, "batch_mean_std")[0, 0] > 0


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="advantage is 'gae'; choose among group_mean"):
        compute_advantages(REWARDS, "gae")
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        compute_advantages(REWARDS[0], "group_mean")
    with pytest.raises(ValueError, match="finite"):
        compute_advantages(torch.tensor([[1.0, math.inf]]), "group_mean")


def test_soft_overlong_penalty_hand_worked() -> None:
    # Cap 100, buffer 20: free up to 80, then (80 - length) / 20.
    lengths = torch.tensor([1, 80, 81, 95, 100, 120])
    expected = torch.tensor([0.0, 0.0, -0.05, -0.75, -1.0, -1.0])
    torch.testing.assert_close(soft_overlong_penalty(lengths, max_tokens=100, buffer=20), expected)


@pytest.mark.parametrize("buffer", [0, -1, 101])
def test_soft_overlong_penalty_refuses_a_buffer_outside_the_cap(buffer: int) -> None:
    with pytest.raises(ValueError, match=f"overlong buffer is {buffer} tokens"):
        soft_overlong_penalty(torch.tensor([5]), max_tokens=100, buffer=buffer)
