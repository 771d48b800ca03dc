"""From logits to a token and its log-prob under the very distribution that drew it.

Every sequence has a seed, and the random number for its token t is a hash of (seed, t): so what a sequence says does
not depend on which others share its batch, in what order they come, or where a run was resumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from scratchwork.errors import UserError
from scratchwork.native import kernels


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw. `temperature` 0 is greedy; `top_k` 0 and `top_p` 1 keep every token; `suppressed_ids` never come."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    stop_ids: tuple[int, ...] = ()
    suppressed_ids: tuple[int, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether tokens come from the whole distribution."""
        return self.top_p == 1 and self.top_k == 0 and not self.suppressed_ids

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise UserError(f"max_tokens is {self.max_tokens}; an answer has at least 1 token")
        if self.temperature != 0 and not self.temperature >= 0.01:
            raise UserError(f"temperature is {self.temperature}; use 0 (greedy), or 0.01 and more")
        if not 0 < self.top_p <= 1:
            raise UserError(f"top_p is {self.top_p}; it is a share above 0 and at most 1")
        if self.top_k < 0:
            raise UserError(f"top_k is {self.top_k}; use 0 (all tokens) or more")


def uniforms(seeds: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1), one for each (seed, position): splitmix64's finaliser, of which each input bit moves all.

    >>> seeds, positions = np.array([1, 1, 2], dtype=np.uint64), np.array([0, 1, 0], dtype=np.uint64)
    >>> u = uniforms(seeds, positions)
    >>> len(set(u.tolist())), bool((u == uniforms(seeds, positions)).all())
    (3, True)
    """
    z = mixed(seeds) + positions * np.uint64(0x9E3779B97F4A7C15)
    return (mixed(z) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def mixed(z: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014) on unsigned 64-bit numbers."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def unmixed(z: int) -> int:
    """What `mixed` made `z` of.

    >>> unmixed(int(mixed(np.array([7], dtype=np.uint64))[0]))
    7
    """
    for shift, factor in ((31, 0x94D049BB133111EB), (27, 0xBF58476D1CE4E5B9), (30, 1)):
        whole = z
        for _ in range(64 // shift):  # each pass brings `shift` more bits back, from the top
            whole = z ^ (whole >> shift)
        z = whole * pow(factor, -1, 2**64) % 2**64
    return (z - 0x9E3779B97F4A7C15) % 2**64


def later_seed(seed: int, tokens: int) -> int:
    """The seed of a sequence that goes on where one with `seed` was after so many tokens: token t is its token t + n.

    So a completion that is handed in again as a prompt, whole or in part, is ended with the same random numbers.
    """
    start = int(mixed(np.array([seed % 2**64], dtype=np.uint64))[0])
    return unmixed((start + tokens * 0x9E3779B97F4A7C15) % 2**64)


def sequence_seed(*parts: int) -> int:
    """One 64-bit seed from a few integers (run seed, step, problem, sample ...)."""
    z = np.zeros(1, dtype=np.uint64)
    for part in parts:
        z = mixed(z ^ np.uint64(part % 2**64))
    return int(z[0])


def group_seeds(seed: int, position: int, problems: int, group_size: int) -> list[tuple[int, ...]]:
    """A tuple of seeds for each of the run's problems from `position` on, one for each of its answers: whatever learns
    from them, the same model answers the same.
    """
    return [tuple(sequence_seed(seed, position + i, g) for g in range(group_size)) for i in range(problems)]


def truncated(logits: Tensor, sampling: Sampling) -> Tensor:
    """Logits (B, V) divided by the temperature, with -inf where top-k or top-p (nucleus) cut off.

    Top-k keeps what ties with the k-th; top-p keeps the fewest likeliest tokens, of those left, whose mass reaches p.
    """
    logits = logits / sampling.temperature  # (B, V)
    if 0 < sampling.top_k < logits.shape[-1]:
        kth = logits.topk(sampling.top_k).values[:, -1:]  # (B, 1)
        logits = logits.masked_fill(logits < kth, float("-inf"))
    if sampling.top_p < 1:
        ordered, order = logits.sort(descending=True)  # (B, V)
        probs = ordered.softmax(-1)  # (B, V)
        before = probs.cumsum(-1) - probs  # (B, V), mass of the likelier tokens
        beyond = (before >= sampling.top_p) & (before > 0)  # (B, V); fp32 rounds the least top_p to 0
        cut = torch.zeros_like(beyond).scatter(-1, order, beyond)  # (B, V)
        logits = logits.masked_fill(cut, float("-inf"))
    return logits


def draw(logits: Tensor, sampling: Sampling, u: Tensor) -> tuple[Tensor, Tensor]:
    """Tokens (B,) by inverting the cumulative distribution at u (B,), and their log-probs (B,).

    Greedy draws from a point mass, so its log-prob is 0.
    """
    if sampling.suppressed_ids:
        logits = logits.index_fill(-1, torch.tensor(sampling.suppressed_ids), float("-inf"))  # (B, V)
    if sampling.temperature == 0:
        return logits.argmax(-1), torch.zeros(len(logits))
    if sampling.plain and logits.device.type == "cpu":
        return drawn(logits, sampling.temperature, u)
    probs = truncated(logits, sampling).softmax(-1)  # (B, V)
    mass = probs.cumsum(-1)  # (B, V)
    total = mass[:, -1:]  # (B, 1), 1 up to rounding
    # Strictly below the total: rounding up to it would pass over every token that has any mass.
    target = (u[:, None] * total).to(mass.dtype).minimum(total.nextafter(torch.zeros_like(total)))  # (B, 1)
    ids = torch.searchsorted(mass, target, right=True)  # (B, 1)
    return ids[:, 0], probs.gather(-1, ids)[:, 0].log()


def drawn(logits: Tensor, temperature: float, u: Tensor) -> tuple[Tensor, Tensor]:
    """`draw` from the whole distribution, in one pass over each row."""
    ids, logprobs = np.empty(len(logits), dtype=np.int64), np.empty(len(logits), dtype=np.float32)
    kernels.draw(logits.numpy(), u.numpy(), np.float32(temperature), ids, logprobs)
    return torch.from_numpy(ids), torch.from_numpy(logprobs)
