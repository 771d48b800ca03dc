"""Rejection-sampling fine-tuning: answer, keep what is right, learn it as any text is learnt, and again.

The control for reinforcement learning at matched compute: a step asks the problems that one of `grpo` would ask, with
the same seeds, and differs in what it learns from the answers. There is no baseline and nothing is learnt from a wrong
answer. It is STaR (arXiv:2203.14465) and ReST-EM (arXiv:2308.08998) with rounds as short as a step, which is RAFT
(arXiv:2304.06767).

Left out: a cap on the right answers to one problem, and starting each round from the base model again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from scratchwork.config import RejectionConfig
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.objective.supervised import supervised_loss
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.collect import collect
from scratchwork.rollout.engine import Engine
from scratchwork.rollout.sampling import Sampling, group_seeds
from scratchwork.tasks.base import ProblemSource
from scratchwork.train.batch import TokenBatch, make_batches
from scratchwork.train.gradients import add_gradients
from scratchwork.train.optim import Optimizer, trapezoid
from scratchwork.train.session import Diverged, Progress, Session, StepMetrics, refuse_divergence
from scratchwork.types import Group, Rollout


@dataclass
class Imitator:
    """All that a step reads and changes: a model that imitates its own right answers."""

    model: Transformer
    optimizer: Optimizer
    engine: Engine
    tokenizer: Tokenizer
    rubric: Rubric
    source: ProblemSource
    config: RejectionConfig
    seed: int


def rejection(own: Imitator, session: Session, measure: StepMetrics, start: Progress = Progress()) -> Progress:
    """Steps `start.step` + 1 to `config.steps`. `measure` adds what it reads in the groups to each step's line.

    Raises Diverged before the update that would spoil the weights.
    """
    progress, config = start, own.config
    for step in range(start.step, config.steps):
        began = time.perf_counter()
        groups = ask(own, progress)
        sampled = time.perf_counter()
        kept = right_answers(groups)
        try:
            metrics = imitate(own, kept, step)
        except Diverged as error:
            session.failed(step + 1, str(error), groups)
            raise
        own.engine.load_weights(own.model.state_dict())
        progress = Progress(step + 1, progress.position + config.prompts_per_step)
        seconds = time.perf_counter() - began
        metrics["rejection/kept"] = len(kept) / config.rollouts_per_step
        metrics |= {"step_time": seconds, "profiling/rollout_time": sampled - began}
        metrics["tokens_per_second"] = sum(r.length for group in groups for r in group.rollouts) / seconds
        session.log(step + 1, {**measure(groups), **metrics}, groups)
        if session.due(step + 1):
            session.save(progress)
        if session.stopping:
            break
    return progress


def ask(own: Imitator, progress: Progress) -> list[Group]:
    """The answers of a step: for the same model, those of a step of `grpo` at this place."""
    config, position = own.config, progress.position
    problems = own.source.take(position, config.prompts_per_step)
    seeds = group_seeds(own.seed, position, len(problems), config.group_size)
    sampling = Sampling(config.max_tokens, config.temperature, stop_ids=(own.tokenizer.end_id,))
    return collect(own.engine, own.tokenizer, own.rubric, problems, seeds, sampling, policy_version=progress.step)


def right_answers(groups: Sequence[Group]) -> list[Rollout]:
    """What is kept: answers that the verifier found right and that ended by themselves.

    One without a verdict is not right; one that was cut off after its box would teach never to stop.
    """
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    return [r for r in rollouts if r.score.correct is True and r.score.reward is not None and r.finish_reason == "stop"]


def imitate(own: Imitator, kept: Sequence[Rollout], step: int) -> dict[str, float]:
    """One optimizer step on the kept answers' mean loss of a token; without any the weights stay as they are."""
    config = own.config
    batches, denominators = make_batches(
        kept, [1.0] * len(kept), own.tokenizer.pad_id, config.tokens_per_microbatch, config.max_tokens
    )
    if not batches:
        return {"loss": 0.0, "grad_norm": 0.0}

    def loss(batch: TokenBatch) -> tuple[Tensor, None]:
        logits = own.model(batch.ids) / config.temperature  # (B, T, V)
        return supervised_loss(logits, batch.ids, batch.loss_mask, denominators.num_loss_tokens), None

    total, _ = add_gradients(own.model, loss, batches)
    norm = own.optimizer.clip(config.grad_clip)
    refuse_divergence(total, norm, config.max_grad_norm_stop)
    factor = trapezoid(step, config.steps, config.warmup, config.cooldown)
    own.optimizer.step(factor)
    rate = factor * config.lr
    return {"loss": total, "grad_norm": norm, "learning_rate": rate, "loss_tokens": float(denominators.num_loss_tokens)}
