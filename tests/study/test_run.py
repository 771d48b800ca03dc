"""What runs, what does not run again, what is refused, and that being asked to stop loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from scratchwork.errors import UserError
from scratchwork.runs import RunFolder
from scratchwork.study.arms import arm
from scratchwork.study.plan import plan, reckoned, told, weights
from scratchwork.study.run import Interrupted, Study, Trial, run_all
from scratchwork.toml import to_toml

ARMS = (arm("a", "smoke", "one"), arm("b", "smoke", "other", both=("grpo.steps=5",)))


@pytest.fixture
def study(tmp_path):
    return Study("emergence", tmp_path / "study", ARMS, 2)


def keep(trial: Trial, stages: int, seconds: float = 100.0, **changed) -> RunFolder:
    """The folder of a run that has so many stages behind it."""
    recipe = trial.recipe().model_copy(update=changed)
    with RunFolder.create(trial.root, recipe.name, to_toml(recipe), trial.path.name) as run:
        run.write_json("progress.json", {"stages": stages, "seconds": seconds})
    return run


def playing(monkeypatch, code: str) -> None:
    """Every run is this program, which gets the folder's name and how far the run was."""

    def command(self: Trial, state: str, threads: int) -> list[str]:
        return [sys.executable, "-c", code, str(self.path), state]

    monkeypatch.setattr(Trial, "command", command)


def test_all_arms_of_a_seed_come_first(study):
    names = [trial.path.name for trial in study.trials()]
    assert names == ["a-seed-0", "b-seed-0", "a-seed-1", "b-seed-1"]
    assert [trial.recipe().seed for trial in study.trials()] == [0, 0, 1, 1]
    assert [trial.recipe().grpo.steps for trial in study.trials()] == [4, 5, 4, 5]


def test_only_what_is_left_is_run(study, monkeypatch):
    first, second, *_ = study.trials()
    keep(first, stages=6)
    keep(second, stages=3)
    assert [trial.state() for trial in study.trials()] == ["finished", "stopped", "new", "new"]
    playing(monkeypatch, "import sys; print(*sys.argv[1:])")
    said: list[str] = []
    run_all(study, 2, said.append)
    logs = {path.stem: path.read_text().split()[-1] for path in (study.folder / "logs").iterdir()}
    assert logs == {"b-seed-0": "stopped", "a-seed-1": "new", "b-seed-1": "new"}
    assert sorted(line for line in said if line.endswith("done")) == [f"{name}: done" for name in sorted(logs)]
    assert [line for line in said if line.endswith("to go")] == [
        "1 of 3 runs ended, about 0 minutes to go",
        "2 of 3 runs ended, about 0 minutes to go",
    ]


def test_the_commands_are_those_of_a_user(study):
    trial = list(study.trials())[1]
    new, stopped = trial.command("new", 1), trial.command("stopped", 1)
    assert " ".join(new[1:]) == (
        f"-m scratchwork run smoke --name b-seed-0 --threads 1 --set grpo.steps=5 --set seed=0 --runs-root {trial.root}"
    )
    assert " ".join(stopped[1:]) == f"-m scratchwork run b-seed-0 --resume --runs-root {trial.root}"


def test_a_run_of_another_recipe_is_refused_before_any_starts(study, monkeypatch):
    keep(next(study.trials()), stages=6, reward={"accuracy": 1.0})
    playing(monkeypatch, "raise SystemExit('never')")
    with pytest.raises(UserError, match=r"a-seed-0 was started with another recipe .*\(reward differ\)"):
        run_all(study, 1, print)
    assert not (study.folder / "logs").exists()
    with pytest.raises(UserError, match="another recipe"):
        plan(study)


def test_threads_do_not_make_another_recipe(study):
    first = next(study.trials())
    keep(first, stages=6, threads=7)
    assert first.state() == "finished"


def test_a_run_that_fails_does_not_stop_the_others(study, monkeypatch):
    playing(monkeypatch, "import sys; sys.exit('cannot' if 'a-seed-0' in sys.argv[1] else 0)")
    said: list[str] = []
    with pytest.raises(UserError, match=r"1 of 4 runs failed \(a-seed-0\)"):
        run_all(study, 1, said.append)
    assert sum(line.endswith("done") for line in said) == 3
    assert (study.folder / "logs" / "a-seed-0.log").read_text() == "cannot\n"


SLEEPER = """
import pathlib, signal, sys, time
def stop(*_):
    pathlib.Path(sys.argv[1]).write_text("told")
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_tells_every_run_and_begins_no_other(study, monkeypatch, number):
    playing(monkeypatch, SLEEPER)
    logs = [study.folder / "logs" / f"{name}-seed-0.log" for name in "ab"]
    code = (
        "import os, sys, time, pathlib\n"
        "logs = [pathlib.Path(p) for p in sys.argv[3:]]\n"
        "while not all(p.exists() and p.read_text() for p in logs): time.sleep(0.05)\n"
        "os.kill(int(sys.argv[1]), int(sys.argv[2]))"
    )
    words = [sys.executable, "-c", code, str(os.getpid()), str(int(number)), *map(str, logs)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
    began = time.monotonic()
    try:
        with subprocess.Popen(words), pytest.raises(Interrupted, match="goes on with what is left"):
            run_all(study, 2, lambda line: None)
    finally:
        signal.signal(signal.SIGINT, before)
    assert {path.name for path in study.folder.iterdir()} == {"logs", "a-seed-0", "b-seed-0"}
    assert time.monotonic() - began < 50  # nobody slept to the end


def test_the_plan_knows_what_runs_took_and_reckons_the_rest(study):
    keep(next(study.trials()), stages=6, seconds=100.0)
    planned = {one.trial.path.name: one for one in plan(study)}
    recipe = planned["b-seed-0"].trial.recipe()
    assert planned["a-seed-1"].seconds == 100.0 and planned["b-seed-0"].seconds == reckoned(recipe)
    *lines, last = told(list(planned.values()), 2)
    assert lines[0] == "a-seed-0: finished, 100 s: scratchwork run smoke --set seed=0"
    assert last.startswith("3 of 4 runs to go: ")


def test_the_reckoning_by_hand(study):
    recipe = next(study.trials()).recipe()
    # 2 layers of qkv 32x(32+16+16), output 32x32 and three of 32x64; 320 embeddings of 32.
    size = 2 * (32 * 64 + 32 * 32 + 3 * 32 * 64) + 320 * 32
    assert weights(recipe.model) == size
    trained = 49 * 2048 + 4 * 16 * 0.3 * 48
    answers = 2 * 3 * (2 + 1) * 2
    assert reckoned(recipe) == pytest.approx(15 + size * (trained / 1.5e9 + answers * 0.3 * 48 / 4e9), rel=1e-3)


@pytest.mark.slow
def test_a_study_runs_stops_and_goes_on(tmp_path):
    """Two seeds of a recipe of seconds, killed by Ctrl-C in the middle, then finished: nothing is done twice."""
    words = [sys.executable, "-m", "scratchwork", "study", "smoke", "--seeds", "2", "--jobs", "1", "--threads", "1"]
    words += ["--set", "pretrain.tokens=20000", "--runs-root", str(tmp_path)]
    folder = tmp_path / "study-smoke"
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background job hears none
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, preexec_fn=heard) as process:
        while not (folder / "smoke-seed-0" / "journal.jsonl").exists():
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130 and "scratchwork study smoke --seeds 2 --set pretrain.tokens=20000" in err
    assert not (folder / "smoke-seed-1").exists()
    done = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "smoke-seed-0: goes on" in done and "smoke-seed-1: begins" in done
    steps = [(line["stage"], line["step"]) for line in RunFolder(folder / "smoke-seed-0").journal()]
    assert len(steps) == len(set(steps)) and ("grpo", 4) in steps
    assert "| countdown (1) | base |" in (folder / "results.md").read_text()
    again = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "0 of 2 runs to go" in again and "begins" not in again and "goes on" not in again
