"""The floor: the least time that a job can take on this machine, from the operations and bytes it cannot do without.

Multiplications go at most as fast as in a large matrix product, and weights are read at most as fast as in a product of
a matrix of the model's own size with one vector, which keeps what fits in the caches there; the longer of the two is
the floor. Both speeds are measured here, in fp32, with the threads of the run. Counted: matrix products, attention,
weights, cached keys and values, the optimizer's tensors. Left out, so that the true floor is somewhat higher: norms,
softmax, sampling, activations.

Every sequence is a pair of lengths in tokens: (prompt, answer).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from scratchwork.config import ModelConfig

BYTES = 4  # of a number in fp32
PASSES = 3  # of training, in forward passes: one forward, and two for the gradients of inputs and of weights
OPTIMIZER_TENSORS = 7  # AdamW reads weights, gradients and two moments, and writes weights and moments

Lengths = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Speed:
    """What the machine does in a second: operations (a multiply-add is two), and bytes read."""

    operations: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Work:
    """What a job cannot do without."""

    operations: float
    bytes: float

    def seconds(self, speed: Speed) -> float:
        """The least time: operations and transfers may overlap, but neither can be skipped."""
        return max(self.operations / speed.operations, self.bytes / speed.bytes)


def weights(config: ModelConfig) -> tuple[int, int]:
    """How many weights multiply every token, and how many more make logits of it."""
    attention = (2 * config.num_attention_heads + 2 * config.num_key_value_heads) * config.head_dim
    block = config.hidden_size * (attention + 3 * config.intermediate_size)
    return config.num_hidden_layers * block, config.vocab_size * config.hidden_size


def forward_operations(config: ModelConfig, tokens: int, predicted: int, attended: int) -> float:
    """Of one forward pass: 2 a weight and token, and 4 a channel and attended pair (its score, and its value added).

    `predicted` of the `tokens` get logits; `attended` counts pairs of a token and one it looks at, itself included.
    """
    body, head = weights(config)
    channels = config.num_hidden_layers * config.num_attention_heads * config.head_dim
    return 2 * (body * tokens + head * predicted) + 4 * channels * attended


def decode_work(config: ModelConfig, lengths: Lengths) -> Work:
    """Token by token with a cache, all sequences together, so that a step reads the weights once for all of them.

    The prompts' last tokens are the first to be fed; `prefill_work` has the others.
    """
    tokens = sum(answer for _, answer in lengths)
    attended = sum(answer * prompt + triangle(answer - 1) for prompt, answer in lengths)
    cached = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim  # numbers a position
    steps = max(answer for _, answer in lengths)
    return Work(
        forward_operations(config, tokens, tokens, attended),
        BYTES * (steps * sum(weights(config)) + cached * attended),
    )


def prefill_work(config: ModelConfig, prompts: Sequence[int]) -> Work:
    """All but the last token of prompts of these lengths, once each."""
    tokens, attended = sum(prompts) - len(prompts), sum(triangle(prompt - 1) for prompt in prompts)
    return Work(forward_operations(config, tokens, 0, attended), BYTES * weights(config)[0])


def train_work(config: ModelConfig, lengths: Lengths) -> Work:
    """One optimizer step on these sequences, with a loss on the answers: 6 operations a weight and token."""
    tokens, predicted = sum(map(sum, lengths)), sum(answer for _, answer in lengths)
    attended = sum(triangle(prompt + answer) for prompt, answer in lengths)
    return Work(
        PASSES * forward_operations(config, tokens, predicted, attended),
        BYTES * OPTIMIZER_TENSORS * sum(weights(config)),
    )


def triangle(n: int) -> int:
    """1 + 2 + ... + n: the pairs of causal attention over n tokens.

    >>> triangle(4)
    10
    """
    return n * (n + 1) // 2


def measure_speed(config: ModelConfig, size: int = 1024, budget: float = 1.0) -> Speed:
    """This machine's, for a model of this size and with the threads torch has now, in about twice `budget` seconds."""
    square = torch.rand(size, size)  # (N, N)
    matrix = torch.rand(sum(weights(config)) // size, size)  # (M, N)
    vector = torch.rand(size)  # (N,)
    return Speed(
        2 * size**3 / best_seconds(lambda: square @ square, budget),
        BYTES * matrix.numel() / best_seconds(lambda: matrix @ vector, budget),
    )


def best_seconds(f: Callable[[], object], budget: float) -> float:
    """The shortest of the calls to `f` that fit into `budget` seconds; at least three."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < budget:
        began = time.perf_counter()
        f()
        times.append(time.perf_counter() - began)
    return min(times)
