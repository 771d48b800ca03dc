"""A run that would read other data than it began with says so: it does not go on, and is measured with a word on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scratchwork.model.hf import load_model, save_model
from scratchwork.recipe.job import Job
from scratchwork.recipe.measure import other_data
from scratchwork.recipe.provenance import data_hashes
from scratchwork.recipe.stages import run_stages
from scratchwork.runs import RunError, RunFolder

ALL = ["eval", "grpo", "eval"]


@pytest.fixture
def begun(recipe, base, watcher, tmp_path) -> Callable[..., RunFolder]:
    """`begun(left)`: a run from a base model of its own in tmp_path/model, with so many of its three stages left."""

    def do(left: int = 3) -> RunFolder:
        save_model(tmp_path / "model", *load_model(base))
        r = recipe(stages=ALL, base=str(tmp_path / "model"), grpo={"steps": 2})
        with Job.begin(r, tmp_path / "runs", "r") as job:
            job.recipe = r.model_copy(update={"stages": r.stages[: 3 - left]})
            run_stages(job, watcher())
        return job.run

    return do


def change_weights(folder: Path) -> None:
    model, tokenizer = load_model(folder)
    model.norm.weight.data.mul_(2)
    save_model(folder, model, tokenizer)


def forge(run: RunFolder, **hashes: str | None) -> None:
    """Put these hashes into manifest.json, as another version would have; None removes one."""
    manifest = run.read_json("manifest.json")
    manifest["data"] = {what: own for what, own in (manifest["data"] | hashes).items() if own is not None}
    run.write_json("manifest.json", manifest | {"commit": "0123abc"})


def test_a_run_does_not_begin_again_with_other_weights(begun, tmp_path):
    run = begun()
    change_weights(tmp_path / "model")
    with pytest.raises(
        RunError, match=r"began with other data than would be read now \(base, model\.safetensors\); .*or st"
    ):
        Job.resume(run.path)
    RunFolder.open(run.path).close()  # the lock was given back


def test_weights_that_are_not_read_again_may_change(begun, watcher, tmp_path):
    """With a checkpoint of its own the run needs its base no more; an evaluation of both does."""
    run = begun(1)
    assert other_data(run) is None
    change_weights(tmp_path / "model")
    with Job.resume(run.path) as job:
        run_stages(job, watcher())
    assert job.stages_done == 3
    assert "(base, model.safetensors)" in (other_data(run) or "")


def test_other_problems_are_named_with_the_version_that_makes_them(begun):
    run = begun()
    forge(run, **{"problems, 1 to 256": "0", "problems held out": "0"})
    sentence = r"\(problems, 1 to 256; problems held out\); restore .* began with \(\S+ 0123abc\), or start another run"
    with pytest.raises(RunError, match=sentence):
        Job.resume(run.path)
    assert "(problems held out)" in (other_data(run) or "")


def test_what_is_done_is_not_compared(begun):
    run = begun(1)
    forge(run, **{"problems, 1 to 256": "0"})
    Job.resume(run.path).run.close()
    forge(run, **{"problems held out": "0"})
    with pytest.raises(RunError, match=r"\(problems held out\)"):
        Job.resume(run.path)
    run.write_json("progress.json", {"stages": 3})
    Job.resume(run.path).run.close()


def test_an_old_manifest_or_none_is_no_obstacle(begun, tmp_path):
    run = begun()
    forge(run, **dict.fromkeys(run.read_json("manifest.json")["data"]))
    change_weights(tmp_path / "model")
    Job.resume(run.path).run.close()
    (run.path / "manifest.json").unlink()
    Job.resume(run.path).run.close()
    assert other_data(run) is None
    run.write_json("manifest.json", {"data": 3})
    with pytest.raises(RunError, match=r"manifest\.json is damaged: data is 3"):
        Job.resume(run.path)


def test_data_hashes_tell_data_apart(recipe):
    stages = {"stages": ["pretrain", "grpo", "eval"]}
    one, same, other = (data_hashes(recipe(seed=seed, **stages)) for seed in (0, 0, 1))
    assert one == same and len(one) == 5
    differ = {name for name in one if one[name] != other[name]}
    assert differ == {"corpus of pretrain, pages 1 to 1000", "problems, 1 to 256"}
    assert len(data_hashes(recipe(**stages), base=False)) == 3
