"""The frontier of a thinking model beside a quick one: asked, drawn up as a table of points, and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scratchwork.frontier.choosing import choose, spend
from scratchwork.frontier.curves import Spent, budget_curve, interval, judge, oracle
from scratchwork.frontier.trials import Deep, Quick, Speaking, ask_deeply, ask_quickly
from scratchwork.router.policy import Policy
from scratchwork.types import Problem

QUICK_SAMPLES = 4
DEEP_SAMPLES = 4
BUDGETS = (16, 32, 64, 128, 256)  # tokens of thinking
MOST_LOST = 0.02  # of the share right, against always thinking

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """Problems and what both models made of them."""

    problems: Sequence[Problem]
    quick: Quick
    deep: Deep

    def of(self, family: str, level: int | None = None) -> Trial:
        """Its part on one family, at one level if given."""
        mine = [p.family == family and level in (None, p.level) for p in self.problems]
        which = np.flatnonzero(mine)
        return Trial([self.problems[i] for i in which.tolist()], self.quick.at(which), self.deep.at(which))


def ask(quick: Speaking, deep: Speaking, problems: Sequence[Problem], seed: int, say: Say) -> Trial:
    """Both models' answers; `say` is told how far it is."""
    say(f"asking {len(problems)} problems for {QUICK_SAMPLES} quick answers each ...")
    quickly = ask_quickly(quick, problems, QUICK_SAMPLES, seed)
    budgets = [b for b in BUDGETS if b < deep.max_tokens]
    say(f"... and {DEEP_SAMPLES} with thinking, cut short at {', '.join(map(str, budgets))} tokens and not at all ...")
    return Trial(problems, quickly, ask_deeply(deep, problems, DEEP_SAMPLES, budgets, seed))


def calibrate(trial: Trial, most_lost: float = MOST_LOST) -> Policy:
    return choose(trial.problems, trial.quick, trial.deep, most_lost)


def draw_up(trial: Trial, policy: Policy) -> dict[str, Any]:
    """The frontier, ready for JSON: overall, by family, and by family and level; the policy's verdict on all of it."""
    parts = {"all": points(trial, policy)}
    for family in dict.fromkeys(p.family for p in trial.problems):
        parts[family] = points(trial.of(family), policy)
        for level in sorted({p.level for p in trial.problems if p.family == family}):
            parts[f"{family}/{level}"] = points(trial.of(family, level), policy)
    verdict = judge(spend(policy, trial.problems, trial.quick, trial.deep), budget_curve(trial.quick, trial.deep))
    return {"policy": asdict(policy), "points": parts, "verdict": {**asdict(verdict), "pays": verdict.pays}}


def points(trial: Trial, policy: Policy) -> dict[str, Any]:
    """Each way of spending: tokens, share right and its interval; and of how many problems."""
    quick, deep = trial.quick, trial.deep
    named: dict[str, Spent] = dict(
        zip(["quick", *map(str, deep.budgets[:-1]), "think"], budget_curve(quick, deep), strict=True)
    )
    named |= {"oracle": oracle(quick, deep), "auto": spend(policy, trial.problems, quick, deep)}
    rows = {
        name: {"tokens": spent.point[0], "right": spent.point[1], "ci": interval(spent)}
        for name, spent in named.items()
    }
    return {"problems": len(trial.problems), **rows}


def sentence(result: Mapping[str, Any]) -> str:
    """What it comes to, for people to read."""
    auto, think, quick = (result["points"]["all"][name] for name in ("auto", "think", "quick"))
    verdict = result["verdict"]
    chord, budgets = (
        f"{v[1]:+.3f} ({v[0]:+.3f} to {v[2]:+.3f})" for v in (verdict["over_chord"], verdict["over_budgets"])
    )
    worth = "it pays" if verdict["pays"] else "it does not pay beyond doubt, so `serve` leaves it off"
    return (
        f"always quick: {quick['right']:.3f} in {quick['tokens']:.0f} tokens; always thinking: {think['right']:.3f} "
        f"in {think['tokens']:.0f}; auto: {auto['right']:.3f} in {auto['tokens']:.0f}. Over thinking about a "
        f"random share: {chord}; over a budget for all: {budgets}: {worth}"
    )
