"""All arms on one model, as numbers by family: what probe.json keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from scratchwork.probe.arms import ARMS, Arm, Outcome, outcome, still_said
from scratchwork.probe.subject import Case, Subject
from scratchwork.statistics import clustered_interval, paired_difference

Tell = Callable[[Arm, Mapping[str, Any]], None]


def study(subject: Subject, cases: Sequence[Case], tell: Tell, arms: Sequence[Arm] = ARMS) -> dict[str, Any]:
    """By arm: what was done, and a row for each family and for "all"; `tell` hears of each arm when it is done."""
    answers = subject.answers(cases)
    untouched = [outcome(answer) for answer in answers]
    result: dict[str, Any] = {}
    for arm in arms:
        done = arm.do(subject, cases, answers)
        rows = table(cases, untouched, [outcome(one) for one in done])
        numbers = {"kept": arm.kept, "still_said": still_said(subject, arm, done)}
        result[arm.name] = {
            "what": arm.what,
            **{name: value for name, value in numbers.items() if value is not None},
            "families": rows,
        }
        tell(arm, rows)
    return result


def table(cases: Sequence[Case], untouched: Sequence[Outcome], done: Sequence[Outcome]) -> dict[str, Any]:
    """A row for all cases and one for each family; none where no answer could be judged."""
    rows = {}
    for family in ("all", *sorted({case.problem.family for case in cases})):
        own = [i for i, case in enumerate(cases) if family in ("all", case.problem.family)]
        row = numbers([cases[i].problem.id for i in own], [untouched[i] for i in own], [done[i] for i in own])
        if row:
            rows[family] = row
    return rows


def numbers(problems: Sequence[str], untouched: Sequence[Outcome], done: Sequence[Outcome]) -> dict[str, Any]:
    """The share right and its clustered interval, mean tokens, and what changed against the untouched answers.

    `mended` is the share of cases that were wrong and are right, `spoiled` the other way round: `difference` is the one
    less the other. A case that could not be judged on either side is in `verifier_errors` and in no share.
    """
    pairs: dict[str, list[tuple[float, float]]] = {}
    for problem, one, other in zip(problems, untouched, done, strict=True):
        if one.right is not None and other.right is not None:
            pairs.setdefault(problem, []).append((one.right, other.right))
    if not pairs:
        return {}
    flat = [pair for own in pairs.values() for pair in own]
    before, after = ([fmean(pair[side] for pair in own) for own in pairs.values()] for side in (0, 1))
    return {
        "problems": len(pairs),
        "answers": len(flat),
        "verifier_errors": len(done) - len(flat),
        "accuracy": fmean(after),
        "accuracy_ci": list(clustered_interval(after, len(flat))),
        "tokens": fmean(one.tokens for one in done),
        "difference": fmean(after) - fmean(before),
        "difference_ci": list(paired_difference(before, after, len(flat))),
        "mended": fmean(max(0.0, b - a) for a, b in flat),
        "spoiled": fmean(max(0.0, a - b) for a, b in flat),
    }
