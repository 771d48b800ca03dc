"""Reinforcement learning on right answers: the whole step, top to bottom.

`take_step` is the algorithm: ask, answer, judge, credit, batch, update. `grpo` repeats it, and saves and stops when the
session says so. Which objective runs is a row of a table (objective/policy_loss.py); nothing here asks.

Against the GRPO of DeepSeek-R1 (10.1038/s41586-025-09422-z, Methods) the default leaves out the KL term and its
reference model, the division by the group's deviation and by the answer's length (Dr. GRPO, arXiv:2503.20783), and the
sixteen updates a rollout wave; each comes back with one key of the recipe. There is no critic and no entropy bonus.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from scratchwork.config import GrpoConfig
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.objective.advantage import compute_advantages, soft_overlong_penalty
from scratchwork.objective.logprobs import gather_logprobs, token_entropy
from scratchwork.objective.policy_loss import OBJECTIVES, Objective, merge_stats, policy_loss
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.collect import collect
from scratchwork.rollout.engine import Engine
from scratchwork.rollout.sampling import Sampling, group_seeds, sequence_seed
from scratchwork.tasks.base import ProblemSource
from scratchwork.train.batch import TokenBatch, make_batches
from scratchwork.train.gradients import add_gradients
from scratchwork.train.optim import Optimizer, trapezoid
from scratchwork.train.session import Diverged, Progress, Session, StepMetrics, refuse_divergence
from scratchwork.types import Group, Rollout


@dataclass
class Learner:
    """All that a step reads and changes. `engine` may sample from `policy` itself or from a copy that it is sent."""

    policy: Transformer
    optimizer: Optimizer
    engine: Engine
    tokenizer: Tokenizer
    rubric: Rubric
    source: ProblemSource
    config: GrpoConfig
    seed: int
    reference: Transformer | None = None

    def __post_init__(self) -> None:
        self.objective = objective_of(self.config)
        self.sampling = Sampling(self.config.max_tokens, self.config.temperature, stop_ids=(self.tokenizer.end_id,))
        if self.objective.kl and self.reference is None:
            self.reference = copy.deepcopy(self.policy)


def objective_of(config: GrpoConfig) -> Objective:
    """The recipe's objective, with the recipe's own KL weight and clip range where it gives them."""
    row = OBJECTIVES[config.objective]
    return replace(
        row,
        clip_low=row.clip_low if config.clip_low is None else config.clip_low,
        clip_high=row.clip_high if config.clip_high is None else config.clip_high,
        kl=config.kl,
    )


def take_step(learner: Learner, progress: Progress) -> tuple[dict[str, float], list[Group], Progress]:
    """One step of reinforcement learning; raises Diverged before the update that would spoil the weights."""
    config, began = learner.config, time.perf_counter()
    groups, position = ask(learner, progress)
    sampled = time.perf_counter()
    advantages = credit(groups, learner)
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    updates: list[dict[str, float]] = []
    try:
        for part in minibatches(len(rollouts), config.minibatches_per_step, learner.seed, progress.step):
            updates.append(update(learner, [rollouts[i] for i in part], [advantages[i] for i in part], progress.step))
    except Diverged as error:
        error.groups = groups
        raise
    learner.engine.load_weights(learner.policy.state_dict())
    metrics = merge_updates(updates)
    tokens = sum(rollout.length for rollout in rollouts)
    metrics["step_time"] = time.perf_counter() - began
    metrics["profiling/rollout_time"] = sampled - began
    metrics["tokens_per_second"] = tokens / metrics["step_time"]
    return metrics, groups, Progress(progress.step + 1, position)


def ask(learner: Learner, progress: Progress) -> tuple[list[Group], int]:
    """The groups of a step, and where the problem source then stands.

    With dynamic sampling (DAPO, arXiv:2503.14476) groups whose verdicts all agree are asked anew with other problems,
    for at most so many rounds; what still agrees then stays, and gives no gradient.
    """
    config, position = learner.config, progress.position
    groups: list[Group] = []
    wanted = config.prompts_per_step
    for attempt in range(1 + config.dynamic_sampling):
        problems = learner.source.take(position, wanted)
        seeds = group_seeds(learner.seed, position, wanted, config.group_size)
        position += wanted
        fresh = collect(
            learner.engine,
            learner.tokenizer,
            learner.rubric,
            problems,
            seeds,
            learner.sampling,
            policy_version=progress.step,
        )
        last = attempt == config.dynamic_sampling
        groups += fresh if last else [group for group in fresh if group.has_signal]
        wanted = config.prompts_per_step - len(groups)
        if not wanted:
            break
    return groups, position


def credit(groups: Sequence[Group], learner: Learner) -> list[float]:
    """The advantage of every rollout, group after group."""
    config = learner.config
    rewards = torch.tensor([[nan if r is None else r for r in group.rewards] for group in groups])  # (N, G)
    if config.soft_overlong:
        lengths = torch.tensor([[rollout.length for rollout in group.rollouts] for group in groups])  # (N, G)
        rewards = rewards + soft_overlong_penalty(lengths, config.max_tokens, config.soft_overlong)
    return compute_advantages(rewards, learner.objective.advantage).flatten().tolist()


def minibatches(count: int, parts: int, seed: int, step: int) -> list[list[int]]:
    """`range(count)` in random parts of equal size, one optimizer step each; whole and in order when it is one."""
    if parts == 1:
        return [list(range(count))]
    order = np.random.default_rng(sequence_seed(seed, step, parts)).permutation(count)
    return [chunk.tolist() for chunk in np.split(order, parts)]


def update(learner: Learner, rollouts: list[Rollout], advantages: list[float], step: int) -> dict[str, float]:
    """One optimizer step on these rollouts; its statistics."""
    config, objective = learner.config, learner.objective
    batches, denominators = make_batches(
        rollouts,
        advantages,
        learner.tokenizer.pad_id,
        config.tokens_per_microbatch,
        config.max_tokens,
        mask_truncated=config.mask_truncated,
        skip_zero_advantage=learner.reference is None,
    )
    if not batches:  # every verdict agreed, or none was given: nothing to learn, and nothing to forget
        return {"loss": 0.0, "grad_norm": 0.0}

    def loss(batch: TokenBatch) -> tuple[Tensor, dict[str, Tensor]]:
        logits = learner.policy(batch.ids)  # (B, T, V)
        policy_logprobs = gather_logprobs(logits, batch.ids, config.temperature)  # (B, T)
        loss, stats = policy_loss(
            policy_logprobs,
            batch.sampled_logprobs,
            batch.advantages,
            batch.loss_mask,
            objective,
            denominators,
            reference_logprobs(learner, batch),
        )
        stats["entropy"] = token_entropy(logits.detach(), batch.ids, config.temperature)[batch.loss_mask].mean()
        return loss, stats

    total, stats = add_gradients(learner.policy, loss, batches)
    norm = learner.optimizer.clip(config.grad_clip)
    refuse_divergence(total, norm, config.max_grad_norm_stop)
    factor = trapezoid(step, config.steps, config.warmup, config.cooldown)
    learner.optimizer.step(factor)
    return {"loss": total, "grad_norm": norm, "learning_rate": factor * config.lr, **merge_stats(stats)}


def merge_updates(updates: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """A step's statistics from its updates': least of */min, greatest of */max, tokens summed, else the mean.

    >>> merge_updates([{"loss": 1.0, "ratio/max": 1.5, "loss_tokens": 10.0}, {"loss": 0.0}])
    {'loss': 0.5, 'ratio/max': 1.5, 'loss_tokens': 10.0}
    """
    merged: dict[str, float] = {}
    for name in dict.fromkeys(name for update in updates for name in update):
        values = [update[name] for update in updates if name in update]
        if name == "loss_tokens":
            merged[name] = sum(values)
        elif name.endswith(("/min", "/max")):
            merged[name] = min(values) if name.endswith("/min") else max(values)
        else:
            merged[name] = fmean(values)
    return merged


@torch.no_grad()
def reference_logprobs(learner: Learner, batch: TokenBatch) -> Tensor | None:
    """Log-probs (B, T) under the reference model, or None without one."""
    if learner.reference is None:
        return None
    return gather_logprobs(learner.reference(batch.ids), batch.ids, learner.config.temperature)


def grpo(learner: Learner, session: Session, measure: StepMetrics, start: Progress = Progress()) -> Progress:
    """Steps `start.step` + 1 to `config.steps`. `measure` adds what it reads in the groups to each step's line."""
    progress, config = start, learner.config
    for step in range(start.step, config.steps):
        try:
            metrics, groups, progress = take_step(learner, progress)
        except Diverged as error:
            session.failed(step + 1, str(error), error.groups)
            raise
        session.log(step + 1, {**measure(groups), **metrics}, groups)
        if learner.reference is not None and config.ref_refresh and (step + 1) % config.ref_refresh == 0:
            learner.reference.load_state_dict(learner.policy.state_dict())
        if session.due(step + 1):
            session.save(progress)
        if session.stopping:
            break
    return progress
