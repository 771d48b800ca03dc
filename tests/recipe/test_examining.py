"""The doctor goes along with a run: each finding is said once and journalled, also across a stop."""

from __future__ import annotations

import os
import signal

import pytest

from scratchwork.observe.doctor.rules import diagnose
from scratchwork.recipe.job import Job
from scratchwork.recipe.session import Stopped
from scratchwork.recipe.stages import run_stages


def named(notes, rule):
    return [note for note in notes if f" {rule}: " in note]


def test_a_run_that_never_stops_is_told_so_once(recipe, run_to_end, watcher):
    view = watcher()
    run = run_to_end(recipe(reward={"accuracy": 1.0}, grpo={"steps": 7}), "r", view)
    (said,) = named(view.notes, "never-stops")
    assert (
        said.startswith("step 5: never-stops: 95% of the answers run into the cap; it was 75%")
        and "#never-stops" in said
    )
    steps = {line["step"]: line for line in run.journal() if line["stage"] == "grpo"}
    assert "\nnever-stops: " in steps[5]["note"]
    assert "never-stops" not in steps[6]["note"] and "never-stops" not in steps[4]["note"]
    assert {f.rule for f in diagnose(run.journal())} >= {"never-stops", "all-wrong"}


def test_a_run_that_goes_on_does_not_say_it_again(recipe, run_to_end, watcher, tmp_path):
    first, second = watcher(), watcher()
    with Job.begin(recipe(reward={"accuracy": 1.0}, grpo={"steps": 7}), tmp_path / "runs", "r") as job:
        first.act = lambda line: line["step"] == 6 and line["stage"] == "grpo" and interrupt()
        with pytest.raises(Stopped):
            run_stages(job, first)
    with Job.resume(job.run.path) as job:
        run_stages(job, second)
    assert len(named(first.notes, "never-stops")) == 1
    assert named(second.notes, "never-stops") == []


def interrupt():
    os.kill(os.getpid(), signal.SIGTERM)
