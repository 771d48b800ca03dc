"""A run on one page: how it stands, what it showed, what it cost, and in sentences what of it cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from scratchwork.errors import UserError
from scratchwork.observe.chinese import in_both
from scratchwork.observe.claims import Claim, judge
from scratchwork.observe.doctor.finding import Finding
from scratchwork.observe.evals import Table, compared_rows
from scratchwork.observe.headline import headline
from scratchwork.observe.readable import lost_lines
from scratchwork.observe.sentence import Sentence
from scratchwork.runs import ANSWERING, RunFolder
from scratchwork.watch.groups import finite
from scratchwork.watch.lines import Journal, number
from scratchwork.watch.shards import Shards
from scratchwork.watch.sources import name_of
from scratchwork.watch.states import line_of, seconds_left

MOST_NOTES = 500
MOST_TEXT = 200_000
T = TypeVar("T")


class Gaps(list[str]):
    """What is missing, said once each while the rest is read."""

    def read(self, what: Callable[[], T], instead: T) -> T:
        """What `what` gives; `instead`, and a sentence more, when it cannot be read."""
        try:
            return what()
        except UserError as error:
            self.append(str(error))
        except OSError as error:
            self.append(f"a file of the run cannot be read: {error.strerror}")
        return instead


def overview(run: RunFolder, journal: Journal, rollouts: Shards) -> dict[str, Any]:
    """All of the run but its journal and its texts. A damaged file is a sentence in "missing", and no error."""
    gaps = Gaps()
    line = line_of(run)
    recipe: Mapping[str, Any] = gaps.read(run.recipe, {})
    evals = evaluations(run, gaps)
    tables = {label: own["families"] for label, own in evals.items()}
    rows = {label: compared_rows(tables[label]) for label in ("base", "final") if label in tables}
    overall = {label: own.get("all") or next(iter(own.values()), None) for label, own in rows.items()}
    probe = gaps.read(lambda: run.read_json("probe.json"), None)
    grpo = as_lines(journal)
    found, waiting = journal.rounds.findings()
    steps = max((own["step"] for own in grpo), default=0)
    return {
        **line,
        "name": name_of(run),
        "stage": journal.stage or line["stage"],
        "description": recipe.get("description", ""),
        "eta": seconds_left(journal, recipe) if line["state"] == "running" else None,
        "seed": recipe.get("seed", 0),
        "toml": toml_of(run),
        "headline": told(headline(recipe, steps, overall.get("base"), overall.get("final"), grpo)) if recipe else [],
        "failed": journal.failed,
        "notes": journal.notes[-MOST_NOTES:],
        "findings": [shown(finding) for finding in found],
        "examining": waiting,
        "claims": [judged(claim) for claim in judge(rows.get("base", {}), rows.get("final", {}), probe)],
        "evaluations": {label: with_compared(table) for label, table in tables.items()},
        "classic_apple": {label: own["classic_apple"] for label, own in evals.items() if own.get("classic_apple")},
        "cost": cost(run, grpo, gaps),
        "manifest": gaps.read(lambda: run.read_json("manifest.json"), None) or {},
        "pictures": sorted(path.name for path in (run.path / "figures").glob("*.png")),
        "missing": [*gaps, *missing(journal, rollouts, line["state"])],
    }


def told(sentences: Sequence[Sentence]) -> list[dict[str, str]]:
    """Each in the languages of the page."""
    return [in_both(sentence) for sentence in sentences]


def shown(finding: Finding) -> dict[str, Any]:
    said = finding.symptom
    return {
        **{"rule": finding.rule, "step": finding.step, "until": finding.until, "page": finding.page},
        "severity": {"alarm": "alarm", "warning": "warn"}[said.severity],
        **{"evidence": in_both(said.evidence), "cause": in_both(said.cause), "change": in_both(said.change)},
    }


def judged(claim: Claim) -> dict[str, Any]:
    return {
        **{"text": in_both(claim.text), "rule": in_both(claim.rule)},
        "cells": {family: asdict(cell) for family, cell in claim.cells.items()},
        "elsewhere": claim.elsewhere and in_both(claim.elsewhere),
    }


def evaluations(run: RunFolder, gaps: Gaps) -> dict[str, Any]:
    """The evaluations that can be read, base and final first."""
    names = sorted(path.stem for path in (run.path / "evals").glob("*.json"))
    names.sort(key=lambda name: {"base": 0, "final": 1}.get(name, 2))
    found = {name: gaps.read(lambda name=name: run.read_json(f"evals/{name}.json"), None) for name in names}  # type: ignore[misc]
    return {name: own for name, own in found.items() if own}


def with_compared(table: Table) -> Table:
    """The table with "all" as the levels that are compared with each other, as claims and summary have it."""
    return {**table, **{name: {**table.get(name, {}), "all": row} for name, row in compared_rows(table).items()}}


def as_lines(journal: Journal) -> list[dict[str, Any]]:
    """The steps that learnt from answers, with the numbers that sentences and sums are made of."""
    lines = []
    for own in (journal.stages[stage] for stage in ANSWERING if stage in journal.stages):
        names = [name for name in ("accuracy", "step_time", "num_tokens") if name in own.series]
        lines += [{"step": step, **{name: own.series[name][i] for name in names}} for i, step in enumerate(own.steps)]
    return lines


def cost(run: RunFolder, grpo: Sequence[Mapping[str, Any]], gaps: Gaps) -> dict[str, Any]:
    progress = gaps.read(lambda: run.read_json("progress.json"), None) or {}
    tokens = [line["num_tokens"] for line in grpo if line.get("num_tokens") is not None]
    return {
        "seconds": finite(progress.get("seconds")),
        "seconds_rl": sum(line.get("step_time") or 0.0 for line in grpo),
        "peak_memory_mb": finite(progress.get("peak_memory_mb")),
        "tokens": number(tokens[-1]) if tokens else None,
    }


def missing(journal: Journal, rollouts: Shards, state: str) -> list[str]:
    """What is not there, or cannot be read, a sentence each."""
    said = []
    if journal.broken:
        said.append(lost_lines(journal.broken))
    if journal.torn and state != "running":
        said.append("journal.jsonl ends in the middle of a line; what stands before it is shown")
    kept, lines = rollouts.listed(), as_lines(journal)
    lost = [step for step in dict.fromkeys(line["step"] for line in lines[:-1]) if step not in kept]
    if kept and lost:  # the last line's may be on their way
        more = f" and of {len(lost) - 1} more" if len(lost) > 1 else ""
        said.append(f"the rollouts of step {lost[0]}{more} are not there; the other steps are shown")
    broken = sum(shard == kept.get(shard.step) for shard in rollouts.damaged.values())
    if broken:
        said.append(f"{broken} files of rollouts are damaged; the other steps are shown")
    return said


def toml_of(run: RunFolder) -> str:
    """The recipe as text, whatever is in it."""
    try:
        return (run.path / "recipe.toml").read_bytes()[:MOST_TEXT].decode(errors="replace")
    except OSError:
        return ""
