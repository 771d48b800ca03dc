"""What the runs of a study came to: each run's numbers before and after, an arm's medians, ranges and intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median, stdev
from typing import Any

from scratchwork.observe.evals import Row, Table, compared_rows
from scratchwork.runs import ANSWERING, RunFolder
from scratchwork.study.run import Study

LATE = 5  # steps whose mean is called the end of training
NAMES = ("pass@1", "length", "clipped_ratio", "reflection/backtracks", "reflection/checks")
EFFECTS = ("transitions/wrong_right", "transitions/right_wrong", "reflection/repaired", "reflection/spoiled")
T_95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}  # by freedom
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its held-out rows by family, "all" among them, by level, and the end of its training."""

    seed: int
    base: Mapping[str, Row]
    final: Mapping[str, Row]
    levels: Table  # of the final model
    effects: Mapping[str, float]
    lines: Sequence[Mapping[str, Any]]
    probe: Mapping[str, Any] | None
    seconds: float
    summary: Mapping[str, Any]

    def row(self, label: str) -> Row:
        """Over all families, or of the only one."""
        rows: Mapping[str, Row] = getattr(self, label)
        return rows.get("all") or next(iter(rows.values()))


Outcomes = dict[str, list[Outcome]]  # by arm


def read_outcomes(study: Study) -> Outcomes:
    """Every run of the study that is finished, arm by arm; an arm without any is not there."""
    found: Outcomes = {}
    for trial in study.trials():
        if trial.state() == "finished" and (one := read_outcome(RunFolder(trial.path), trial.seed)):
            found.setdefault(trial.arm.name, []).append(one)
    return {arm.name: found[arm.name] for arm in study.arms if arm.name in found}


def read_outcome(run: RunFolder, seed: int) -> Outcome | None:
    """None for a run that was not evaluated before and after. Raises RunError for what cannot be read."""
    tables = {label: run.read_json(f"evals/{label}.json") for label in ("base", "final")}
    summary = run.read_json("summary.json")
    if not summary or None in tables.values():
        return None
    lines = [line for line in run.journal() if line["stage"] in ANSWERING and "failed" not in line]
    return Outcome(
        seed,
        compared_rows(tables["base"]["families"]),
        compared_rows(tables["final"]["families"]),
        tables["final"]["families"],
        late(lines),
        lines,
        run.read_json("probe.json"),
        float(summary["seconds"]["total"] or 0.0),
        summary,
    )


def late(lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Means of EFFECTS over the last steps that have them."""
    last = {name: [line[name] for line in lines[-LATE:] if line.get(name) is not None] for name in EFFECTS}
    return {name: fmean(values) for name, values in last.items() if values}


def values(outcomes: Iterable[Outcome], label: str, name: str) -> list[float | None]:
    return [one.row(label).get(name) for one in outcomes]


def told(numbers: Sequence[float | None], digits: int) -> str:
    """The median, and the lowest and highest where they differ.

    >>> told([0.91, 0.9, 0.93], 2), told([5.0, 5.0], 0), told([None, 0.3], 1), told([], 1)
    ('0.91 (0.90–0.93)', '5', '–', '–')
    """
    known = [n for n in numbers if n is not None]
    if not known or len(known) < len(numbers):
        return "–"
    low, middle, high = (f"{n:.{digits}f}" for n in (min(known), median(known), max(known)))
    return middle if low == high else f"{middle} ({low}–{high})"


def t_interval(numbers: Sequence[float]) -> tuple[float, float] | None:
    """Student's 95 % interval of the mean over seeds; None of fewer than two.

    >>> [round(bound, 3) for bound in t_interval([1.0, 2.0, 3.0])]  # 2 ± 4.303 / sqrt(3)
    [-0.484, 4.484]
    """
    if len(numbers) < 2:
        return None
    reach = T_95.get(len(numbers) - 1, Z_95) * stdev(numbers) / sqrt(len(numbers))
    return fmean(numbers) - reach, fmean(numbers) + reach


def changes(outcomes: Sequence[Outcome], name: str) -> list[float]:
    """Final less base, run by run; of runs that have both."""
    pairs = zip(values(outcomes, "base", name), values(outcomes, "final", name), strict=True)
    return [after - before for before, after in pairs if before is not None and after is not None]


def as_json(outcomes: Outcomes) -> dict[str, Any]:
    """Every number that tables and claims are made of, for another program."""
    return {
        arm: {
            "runs": [
                {
                    "seed": one.seed,
                    "seconds": one.seconds,
                    **{label: {**one.row(label)} for label in ("base", "final")},
                    "families": {label: {**getattr(one, label)} for label in ("base", "final")},
                    "late": {**one.effects},
                }
                for one in own
            ],
            "change": {
                name: {"mean": fmean(found), "interval": t_interval(found)}
                for name in NAMES
                if (found := changes(own, name))
            },
        }
        for arm, own in outcomes.items()
    }
