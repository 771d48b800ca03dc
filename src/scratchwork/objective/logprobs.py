"""Log-probabilities and entropy of given tokens, read from a model's logits.

The shift is made here, once: the logits at t - 1 predict ids[:, t], and what comes back is aligned with `ids`.
Position 0 has nothing that predicts it and holds 0.

Left out: `log_softmax` + `gather`, and `cross_entropy`. Both are one line, and both write one more (B, T, V)
tensor in the forward pass or the backward pass than the hand-written gradient below, which is also the fastest of
the three on a CPU. Left out too: chunking over rows, which is what micro-batches are for.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def gather_logprobs(logits: Tensor, ids: Tensor, temperature: float = 1.0) -> Tensor:
    """Log-probability of each token given those before it: (B, T, V) and (B, T) to (B, T), in nats.

    `temperature` must be the one that sampled the tokens: the policy being trained is softmax(logits / temperature),
    and under any other temperature the importance ratio of an on-policy step is not 1.

    >>> logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]]))  # (1, 2, 3)
    >>> gather_logprobs(logits, torch.tensor([[0, 1]])).exp()
    tensor([[1.0000, 0.2500]])

    Raises ValueError when the shapes do not fit or the temperature is not above 0.
    """
    scaled = _scale(logits, ids, temperature)  # (B, T, V)
    # The ids are rolled rather than the logits cut: cutting would copy (B, T, V) once more on the way back.
    logprobs: Tensor = _LogProb.apply(scaled, ids.roll(-1, dims=1))  # type: ignore[no-untyped-call]  # (B, T)
    return _align(logprobs)


@torch.no_grad()
def token_entropy(logits: Tensor, ids: Tensor, temperature: float = 1.0) -> Tensor:
    """Entropy of the distribution each token was drawn from: (B, T, V) to (B, T), in nats, without gradient.

    >>> token_entropy(torch.zeros(1, 2, 4), torch.tensor([[0, 1]])).exp()  # a fair choice among four
    tensor([[1., 4.]])
    """
    logprobs = _scale(logits, ids, temperature).log_softmax(dim=-1)  # (B, T, V)
    return _align(-logprobs.exp().mul_(logprobs).sum(dim=-1))


def _scale(logits: Tensor, ids: Tensor, temperature: float) -> Tensor:
    if logits.dim() != 3 or logits.shape[:2] != ids.shape:
        raise ValueError(
            f"logits are {tuple(logits.shape)} and ids {tuple(ids.shape)}; they must be (B, T, V) and (B, T)"
        )
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}; it must be above 0 (greedy choices have no log-probability)")
    # A log-prob in bfloat16 has two to three digits: not enough for a ratio whose clipping starts at 3e-4.
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return logits if temperature == 1.0 else logits / temperature


def _align(predictions: Tensor) -> Tensor:
    """Move what was said at t to the token it was said of, t + 1; (B, T) to (B, T)."""
    return F.pad(predictions[:, :-1], (1, 0))


class _LogProb(torch.autograd.Function):
    """logits[..., id] - logsumexp(logits), keeping nothing of size (B, T, V) but the logits themselves."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, ids: Tensor) -> Tensor:
        normaliser = logits.logsumexp(dim=-1)  # (B, T)
        ctx.save_for_backward(logits, ids, normaliser)
        return logits.gather(-1, ids.unsqueeze(-1)).squeeze(-1) - normaliser

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        logits, ids, normaliser = ctx.saved_tensors
        grad = grad.unsqueeze(-1)  # (B, T, 1)
        probs = (logits - normaliser.unsqueeze(-1)).exp_()  # (B, T, V)
        return probs.mul_(-grad).scatter_add_(-1, ids.unsqueeze(-1), grad), None  # (onehot - probs) * grad
