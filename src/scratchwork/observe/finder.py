"""Finds the aha moments of a run in the rollouts that it kept: the best of them, and when they became common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scratchwork.observe.aha import Moment, common_from, find_moment
from scratchwork.observe.behaviours import read
from scratchwork.observe.steps import Candidate
from scratchwork.observe.text import visible
from scratchwork.reward.grammar import parse
from scratchwork.rollout_table import problem_of
from scratchwork.runs import RunError, RunFolder

MAX_CHARS = 1_500  # of a question, or of a moment


@dataclass(frozen=True, slots=True)
class Example:
    """A moment where it stands, made safe to show. `before` is what the thinking had said until then."""

    step: int
    family: str
    prompt: str
    moment: Moment
    before: str
    during: str


@dataclass(frozen=True, slots=True)
class Ahas:
    """What was found. `shares`: of the rollouts of each step, those with a slip put right, a search that found, a
    right candidate dropped, by those names."""

    examples: tuple[Example, ...]
    shares: tuple[tuple[int, Mapping[str, float]], ...]
    unread: int  # rollouts of an older table, which does not say how they are judged

    def common_from(self, kind: str) -> int | None:
        return common_from([(step, own[kind]) for step, own in self.shares])


def find_ahas(run: RunFolder, count: int = 10, family: str | None = None) -> Ahas:
    """The `count` best moments of each kind, no problem twice, and their shares over the steps.

    Raises RunError when the run kept no rollouts, of this family if one is given.
    """
    best: dict[str, dict[str, Example]] = {"slip": {}, "search": {}, "false": {}}  # by kind, then problem
    shares, unread, seen = [], 0, 0
    for step in run.rollout_steps():
        counts: Counter[str] = Counter()
        asked = 0
        for row, moment in look(run, step, family):
            if not row.get("verifier"):
                unread += 1
                continue
            asked += 1
            if moment is not None:
                counts[moment.kind] += 1
                keep(best[moment.kind], row, moment, count)
        if asked:
            shares.append((step, {kind: counts[kind] / asked for kind in best}))
        seen += asked
    if not seen and not unread:
        what = f"no rollouts of the family {family!r}" if family else "no rollouts"
        raise RunError(f"run {run.path} kept {what}; choose one that was trained by reinforcement learning")
    examples = [example for own in best.values() for example in sorted(own.values(), key=lambda e: e.moment.rank)]
    return Ahas(tuple(examples), tuple(shares), unread)


def look(run: RunFolder, step: int, family: str | None) -> Iterator[tuple[dict[str, Any], Moment | None]]:
    """Each rollout of a step with its best moment."""
    judged: dict[str, dict[str, Candidate]] = {}
    for row in run.read_rollouts(step):
        if family in (None, row["family"]):
            own = judged.setdefault(row["problem_id"], {})
            does = read(problem_of(row), row["text"], judged=own) if row.get("verifier") else None
            yield row, find_moment(does, row["correct"]) if does else None


def keep(best: dict[str, Example], row: Mapping[str, Any], moment: Moment, count: int) -> None:
    """The better one of a problem; of too many problems, all but the worst."""
    known = best.get(row["problem_id"])
    if known is None or moment.rank < known.moment.rank:
        thinking = parse(row["text"], True).thinking or ""
        best[row["problem_id"]] = Example(
            row["step"],
            visible(row["family"], 40),
            visible(row["prompt"], MAX_CHARS),
            moment,
            visible(thinking[: moment.start], MAX_CHARS),
            visible(thinking[moment.start : moment.end], MAX_CHARS),
        )
    if len(best) > count:
        best.pop(max(best, key=lambda problem: best[problem].moment.rank))
