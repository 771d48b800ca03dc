"""The best aha moments of many answers, each where it stands and made safe to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scratchwork.observe.aha import Moment
from scratchwork.observe.text import visible
from scratchwork.reward.grammar import parse

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
