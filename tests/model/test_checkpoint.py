"""Checkpoints come back exactly, a damaged one is never believed, and a kill never leaves half of one."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
import torch

from scratchwork.files import FileError
from scratchwork.model import checkpoint as module
from scratchwork.model.checkpoint import CheckpointError, checkpoints, latest, load_checkpoint, save_checkpoint
from scratchwork.train.optim import Optimizer


@pytest.fixture
def save(tmp_path, random_model, tokenizer):
    """`save(step)`: a small checkpoint in tmp_path."""
    return lambda step: save_checkpoint(tmp_path, step, random_model(seed=step), tokenizer, {"step": step})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_training_goes_on_exactly(tmp_path, random_model, tokenizer, kind) -> None:
    ids = torch.randint(0, 250, (6, 4, 12), generator=torch.Generator().manual_seed(0))

    def train(model, optimizer, batches) -> None:
        for batch in batches:
            model(batch).logsumexp(-1).mean().backward()
            optimizer.clip(1.0)
            optimizer.step(0.5)

    model = random_model("qwen3")
    optimizer = Optimizer(model, kind, lr=0.01, embed_lr=0.01, weight_decay=0.1)
    train(model, optimizer, ids[:3])
    trainer = {"step": 3, "optimizer": [part.state_dict() for part in optimizer.parts], "rng": torch.get_rng_state()}
    path = save_checkpoint(tmp_path, 3, model, tokenizer, trainer)
    train(model, optimizer, ids[3:])

    kept = load_checkpoint(path)
    resumed = Optimizer(kept.model, kind, lr=0.01, embed_lr=0.01, weight_decay=0.1)
    for part, state in zip(resumed.parts, kept.trainer["optimizer"], strict=True):
        part.load_state_dict(state)
    train(kept.model, resumed, ids[3:])
    assert kept.trainer["step"] == 3
    assert torch.equal(kept.trainer["rng"], trainer["rng"])
    assert kept.tokenizer.encode("Try 3+4=7.") == tokenizer.encode("Try 3+4=7.")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, kept.model.state_dict()[name]), name


def test_a_checkpoint_is_a_plain_folder_without_pickles(save) -> None:
    path = save(12)
    assert path.name == "step-000012"
    files = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
    assert {Path(name).suffix for name in files} == {".json", ".jinja", ".safetensors"}
    assert sorted(json.loads((path / "checksums.json").read_text())) == sorted(set(files) - {"checksums.json"})


@pytest.mark.parametrize(
    "name", ["model.safetensors", "trainer/state.safetensors", "trainer/state.json", "tokenizer.json"]
)
def test_one_changed_bit_is_found_and_an_older_whole_one_offered(save, name) -> None:
    _, good, also_bad, bad = save(1), save(2), save(3), save(4)
    for path in (also_bad, bad):
        data = bytearray((path / name).read_bytes())
        data[len(data) // 2] ^= 1
        (path / name).write_bytes(data)
    sentence = (
        rf"step-000004 cannot be used: .*{name} does not match its checksum; go on from .*step-000002, the newest"
    )
    with pytest.raises(CheckpointError, match=sentence) as caught:
        load_checkpoint(bad)
    assert caught.value.older == good
    assert load_checkpoint(good).trainer == {"step": 2}


def test_missing_and_foreign_ones_are_sentences(save, tmp_path) -> None:
    path = save(5)
    save(6)
    (path / "trainer" / "state.json").unlink()
    with pytest.raises(CheckpointError, match=r"state\.json is missing; there is no older one to go on from") as caught:
        load_checkpoint(path)
    assert caught.value.older is None  # never a newer one
    (path / "checksums.json").unlink()
    with pytest.raises(CheckpointError, match=r"checksums\.json is not there, so it is not a checkpoint of a run"):
        load_checkpoint(path)
    with pytest.raises(CheckpointError, match=r"step-000009 cannot be used: .*; go on from .*step-000006"):
        load_checkpoint(tmp_path / "step-000009")
    with pytest.raises(CheckpointError, match="no older one to go on from"):
        load_checkpoint(tmp_path / "elsewhere" / "model")


def test_a_file_that_someone_added_does_no_harm(save) -> None:
    path = save(1)
    (path / "README.md").write_text("mine")
    assert load_checkpoint(path).trainer == {"step": 1}


def test_the_latest_is_by_number_and_other_names_are_ignored(tmp_path, save) -> None:
    assert latest(tmp_path) is None
    assert latest(tmp_path / "none") is None
    for step in (9, 1_000_000, 10):
        save(step)
    for other in ("step-", "step-x", "steps-99999999", ".step-000011.aside", "best"):
        (tmp_path / other).mkdir()
    assert [path.name for path in checkpoints(tmp_path)] == ["step-000009", "step-000010", "step-1000000"]
    assert latest(tmp_path) == tmp_path / "step-1000000"


def test_what_a_kill_left_is_cleared_and_was_never_a_checkpoint(tmp_path, save) -> None:
    for left in (".step-000001.aside", ".step-000001.old"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "model.safetensors").write_text("half")
    assert latest(tmp_path) is None
    save(2)
    assert names(tmp_path) == ["step-000002"]


@pytest.mark.parametrize("when", ["save_model", "to_safetensors", "_digests"])
def test_failing_half_way_leaves_what_was_there(tmp_path, save, monkeypatch, when) -> None:
    first = save(1)

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, when, fail)
    for step in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            save(step)
    monkeypatch.undo()
    assert names(tmp_path) == ["step-000001"]
    assert load_checkpoint(first).trainer == {"step": 1}


def test_a_full_disk_is_a_sentence_and_nothing_is_lost(tmp_path, save, monkeypatch) -> None:
    first = save(1)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        FileError, match="the disk is full; free some space and start again, nothing written before is lost"
    ):
        save(2)
    monkeypatch.undo()
    assert names(tmp_path) == ["step-000001"]
    assert load_checkpoint(first).trainer == {"step": 1}


def test_a_state_that_cannot_be_kept_stops_before_anything_is_written(tmp_path, random_model, tokenizer) -> None:
    with pytest.raises(TypeError, match="'callback' of the state is a function"):
        save_checkpoint(tmp_path, 1, random_model(), tokenizer, {"callback": names})
    assert names(tmp_path) == []
