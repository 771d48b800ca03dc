"""The run folder: one writer, whole lines, and nothing half-written whatever happens."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.files import FileError
from scratchwork.runs import RunError, RunFolder, latest_run, list_runs
from scratchwork.types import Group, Problem, Rollout, Score

RECIPE = 'name = "zero"\n'


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, "zero", RECIPE, "a")


def steps(run: RunFolder) -> list[tuple[str, int]]:
    return [(record["stage"], record["step"]) for record in run.journal()]


def in_another_process(code: str, path: Path) -> subprocess.Popen[str]:
    code = f"import sys, time; from pathlib import Path; from scratchwork.runs import RunFolder\n{code}"
    source = Path(__file__).parents[1] / "src"
    return subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=source, stdout=subprocess.PIPE, text=True)


def test_a_run_is_made_under_its_recipe_and_the_time(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "runs", "zero", RECIPE)
    assert run.path.parent == tmp_path / "runs"
    assert time.strptime(run.path.name, "zero-%Y%m%d-%H%M%S")
    assert (run.path / "recipe.toml").read_text() == RECIPE
    assert run.recipe_name == "zero"


def test_a_taken_or_a_bad_name_is_refused(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="exists already; choose another name"):
        RunFolder.create(tmp_path, "zero", RECIPE, "a")
    for name in ("a/b", "../a", ".a", ".."):
        with pytest.raises(RunError, match="not a plain folder name"):
            RunFolder.create(tmp_path, "zero", RECIPE, name)
    with pytest.raises(RunError, match="not a plain folder name"):
        RunFolder.create(tmp_path / "runs", "../escaped", RECIPE)


def test_opening_what_is_no_run_names_the_nearest(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"b is not a run folder .* known: a"):
        RunFolder.open(tmp_path / "b")


def test_a_second_writer_is_refused_until_the_first_is_done(run: RunFolder) -> None:
    with pytest.raises(RunError, match=f"in use by process {os.getpid()}; wait for it"):
        RunFolder.open(run.path)
    assert RunFolder(run.path).journal() == []  # reading needs no lock
    run.close()
    with RunFolder.open(run.path) as again:
        again.append("grpo", 1, {})
    RunFolder.open(run.path).close()


def test_a_killed_writer_holds_no_lock_and_its_lines_remain(run: RunFolder) -> None:
    run.close()
    other = in_another_process(
        "RunFolder.open(Path(sys.argv[1])).append('grpo', 1, {})\nprint('ready', flush=True)\ntime.sleep(60)",
        run.path,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    with pytest.raises(RunError, match=f"in use by process {other.pid};"):
        RunFolder.open(run.path)
    other.kill()
    other.wait()
    with RunFolder.open(run.path) as again:
        assert steps(again) == [("grpo", 1)]


def test_a_journal_line_is_json_whatever_the_numbers_are(run: RunFolder) -> None:
    metrics = {
        "loss": float("nan"),
        "kl": np.float32(0.5),
        "n": np.int64(3),
        "worst": [float("inf")],
        "path": Path("x"),
    }
    run.append("grpo", 1, metrics)
    line = json.loads((run.path / "journal.jsonl").read_text())
    assert time.time() - 60 < line.pop("time") <= time.time() + 1
    wanted = {"step": 1, "stage": "grpo", "loss": None, "kl": 0.5, "n": 3, "worst": [None], "path": "x"}
    assert line == wanted
    assert list(line)[:2] == ["step", "stage"]


@given(cut=st.integers(1, 200), text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_torn_last_line_is_ignored_and_gone_on_resume(
    tmp_path_factory: pytest.TempPathFactory, cut: int, text: str
) -> None:
    run = RunFolder.create(tmp_path_factory.mktemp("runs"), "zero", RECIPE, "a")
    journal = run.path / "journal.jsonl"
    run.append("grpo", 1, {"note": text})
    whole = journal.stat().st_size
    run.append("grpo", 2, {"note": text})
    os.truncate(journal, max(whole, journal.stat().st_size - cut))
    assert steps(run) == [("grpo", 1)]
    run.close()
    with RunFolder.open(run.path) as again:
        again.append("grpo", 2, {})
        assert steps(again) == [("grpo", 1), ("grpo", 2)]
        assert again.journal()[0]["note"] == text


def test_a_line_broken_in_the_middle_is_named(run: RunFolder) -> None:
    run.append("grpo", 1, {})
    with (run.path / "journal.jsonl").open("a") as file:
        file.write("{oops}\n")
    run.append("grpo", 2, {})
    with pytest.raises(RunError, match=r"journal\.jsonl line 2 is not JSON"):
        run.journal()


def test_truncating_forgets_later_steps_of_the_stage_and_what_followed(run: RunFolder) -> None:
    for stage, step in (("pretrain", 1), ("pretrain", 50), ("grpo", 1), ("grpo", 2), ("grpo", 3), ("eval", 0)):
        run.append(stage, step, {})
    run.truncate_journal("grpo", 5)
    assert len(steps(run)) == 6
    run.truncate_journal("grpo", 1)
    assert steps(run) == [("pretrain", 1), ("pretrain", 50), ("grpo", 1)]
    run.truncate_journal("pretrain", 0)
    assert steps(run) == []


def test_a_line_that_does_not_fit_on_the_disk_is_taken_back(run: RunFolder) -> None:
    run.append("grpo", 1, {})
    size = (run.path / "journal.jsonl").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))  # room for ten bytes of the next line
    try:
        with pytest.raises(FileError, match=r"cannot write .*journal\.jsonl: File too large"):
            run.append("grpo", 2, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (run.path / "journal.jsonl").stat().st_size == size
    run.append("grpo", 3, {})
    assert steps(run) == [("grpo", 1), ("grpo", 3)]


def test_json_files_and_evals(run: RunFolder) -> None:
    run.write_json("summary.json", {"a": float("nan"), 1: (2,)})
    assert run.read_json("summary.json") == {"a": None, "1": [2]}
    assert run.read_json("nothing.json") is None
    evaluation = {"samples": 2, "temperature": 1.0, "max_tokens": 9, "seed": 1, "families": {}}
    run.write_eval("final", evaluation)
    run.write_eval("base", evaluation | {"samples": 3})
    assert run.evals() == {"base": evaluation | {"samples": 3}, "final": evaluation}
    (run.path / "summary.json").write_text("{")
    with pytest.raises(RunError, match=r"summary\.json is damaged"):
        run.read_json("summary.json")


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(FileError, match="cannot make"):
        RunFolder.create(tmp_path / "runs", "zero", RECIPE)


def test_the_manifest_is_kept(run: RunFolder) -> None:
    run.write_manifest({"run": 0}, {"corpus": "sha256:1"}, {})
    assert run.read_json("manifest.json")["data"] == {"corpus": "sha256:1"}


def test_runs_are_listed_latest_first(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    with pytest.raises(RunError, match=r"there is no run under .* `scratchwork run zero`"):
        latest_run(tmp_path)
    for age, (name, recipe) in enumerate([("b", "zero"), ("a", "zero"), ("c", "sft")]):
        made = RunFolder.create(tmp_path, recipe, f'name = "{recipe}"', name)
        os.utime(made.path / "recipe.toml", (1000 - age, 1000 - age))
    (tmp_path / "not-a-run").mkdir()
    assert [r.path.name for r in list_runs(tmp_path)] == ["b", "a", "c"]
    made.append("sft", 1, {})
    assert latest_run(tmp_path).path.name == "c"
    assert latest_run(tmp_path, "zero").path.name == "b"
    with pytest.raises(RunError, match="no run of recipe 'base'"):
        latest_run(tmp_path, "base")


def test_rollouts_come_back_as_they_went(run: RunFolder) -> None:
    problem = Problem("apples-1", "apples", 2, "How much?", "3", "number")

    def rollout(score: Score) -> Rollout:
        return Rollout("apples-1", (1,), (5, 6), (1, 1), (-0.5, -1.5), "length", 4, "so \\boxed{3} ünïcode", score)

    right, failed = Score(1.0, {"accuracy": 1.0}, "3"), Score(None, {}, None, "timed out")
    run.write_rollouts(10, [Group(problem, (rollout(right), rollout(failed)))])
    assert (run.path / "rollouts" / "step-000010.parquet").exists()
    first, second = run.read_rollouts(10)
    assert first == {
        "step": 10,
        "problem_id": "apples-1",
        "family": "apples",
        "level": 2,
        "prompt": "How much?",
        "text": "so \\boxed{3} ünïcode",
        "answer": "3",
        "gold": "3",
        "verifier": "number",
        "data": "{}",
        "reward": 1.0,
        "correct": True,
        "finish_reason": "length",
        "length": 2,
        "components": {"accuracy": 1.0},
        "policy_version": 4,
        "mean_logprob": -1.0,
    }
    assert (second["reward"], second["correct"], second["answer"]) == (None, None, None)
    run.write_rollouts(2, [])
    assert run.rollout_steps() == [2, 10]
    assert run.read_rollouts(2) == []
    with pytest.raises(FileError, match=r"cannot read .*step-000003"):
        run.read_rollouts(3)
