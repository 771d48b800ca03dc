"""How a run stands: going on, finished, stopped or unreadable, and how long it will still take.

A run of ours is held by the process that writes it. One of another trainer that is taken over while it goes on is held
by whoever follows it, and what its trainer does is not known: only when it last wrote is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, Literal

from scratchwork.errors import UserError
from scratchwork.runs import RunFolder
from scratchwork.watch.lines import Journal, Number, last_lines, number
from scratchwork.watch.sources import Source, name_of

State = Literal["running", "quiet", "finished", "stopped", "unreadable"]
RECENT = 20  # steps that an estimate of time stands on; clocks may go backwards, how long a step took does not
SILENCE, STEPS = 300.0, 3  # seconds, and times of a usual step, after which a trainer is said to have stopped writing


def list_all(source: Source) -> dict[str, Any]:
    """Every run in a line."""
    return {"runs": [line_of(run) for run in source.all()]}


def line_of(run: RunFolder) -> dict[str, Any]:
    """A run in a line, from the end of its journal."""
    line: dict[str, Any] = {"name": name_of(run), "written": written(run)}
    lines = [own for own in last_lines(run.path / "journal.jsonl") if own["stage"] != "held_out"]
    last = lines[-1] if lines else {}
    stage = last.get("stage", "")
    accuracies = [number(own.get("accuracy")) for own in lines if own["stage"] == stage]
    line |= {
        "stage": stage,
        "step": last.get("step"),
        "accuracy": next((value for value in reversed(accuracies) if value is not None), None),
    }
    try:
        recipe = run.recipe()
        state, heard = state_of(run, recipe), last_heard(run)
    except UserError as error:
        return {**line, "recipe": "", "steps": None, "state": "unreadable", "why": str(error)}
    if heard is not None:
        line |= {"written": heard, "trainer": recipe["name"]}
        state = "quiet" if state == "running" and time.time() - heard > patience(lines) else state
    return {**line, "recipe": recipe["name"], "steps": planned(recipe, stage), "state": state}


def state_of(run: RunFolder, recipe: Mapping[str, Any]) -> State:
    """Raises UserError when what tells of it is damaged."""
    if run.held:
        return "running"
    done = (run.read_json("progress.json") or {}).get("stages", 0)
    return "finished" if done >= len(recipe.get("stages", ())) > 0 else "stopped"


def last_heard(run: RunFolder) -> float | None:
    """When the trainer of a run that was taken over from elsewhere last wrote; None for a run of ours."""
    known = run.read_json("foreign.json")
    return number(known.get("written")) if isinstance(known, Mapping) else None


def patience(lines: Sequence[Mapping[str, Any]]) -> float:
    """Seconds without a word for which a trainer may still be at a step: of a large model one takes many minutes."""
    times = sorted(told for own in lines if (told := number(own.get("time"))) is not None)
    gaps = [after - before for before, after in pairwise(times) if after > before]
    return max(SILENCE, STEPS * median(gaps[-RECENT:])) if gaps else SILENCE


def written(run: RunFolder) -> float:
    """Seconds since the epoch; 0 for a run that was removed while it was looked at."""
    try:
        return run.last_written()
    except (OSError, ValueError):
        return 0.0


def planned(recipe: Mapping[str, Any], stage: str) -> int | None:
    """How many steps the recipe gives a stage, where it says so in steps."""
    table = recipe.get(stage)
    steps = table.get("steps") if isinstance(table, Mapping) else None
    return steps if type(steps) is int else None


def seconds_left(journal: Journal, recipe: Mapping[str, Any]) -> Number:
    """Of the stage under way, at the pace of its last steps."""
    own, steps = journal.stages.get(journal.stage), planned(recipe, journal.stage)
    if own is None or steps is None:
        return None
    took = [value for value in own.series.get("step_time", [])[-RECENT:] if value is not None and value > 0]
    return round(max(0, steps - own.steps[-1]) * median(took), 1) if took else None
