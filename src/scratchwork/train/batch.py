"""Rollouts to tensors: the rows of one optimizer step, padded into micro-batches, and its denominators.

Position convention: every field is aligned with `ids`. loss_mask[b, t] is 1 where ids[b, t] is a token the policy
chose and may learn from, the stop token included; the prompt and the padding are 0. Rows are padded on the right, so
a causal model needs no attention mask to keep padding out; `attention_mask` is there for models that ask for one.

Left out: packing several rollouts into one row. Sorted by length, the answers of a step of recipe `zero` leave 13 %
padding in micro-batches of 2,048 tokens, 6 % in 1,024, which take a twentieth less; packed rows would ask every
model for a block-diagonal mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from scratchwork.objective.policy_loss import Denominators
from scratchwork.types import Rollout


@dataclass(frozen=True, eq=False, slots=True)
class TokenBatch:
    """One micro-batch; every field is (B, T)."""

    ids: Tensor  # long
    attention_mask: Tensor  # bool, True for real tokens
    loss_mask: Tensor  # bool, True for trainable tokens
    advantages: Tensor  # float, 0 off the completion
    sampled_logprobs: Tensor  # float, 0 off the completion


def make_batches(
    rollouts: Sequence[Rollout],
    advantages: Sequence[float],
    pad_id: int,
    tokens_per_microbatch: int,
    max_tokens: int,
    *,
    mask_truncated: bool = False,
    skip_zero_advantage: bool = False,
) -> tuple[list[TokenBatch], Denominators]:
    """Micro-batches of at most `tokens_per_microbatch` tokens, padding included, and what the step divides by.

    A rollout without a verdict is never trained on; with `mask_truncated` neither is one cut off at the cap (DAPO's
    overlong filtering, arXiv:2503.14476). Such rollouts are in no batch and in no denominator. `max_tokens` is the cap
    on a response, which the "constant" aggregate divides by.

    `skip_zero_advantage` saves the passes over rollouts whose group agreed: they stay in the denominators, so without
    a KL term the gradient stays the same. The statistics then speak of the remaining rollouts only.

    A single row longer than the budget gets a micro-batch to itself. No batches come back when nothing can be learnt.

    Raises ValueError when lengths differ, an advantage is not finite, a prompt is empty, or the budget is below 1.
    """
    if len(rollouts) != len(advantages):
        raise ValueError(f"{len(rollouts)} rollouts but {len(advantages)} advantages; they go in pairs")
    if tokens_per_microbatch < 1:
        raise ValueError(f"tokens_per_microbatch is {tokens_per_microbatch}; it must be 1 or more")
    for rollout, advantage in zip(rollouts, advantages, strict=True):
        if not isfinite(advantage):
            raise ValueError(f"advantage of a rollout of problem {rollout.problem_id} is {advantage}")
        if not rollout.prompt_ids:
            raise ValueError(f"a rollout of problem {rollout.problem_id} has no prompt to predict its first token from")

    rows = [pair for pair in zip(rollouts, advantages, strict=True) if _is_trained(pair[0], mask_truncated)]
    denominators = Denominators(sum(sum(rollout.loss_mask) for rollout, _ in rows), len(rows), max_tokens)
    if skip_zero_advantage:
        rows = [(rollout, advantage) for rollout, advantage in rows if advantage != 0]
    # Longest first: neighbours are alike in length, and a step that does not fit into memory fails at once.
    rows.sort(key=lambda pair: _row_length(pair[0]), reverse=True)

    batches: list[TokenBatch] = []
    while rows:
        count = max(1, tokens_per_microbatch // _row_length(rows[0][0]))
        batches.append(_collate(rows[:count], pad_id))
        rows = rows[count:]
    return batches, denominators


def _is_trained(rollout: Rollout, mask_truncated: bool) -> bool:
    if rollout.score.reward is None or not any(rollout.loss_mask):
        return False
    return not (mask_truncated and rollout.finish_reason == "length")


def _row_length(rollout: Rollout) -> int:
    return len(rollout.prompt_ids) + rollout.length


def _collate(rows: Sequence[tuple[Rollout, float]], pad_id: int) -> TokenBatch:
    """Rows to one TokenBatch, padded on the right to the longest."""
    width = max(_row_length(rollout) for rollout, _ in rows)

    def field(values: Sequence[Sequence[float]], fill: float, dtype: torch.dtype) -> Tensor:
        """What stands on each completion, `fill` on prompt and padding: (B, T)."""
        padded = [
            [*[fill] * len(rollout.prompt_ids), *row, *[fill] * (width - _row_length(rollout))]
            for (rollout, _), row in zip(rows, values, strict=True)
        ]
        return torch.tensor(padded, dtype=dtype)

    whole = [[*rollout.prompt_ids, *rollout.completion_ids] for rollout, _ in rows]
    return TokenBatch(
        ids=torch.tensor([[*ids, *[pad_id] * (width - len(ids))] for ids in whole]),
        attention_mask=torch.tensor([[t < len(ids) for t in range(width)] for ids in whole]),
        loss_mask=field([rollout.loss_mask for rollout, _ in rows], 0, torch.bool),
        advantages=field([[advantage] * rollout.length for rollout, advantage in rows], 0.0, torch.float32),
        sampled_logprobs=field([rollout.sampled_logprobs for rollout, _ in rows], 0.0, torch.float32),
    )
