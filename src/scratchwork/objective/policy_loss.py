"""The policy-gradient objectives: one table of literals, one loss.

A variant is five choices: how rewards become advantages, whether the importance ratio is taken per token or per
sequence, where it is clipped and how, and what the sum over tokens is divided by. The trainer names a row of
`OBJECTIVES` and never asks which one runs.

Left out: an entropy bonus, dual clipping, KL inside the reward, and corrections for a sampler that differs from the
trainer (here they share weights and precision; the `sampling/` statistics show that an on-policy step's ratio is 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import Literal, get_args

import torch
from torch import Tensor

from scratchwork.objective.advantage import ADVANTAGES

Ratio = Literal["token", "sequence"]
ClipForm = Literal["ppo", "cispo"]
Aggregate = Literal["sequence_mean", "token_mean", "constant"]


@dataclass(frozen=True, slots=True)
class Objective:
    """One row of the table. `dataclasses.replace(OBJECTIVES["grpo"], kl=0.001)` makes a relative of it.

    The ratio r = policy / sampled is held to [1 - clip_low, 1 + clip_high]. "ppo" takes the lesser of r A and
    clipped(r) A, so a clipped token has no gradient; "cispo" takes clipped(r) A log(policy) with the ratio held
    constant, so every token keeps one. `kl` weighs the k3 estimate of KL(policy || reference) in the loss.
    """

    name: str
    paper: str
    advantage: str  # a name in advantage.ADVANTAGES
    ratio: Ratio
    clip_form: ClipForm
    clip_low: float
    clip_high: float
    aggregate: Aggregate
    kl: float = 0.0

    def __post_init__(self) -> None:
        choices = {
            "advantage": tuple(ADVANTAGES),
            "ratio": get_args(Ratio),
            "clip_form": get_args(ClipForm),
            "aggregate": get_args(Aggregate),
        }
        for field, allowed in choices.items():
            if getattr(self, field) not in allowed:
                raise ValueError(f"{field} is {getattr(self, field)!r}; choose among {', '.join(allowed)}")
        if not 0 <= self.clip_low <= 1:
            raise ValueError(f"clip_low is {self.clip_low}; it must be from 0 to 1 (1: a ratio is never raised)")
        for field in ("clip_high", "kl"):
            if not getattr(self, field) >= 0:
                raise ValueError(f"{field} is {getattr(self, field)}; it must be 0 or more")


_TABLE = (
    # name, paper, advantage, ratio, clip form, clip low, clip high, aggregate
    #
    # DeepSeekMath's GRPO divides by each answer's own length. DeepSeek-R1 trains it with kl=0.001.
    Objective("grpo", "arXiv:2402.03300", "group_mean_std", "token", "ppo", 0.2, 0.2, "sequence_mean"),
    # GRPO without its two biases: no division by the deviation, none by the length.
    Objective("dr_grpo", "arXiv:2503.20783", "group_mean", "token", "ppo", 0.2, 0.2, "constant"),
    # Clip-higher, and all tokens alike. (The paper averages over a group's tokens; trainers, and we, over the step's.)
    Objective("dapo", "arXiv:2503.14476", "group_mean_std", "token", "ppo", 0.2, 0.28, "token_mean"),
    # REINFORCE: no clipping. The paper sums over tokens; "constant" is that sum over the cap, the same to Adam.
    Objective("rloo", "arXiv:2402.14740", "leave_one_out", "token", "ppo", 1.0, inf, "constant"),
    # The variant "with baseline", the paper's choice for reasoning.
    Objective("reinforce_pp", "arXiv:2501.03262", "group_mean_batch_std", "token", "ppo", 0.2, 0.2, "token_mean"),
    # One ratio a sequence: the geometric mean of its tokens' ratios, hence the narrow range.
    Objective("gspo", "arXiv:2507.18071", "group_mean_std", "sequence", "ppo", 3e-4, 4e-4, "sequence_mean"),
    # The paper sets no lower bound and tunes the upper; a ratio of at most 5 is from arXiv:2510.13786.
    Objective("cispo", "arXiv:2506.13585", "group_mean_std", "token", "cispo", 1.0, 4.0, "token_mean"),
    # PPO's loss with the mean reward of the batch standing in for the critic.
    Objective("ppo_clip", "arXiv:1707.06347", "batch_mean_std", "token", "ppo", 0.2, 0.2, "token_mean"),
)
OBJECTIVES: Mapping[str, Objective] = MappingProxyType({objective.name: objective for objective in _TABLE})


@dataclass(frozen=True, slots=True)
class Denominators:
    """What a step's sums are divided by, counted once over the whole step so that micro-batches simply add up."""

    num_loss_tokens: int
    num_rollouts: int
    max_tokens: int  # the cap on a response


def policy_loss(
    policy_logprobs: Tensor,
    sampled_logprobs: Tensor,
    advantages: Tensor,
    loss_mask: Tensor,
    objective: Objective,
    denominators: Denominators,
    ref_logprobs: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss to minimise, a scalar, and the statistics of one micro-batch; every tensor given is (B, T).

    What stands where `loss_mask` is 0 has no influence, whatever it is. `ref_logprobs` with kl=0 only measures.
    The statistics, under TRL's names, are taken over this micro-batch's trainable tokens; `merge_stats` puts those of
    a step together.

    Raises ValueError when shapes differ, or when the objective has a KL term and there is no reference.
    """
    given = {"sampled_logprobs": sampled_logprobs, "advantages": advantages, "loss_mask": loss_mask}
    if ref_logprobs is not None:
        given["ref_logprobs"] = ref_logprobs
    elif objective.kl > 0:
        raise ValueError(f"objective {objective.name} has kl={objective.kl}; it needs ref_logprobs, or kl=0")
    for name, tensor in given.items():
        if tensor.shape != policy_logprobs.shape:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}, policy_logprobs {tuple(policy_logprobs.shape)}")

    mask = loss_mask.bool()  # (B, T)
    # Filled, not multiplied: under the mask there may be inf or NaN, and 0 * inf is NaN.
    policy = policy_logprobs.masked_fill(~mask, 0.0)  # (B, T)
    credit = advantages.masked_fill(~mask, 0.0)  # (B, T)
    log_ratio = policy - sampled_logprobs.masked_fill(~mask, 0.0)  # (B, T)
    ratio = _importance_ratio(log_ratio, mask, objective.ratio)  # (B, T)
    clipped = ratio.clamp(1 - objective.clip_low, 1 + objective.clip_high)  # (B, T)
    if objective.clip_form == "cispo":
        gain = clipped.detach() * credit * policy  # (B, T)
    else:
        gain = torch.minimum(ratio * credit, clipped * credit)  # (B, T)

    token_loss = -gain  # (B, T)
    stats = _statistics(log_ratio.detach(), ratio, credit, mask, objective)
    if ref_logprobs is not None:
        kl = k3(policy, ref_logprobs.masked_fill(~mask, 0.0))  # (B, T)
        token_loss = token_loss + objective.kl * kl
        stats["kl"] = _mean(kl.detach(), mask)
    return (token_loss * _token_weights(mask, objective.aggregate, denominators)).sum(), stats


def k3(policy_logprobs: Tensor, ref_logprobs: Tensor) -> Tensor:
    """Schulman's k3 estimate of KL(policy || reference) per token: r - log(r) - 1 with r = reference / policy.

    Never negative, unbiased as a value under the policy's own samples. Its gradient is not the gradient of the KL;
    GRPO (arXiv:2402.03300) and DeepSeek-R1 use it in the loss all the same.

    >>> k3(torch.tensor([0.5]).log(), torch.tensor([1.0]).log())  # 2 - log(2) - 1
    tensor([0.3069])
    """
    log_r = ref_logprobs - policy_logprobs  # (B, T)
    return log_r.exp() - log_r - 1


def merge_stats(stats: list[dict[str, Tensor]]) -> dict[str, float]:
    """A step's statistics from its micro-batches': least of */min, greatest of */max, else the mean over tokens."""
    if not stats:
        return {}
    columns = {name: torch.stack([s[name] for s in stats]) for name in stats[0]}
    tokens = columns.pop("loss_tokens")
    merged = {"loss_tokens": tokens.sum().item()}
    for name, column in columns.items():
        if name.endswith("/min"):
            merged[name] = column.min().item()
        elif name.endswith("/max"):
            merged[name] = column.max().item()
        else:
            merged[name] = ((column * tokens).sum() / tokens.sum()).item()
    return merged


def _importance_ratio(log_ratio: Tensor, mask: Tensor, ratio: Ratio) -> Tensor:
    """policy / sampled of each token, or the geometric mean over its sequence; `log_ratio` is 0 off the mask."""
    if ratio == "sequence":
        mean = log_ratio.sum(dim=-1, keepdim=True) / mask.sum(dim=-1, keepdim=True).clamp(min=1)  # (B, 1)
        log_ratio = mean.expand_as(log_ratio)  # (B, T)
    return log_ratio.exp()


def _token_weights(mask: Tensor, aggregate: Aggregate, denominators: Denominators) -> Tensor:
    """How much each token's loss counts in the loss of the step: (B, T), 0 off the mask."""
    if aggregate == "token_mean":
        return mask / denominators.num_loss_tokens
    if aggregate == "constant":
        return mask / (denominators.max_tokens * denominators.num_rollouts)
    return mask / (mask.sum(dim=-1, keepdim=True).clamp(min=1) * denominators.num_rollouts)


def _statistics(
    log_ratio: Tensor, ratio: Tensor, advantages: Tensor, mask: Tensor, objective: Objective
) -> dict[str, Tensor]:
    """How far the policy is from the one that sampled, and how often clipping held it back."""
    low = (ratio < 1 - objective.clip_low) & (advantages < 0)  # (B, T)
    high = (ratio > 1 + objective.clip_high) & (advantages > 0)  # (B, T)
    gap = log_ratio.abs()  # (B, T)
    token_ratio = log_ratio.exp()  # (B, T); the sampler is judged by token, whatever the objective clips
    return {
        "loss_tokens": mask.sum(),
        "clip_ratio/low_mean": _mean(low, mask),
        "clip_ratio/high_mean": _mean(high, mask),
        "clip_ratio/region_mean": _mean(low | high, mask),
        "sampling/importance_sampling_ratio/min": token_ratio.masked_fill(~mask, inf).min(),
        "sampling/importance_sampling_ratio/mean": _mean(token_ratio, mask),
        "sampling/importance_sampling_ratio/max": token_ratio.masked_fill(~mask, -inf).max(),
        "sampling/sampling_logp_difference/mean": _mean(gap, mask),
        "sampling/sampling_logp_difference/max": gap.masked_fill(~mask, -inf).max(),
    }


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over the mask; 0 where it is empty."""
    return (values * mask).sum() / mask.sum().clamp(min=1)
