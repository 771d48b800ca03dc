"""A run tells its trackers what it writes into its journal, each step once however often it stopped or was killed."""

from __future__ import annotations

import pytest

from scratchwork.errors import UserError
from scratchwork.recipe.job import Job
from scratchwork.recipe.stages import run_stages


class Killed(BaseException):
    pass


def test_a_killed_run_that_goes_on_tells_each_step_once(recipe, watcher, tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

    def kill(line):
        if line["step"] == 5:
            raise Killed

    job = Job.begin(recipe(track=["tensorboard"]), tmp_path / "runs", "a")
    with pytest.raises(Killed), job:
        run_stages(job, watcher(kill))
    with Job.resume(job.run.path) as job:  # from the checkpoint of step 4
        run_stages(job, watcher())
    for stage, steps in (("grpo", [1, 2, 3, 4, 5, 6]), ("held_out", [0, 4, 6])):
        found = reader.EventAccumulator(str(job.run.path / "track/tensorboard" / stage))
        found.Reload()
        lines = {line["step"]: line for line in job.run.journal() if line["stage"] == stage}
        told = {event.step: event.value for event in found.Scalars("reward" if stage == "grpo" else "accuracy")}
        name = "reward" if stage == "grpo" else "accuracy"
        assert [event.step for event in found.Scalars(name)] == steps == list(lines)
        assert told == pytest.approx({step: line[name] for step, line in lines.items()})


def test_a_tracker_that_is_not_installed_stops_the_run_before_it_begins(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr("scratchwork.track.trackers.find_spec", lambda name: None)
    with pytest.raises(UserError, match="'trackio', which is not installed"):
        Job.begin(recipe(track=["trackio"]), tmp_path / "runs", "a")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("names", "why"),
    [(["tensorbord"], "'tensorbord' is not a tracker; did you mean 'tensorboard'"), (["wandb", "wandb"], "twice")],
)
def test_a_tracker_that_there_is_not(recipe, names, why):
    with pytest.raises(ValueError, match=why):
        recipe(track=names)
