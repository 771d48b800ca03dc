"""Next-token prediction: the loop that raises a base model, and that fine-tunes one.

Pretraining and supervised fine-tuning are the same masked sum over documents; what differs is which documents, which of
their tokens count (documents.py), and the settings. So there is one loop.

Left out: gradient checkpointing, sharding, a validation loss (evaluate.py measures what matters: answers).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from scratchwork.config import PretrainConfig
from scratchwork.errors import UserError
from scratchwork.model.transformer import Transformer
from scratchwork.objective.supervised import supervised_loss
from scratchwork.train.optim import Optimizer, trapezoid
from scratchwork.train.packing import Packer
from scratchwork.train.session import Diverged, Progress, Session, refuse_divergence

Forward = Callable[[Tensor], Tensor]  # ids (B, T) -> logits (B, T, V)
TOKENS_PER_MICROBATCH = 4608  # activations of about so many tokens stay in a CPU's caches


def supervised_loop(
    model: Transformer,
    optimizer: Optimizer,
    packer: Packer,
    config: PretrainConfig,
    session: Session,
    start: Progress = Progress(),
    before_step: Callable[[float], None] = lambda done: None,
) -> Progress:
    """Train until `config.steps`; `before_step` is told the share of the steps that are done.

    Raises Diverged for a loss or gradient that is not finite, or one beyond the limit; the weights are then those of
    the step before. Raises StateError for a `start` that no packer was at.
    """
    if start.extra:
        packer.restore(start.extra)
    progress, began, trained = start, time.perf_counter(), 0
    forward = compiled(model) if config.compile else model
    for step in range(start.step, config.steps):
        before_step(step / config.steps)
        ids, mask = packer.rows(config.batch_tokens // config.sequence_length)  # (B, T), (B, T)
        loss = accumulate(forward, ids, mask, config.precision)
        factor = trapezoid(step, config.steps, config.warmup, config.cooldown)
        norm = optimizer.clip(config.grad_clip)
        try:
            refuse_divergence(loss, norm, config.max_grad_norm_stop)
        except Diverged as error:
            session.failed(step + 1, str(error), rows=ids)
            raise
        optimizer.step(factor)
        trained += int(mask.sum())
        progress = Progress(step + 1, packer.position, packer.state())
        session.log(
            step + 1,
            {
                "loss": loss,
                "grad_norm": norm,
                "learning_rate": factor * config.lr,
                "num_tokens": (step + 1) * config.batch_tokens,
                "tokens_per_second": trained / (time.perf_counter() - began),
            },
        )
        if session.due(step + 1):
            session.save(progress)
        if session.stopping:
            break
    return progress


def compiled(model: Transformer) -> Forward:
    """The model's forward pass through torch.compile. It raises UserError on a machine that cannot compile."""
    from torch._dynamo.exc import BackendCompilerFailed  # slow to import

    fast = torch.compile(model, dynamic=False)

    def forward(ids: Tensor) -> Tensor:
        try:
            return fast(ids)  # (B, T, V)
        except BackendCompilerFailed as error:
            why = str(error).splitlines()[0]
            raise UserError(f"torch.compile failed ({why}); install a C++ compiler or set compile to false") from error

    return forward


def accumulate(forward: Forward, ids: Tensor, mask: Tensor, precision: str) -> float:
    """Forward and backward over the rows in micro-batches; the mean loss of the step's tokens, in nats."""
    rows = max(1, TOKENS_PER_MICROBATCH // ids.shape[1])
    tokens, total = int(mask.sum()), 0.0
    for some, own_mask in zip(ids.split(rows), mask.split(rows), strict=True):
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=precision == "bf16"):
            logits = forward(some)  # (b, T, V)
        loss = supervised_loss(logits, some, own_mask, tokens)
        loss.backward()
        total += loss.item()
    return total
