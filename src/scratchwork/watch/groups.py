"""The answers of one step as groups: what was asked, how often it was right, and any answer with its steps.

Everything that a model wrote stays as it is, control characters and all: it travels as JSON and is shown as text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from scratchwork.observe.behaviours import read
from scratchwork.observe.steps import Candidate
from scratchwork.reward.grammar import parse
from scratchwork.rollout_table import problem_of
from scratchwork.watch.sources import NotHere

MOST_CHARS = 100_000  # of a text in an answer
MOST_PROMPT = 20_000
MOST_STEPS = 5_000

Row = Mapping[str, Any]
Judged = dict[str, Candidate]


def by_problem(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each problem, problems in the order in which they were asked."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["problem_id"] or "", []).append(row)
    return groups


def list_groups(rows: Sequence[Row], family: str | None, offset: int, limit: int) -> dict[str, Any]:
    """The groups of a step, of one family if given."""
    groups = [own for own in by_problem(rows).values() if family in (None, own[0]["family"])]
    return {"total": len(groups), "groups": [group(own) for own in groups[offset : offset + limit]]}


def group(rows: Sequence[Row]) -> dict[str, Any]:
    rewards = [finite(row["reward"]) for row in rows]
    return {
        **problem(rows[0]),
        "rewards": rewards,
        "correct": [row["correct"] for row in rows],
        "lengths": [row["length"] for row in rows],
        "finish": [row["finish_reason"] or "" for row in rows],
        "signal": len({reward for reward in rewards if reward is not None}) > 1,
    }


def problem(row: Row) -> dict[str, Any]:
    prompt = row["prompt"] or ""
    return {
        "problem_id": row["problem_id"] or "",
        "family": row["family"] or "",
        "level": row["level"],
        "prompt": prompt[:MOST_PROMPT],
        "gold": (row["gold"] or "")[:MOST_PROMPT],
    }


def one_group(rows: Sequence[Row]) -> dict[str, Any]:
    """A problem with its answers, without their texts. Raises NotHere when there are none."""
    if not rows:
        raise NotHere("this step did not ask that problem; its groups list those it asked")
    return {"problem": problem(rows[0]), "rollouts": [rollout(i, row) for i, row in enumerate(rows)]}


def rollout(sample: int, row: Row) -> dict[str, Any]:
    return {
        "sample": sample,
        "answer": row["answer"] and row["answer"][:MOST_PROMPT],
        "reward": finite(row["reward"]),
        "correct": row["correct"],
        "length": row["length"],
        "finish_reason": row["finish_reason"] or "",
        "components": components(row["components"]),
        "mean_logprob": finite(row["mean_logprob"]),
        "chars": len(row["text"] or ""),
    }


def full_rollout(sample: int, row: Row, judged: Judged | None = None) -> dict[str, Any]:
    """An answer with its text and what it does. `judged`: candidates of the same problem that were judged already."""
    text = row["text"] or ""
    response = parse(text)
    thinking, answer = response.thinking or "", response.presentation
    return {
        **rollout(sample, row),
        "thinking": thinking[:MOST_CHARS],
        "answer_text": answer[:MOST_CHARS],
        "steps": steps_of(row, text, judged),
        "cut": max(len(thinking), len(answer)) > MOST_CHARS,
    }


def steps_of(row: Row, text: str, judged: Judged | None) -> list[dict[str, Any]]:
    """What the part of the thinking that is shown does; nothing where no verifier is known to judge it by."""
    try:
        asked = problem_of({**row, "gold": row["gold"] or "", "prompt": row["prompt"] or ""})
        if not asked.verifier or not isinstance(asked.data, dict):
            return []
        does = read(asked, text[:MOST_CHARS], judged=judged)
    except (ValueError, TypeError, KeyError, RecursionError):  # data that no writer of ours left
        return []
    return [
        {
            "kind": step.kind,
            "start": step.start,
            "end": step.end,
            "holds": step.holds,
            "text": step.text[:1_000],
            "accepted": step.accepted,
        }
        for step in does.steps[:MOST_STEPS]
        if step.end <= MOST_CHARS
    ]


def one_rollout(rows: Sequence[Row], sample: int) -> dict[str, Any]:
    """One answer of a problem. Raises NotHere when it was not given that many."""
    return full_rollout(sample, one_row(rows, sample))


def one_row(rows: Sequence[Row], sample: int) -> Row:
    if not 0 <= sample < len(rows):
        raise NotHere(f"this step gave {len(rows)} answers to that problem; sample is {sample}, counted from 0")
    return rows[sample]


def components(text: str | None) -> dict[str, float | None]:
    """
    >>> components('{"accuracy": 1.0, "odd": "x"}'), components("{"), components(None)
    ({'accuracy': 1.0, 'odd': None}, {}, {})
    """
    try:
        table = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return {name: finite(value) for name, value in table.items()} if isinstance(table, dict) else {}


def finite(value: Any) -> float | None:
    """
    >>> finite(0.5), finite(float("nan")), finite(None)
    (0.5, None, None)
    """
    return value if isinstance(value, int | float) and math.isfinite(value) else None
