"""summary.json: what became of a run, in the few numbers that another program compares runs by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scratchwork.observe.evals import compared, compared_rows, families
from scratchwork.observe.readable import readable_lines
from scratchwork.runs import ANSWERING, RunFolder


def build_summary(
    run: RunFolder, *, seconds_total: float | None = None, peak_memory_mb: float | None = None
) -> dict[str, Any]:
    """The summary of a run, finished or not, from its folder; of a damaged journal, of the lines that can be read.

    What the run took is in progress.json, up to the last stage that ended; `seconds_total` and `peak_memory_mb` are
    for who knows better. "base" and "final" map each family to its numbers at the levels of the results table; a
    number that was not measured is None, and so is an evaluation that was not made.
    """
    recipe = run.recipe()
    lines = [line for line in readable_lines(run)[0] if line["stage"] in ANSWERING]
    progress = run.read_json("progress.json") or {}
    evals = {label: run.read_json(f"evals/{label}.json") for label in ("base", "final")}
    return {
        "recipe": recipe["name"],
        "seed": recipe.get("seed", 0),
        "steps": max((line["step"] for line in lines if "failed" not in line), default=0),
        "seconds": {
            "total": progress.get("seconds") if seconds_total is None else seconds_total,
            "rl": sum(line.get("step_time") or 0.0 for line in lines),
        },
        "peak_memory_mb": progress.get("peak_memory_mb") if peak_memory_mb is None else peak_memory_mb,
        **{label: data and family_numbers(data) for label, data in evals.items()},
        "classic_apple": {
            label: data.get("classic_apple", {}).get("share_right") if data else None for label, data in evals.items()
        },
    }


def family_numbers(evaluation: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each family's numbers, at the levels that they are of."""
    table, pooled = evaluation["families"], compared_rows(evaluation["families"])
    return {
        family: {
            "levels": list(compared(table, family)),
            "problems": pooled[family]["problems"],
            **{name: value for name, value in pooled[family].items() if "@" in name},
            **{name: pooled[family].get(name) for name in ("pass@1", "pass@1_ci", "pass@64", "length")},
            "backtracks": pooled[family].get("reflection/backtracks"),
            "checks": pooled[family].get("reflection/checks"),
        }
        for family in families(table)
    }


def write_summary(
    run: RunFolder, *, seconds_total: float | None = None, peak_memory_mb: float | None = None
) -> dict[str, Any]:
    """Build the summary and keep it as summary.json."""
    summary = build_summary(run, seconds_total=seconds_total, peak_memory_mb=peak_memory_mb)
    run.write_json("summary.json", summary)
    return summary
