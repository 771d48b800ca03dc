"""Taking over again and again: what is new comes, what changed is made anew, what has gone goes; theirs stays."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from scratchwork.foreign.folder import ForeignRuns, Wanted, cache_of, follow_foreign, open_foreign
from scratchwork.foreign.source import ForeignError
from scratchwork.runs import RunError, RunFolder
from scratchwork.watch.sources import Runs
from scratchwork.watch.states import list_all

HERE = Path(__file__).parent
THIRD = Path("completions/completions_00003.parquet")


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(HERE / "trl_sample", tmp_path / "theirs"))


@pytest.fixture
def follow(folder, tmp_path):
    """Followers of one folder into one run, as one process after the other has them."""
    opened = []

    def follow(**wanted):
        while opened:
            opened.pop().run.close()
        opened.append(follow_foreign("trl", folder, tmp_path / "runs/ours", Wanted(**wanted)))
        return opened[-1]

    yield follow
    while opened:
        opened.pop().run.close()


def test_what_comes_new_is_taken_over(folder, follow):
    late = (folder / THIRD).rename(folder.parent / "late")
    follower = follow()
    assert follower.refresh() and follower.run.rollout_steps() == [1, 2]
    first = (follower.run.path / "rollouts/step-000001.parquet").stat().st_mtime_ns
    assert not follower.refresh()
    late.rename(folder / THIRD)
    assert follower.refresh() and follower.run.rollout_steps() == [1, 2, 3] and follower.gaps == [4]
    assert [line["step"] for line in follower.run.journal()] == [1, 2, 3, 4]
    assert (follower.run.path / "rollouts/step-000001.parquet").stat().st_mtime_ns == first


def test_another_process_goes_on_where_one_stopped(follow):
    first = follow()
    assert first.refresh()
    before = first.run.journal()
    second = follow()
    assert not second.refresh() and second.run.journal() == before and second.rules == first.rules


def test_a_log_that_comes_later_makes_its_steps_anew(folder, follow):
    """Before it, the ends of answers are not known, and nothing of the update is."""
    states = {path: path.read_bytes() for path in folder.rglob("trainer_state.json")}
    for path in states:
        path.unlink()
    follower = follow()
    follower.refresh()
    assert "loss" not in follower.run.journal()[0]
    assert {row["finish_reason"] for row in follower.run.read_rollouts(1)} == {None}
    for path, content in states.items():
        path.write_bytes(content)
    assert follower.refresh() and "loss" in follower.run.journal()[0]
    assert {row["finish_reason"] for row in follower.run.read_rollouts(1)} == {"stop", "length"}


def test_what_has_gone_goes(folder, follow):
    follower = follow()
    follower.refresh()
    (folder / THIRD).unlink()
    assert follower.refresh() and follower.run.rollout_steps() == [1, 2] and follower.gaps == [3, 4]
    assert "accuracy" not in follower.run.journal()[2]


def test_a_log_begun_anew_takes_its_gaps_with_it(folder, follow):
    follower = follow()
    follower.refresh()
    for path in folder.rglob("trainer_state.json"):
        path.write_text(json.dumps({"log_history": []}))
    assert follower.refresh() and [line["step"] for line in follower.run.journal()] == [1, 2, 3]


def test_nothing_of_theirs_is_touched(folder, follow):
    def state():
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in [folder, *folder.rglob("*")]}

    before = state()
    follow().refresh()
    assert state() == before


def test_another_verdict_makes_all_steps_anew(follow):
    follow().refresh()
    follower = follow(correct="format_reward")
    assert follower.refresh()
    for row in follower.run.read_rollouts(1):
        assert row["correct"] is (row["components"]["format_reward"] > 0)


def test_two_processes_do_not_write_one_run(folder, follow, tmp_path):
    follow()
    with pytest.raises(RunError, match="in use by process"):
        follow_foreign("trl", folder, tmp_path / "runs/ours")


def test_a_run_of_something_else_is_left_alone(folder, tmp_path):
    RunFolder.create(tmp_path / "runs", "zero", 'name = "zero"\n', "mine").close()
    with pytest.raises(ForeignError, match="choose another --name"):
        follow_foreign("trl", folder, tmp_path / "runs/mine")
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    follow_foreign("trl", folder, tmp_path / "runs/ours").run.close()
    with pytest.raises(ForeignError, match="from another folder"):
        follow_foreign("trl", other, tmp_path / "runs/ours")


@pytest.mark.parametrize(
    ("kind", "wanted", "why"),
    [
        ("tlr", {}, "did you mean 'trl'"),
        ("trl", {"tokenizer": Path("nowhere")}, "has no tokenizer.json"),
        ("trl", {"correct": "acuracy_reward"}, "did you mean 'accuracy_reward'"),
    ],
)
def test_what_cannot_be_is_a_sentence(folder, tmp_path, kind, wanted, why):
    with pytest.raises(ForeignError, match=why):
        follow_foreign(kind, folder, tmp_path / "runs/ours", Wanted(**wanted)).refresh()


def test_a_tokenizer_that_is_none_is_a_sentence(folder, tmp_path):
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match=r"is not a tokenizer\.json that can be read"):
        follow_foreign("trl", folder, tmp_path / "runs/ours")


def test_whoever_watches_gets_what_is_there_now(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    late = (folder / THIRD).rename(tmp_path / "late")
    runs = open_foreign("trl", folder)
    assert runs.all()[0].rollout_steps() == [1, 2]
    assert runs.all()[0].path == cache_of("trl", folder) and tmp_path / "cache" in cache_of("trl", folder).parents
    late.rename(folder / THIRD)
    assert runs.all()[0].rollout_steps() == [1, 2]  # it has just been looked at
    runs.at = time.monotonic() - 10
    assert runs.all()[0].rollout_steps() == [1, 2, 3]
    runs.follower.run.close()


def test_a_folder_that_is_moved_away_is_not_forgotten(folder, follow):
    follower = follow()
    follower.refresh()
    folder.rename(folder.parent / "elsewhere")
    assert not follower.refresh() and follower.run.rollout_steps() == [1, 2, 3]


def test_trouble_while_watching_is_said_once_and_the_rest_is_shown(folder, follow, capsys):
    runs = ForeignRuns(follow(), at=-10.0)
    runs.all()
    runs.follower.verdicts.wanted = "style"
    for _ in range(2):
        runs.at = -10.0
        assert runs.all()[0].rollout_steps() == [1, 2, 3]
    assert capsys.readouterr().err.count("no answer has the score 'style'") == 1


def test_a_second_asker_does_not_wait_for_the_first(follow):
    runs = ForeignRuns(follow(), at=-10.0)
    with runs.lock:
        assert runs.all()[0].rollout_steps() == []


def test_a_journal_line_has_the_time_of_its_file(folder, follow):
    os.utime(folder / THIRD, (1_000_000, 1_000_000))
    follower = follow()
    follower.refresh()
    assert follower.run.journal()[2]["time"] == 1_000_000


def test_when_the_trainer_last_wrote_is_kept_and_a_log_that_grows_is_writing(folder, follow):
    printed = folder / "printed.log"
    printed.write_text("loading the model\n")
    for path in (path for path in folder.rglob("*") if path.is_file()):
        os.utime(path, (1_000_000, 1_000_000))
    os.utime(folder / THIRD, (1_000_500, 1_000_500))
    follower = follow()
    follower.refresh()
    assert follower.run.read_json("foreign.json")["written"] == 1_000_500
    os.utime(printed, (1_000_900, 1_000_900))
    assert not follower.refresh()  # nothing to take over
    assert follower.run.read_json("foreign.json")["written"] == 1_000_900
    (folder / THIRD).unlink()
    follower.refresh()
    assert follow().written == 1_000_900


def test_a_trainer_that_wrote_lately_runs_and_another_has_stopped_writing(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    now = time.time()
    for path in folder.rglob("*"):
        os.utime(path, (now - 1_000, now - 1_000))
    runs = open_foreign("trl", folder)
    with runs.follower.run:

        def line(**written):
            for path, seconds in written.items():
                os.utime(folder / f"completions/completions_0000{path[1:]}.parquet", (now - seconds, now - seconds))
            runs.at = -100.0  # its pause is over
            return list_all(runs)["runs"][0]

        assert line()["state"] == "quiet" and line()["trainer"] == "trl"
        assert line()["written"] == pytest.approx(now - 1_000, abs=1)
        assert line(_3=10)["state"] == "running" and line()["written"] == pytest.approx(now - 10, abs=1)
        # Steps that take ten minutes: half an hour without a word is none yet.
        assert line(_1=2_400, _2=1_800, _3=1_200)["state"] == "running"
    assert list_all(Runs(chosen=(RunFolder(runs.follower.run.path),)))["runs"][0]["state"] == "stopped"
