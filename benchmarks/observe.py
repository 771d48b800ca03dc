"""What looking costs: a finished run's steps are read, judged and kept again, beside the time that each step took.

    python -m benchmarks.observe runs/zero-20260101-120000

Read by the behaviour instruments, judged by the doctor, written to a journal and to Parquet: all that a step does
besides sampling and learning, with the run's own answers.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.floor import measure_speed
from benchmarks.harness import machine, parse, spread, start, tell
from scratchwork.config import ModelConfig
from scratchwork.errors import UserError
from scratchwork.observe.doctor.rules import Doctor
from scratchwork.observe.metrics import step_metrics
from scratchwork.rollout_table import problem_of, read_parquet
from scratchwork.runs import RunFolder, is_run
from scratchwork.types import Group, Problem, Rollout, Score

PARTS = ("reading", "judging", "keeping")


def groups_of(rows: list[dict[str, Any]]) -> list[Group]:
    """A step's groups as they were, but for token ids and log-probs, which no instrument looks at."""
    groups: dict[str, tuple[Problem, list[Rollout]]] = {}
    for row in rows:
        problem, zeros = problem_of(row), (0,) * row["length"]
        score = Score(row["reward"], row["components"], row["answer"])
        rollout = Rollout(
            problem.id, (0,), zeros, zeros, (0.0,) * row["length"], row["finish_reason"], 0, row["text"], score
        )
        groups.setdefault(problem.id, (problem, []))[1].append(rollout)
    return [Group(problem, tuple(own)) for problem, own in groups.values()]


def observed(run: RunFolder, lines: list[Mapping[str, Any]], place: RunFolder) -> Iterator[dict[str, float]]:
    """Seconds of each part, and of the step itself."""
    doctor = Doctor(run.recipe().get("grpo", {}))
    for line in lines:
        step = int(line["step"])
        groups = groups_of(read_parquet(run.path / f"rollouts/step-{step:06}.parquet"))
        marks = [time.perf_counter()]
        metrics = step_metrics(groups)
        marks.append(time.perf_counter())
        doctor.see({**line, **metrics})
        marks.append(time.perf_counter())
        place.append("grpo", step, {**line, **metrics})
        place.write_rollouts(step, groups)
        marks.append(time.perf_counter())
        took = dict(zip(PARTS, (after - before for before, after in pairwise(marks)), strict=True))
        yield took | {"step": float(line["step_time"]), "answers": sum(len(group.rollouts) for group in groups)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path, help="the folder of a run of the stage grpo")
    args = parse(parser)
    if not is_run(args.run):
        raise UserError(f"{args.run} is no run folder; give one, such as runs/zero-20260101-120000")
    run = RunFolder(args.run)
    lines = [line for line in run.journal() if line["stage"] == "grpo"]
    if not lines:
        raise UserError(f"run {args.run} has no step of the stage grpo")
    with tempfile.TemporaryDirectory() as folder, RunFolder.create(Path(folder), "observed", "") as place:
        steps = list(observed(run, lines, place))
    shares = spread([sum(own[part] for part in PARTS) / own["step"] for own in steps])
    row = {"steps": str(len(steps)), "answers a step": f"{spread([own['answers'] for own in steps])['median']:.0f}"}
    row |= {f"{part}, ms": f"{1000 * spread([own[part] for own in steps])['median']:.1f}" for part in PARTS}
    row["the step, s"] = f"{spread([own['step'] for own in steps])['median']:.1f}"
    row["share"] = f"{shares['median']:.1%} ({shares['min']:.1%} to {shares['max']:.1%})"
    tell({"machine": machine(measure_speed(ModelConfig())), "steps": steps}, row, args.out)


if __name__ == "__main__":
    start(main)
