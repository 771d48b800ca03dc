"""How a run stands: going on, finished, stopped or unreadable, and how long it will still take."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any, Literal

from scratchwork.errors import UserError
from scratchwork.runs import RunFolder
from scratchwork.watch.lines import Journal, Number, last_lines, number
from scratchwork.watch.sources import Source, name_of

State = Literal["running", "finished", "stopped", "unreadable"]
RECENT = 20  # steps that an estimate of time stands on; clocks may go backwards, how long a step took does not


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
        state = state_of(run, recipe)
    except UserError as error:
        return {**line, "recipe": "", "steps": None, "state": "unreadable", "why": str(error)}
    return {**line, "recipe": recipe["name"], "steps": planned(recipe, stage), "state": state}


def state_of(run: RunFolder, recipe: Mapping[str, Any]) -> State:
    """Raises UserError when what tells of it is damaged."""
    if run.held:
        return "running"
    done = (run.read_json("progress.json") or {}).get("stages", 0)
    return "finished" if done >= len(recipe.get("stages", ())) > 0 else "stopped"


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
