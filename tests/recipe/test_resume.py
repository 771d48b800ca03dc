"""Going on is exact: a run that was stopped, or killed, ends with the weights and numbers of one that was not."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys

import pytest
import torch

from scratchwork.model.checkpoint import checkpoints, load_checkpoint
from scratchwork.recipe.job import Job
from scratchwork.recipe.session import Stopped
from scratchwork.recipe.stages import run_stages
from scratchwork.runs import RunError, RunFolder

CLOCKS = {"time", "step_time", "tokens_per_second", "profiling/rollout_time"}
ALL = ["tokenizer", "pretrain", "midtrain", "eval", "grpo", "eval"]
KL = {"kl": 0.01, "ref_refresh": 3}  # a reference that is neither the first model nor the last


def numbers(run):
    """The journal without what a clock says."""
    return [{key: value for key, value in line.items() if key not in CLOCKS} for line in run.journal()]


def same_end(one: RunFolder, other: RunFolder) -> None:
    """Weights, trainer's state, journal, rollouts, held-out answers and evaluations are the same, bit for bit."""
    paths = [checkpoints(run.path / "checkpoints")[-1] for run in (one, other)]
    assert paths[0].name == paths[1].name
    states = [load_checkpoint(path).model.state_dict() for path in paths]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    for name in ("state.safetensors", "state.json"):
        assert (paths[0] / "trainer" / name).read_bytes() == (paths[1] / "trainer" / name).read_bytes()
    assert numbers(one) == numbers(other) and numbers(one)
    assert one.rollout_steps() == other.rollout_steps()
    assert all(one.read_rollouts(step) == other.read_rollouts(step) for step in one.rollout_steps())
    assert one.held_out_steps() == other.held_out_steps()
    assert all(one.read_held_out(step) == other.read_held_out(step) for step in one.held_out_steps())
    assert one.evals() == other.evals()


def stop_at(*places):
    """Asks to stop, once each, after these (stage, step)."""
    left = list(places)

    def act(line):
        if (line["stage"], line["step"]) in left:
            left.remove((line["stage"], line["step"]))
            signal.raise_signal(signal.SIGINT)

    return act


def test_stopped_twice_equals_uninterrupted(recipe, run_to_end, watcher):
    """Through tokenizer, both stages of pretraining and RL, each stopped between two checkpoints of the calendar."""
    r = recipe(stages=ALL, grpo=KL)
    view = watcher(stop_at(("pretrain", 3), ("midtrain", 1), ("grpo", 5)))
    whole, parts = run_to_end(r, "whole"), run_to_end(r, "parts", view)
    assert any(line["grad_norm"] > 0 for line in whole.journal() if line["stage"] == "grpo")
    same_end(whole, parts)


def test_a_stop_does_the_stages_before_only_once(recipe, run_to_end, watcher):
    notes = watcher(stop_at(("grpo", 1)))
    run_to_end(recipe(stages=ALL), "r", notes)
    assert sum("pages" in note for note in notes.notes) == 1
    assert sum("evaluating the base" in note for note in notes.notes) == 1


KILLED = """
import json, os, sys
from pathlib import Path
from scratchwork.recipe.job import Job
from scratchwork.recipe.stages import run_stages
from scratchwork.toml import parse_recipe

class Killer:
    def step(self, line, groups=()):
        if line["step"] == 5:
            os.kill(os.getpid(), 9)

    def answered(self, done, total):
        pass

    def note(self, text):
        pass

run_stages(Job.begin(parse_recipe(json.loads(sys.argv[1])), Path(sys.argv[2]), "killed"), Killer())
"""


def test_killed_equals_uninterrupted(recipe, run_to_end, watcher, tmp_path):
    """SIGKILL after step 5, one step after a checkpoint."""
    r = recipe(grpo=KL)
    command = [sys.executable, "-c", KILLED, r.model_dump_json(exclude_none=True), str(tmp_path / "runs")]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    killed = RunFolder(tmp_path / "runs" / "killed")
    assert [line["step"] for line in killed.journal()] == [0, 1, 2, 3, 4, 4, 5]
    assert (killed.rollout_steps(), killed.held_out_steps()) == ([1, 2, 3, 4, 5], [0, 4])
    again = []
    with Job.resume(killed.path) as job:
        run_stages(job, watcher(lambda line: again.append(line["step"])))
    assert again == [5, 6]
    same_end(run_to_end(r, "whole"), killed)


def test_killed_before_the_first_checkpoint_starts_over(recipe, run_to_end, watcher, tmp_path):
    class Crash(Exception):
        pass

    def crash(line):
        raise Crash

    r = recipe(stages=["eval", "grpo", "eval"])
    with pytest.raises(Crash), Job.begin(r, tmp_path / "runs", "crashed") as job:
        run_stages(job, watcher(crash))
    with Job.resume(job.run.path) as job:
        run_stages(job, watcher())
    same_end(run_to_end(r, "whole"), job.run)


def test_what_came_after_the_checkpoint_is_forgotten(recipe, run_to_end, watcher):
    """Newer checkpoints lost: the run goes on from step 2 as if there had never been more."""
    run = run_to_end(recipe(), "r")
    for newer in checkpoints(run.path / "checkpoints")[1:]:
        shutil.rmtree(newer)
    run.write_json("progress.json", {"stages": 0})
    seen = []
    with Job.resume(run.path) as job:
        run_stages(job, watcher(lambda line: seen.append((len(run.journal()), run.rollout_steps()[-1]))))
    assert seen == [(4, 3), (5, 4), (7, 5), (8, 6)]  # lines: one held-out before step 1, one after step 4
    assert run.held_out_steps() == [0, 4, 6]


def test_the_second_signal_stops_at_once(recipe, watcher, tmp_path):
    def twice(line):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)  # a shell's background job has it ignored
    with pytest.raises(KeyboardInterrupt), Job.begin(recipe(), tmp_path, "r") as job:
        run_stages(job, watcher(twice))
    assert checkpoints(job.run.path / "checkpoints") == []
    assert signal.getsignal(signal.SIGINT) is before


def test_a_stop_says_where_and_saves_there(recipe, watcher, tmp_path):
    with pytest.raises(Stopped, match="grpo stopped after step 3 of 6"), Job.begin(recipe(), tmp_path, "r") as job:
        run_stages(job, watcher(stop_at(("grpo", 3))))
    assert [path.name for path in checkpoints(job.run.path / "checkpoints")] == ["step-000002", "step-000003"]


def test_two_processes_on_one_run_are_refused(recipe, tmp_path):
    with Job.begin(recipe(), tmp_path, "r"), pytest.raises(RunError, match="is in use by process"):
        Job.resume(tmp_path / "r")


def test_a_finished_run_has_nothing_left_to_do(recipe, run_to_end, watcher):
    run = run_to_end(recipe(stages=["eval"]), "r")
    with Job.resume(run.path) as job:
        run_stages(job, view := watcher())
    assert view.notes == [] and job.stages_done == 1


def test_seconds_add_up_over_sittings(recipe, run_to_end):
    run = run_to_end(recipe(stages=["eval"]), "r")
    progress = run.read_json("progress.json")
    run.write_json("progress.json", progress | {"seconds": 1000.0, "peak_memory_mb": 1e6})
    with Job.resume(run.path) as job:
        assert job.seconds > 1000 and job.peak_memory_mb == 1e6
