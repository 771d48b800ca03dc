"""Ways of spending tokens, as points: mean tokens an answer and the share that is right. Pure functions of the trials.

A policy is judged by how far it lies above what needs no policy: the chord, which thinks about a random share of the
questions, and the budget curve, which thinks about all of them for so long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scratchwork.frontier.trials import Deep, Quick
from scratchwork.router.policy import Policy, Signal
from scratchwork.router.signals import agreement, confidence

RESAMPLES = 2000


@dataclass(frozen=True)
class Spent:
    """A way of spending, problem by problem: mean tokens (N,) and share right (N,)."""

    tokens: np.ndarray
    right: np.ndarray

    @property
    def point(self) -> tuple[float, float]:
        return float(self.tokens.mean()), float(self.right.mean())

    def at(self, which: np.ndarray) -> Spent:
        return Spent(self.tokens[which], self.right[which])


def always_quick(quick: Quick) -> Spent:
    return Spent(quick.tokens.mean(1), quick.right.mean(1))


def budget_curve(quick: Quick, deep: Deep) -> list[Spent]:
    """No thinking, then each budget, then no limit."""
    return [
        always_quick(quick),
        *(Spent(t.mean(1), r.mean(1)) for t, r in zip(deep.tokens, deep.right, strict=True)),
    ]


def oracle(quick: Quick, deep: Deep) -> Spent:
    """Who knows beforehand which quick answer is right, and thinks only where it is not. No policy can do better."""
    first = quick.right[:, 0]
    tokens = np.where(first, quick.tokens[:, 0], deep.tokens[-1].mean(1))
    return Spent(tokens, np.where(first, 1.0, deep.right[-1].mean(1)))


@dataclass(frozen=True)
class Scored:
    """What a signal says of each problem: the score (N,), the tokens that it took (N,) and the answer it stands for."""

    score: np.ndarray
    tokens: np.ndarray
    answer: np.ndarray  # which of the K quick answers, (N,)


def scored(signal: Signal, quick: Quick, samples: int, prior: np.ndarray | None = None) -> Scored:
    """`prior` (N,) holds a classifier's scores, which need no answer."""
    n = len(quick.right)
    first, nothing = np.zeros(n, dtype=int), np.zeros(n)
    if signal == "classifier":
        return Scored(nothing if prior is None else prior, nothing, first)
    if signal == "confidence":
        score = np.array([confidence([own[0]]) for own in quick.logprobs])
        return Scored(score, quick.tokens[:, 0], first)
    agreed = [agreement(own[:samples]) for own in quick.boxes]
    score, answer = np.array([a for a, _ in agreed]), np.array([i for _, i in agreed])
    return Scored(score, quick.tokens[:, :samples].sum(1), answer)


def routed(policy: Policy, signal: Scored, quick: Quick, deep: Deep) -> Spent:
    """What `policy` comes to. A quick answer that was drawn to decide is the reply, and is not counted twice."""
    rows = np.arange(len(quick.right))
    b = len(deep.budgets) - 1 if policy.budget is None else deep.budgets.index(policy.budget)
    thinks = signal.score < policy.threshold
    own_tokens, own_right = quick.tokens[rows, signal.answer], quick.right[rows, signal.answer]
    anew = own_tokens if policy.asks == 0 else 0
    tokens = signal.tokens + np.where(thinks, deep.tokens[b].mean(1), anew)
    return Spent(tokens, np.where(thinks, deep.right[b].mean(1), own_right))


def without_policy(curve: Sequence[Spent], tokens: float) -> tuple[float, float]:
    """The share right at so many tokens on the chord, and on the budget curve, straight between its points."""
    points = [one.point for one in curve]
    chord = interpolated([points[0], points[-1]], tokens)
    return chord, interpolated(points, tokens)


def interpolated(points: Sequence[tuple[float, float]], x: float) -> float:
    """
    >>> interpolated([(0.0, 0.2), (10.0, 0.8)], 5.0), interpolated([(0.0, 0.2), (10.0, 0.8)], 99.0)
    (0.5, 0.8)
    """
    ordered = sorted(points)
    return float(np.interp(x, [p for p, _ in ordered], [y for _, y in ordered]))


@dataclass(frozen=True)
class Verdict:
    """How far a policy lies above the chord and the budget curve at its own price: each (low, mean, high), 95 %."""

    over_chord: tuple[float, float, float]
    over_budgets: tuple[float, float, float]

    @property
    def pays(self) -> bool:
        """Whether it is worth shipping: above both beyond doubt."""
        return self.over_chord[0] > 0 and self.over_budgets[0] > 0


def judge(spent: Spent, curve: Sequence[Spent], seed: int = 0) -> Verdict:
    """Bootstrap over problems: the policy and what it is held against are drawn together."""
    rng = np.random.default_rng(seed)
    n = len(spent.tokens)
    gains = np.array([gain(spent, curve, rng.integers(n, size=n)) for _ in range(RESAMPLES)])  # (R, 2)
    mean = gain(spent, curve, np.arange(n))
    low, high = np.quantile(gains, [0.025, 0.975], axis=0)
    chord, budgets = ((float(low[i]), mean[i], float(high[i])) for i in (0, 1))
    return Verdict(chord, budgets)


def gain(spent: Spent, curve: Sequence[Spent], which: np.ndarray) -> tuple[float, float]:
    tokens, right = spent.at(which).point
    chord, budgets = without_policy([one.at(which) for one in curve], tokens)
    return right - chord, right - budgets


def interval(spent: Spent, seed: int = 0) -> tuple[float, float]:
    """A 95 % bootstrap interval of the share right, over problems."""
    rng = np.random.default_rng(seed)
    n = len(spent.right)
    means = [spent.right[rng.integers(n, size=n)].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
