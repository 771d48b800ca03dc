"""The gradient of a step, summed over its micro-batches, which the threads share.

A small model's operations are too short for two threads to share: of the update of recipe `zero` two threads on each
operation make 1.6 times what one does, and two threads with a micro-batch each nearly twice (docs/performance.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from torch import Tensor, nn

from scratchwork.model.transformer import Transformer
from scratchwork.train.batch import TokenBatch

Stats = TypeVar("Stats")
Loss = Callable[[TokenBatch], tuple[Tensor, Stats]]


def add_gradients(model: nn.Module, loss: Loss[Stats], batches: Sequence[TokenBatch]) -> tuple[float, list[Stats]]:
    """Add the gradient of each batch's loss to the parameters' `.grad`; the losses' sum, and what came beside each.

    They are added in the order of the batches, so the sum is the same to the last bit however many threads there are.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]

    def learn(batch: TokenBatch) -> tuple[float, Stats, Sequence[Tensor]]:
        own, beside = loss(batch)
        return own.item(), beside, torch.autograd.grad(own, parameters)

    total, besides = 0.0, []
    for own, beside, gradients in side_by_side(learn, batches, alone=parameters[0].device.type != "cpu"):
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient if parameter.grad is None else parameter.grad.add_(gradient)
        total += own
        besides.append(beside)
    return total, besides


def warm_up(model: Transformer) -> float:
    """A pass there and back that changes nothing; the seconds it took. The first on a machine compiles the kernels."""
    began = time.perf_counter()
    ids = torch.zeros(1, 2, dtype=torch.long, device=model.embed.weight.device)  # (B, T)
    torch.autograd.grad(model(ids).sum(), [p for p in model.parameters() if p.requires_grad])
    return time.perf_counter() - began


Given = TypeVar("Given")
Made = TypeVar("Made")


def side_by_side(work: Callable[[Given], Made], items: Sequence[Given], alone: bool = False) -> Iterator[Made]:
    """What `work` makes of each item, in their order; each at a time on one of torch's threads, or `alone` on all."""
    threads = torch.get_num_threads()
    if alone or threads == 1:
        yield from map(work, items)
        return
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield from pool.map(work, items)
    finally:
        torch.set_num_threads(threads)  # a library that torch calls counts for all threads alike
