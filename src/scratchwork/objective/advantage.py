"""Rewards to credit: how much better than expected was each rollout?

Every rule maps rewards (N, G), N problems with G rollouts each, to advantages (N, G). NaN means "no verdict" (the
verifier failed): such a rollout is left out of every mean and deviation and gets advantage 0. Under a rule
with a group baseline a group whose verdicts all agree gets exactly 0, never a rounding error blown up by a tiny
deviation.

Left out: a learned critic with generalised advantage estimation, because one reward at the end of a short answer
leaves it nothing to bootstrap from; and weighting the batch statistics by tokens, as some trainers do, because a
rollout is one sample of the reward however long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

# Added to every deviation that divides, as in TRL. In groups of 8 with rewards of 0 and 1 that is below 0.03 %.
EPSILON = 1e-4


def compute_advantages(rewards: Tensor, rule: str) -> Tensor:
    """Advantages (N, G) of `rewards` (N, G) under the rule of that name in `ADVANTAGES`.

    >>> rewards = torch.tensor([[1.0, 0.0, 0.0, float("nan")], [1.0, 1.0, 1.0, 1.0]])
    >>> compute_advantages(rewards, "leave_one_out")
    tensor([[ 1.0000, -0.5000, -0.5000,  0.0000],
            [ 0.0000,  0.0000,  0.0000,  0.0000]])

    Raises ValueError for an unknown rule, rewards that are not (N, G) or not finite, and for a group of one under a
    rule that takes its baseline from the group: every advantage would be 0 and nothing would ever be learnt.
    """
    if rule not in ADVANTAGES:
        raise ValueError(f"advantage is {rule!r}; choose among {', '.join(ADVANTAGES)}")
    if rewards.dim() != 2 or rewards.isinf().any():
        raise ValueError(f"rewards of shape {tuple(rewards.shape)} must be (problems, group_size) and finite, or NaN")
    if rewards.shape[1] < 2 and rule != "batch_mean_std":
        raise ValueError(f"group_size is {rewards.shape[1]} but {rule!r} compares within a group; use 2 or more")
    return ADVANTAGES[rule](rewards)


def group_mean(rewards: Tensor) -> Tensor:
    """r - mean(group). Dr. GRPO, arXiv:2503.20783: dividing by the deviation would favour very easy and very hard."""
    verdict = ~rewards.isnan()  # (N, G)
    # Measured from the group's least reward, so that equal rewards are equal to their mean to the last bit.
    least = rewards.masked_fill(~verdict, torch.inf).amin(dim=-1, keepdim=True)  # (N, 1)
    above = (rewards - least).masked_fill(~verdict, 0.0)  # (N, G)
    mean = above.sum(dim=-1, keepdim=True) / _count(rewards).clamp(min=1)  # (N, 1)
    return (above - mean).masked_fill(~verdict, 0.0)


def group_mean_std(rewards: Tensor) -> Tensor:
    """(r - mean(group)) / std(group). GRPO, arXiv:2402.03300. The sample deviation (n - 1), as in TRL."""
    centred = group_mean(rewards)
    return centred / (_deviation(centred, _count(rewards)) + EPSILON)


def leave_one_out(rewards: Tensor) -> Tensor:
    """r_i - mean(the others), which is n / (n - 1) times r_i - mean(group). RLOO, arXiv:2402.14740."""
    count = _count(rewards)  # (N, 1)
    return group_mean(rewards) * count / (count - 1).clamp(min=1)


def group_mean_batch_std(rewards: Tensor) -> Tensor:
    """(r - mean(group)) / std(batch of those). REINFORCE++ with baseline, arXiv:2501.03262.

    The paper also subtracts the batch mean; after the group means are gone it is 0.
    """
    centred = group_mean(rewards)
    return centred / (_deviation(centred.flatten(), _count(rewards.flatten())) + EPSILON)


def batch_mean_std(rewards: Tensor) -> Tensor:
    """(r - mean(batch)) / std(batch): the whole batch as one group. Works with group_size 1."""
    return group_mean_std(rewards.reshape(1, -1)).reshape(rewards.shape)


ADVANTAGES: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "group_mean": group_mean,
        "group_mean_std": group_mean_std,
        "leave_one_out": leave_one_out,
        "group_mean_batch_std": group_mean_batch_std,
        "batch_mean_std": batch_mean_std,
    }
)


def soft_overlong_penalty(lengths: Tensor, max_tokens: int, buffer: int) -> Tensor:
    """What to add to the reward of an answer that comes close to the cap; `lengths` of any shape to the same shape.

    0 up to max_tokens - buffer, then down in a straight line to -1 at max_tokens. DAPO, arXiv:2503.14476, eq. 13.

    >>> soft_overlong_penalty(torch.tensor([60, 80, 90, 100]), max_tokens=100, buffer=20)
    tensor([ 0.0000,  0.0000, -0.5000, -1.0000])
    """
    if not 0 < buffer <= max_tokens:
        raise ValueError(f"overlong buffer is {buffer} tokens; it must be from 1 to max_tokens, which is {max_tokens}")
    return ((max_tokens - buffer - lengths) / buffer).clamp(-1.0, 0.0)


def _count(rewards: Tensor) -> Tensor:
    """How many verdicts each group has: (N, 1)."""
    return (~rewards.isnan()).sum(dim=-1, keepdim=True)


def _deviation(centred: Tensor, count: Tensor) -> Tensor:
    """Sample standard deviation of values whose mean is already gone; 0, not NaN, where there is only one."""
    return (centred.square().sum(dim=-1, keepdim=True) / (count - 1).clamp(min=1)).sqrt()  # (N, 1)
