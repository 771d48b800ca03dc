"""Trackers get the lines of the journal, each step once; none of them stops a run."""

from __future__ import annotations

import json
import sys

import pytest

from scratchwork.errors import UserError
from scratchwork.track.trackers import Trackers, check_trackers

RECIPE = {"name": "zero", "grpo": {"lr": 0.0006}}


@pytest.fixture
def tell(tmp_path):
    """Opens a tracker on the same run, tells it steps, and closes it: as a run that stops and goes on does."""

    def tell(name, *lines):
        trackers = Trackers(tmp_path / "run", (name,), RECIPE)
        for stage, step, metrics in lines:
            trackers.log(stage, step, metrics)
        trackers.close()
        return tmp_path / "run" / "track"

    return tell


def test_tensorboard_has_the_steps_once_each_by_stage(tell):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    tell("tensorboard", ("grpo", 1, {"reward": 0.25, "note": "flat"}), ("grpo", 2, {"reward": 0.5}))
    told = [("grpo", 2, {"reward": 0.9}), ("grpo", 3, {"reward": 0.75}), ("held_out", 3, {"accuracy": 1.0})]
    folder = tell("tensorboard", *told)
    found = reader.EventAccumulator(str(folder / "tensorboard/grpo"))
    found.Reload()
    assert [(event.step, event.value) for event in found.Scalars("reward")] == [(1, 0.25), (2, 0.5), (3, 0.75)]
    assert found.Tags()["scalars"] == ["reward"]
    other = reader.EventAccumulator(str(folder / "tensorboard/held_out"))
    other.Reload()
    assert [(event.step, event.value) for event in other.Scalars("accuracy")] == [(3, 1.0)]


def records(path):
    """What a .wandb file holds: after 7 bytes, chunks of records in blocks of 32 kB (LevelDB's log format)."""
    data, record, at = path.read_bytes(), b"", 7
    while at + 7 <= len(data):
        if (left := -at % 32_768) < 7 and left:
            at += left
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        record += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield record
            record = b""


def test_wandb_has_the_steps_once_each_and_sends_nothing(tell, monkeypatch):
    wandb = pytest.importorskip("wandb")
    from wandb.proto import wandb_internal_pb2

    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    tell("wandb", ("grpo", 1, {"reward": 0.25}), ("grpo", 2, {"reward": 0.5}))
    folder = tell("wandb", ("grpo", 2, {"reward": 0.9}), ("grpo", 3, {"reward": 0.75}))
    wandb.teardown()  # its own process writes on for a moment after a run is finished; this waits for it
    seen, ids = [], set()
    for path in folder.rglob("*.wandb"):
        for record in map(wandb_internal_pb2.Record.FromString, records(path)):
            ids |= {record.run.run_id} - {""}
            items = {item.key or ".".join(item.nested_key): item.value_json for item in record.history.item}
            if items:
                seen.append((json.loads(items["grpo/step"]), json.loads(items["grpo/reward"])))
    assert sorted(seen) == [(1, 0.25), (2, 0.5), (3, 0.75)] and len(ids) == 1
    assert {path.parent.name[:11] for path in folder.rglob("*.wandb")} == {"offline-run"}


def test_trackio_has_the_steps_once_each(tell, tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))  # read when it is first imported
    pytest.importorskip("trackio")
    from trackio.sqlite_storage import SQLiteStorage

    tell("trackio", ("grpo", 1, {"reward": 0.25}), ("grpo", 2, {"reward": 0.5}))
    tell("trackio", ("grpo", 2, {"reward": 0.9}), ("grpo", 3, {"reward": 0.75}))
    logs = SQLiteStorage.get_logs("scratchwork", "run")
    assert [(log["step"], log["grpo/reward"]) for log in logs] == [(1, 0.25), (2, 0.5), (3, 0.75)]


class Broken:
    closed = 0

    def log(self, stage, step, metrics):
        raise OSError("no space\nleft")

    def close(self):
        Broken.closed += 1


def test_one_that_fails_is_named_once_and_the_others_go_on(tmp_path, capsys):
    pytest.importorskip("tensorboard")
    trackers = Trackers(tmp_path, ("tensorboard",), RECIPE)
    trackers.open["broken"], trackers.told["broken"] = Broken(), {}
    for step in (1, 2, 3):
        trackers.log("grpo", step, {"reward": 0.5})
    trackers.close()
    assert capsys.readouterr().err.count("broken failed and is left alone from here on: no space") == 1
    assert json.loads((tmp_path / "track/tensorboard.json").read_text()) == {"grpo": 3} and Broken.closed == 0


def test_one_that_cannot_be_opened_does_not_stop_the_run(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "scratchwork.track.wandb", None)
    Trackers(tmp_path, ("wandb",), RECIPE).log("grpo", 1, {"reward": 0.5})
    assert "wandb failed" in capsys.readouterr().err


def test_a_damaged_memory_is_none(tmp_path, tell):
    pytest.importorskip("tensorboard")
    (tmp_path / "run/track").mkdir(parents=True)
    (tmp_path / "run/track/tensorboard.json").write_text('["grpo"]')
    folder = tell("tensorboard", ("grpo", 5, {"reward": 1.0}))
    assert json.loads((folder / "tensorboard.json").read_text()) == {"grpo": 5}


def test_a_package_that_is_not_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr("scratchwork.track.trackers.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"'wandb', which is not installed; `pip install 'scratchwork\[track\]'`"):
        check_trackers(["wandb"])
    check_trackers([])
