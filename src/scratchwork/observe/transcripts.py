"""Transcripts side by side: one held-out problem, the base model's answer and the final model's.

Which ones is a rule, not a taste: the classic apple problem, then the families in turn and in each its levels in turn;
of each level the next problem in the order of the evaluation; of each problem the first answer, whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from scratchwork.files import file_errors
from scratchwork.observe.text import visible
from scratchwork.reward.grammar import parse
from scratchwork.runs import RunError, RunFolder

CLASSIC = (
    "Emily buys 3 apples and 2 oranges. Each orange costs $2. The total cost is $13. What is the cost of each apple?"
)
COLUMNS = ["problem_id", "family", "level", "prompt", "gold", "text", "correct", "finish_reason", "length"]
MAX_CHARS = 3_000  # of a response; longer ones are cut off, and say so

Kind = Literal["thinking", "doubt", "check", "answer"]
Outcome = Literal["right", "wrong", "cut off", "not judged"]

_MARKS = re.compile(
    r"(\bWait\b|-?\b\d+ against -?\d+: no\b)|(\bCheck:|\bAgain:|\bAnother way:|-?\b\d+ against -?\d+: yes\b)"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, made safe to show: its pieces in order, each with its kind."""

    pieces: tuple[tuple[Kind, str], ...]
    outcome: Outcome
    length: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """The same problem, both models; None where a model was not asked it."""

    family: str
    level: int
    prompt: str
    gold: str
    base: Answer | None
    final: Answer | None


def transcripts(run: RunFolder, count: int = 10) -> list[Transcript]:
    """At most `count` of them; fewer, or none, where evaluations are missing."""
    base, final = first_answers(run, "base"), first_answers(run, "final")
    opened = {label: (run.read_json(f"evals/{label}.json") or {}).get("think", True) for label in ("base", "final")}
    problems = {**base, **final} if not (base and final) else {key: base[key] for key in base if key in final}
    return [
        Transcript(
            visible(row["family"], 40),
            row["level"],
            visible(row["prompt"], MAX_CHARS),
            visible(row["gold"], 200),
            answer(base[key], opened["base"]) if key in base else None,
            answer(final[key], opened["final"]) if key in final else None,
        )
        for key, row in choose(problems)[:count]
    ]


def first_answers(run: RunFolder, label: str) -> dict[str, dict[str, Any]]:
    """The first row of each problem in evals/LABEL.parquet, by problem and in order; empty without that file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = run.path / "evals" / f"{label}.parquet"
    if not path.exists():
        return {}
    try:
        with file_errors(path, "read"):
            rows = pq.read_table(path, columns=COLUMNS)
    except pa.ArrowInvalid as error:
        raise RunError(f"{path} is damaged ({error}); remove it, or evaluate again") from error
    ids = rows["problem_id"].to_pylist()
    first = {problem: i for i, problem in reversed(list(enumerate(ids)))}
    return {row["problem_id"]: row for row in rows.take(sorted(first.values())).to_pylist()}


def choose(problems: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """All problems in the order of the rule."""
    by_level: dict[str, dict[int, list[tuple[str, Mapping[str, Any]]]]] = {}
    classic = []
    for key, row in problems.items():
        if row["prompt"] == CLASSIC:
            classic.append((key, row))
        else:
            by_level.setdefault(row["family"], {}).setdefault(row["level"], []).append((key, row))
    families = [list(in_turn([own[level] for level in sorted(own)])) for _, own in sorted(by_level.items())]
    return [*classic, *in_turn(families)]


def in_turn(piles: Sequence[Sequence[Any]]) -> Iterator[Any]:
    """The first of each pile, then the second of each, to the end of the longest.

    >>> list(in_turn(["ac", "b"]))
    ['a', 'b', 'c']
    """
    missing = object()
    return (one for row in zip_longest(*piles, fillvalue=missing) for one in row if one is not missing)


def answer(row: Mapping[str, Any], opened: bool) -> Answer:
    """A row of the table as it is shown."""
    verdicts: dict[bool | None, Outcome] = {True: "right", False: "wrong", None: "not judged"}
    outcome = "cut off" if row["finish_reason"] == "length" else verdicts[row["correct"]]
    return Answer(tuple(pieces(row["text"], opened)), outcome, row["length"])


def pieces(text: str, opened: bool) -> Iterator[tuple[Kind, str]]:
    r"""A completion in pieces, at most MAX_CHARS of thinking and of presentation.

    >>> for kind, text in pieces(r"3*9=27. 27 against 26: no. Wait.</think>It is \boxed{2}.", opened=True):
    ...     print(kind, repr(text))
    thinking '3*9=27. '
    doubt '27 against 26: no'
    thinking '. '
    doubt 'Wait'
    thinking '.'
    answer 'It is \\boxed{2}.'
    """
    response = parse(text, opened)
    thinking, end = visible(response.thinking or "", MAX_CHARS), 0
    for mark in _MARKS.finditer(thinking):
        if mark.start() > end:
            yield "thinking", thinking[end : mark.start()]
        yield ("doubt" if mark[1] else "check"), mark[0]
        end = mark.end()
    if thinking[end:]:
        yield "thinking", thinking[end:]
    yield "answer", visible(response.presentation, MAX_CHARS)
