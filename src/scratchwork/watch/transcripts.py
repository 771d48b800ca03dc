"""The same held-out problem, answered by the base model and by the final one; which problems is the report's rule."""

from __future__ import annotations

from typing import Any

from scratchwork.observe.transcripts import choose
from scratchwork.runs import RunFolder
from scratchwork.watch.groups import by_problem, full_rollout, problem
from scratchwork.watch.shards import Shards, Unreadable

MOST = 10


def side_by_side(run: RunFolder) -> list[dict[str, Any]]:
    """At most MOST problems with the first answer of each model, None where it has none."""
    evals = Shards(run.path / "evals")
    first: dict[str, dict[str, Any]] = {}
    for label in ("base", "final"):
        try:
            groups = by_problem(evals.rows(evals.named(f"{label}.parquet")))
        except Unreadable:
            groups = {}
        known = {key: rows[0] for key, rows in groups.items() if None not in (rows[0]["family"], rows[0]["level"])}
        first[label] = known
    both = first["base"].keys() & first["final"].keys()
    rows = {key: row for own in first.values() for key, row in own.items() if not both or key in both}
    return [
        {
            "problem": problem(row),
            **{label: full_rollout(0, own[key]) if key in own else None for label, own in first.items()},
        }
        for key, row in choose(rows)[:MOST]
    ]
