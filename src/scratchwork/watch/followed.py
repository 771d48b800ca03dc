"""The held-out problems that a run asks again and again: one of them over training, as the model learns to solve it."""

from __future__ import annotations

from typing import Any

from scratchwork.observe.steps import Candidate
from scratchwork.watch.groups import by_problem, full_rollout, problem
from scratchwork.watch.lines import thinned
from scratchwork.watch.shards import Shards, Unreadable
from scratchwork.watch.sources import NotHere

MOST_STEPS = 30  # at which one problem is shown


def list_followed(held_out: Shards) -> dict[str, Any]:
    """The problems, as the newest step that can be read asked them, and the steps."""
    shards = held_out.listed()
    for shard in reversed(list(shards.values())):
        try:
            groups = by_problem(held_out.rows(shard))
        except Unreadable:
            continue
        return {"problems": [problem(rows[0]) for rows in groups.values()], "steps": list(shards)}
    return {"problems": [], "steps": []}


def follow(held_out: Shards, problem_id: str, samples: int) -> dict[str, Any]:
    """One problem at every step, evenly fewer than all where there are many, with its first `samples` answers.

    Raises NotHere for a problem that is not followed.
    """
    asked: dict[str, Any] | None = None
    steps: list[dict[str, Any]] = []
    judged: dict[str, Candidate] = {}
    shards = list(held_out.listed().values())
    for shard in (shards[i] for i in thinned(0, len(shards), MOST_STEPS)):
        try:
            rows = held_out.rows(shard, problem_id)
        except Unreadable:
            continue
        if rows:
            asked = problem(rows[0])
            answers = [full_rollout(i, row, judged) for i, row in enumerate(rows[:samples])]
            steps.append({"step": shard.step, "rollouts": answers})
    if asked is None:
        raise NotHere("that problem is not among the ones this run asks again; `followed` lists them")
    return {"problem": asked, "steps": steps}
