"""What is damaged though its checksums match is refused in a sentence, and what is wrong leaves no folder behind."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from scratchwork.errors import UserError
from scratchwork.model.checkpoint import CheckpointError, checkpoints
from scratchwork.model.hf import load_model, save_model
from scratchwork.recipe.job import Job
from scratchwork.recipe.models import load_named
from scratchwork.recipe.stages import run_stages
from scratchwork.runs import RunFolder

KL = {"kl": 0.01, "steps": 4}
STEP = {"$tensor": "optimizer/0/state/0/step"}


@pytest.fixture
def resumed(recipe, run_to_end, watcher):
    """`resumed(edit, **tables)`: the sentence of a resume whose newest trainer state went through `edit`."""

    def do(edit, **tables: Any) -> str:
        run = run_to_end(recipe(**tables), "r")
        run.write_json("progress.json", {"stages": 0})
        folder = checkpoints(run.path / "checkpoints")[-1]
        edit_state(folder, edit)
        with pytest.raises(CheckpointError) as refused, Job.resume(run.path) as job:
            run_stages(job, watcher())
        assert refused.value.older == checkpoints(run.path / "checkpoints")[-2]
        wanted = rf"checkpoint {folder} cannot be used: (.*); go on from .* \(--resume does so once {folder} is removed"
        found = re.match(wanted, str(refused.value))
        assert found, refused.value
        return found[1]

    return do


def edit_state(checkpoint: Path, edit) -> None:
    """Change the trainer's state, and the checksums with it. `edit(state, tensors)` may return another state."""
    json_path, tensor_path = checkpoint / "trainer" / "state.json", checkpoint / "trainer" / "state.safetensors"
    state, tensors = json.loads(json_path.read_text()), load_file(tensor_path)
    other = edit(state, tensors)
    json_path.write_text(json.dumps(state if other is None else other))
    save_file(tensors, tensor_path)
    renew_checksums(checkpoint)


def renew_checksums(checkpoint: Path) -> None:
    sums = checkpoint / "checksums.json"
    names = json.loads(sums.read_text())
    sums.write_text(json.dumps({n: hashlib.sha256((checkpoint / n).read_bytes()).hexdigest() for n in names}))


def put(*keys: Any, value: Any):
    """An edit: the value at this place of the state."""

    def edit(state, tensors) -> None:
        for key in keys[:-1]:
            state = state[key]
        state[keys[-1]] = value

    return edit


def narrow(name: str):
    """An edit: that tensor loses a row."""

    def edit(state, tensors) -> None:
        tensors[name] = tensors[name][:-1].contiguous()

    return edit


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (put("optimizer", value={"$tensor": "not there"}), r"the state holds {'\$tensor': 'not there'}, which stands"),
        (put("extra", value={"$tensor": [1]}), r"the state holds {'\$tensor': \[1\]}"),
        (put("extra", value={"$items": [[{}, 1]]}), r"the state holds {'\$items'"),
        (put("extra", value={"$items": [1]}), r"the state holds {'\$items'"),
        (put("extra", value={"$tuple": 1}), r"the state holds {'\$tuple'"),
        (lambda state, _: {"$tuple": [1]}, "holds a tuple where a table should be"),
        (lambda state, _: dict(STEP), "holds a Tensor where a table should be"),
        (lambda state, _: [1], "holds a list where a table should be"),
        (lambda state, _: {}, "its stage is None, which the recipe does not have"),
        (put("stage", value="dreams"), "its stage is 'dreams', which"),
        (put("step", value="2"), "its state is damaged: step is '2'; it should be a valid integer"),
        (put("position", value=-1), "position is -1"),
        (put("extra", value=[]), r"extra is \[\]; it should be a table"),
        (put("optimizer", value=None), "optimizer is None; it should be a valid list"),
        (put("optimizer", value=[]), "it has the states of 0 optimizers, not of 2"),
        (put("optimizer", value=[1, 2]), "its state of AdamW is not one of this model's parameters"),
        (put("optimizer", 0, "state", value=[]), "its state of AdamW is not"),
        (put("optimizer", 0, "state", "$items", 0, 0, value=99), "its state of AdamW is not"),
        (put("optimizer", 0, "state", "$items", 0, 1, value={"step": STEP}), "its state of AdamW is not"),
        (put("optimizer", 1, "state", "$items", 0, 1, "exp_avg", value=3), "its state of AdamW is not"),
        (narrow("optimizer/0/state/0/exp_avg"), "its state of AdamW is not"),
        (narrow("reference/norm.weight"), "its reference is not a model of this shape"),
        (put("reference", value=None), "its reference is not a model of this shape"),
    ],
)
def test_a_state_that_nobody_kept_is_refused(resumed, edit, sentence):
    assert re.search(sentence, resumed(edit, grpo=KL))


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (narrow("optimizer/0/state/1/momentum_buffer"), "its state of Muon is not one of this model's parameters"),
        (put("extra", "pool", value=[[1, 2]]), "its state of the packer is damaged: pool.0.0 is 1"),
        (put("extra", value={"position": 0}), "its state of the packer is damaged: too_long is missing"),
        (put("extra", "pool", value=[[[1, 2], [1]]]), "its state of the packer has a page whose mask is of another"),
    ],
)
def test_a_state_of_pretraining_that_nobody_kept_is_refused(resumed, edit, sentence):
    assert re.search(sentence, resumed(edit, stages=["pretrain"]))


def test_a_file_of_tensors_that_is_none_is_refused(recipe, run_to_end):
    run = run_to_end(recipe(), "r")
    newest = checkpoints(run.path / "checkpoints")[-1]
    (newest / "trainer" / "state.safetensors").write_bytes(b"x" * 20)
    renew_checksums(newest)
    with pytest.raises(CheckpointError, match=r"the state in .*trainer is damaged .*; go on from"):
        load_named(str(newest))


def test_settings_come_from_the_recipe_and_not_from_the_checkpoint(recipe, run_to_end, watcher):
    """Whatever a checkpoint says of learning rates and betas, the run ends where it ended."""
    run = run_to_end(recipe(grpo={"steps": 4}), "r")
    first, last = checkpoints(run.path / "checkpoints")
    ended = load_model(last)[0]
    shutil.rmtree(last)
    edit_state(first, put("optimizer", 0, "param_groups", value=[{"betas": "none"}]))
    run.write_json("progress.json", {"stages": 0})
    with Job.resume(run.path) as job:
        run_stages(job, watcher())
    assert torch.equal(load_model(last)[0].embed.weight, ended.embed.weight)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", r"base\.json is damaged \(.*; copy it again"),
        ("[1]", r"base\.json holds a list where a table should be; copy it again"),
        ('{"recipe": 3}', r"base\.json is damaged: recipe is 3; it should be a table; copy it again, or remove it"),
        ("\udcff", r"base\.json is damaged"),
    ],
)
def test_a_base_model_with_a_damaged_manifest_is_refused_before_there_is_a_folder(
    recipe, base, tmp_path, text, sentence
):
    folder = tmp_path / "model"
    save_model(folder, *load_model(base))
    (folder / "base.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=sentence):
        Job.begin(recipe(base=str(folder)), tmp_path / "runs", "r")
    assert not (tmp_path / "runs").exists()


def test_data_that_cannot_be_read_leaves_no_folder(recipe, base, tmp_path):
    folder = tmp_path / "model"
    save_model(folder, *load_model(base))
    (folder / "more.safetensors").mkdir()
    with pytest.raises(UserError, match=r"cannot read .*more\.safetensors"):
        Job.begin(recipe(base=str(folder)), tmp_path / "runs", "r")
    assert not (tmp_path / "runs").exists()


def test_where_another_run_stood_is_nothing_to_this_one(recipe, run_to_end, watcher, tmp_path):
    """Killed before its first checkpoint, a run that began with another's last one starts over: it is not done."""

    class Crash(Exception):
        pass

    def crash(line):
        raise Crash

    first = run_to_end(recipe(), "first")
    r = recipe(base=str(checkpoints(first.path / "checkpoints")[-1]))
    with pytest.raises(Crash), Job.begin(r, tmp_path / "runs", "second") as job:
        run_stages(job, watcher(crash))
    with Job.resume(job.run.path) as job:
        run_stages(job, watcher())
    lines = [(line["stage"], line["step"]) for line in RunFolder(job.run.path).journal()]
    assert [step for stage, step in lines if stage == "grpo"] == [1, 2, 3, 4, 5, 6]
    assert [step for stage, step in lines if stage == "held_out"] == [0, 4, 6]
    whole = run_to_end(r, "whole")
    models = [load_model(checkpoints(run.path / "checkpoints")[-1])[0] for run in (whole, job.run)]
    assert torch.equal(models[0].embed.weight, models[1].embed.weight)
