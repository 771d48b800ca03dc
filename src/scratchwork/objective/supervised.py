"""Supervised next-token loss, for pretraining and fine-tuning.

Left out: label smoothing and an ignore index. Which tokens count is said by a mask, in one place, and never by
writing a magic number into the ids.
"""

from __future__ import annotations

from torch import Tensor

from scratchwork.objective.logprobs import gather_logprobs


def supervised_loss(logits: Tensor, ids: Tensor, loss_mask: Tensor, num_loss_tokens: int) -> Tensor:
    """Cross entropy of the masked tokens in nats a token, to minimise: (B, T, V), (B, T), (B, T) to ().

    `num_loss_tokens` counts the mask over the whole optimizer step, so that the losses and the gradients of its
    micro-batches simply add up. The first token of a row is never learnt: nothing predicts it.

    >>> import torch
    >>> ids = torch.tensor([[0, 1, 2, 3]])
    >>> supervised_loss(torch.zeros(1, 4, 8), ids, ids > 1, num_loss_tokens=2)  # log(8)
    tensor(2.0794)

    Raises ValueError when the shapes do not fit or `num_loss_tokens` is below 1.
    """
    if num_loss_tokens < 1:
        raise ValueError(f"num_loss_tokens is {num_loss_tokens}; a step without a token to learn has no loss")
    if loss_mask.shape != ids.shape:
        raise ValueError(f"loss_mask is {tuple(loss_mask.shape)} and ids {tuple(ids.shape)}; both must be (B, T)")
    logprobs = gather_logprobs(logits, ids)  # (B, T)
    return -logprobs.masked_fill(~loss_mask.bool(), 0.0).sum() / num_loss_tokens
