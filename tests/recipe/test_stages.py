"""What the stages leave in the run folder, and what they say when something goes wrong."""

from __future__ import annotations

import errno
import json
import os

import pyarrow.parquet as pq
import pytest
import torch
from transformers import AutoModelForCausalLM

from scratchwork.files import FileError
from scratchwork.model.checkpoint import CheckpointError, checkpoints, load_checkpoint
from scratchwork.model.hf import load_model, save_model
from scratchwork.recipe import world
from scratchwork.recipe.export import export
from scratchwork.recipe.job import Job
from scratchwork.recipe.models import base_of, load_named
from scratchwork.recipe.provenance import data_hashes
from scratchwork.recipe.stages import run_stages
from scratchwork.tasks.apples import classic_apple_problem
from scratchwork.train.session import Diverged


def test_base_and_final_are_asked_the_same(recipe, run_to_end):
    """With a learning rate too small to matter, both evaluations hold the same answers."""
    run = run_to_end(recipe(stages=["eval", "grpo", "eval"], grpo={"steps": 1, "lr": 1e-30}), "r")
    base, final = run.evals()["base"], run.evals()["final"]
    assert base["label"] == "base" and final["label"] == "final"
    assert base | {"label": ""} == final | {"label": ""}
    assert set(base["families"]) == {"all", "countdown", "facts"}
    assert base["greedy"]["all"]["all"]["samples"] == 4 and base["families"]["all"]["all"]["samples"] == 8
    rows = pq.read_table(run.path / "evals" / "final.parquet").to_pylist()
    assert len(rows) == 8 + 10
    assert [row["prompt"] for row in rows[-10:]] == [classic_apple_problem().prompt] * 10


def test_an_sft_run_is_asked_without_thinking(recipe, run_to_end):
    run = run_to_end(recipe(stages=["eval", "sft", "eval"]), "r")
    assert [run.evals()[label]["think"] for label in ("base", "final")] == [False, False]
    assert [line["stage"] for line in run.journal()] == ["sft", "sft"]


def test_midtraining_goes_on_with_other_pages(recipe, run_to_end):
    """Its base model is where fine-tuning begins, and the manifest tells of both stages, or of the model before."""
    searches = {"families": {"countdown": 1.0}, "max_attempts": 2}
    both = recipe(stages=["pretrain", "midtrain", "grpo"], midtrain={"corpus": searches}, grpo={"steps": 1})
    run = run_to_end(both, "both")
    asked = ["held_out", "grpo", "held_out"]
    assert [line["stage"] for line in run.journal()] == [*["pretrain"] * 6, *["midtrain"] * 2, *asked]
    told = run.read_json("base.json")
    assert told["tokens"] == 3072 + 1024 and "base" not in told
    assert told["data"]["corpus of midtrain, pages 1 to 1000"] != told["data"]["corpus of pretrain, pages 1 to 1000"]
    assert world.corpus(both, "midtrain").document(0) != world.corpus(both).document(0)
    weights = [load_checkpoint(path).model.embed.weight for path in checkpoints(run.path / "checkpoints")]
    assert torch.equal(base_of(run.path, both).model.embed.weight, weights[-2])
    assert not torch.equal(weights[-2], weights[-3])
    more = run_to_end(recipe(stages=["midtrain"], base=str(run.path)), "more")
    assert more.read_json("base.json")["base"] == told and more.read_json("base.json")["tokens"] == 1024


def test_a_step_without_signal_is_said_and_journalled(recipe, run_to_end, watcher):
    view = watcher()
    run = run_to_end(recipe(reward={"accuracy": 1.0}, grpo={"steps": 1}), "r", view)
    _, line, _ = run.journal()
    assert line["note"].startswith("no signal: of 8 answers")
    assert f"step 1: {line['note']}" in view.notes


def test_a_step_that_diverges_keeps_its_data(recipe, watcher, tmp_path):
    def limit(line):
        if line["step"] == 2:
            job.standing.model.norm.weight.data.fill_(float("nan"))

    r = recipe(stages=["pretrain"], pretrain={"tokens": 512 * 4})
    with pytest.raises(Diverged, match=r"to go on from its last .* base=.*step-000002"):  # noqa: SIM117
        with Job.begin(r, tmp_path, "r") as job:
            run_stages(job, watcher(limit))
    assert "lower lr" in job.run.journal()[-1]["failed"] and job.run.journal()[-1]["step"] == 3
    kept = job.run.read_json("failed.json")
    assert kept["step"] == 3 and len(kept["ids"]) * len(kept["ids"][0]) == 512

    r = recipe(grpo={"max_grad_norm_stop": 1e-9})
    with pytest.raises(Diverged, match="start anew"), Job.begin(r, tmp_path, "r2") as job:
        run_stages(job, watcher())
    assert "max_grad_norm_stop" in job.run.journal()[-1]["failed"]
    assert len(job.run.read_rollouts(1)) == 8
    assert checkpoints(job.run.path / "checkpoints") == []


def test_training_goes_on_from_a_checkpoint_by_its_path(recipe, run_to_end):
    run = run_to_end(recipe(), "r")
    path = checkpoints(run.path / "checkpoints")[0]
    other = run_to_end(recipe(stages=["eval"], base=str(path)), "other")
    assert "base, model.safetensors" in other.read_json("manifest.json")["data"]
    assert torch.equal(load_named(str(path)).model.embed.weight, load_checkpoint(path).model.embed.weight)


def test_a_damaged_checkpoint_offers_the_older_one(recipe, run_to_end):
    run = run_to_end(recipe(), "r")
    newest = checkpoints(run.path / "checkpoints")[-1]
    with (newest / "model.safetensors").open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"bad")
    run.write_json("progress.json", {"stages": 0})
    with pytest.raises(CheckpointError, match=r"step-000006 .*checksum.*step-000004.*--resume does so once"):  # noqa: SIM117
        with Job.resume(run.path) as job:
            run_stages(job, None)


def test_a_full_disk_ends_in_a_sentence_and_loses_nothing(recipe, watcher, tmp_path, monkeypatch):
    sync, full = os.fsync, []

    def fsync(handle):
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileError, match="the disk is full"), Job.begin(recipe(), tmp_path, "r") as job:
        run_stages(job, watcher(lambda line: full.append(1) if line["step"] == 3 else None))
    full.clear()
    with Job.resume(tmp_path / "r") as job:
        run_stages(job, watcher())
    assert [line["step"] for line in job.run.journal() if line["stage"] == "grpo"] == [1, 2, 3, 4, 5, 6]
    assert not list(job.run.path.rglob(".*aside"))


def test_a_folder_that_cannot_be_written(recipe, tmp_path, monkeypatch):
    def mkdir(self, *arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.mkdir", mkdir)
    with pytest.raises(FileError, match="the file system is read-only; choose a folder that can be written"):
        Job.begin(recipe(), tmp_path / "runs", "r")


def test_a_raised_model_is_exported_with_its_manifest(recipe, run_to_end, tmp_path):
    r = recipe(stages=["tokenizer", "pretrain", "grpo"], grpo={"steps": 3})
    run = run_to_end(r, "r")
    with Job.resume(run.path) as job:
        export(job, tmp_path / "out")
    model, tokenizer = load_model(tmp_path / "out")
    ids = torch.tensor([tokenizer.prompt_ids("Use 3, 5 and 7 once each to make 26.")])
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    with torch.no_grad():
        assert torch.allclose(model(ids), theirs(ids).logits, atol=1e-4)
    manifest = json.loads((tmp_path / "out" / "base.json").read_text())
    assert manifest["tokens"] == 3072 and manifest["recipe"]["corpus"]["habits"] == r.corpus.habits
    assert manifest["loss"] > 0 and manifest["data"] == data_hashes(r)
    assert not {"created", "hardware"} & set(manifest)
    pretrained = base_of(run.path, r).model
    assert not torch.equal(pretrained.embed.weight, model.embed.weight)  # RL came after it


def test_a_run_keeps_the_manifest_of_the_model_it_began_with(recipe, run_to_end, base, tmp_path):
    folder = tmp_path / "model"
    save_model(folder, *load_model(base))
    (folder / "base.json").write_text('{"tokens": 7}')
    first = run_to_end(recipe(base=str(folder)), "first")
    second = run_to_end(recipe(stages=["eval"], base=str(first.path)), "second")
    checkpoint = str(checkpoints(first.path / "checkpoints")[0])
    third = run_to_end(recipe(stages=["eval"], base=checkpoint), "third")
    assert [run.read_json("base.json") for run in (first, second, third)] == [{"tokens": 7}] * 3
