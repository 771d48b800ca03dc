"""The objectives pinned by hand-worked numbers: values, gradients, signs and identities."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log, nan

import pytest
import torch
from torch import Tensor

from scratchwork.objective.advantage import compute_advantages
from scratchwork.objective.policy_loss import OBJECTIVES, Denominators, k3, merge_stats, policy_loss

# One step for all objectives: two answers, of 3 tokens (advantage 2) and of 2 (advantage -1). Each token was sampled
# with probability 0.2; the policy now gives it
#     0.2  0.3  0.1  |  0.3  0.1   so the ratios are   1  1.5  0.5  |  1.5  0.5   and the sixth place is padding.
SAMPLED = torch.full((2, 3), 0.2).log()
POLICY = torch.tensor([[0.2, 0.3, 0.1], [0.3, 0.1, 0.9]]).log()
ADVANTAGES = torch.tensor([[2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]])
MASK = torch.tensor([[1, 1, 1], [1, 1, 0]])
STEP = Denominators(num_loss_tokens=5, num_rollouts=2, max_tokens=10)
TENSORS = {"policy": POLICY, "sampled_logprobs": SAMPLED, "advantages": ADVANTAGES, "loss_mask": MASK}

# Clipped to [0.8, 1.2], the gains min(r A, clip(r) A) are
#     row 0, A = 2:   min(2, 2) = 2,   min(3, 2.4) = 2.4 (clipped),   min(1, 1.6) = 1
#     row 1, A = -1:  min(-1.5, -1.2) = -1.5,   min(-0.5, -0.8) = -0.8 (clipped)
# and d gain / d log(policy) = r A where it is not clipped, 0 where it is:  2 0 1 | -1.5 0.
# In all 5.4 - 2.3 = 3.1. The loss is minus the gains under the weights of the aggregate.
S = 0.75 ** (1 / 3)  # GSPO: the geometric mean of 1, 1.5, 0.5. That of 1.5, 0.5 is below 1 - 0.0003: clipped at A < 0.
HAND_WORKED = {
    # Mean over answers of the mean over tokens: 1/2 (5.4 / 3 - 2.3 / 2) = 0.325. Weights 1/6 and 1/4.
    "grpo": (-0.325, [[-2 / 6, 0, -1 / 6], [1.5 / 4, 0, 0]]),
    # Over 10 * 2 = 20: 3.1 / 20.
    "dr_grpo": (-0.155, [[-2 / 20, 0, -1 / 20], [1.5 / 20, 0, 0]]),
    # Clipped to [0.8, 1.28]: 2.56 in place of 2.4, in all 3.26. Over 5 tokens.
    "dapo": (-0.652, [[-2 / 5, 0, -1 / 5], [1.5 / 5, 0, 0]]),
    # Not clipped: 2 + 3 + 1 - 1.5 - 0.5 = 4. Over 20.
    "rloo": (-0.2, [[-2 / 20, -3 / 20, -1 / 20], [1.5 / 20, 0.5 / 20, 0]]),
    "reinforce_pp": (-0.62, [[-2 / 5, 0, -1 / 5], [1.5 / 5, 0, 0]]),
    # Row 0: min(2 S, 2 * 0.9997) = 2 S; its slope is 2 S / 3 in each of 3 tokens. Row 1: min(-0.866, -0.9997), clipped.
    "gspo": (-(2 * S - 0.9997) / 2, [[-S / 3, -S / 3, -S / 3], [0, 0, 0]]),
    # r A log(policy), r held constant: 2 log .2 + 3 log .3 + 1 log .1 - 1.5 log .3 - 0.5 log .1. Over 5 tokens.
    "cispo": (-(2 * log(0.2) + 1.5 * log(0.3) + 0.5 * log(0.1)) / 5, [[-2 / 5, -3 / 5, -1 / 5], [1.5 / 5, 0.5 / 5, 0]]),
    "ppo_clip": (-0.62, [[-2 / 5, 0, -1 / 5], [1.5 / 5, 0, 0]]),
}

# Its paper, and what the first two of the rewards 1 0 0 | 1 1 0 become (worked in test_advantage.py).
PAPER_AND_CREDIT = {
    "grpo": ("arXiv:2402.03300", 1.15450, -0.57725),
    "dr_grpo": ("arXiv:2503.20783", 0.66667, -0.33333),
    "dapo": ("arXiv:2503.14476", 1.15450, -0.57725),
    "rloo": ("arXiv:2402.14740", 1.0, -0.5),
    "reinforce_pp": ("arXiv:2501.03262", 1.29074, -0.64537),
    "gspo": ("arXiv:2507.18071", 1.15450, -0.57725),
    "cispo": ("arXiv:2506.13585", 1.15450, -0.57725),
    "ppo_clip": ("arXiv:1707.06347", 0.91270, -0.91270),
}
every_objective = pytest.mark.parametrize("name", OBJECTIVES)


def loss_and_gradient(name: str, policy: Tensor = POLICY, **changes) -> tuple[float, Tensor, dict[str, Tensor]]:
    """The loss of the step above under the objective `name`, with any argument of policy_loss replaced."""
    policy = policy.clone().requires_grad_()
    arguments = {
        "sampled_logprobs": SAMPLED,
        "advantages": ADVANTAGES,
        "loss_mask": MASK,
        "objective": OBJECTIVES[name],
        "denominators": STEP,
    }
    loss, stats = policy_loss(policy, **(arguments | changes))
    loss.backward()
    return loss.item(), policy.grad, stats


@every_objective
def test_hand_worked_2x3(name: str) -> None:
    loss, gradient, _ = loss_and_gradient(name)
    expected_loss, expected_gradient = HAND_WORKED[name]
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    torch.testing.assert_close(gradient, torch.tensor(expected_gradient), rtol=1e-5, atol=1e-6)


def test_the_table_names_its_papers_and_its_credit() -> None:
    rewards = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    assert OBJECTIVES.keys() == PAPER_AND_CREDIT.keys()
    for name, objective in OBJECTIVES.items():
        paper, right, wrong = PAPER_AND_CREDIT[name]
        assert (objective.name, objective.paper, objective.kl) == (name, paper, 0.0)
        advantages = compute_advantages(rewards, objective.advantage)
        assert advantages[0, :2].tolist() == pytest.approx([right, wrong], abs=1e-5)


def test_gspo_clips_above_at_4e_4() -> None:
    # Policy and sampler change places: the sequence ratios are (4/3)^(1/3) and (4/3)^(1/2), both above 1.0004.
    # Row 0, A = 2: min(2 * 1.1006, 2 * 1.0004) = 2.0008, clipped. Row 1, A = -1: min(-1.1547, -1.0004) = -1.1547.
    loss, gradient, _ = loss_and_gradient("gspo", policy=SAMPLED, sampled_logprobs=POLICY)
    s = (4 / 3) ** 0.5
    assert loss == pytest.approx(-(2.0008 - s) / 2, rel=1e-5)
    torch.testing.assert_close(gradient, torch.tensor([[0, 0, 0], [s / 4, s / 4, 0]]))


def test_cispo_holds_a_large_ratio_at_5_and_keeps_its_gradient() -> None:
    # Sampled at 0.05, now at 0.5: ratio 10, held at 5. Gain 5 A log 0.5 a token, gradient 5 A, over 5 tokens.
    half = torch.full((2, 3), 0.5).log()
    loss, gradient, _ = loss_and_gradient("cispo", policy=half, sampled_logprobs=torch.full((2, 3), 0.05).log())
    assert loss == pytest.approx(-(3 * 5 * 2 - 2 * 5) * log(0.5) / 5)
    torch.testing.assert_close(gradient, torch.tensor([[-2.0, -2.0, -2.0], [1.0, 1.0, 0.0]]))


@every_objective
def test_on_policy_every_objective_is_reinforce(name: str) -> None:
    # At ratio 1 nothing is clipped: the gradient of the loss is -A times the weight of the token.
    _, gradient, _ = loss_and_gradient(name, policy=SAMPLED)
    weight = {
        "sequence_mean": torch.tensor([[1 / 6] * 3, [1 / 4] * 3]),
        "token_mean": torch.full((2, 3), 1 / 5),
        "constant": torch.full((2, 3), 1 / 20),
    }[OBJECTIVES[name].aggregate]
    torch.testing.assert_close(gradient, -ADVANTAGES * weight * MASK)


@every_objective
def test_a_descent_step_makes_good_answers_likelier_and_bad_ones_less_likely(name: str) -> None:
    _, gradient, _ = loss_and_gradient(name, policy=SAMPLED)
    assert (-gradient[0] > 0).all() and (-gradient[1, :2] < 0).all()


@every_objective
def test_zero_advantage_gives_zero_loss_and_zero_gradient(name: str) -> None:
    loss, gradient, _ = loss_and_gradient(name, advantages=torch.zeros(2, 3))
    assert loss == 0
    assert (gradient == 0).all()


@every_objective
@pytest.mark.parametrize("garbage", [0.0, -inf, inf, nan])
def test_what_is_masked_has_no_influence(name: str, garbage: float) -> None:
    fields = TENSORS | {"ref_logprobs": SAMPLED - 0.3}
    spoilt = {key: tensor.masked_fill(MASK == 0, garbage) for key, tensor in fields.items() if key != "loss_mask"}
    with_kl = replace(OBJECTIVES[name], kl=0.1)
    loss, gradient, stats = loss_and_gradient(name, objective=with_kl, **fields)
    bad_loss, bad_gradient, bad_stats = loss_and_gradient(name, objective=with_kl, **spoilt)
    assert bad_loss == loss
    assert torch.equal(bad_gradient, gradient)
    assert bad_gradient[1, 2] == 0 and bad_stats == stats


@every_objective
def test_more_padding_changes_nothing(name: str) -> None:
    padded = {key: torch.nn.functional.pad(tensor, (0, 2)) for key, tensor in TENSORS.items()}
    loss, gradient, _ = loss_and_gradient(name)
    wide_loss, wide_gradient, _ = loss_and_gradient(name, **padded)
    assert wide_loss == pytest.approx(loss)
    torch.testing.assert_close(wide_gradient, torch.nn.functional.pad(gradient, (0, 2)))


@every_objective
def test_many_micro_batches_equal_one(name: str) -> None:
    objective = replace(OBJECTIVES[name], kl=0.1)
    fields = TENSORS | {"ref_logprobs": SAMPLED - 0.3}
    rows = [{key: tensor[i : i + 1] for key, tensor in fields.items()} for i in range(2)]
    loss, gradient, stats = loss_and_gradient(name, objective=objective, **fields)
    pieces = [loss_and_gradient(name, objective=objective, **row) for row in rows]
    assert sum(piece[0] for piece in pieces) == pytest.approx(loss)
    torch.testing.assert_close(torch.cat([piece[1] for piece in pieces]), gradient)
    assert merge_stats([piece[2] for piece in pieces]) == pytest.approx(merge_stats([stats]))


def test_dapo_is_grpo_when_lengths_are_equal() -> None:
    # Ratios 1.1 and 0.9 are inside both clip ranges, so that only the aggregate can tell them apart.
    near = SAMPLED + torch.tensor([[1.0, 1.1, 0.9], [1.1, 0.9, 1.0]]).log()
    full = {"loss_mask": torch.ones(2, 3), "denominators": Denominators(6, 2, 10), "policy": near}
    (dapo, dapo_gradient, _), (grpo, grpo_gradient, _) = (loss_and_gradient(name, **full) for name in ("dapo", "grpo"))
    assert dapo == pytest.approx(grpo)
    torch.testing.assert_close(dapo_gradient, grpo_gradient)
    assert loss_and_gradient("dapo", policy=near)[0] != pytest.approx(loss_and_gradient("grpo", policy=near)[0])


def test_constant_is_token_mean_when_every_answer_fills_the_cap() -> None:
    full = {"loss_mask": torch.ones(2, 3), "denominators": Denominators(6, 2, max_tokens=3)}
    dr_grpo, ppo_clip = (loss_and_gradient(name, **full) for name in ("dr_grpo", "ppo_clip"))
    assert dr_grpo[0] == pytest.approx(ppo_clip[0])


def test_kl_hand_worked() -> None:
    # No advantage, reference twice as sure as the policy at every token: k3 = 2 - log 2 - 1 = 0.3069, and its slope
    # in log(policy) is 1 - 2 = -1: the loss falls as the policy rises to meet the reference. GRPO weights 1/6 and 1/4.
    objective = replace(OBJECTIVES["grpo"], kl=0.1)
    changes = {"advantages": torch.zeros(2, 3), "objective": objective, "ref_logprobs": POLICY + log(2)}
    loss, gradient, stats = loss_and_gradient("grpo", **changes)
    assert loss == pytest.approx(0.1 * (1 - log(2)))
    torch.testing.assert_close(gradient, -0.1 * torch.tensor([[1 / 6] * 3, [1 / 4, 1 / 4, 0]]))
    assert stats["kl"].item() == pytest.approx(1 - log(2))


def test_k3_is_zero_at_the_reference_and_positive_on_both_sides() -> None:
    reference = torch.tensor([0.5, 0.5, 0.5]).log()
    values = k3(torch.tensor([0.1, 0.5, 0.9]).log(), reference)
    assert values[1] == 0
    assert (values[[0, 2]] > 0).all()


def test_a_reference_without_a_weight_only_measures() -> None:
    loss, gradient, stats = loss_and_gradient("grpo", ref_logprobs=POLICY + log(2))
    assert loss == pytest.approx(HAND_WORKED["grpo"][0])
    torch.testing.assert_close(gradient, loss_and_gradient("grpo")[1])
    assert stats["kl"].item() == pytest.approx(1 - log(2))
    assert "kl" not in loss_and_gradient("grpo")[2]


def test_statistics_hand_worked() -> None:
    # Ratios 1.5 1.1 1.1 at A > 0: one of 5 tokens is clipped above. 0.5 0.5 at A < 0: two are clipped below.
    policy = SAMPLED + torch.tensor([[1.5, 1.1, 1.1], [0.5, 0.5, 9.0]]).log()
    assert merge_stats([loss_and_gradient("grpo", policy=policy)[2]]) == pytest.approx(
        {
            "loss_tokens": 5,
            "clip_ratio/low_mean": 0.4,
            "clip_ratio/high_mean": 0.2,
            "clip_ratio/region_mean": 0.6,
            "sampling/importance_sampling_ratio/min": 0.5,
            "sampling/importance_sampling_ratio/mean": 4.7 / 5,
            "sampling/importance_sampling_ratio/max": 1.5,
            "sampling/sampling_logp_difference/mean": (log(1.5) + 2 * log(1.1) + 2 * log(2)) / 5,
            "sampling/sampling_logp_difference/max": log(2),
        }
    )


@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_the_extremes_are_those_of_trainable_tokens(ratio: float) -> None:
    stats = loss_and_gradient("grpo", policy=SAMPLED + log(ratio))[2]
    for end in ("min", "mean", "max"):
        assert stats[f"sampling/importance_sampling_ratio/{end}"].item() == pytest.approx(ratio)


def test_merged_statistics_weigh_by_tokens_and_no_statistics_merge_to_none() -> None:
    def part(tokens: int, mean: float, end: float) -> dict[str, Tensor]:
        return {"loss_tokens": torch.tensor(tokens)} | {
            name: torch.tensor(value) for name, value in (("x", mean), ("x/min", end), ("x/max", end))
        }

    assert merge_stats([part(3, 1.0, 4.0), part(1, 5.0, 2.0)]) == {"loss_tokens": 4, "x": 2, "x/min": 2, "x/max": 4}
    assert merge_stats([]) == {}


def test_statistics_carry_no_graph() -> None:
    _, _, stats = loss_and_gradient("cispo", ref_logprobs=SAMPLED)
    assert not any(value.requires_grad for value in stats.values())


@every_objective
def test_inputs_are_unchanged(name: str) -> None:
    given = {"policy_logprobs": POLICY, "sampled_logprobs": SAMPLED, "advantages": ADVANTAGES, "loss_mask": MASK}
    given["ref_logprobs"] = SAMPLED - 0.3
    before = {key: tensor.clone() for key, tensor in given.items()}
    policy_loss(**given, objective=replace(OBJECTIVES[name], kl=0.1), denominators=STEP)
    assert all(torch.equal(given[key], before[key]) for key in given)


def test_shapes_that_would_broadcast_are_refused() -> None:
    with pytest.raises(ValueError, match=r"advantages has shape \(2, 1\), policy_logprobs \(2, 3\)"):
        loss_and_gradient("grpo", advantages=ADVANTAGES[:, :1])
    with pytest.raises(ValueError, match="ref_logprobs has shape"):
        loss_and_gradient("grpo", ref_logprobs=SAMPLED[0])


def test_a_kl_weight_needs_a_reference() -> None:
    with pytest.raises(ValueError, match="needs ref_logprobs"):
        loss_and_gradient("grpo", objective=replace(OBJECTIVES["grpo"], kl=0.1))


BAD_FIELDS = [("advantage", "gae"), ("ratio", "word"), ("clip_form", "dual"), ("aggregate", "sum"), ("kl", -0.1)]
BAD_FIELDS += [("clip_low", -0.1), ("clip_low", 1.5), ("clip_high", -0.1), ("clip_high", nan)]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_a_bad_objective_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{field} is {value!r}"):
        replace(OBJECTIVES["grpo"], **{field: value})
