"""The policy that pays best on some problems: every signal, threshold and budget tried, none without evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from scratchwork.frontier.curves import Scored, Spent, budget_curve, routed, scored, without_policy
from scratchwork.frontier.trials import Deep, Quick
from scratchwork.router.classifier import Classifier, train
from scratchwork.router.policy import SIGNALS, Policy
from scratchwork.types import Problem

SAMPLES = (2, 3, 4)  # quick answers that agreement may look at
QUANTILES = np.linspace(0, 1, 21)  # of the scores, to try as thresholds


def choose(problems: Sequence[Problem], quick: Quick, deep: Deep, most_lost: float) -> Policy:
    """The policy furthest above what needs none, of those that lose at most `most_lost` against always thinking.

    Every other problem trains the classifier; the rest choose. Where no policy loses so little, it is to always think.
    """
    learn, decide = np.arange(0, len(problems), 2), np.arange(1, len(problems), 2)
    classifier = train([problem.prompt for problem in problems[::2]], list(quick.right[learn].mean(1)))
    problems, quick, deep = problems[1::2], quick.at(decide), deep.at(decide)
    curve = budget_curve(quick, deep)
    least = curve[-1].point[1] - most_lost
    best, most = Policy(threshold=2.0, evidence=f"no policy loses as little as {most_lost}: always think"), -np.inf
    for policy in candidates(classifier, problems, quick, deep):
        tokens, right = spend(policy, problems, quick, deep).point
        over = right - max(without_policy(curve, tokens))
        if right >= least and over > most:
            evidence = f"{over:+.3f} over what needs no policy, on {len(problems)} problems"
            best, most = replace(policy, evidence=evidence), over
    return best


def candidates(classifier: Classifier, problems: Sequence[Problem], quick: Quick, deep: Deep) -> Iterator[Policy]:
    """Every policy worth trying: thresholds over the scores that occur, of each signal, with each budget."""
    for signal in SIGNALS:
        for samples in SAMPLES if signal == "agreement" else (1,):
            base = Policy(signal, 0.0, samples, None, classifier if signal == "classifier" else None)
            scores = signal_of(base, problems, quick).score
            for threshold in np.unique(np.quantile(scores, QUANTILES)):
                for budget in deep.budgets:
                    yield replace(base, threshold=float(threshold), budget=budget)


def spend(policy: Policy, problems: Sequence[Problem], quick: Quick, deep: Deep) -> Spent:
    """What a policy comes to on these problems."""
    return routed(policy, signal_of(policy, problems, quick), quick, deep)


def signal_of(policy: Policy, problems: Sequence[Problem], quick: Quick) -> Scored:
    own = policy.classifier
    prior = None if own is None else np.array([own.score(problem.prompt) for problem in problems])
    return scored(policy.signal, quick, policy.samples, prior)
