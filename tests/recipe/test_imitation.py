"""The stage `rejection` in a run: what it leaves, and that being stopped changes nothing."""

from __future__ import annotations

import signal

import pytest
import torch

from scratchwork.model.checkpoint import checkpoints, load_checkpoint
from scratchwork.observe.summary import build_summary
from scratchwork.recipe.models import base_of, load_named
from scratchwork.reward.rubric import COMPONENTS
from scratchwork.serve.shelf import models_of_run

CLOCKS = {"time", "step_time", "tokens_per_second", "profiling/rollout_time"}
SETTINGS = {
    "stages": ["eval", "rejection", "eval"],
    "reward": {"accuracy": 1.0},
    "rejection": {
        "steps": 4,
        "prompts_per_step": 2,
        "group_size": 4,
        "max_tokens": 16,
        "lr": 1e-2,
        "checkpoint_every": 2,
    },
    "held_out": {"every": 2, "problems": 2, "samples": 2},
}


@pytest.fixture(autouse=True)
def easy(monkeypatch):
    """A model of random weights never finds an answer; here one is right when its length in characters is odd."""
    monkeypatch.setitem(COMPONENTS, "accuracy", lambda attempt: float(len(attempt.text) % 2))


def stop_once(step):
    left = [step]

    def act(line):
        if line["stage"] == "rejection" and line["step"] in left:
            left.remove(line["step"])
            signal.raise_signal(signal.SIGINT)

    return act


def numbers(run):
    return [{key: value for key, value in line.items() if key not in CLOCKS} for line in run.journal()]


def test_stopped_equals_uninterrupted(recipe, run_to_end, watcher):
    whole = run_to_end(recipe(**SETTINGS), "whole")
    parts = run_to_end(recipe(**SETTINGS), "parts", watcher(stop_once(3)))
    assert numbers(whole) == numbers(parts) and whole.evals() == parts.evals()
    last = [load_checkpoint(checkpoints(run.path / "checkpoints")[-1]).model.state_dict() for run in (whole, parts)]
    assert all(torch.equal(last[0][name], last[1][name]) for name in last[0])
    assert parts.rollout_steps() == [1, 2, 3, 4] and parts.held_out_steps() == whole.held_out_steps()


def test_what_it_leaves_in_the_run(recipe, run_to_end):
    """Steps, rollouts, held-out answers, both evaluations, and a thinking model that is not the base any more."""
    run = run_to_end(recipe(**SETTINGS), "r")
    steps = [line for line in run.journal() if line["stage"] == "rejection"]
    assert [line["step"] for line in steps] == [1, 2, 3, 4] and any(line["rejection/kept"] > 0 for line in steps)
    assert run.held_out_steps() == [0, 2, 4] and set(run.evals()) == {"base", "final"}
    summary = build_summary(run)
    assert summary["steps"] == 4 and summary["seconds"]["rl"] > 0
    before, after = base_of(run.path, recipe(**SETTINGS)).model, load_named(str(run.path)).model
    assert not torch.equal(before.embed.weight, after.embed.weight)
    assert {found.role for found in models_of_run(run.path)} >= {"thinking", "base"}
