"""`scratchwork run` and its kin: what they run, what they print, and how they refuse."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import tomllib
from pathlib import Path

import pytest

from scratchwork.model.checkpoint import checkpoints
from scratchwork.observe.plain import PlainView
from scratchwork.runs import RunFolder
from scratchwork.toml import SHIPPED


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_dry_run_prints_the_recipe_and_what_follows_from_it(scratchwork, name):
    status, out, _ = scratchwork("run", name, "--dry-run", "--seed", "7", "--threads", "2", "--set", "grpo.steps=5")
    assert status == 0
    table = tomllib.loads(out)
    assert (table["name"], table["seed"], table["threads"], table["grpo"]["steps"]) == (name, 7, 2, 5)
    assert ("grpo" not in table["stages"]) or "# grpo: 5 steps of" in out
    assert not Path("runs").exists()


def test_from_scratch_puts_the_base_recipe_first(scratchwork):
    sets = ["--set", "pretrain.tokens=5000000", "--set", "grpo.steps=2"]
    _, out, _ = scratchwork("run", "zero", "--from-scratch", "--dry-run", *sets)
    zero, base = tomllib.loads(out), tomllib.loads((SHIPPED / "base.toml").read_text())
    assert zero["stages"] == ["tokenizer", "pretrain", "midtrain", "eval", "grpo", "eval", "report"]
    assert base["model"].items() <= zero["model"].items()
    assert zero["corpus"]["drills_end"] == base["corpus"]["drills_end"]
    assert (zero["pretrain"]["tokens"], zero["grpo"]["steps"], zero["name"]) == (5_000_000, 2, "zero")


def test_a_verb_runs_its_stage_alone(scratchwork):
    stages = {}
    for verb in ("pretrain", "sft", "grpo"):
        _, out, _ = scratchwork(verb, "--dry-run")
        stages[verb] = tomllib.loads(out)["stages"]
    assert stages == {"pretrain": ["tokenizer", "pretrain", "midtrain"], "sft": ["sft"], "grpo": ["grpo"]}
    status, _, err = scratchwork("sft", "zero", "--dry-run")
    assert (
        status == 2
        and err == "scratchwork: recipe 'zero' has no stage 'sft'; its stages are eval, grpo, eval, report\n"
    )


def test_a_run_says_where_its_report_is(finished, scratchwork):
    status, out, _ = scratchwork("run", "done", "--resume", "--runs-root", str(finished))
    assert status == 0
    assert out.splitlines() == [
        f"run {finished / 'done'}: nothing left to do",
        "pretrain: 2 steps of 2,048 tokens",
        "grpo: 3 steps of 4 prompts x 4 answers = 16 rollouts",
        str(finished / "done" / "report.html"),
    ]


def test_ctrl_c_saves_and_says_how_to_go_on(scratchwork, monkeypatch, quick):
    step = PlainView.step

    def stop_once(self, line, groups=()):
        step(self, line, groups)
        if line["stage"] == "grpo" and line["step"] == 1:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(PlainView, "step", stop_once)
    only = ["--set", 'stages=["tokenizer", "pretrain", "grpo"]']
    status, _, err = scratchwork("run", "smoke", *quick, *only, "--name", "r")
    assert status == 130
    assert re.search(
        r"grpo stopped after step 1 of 3, all of it saved\ngo on with: .*scratchwork run r --resume\n$", err
    )
    status, out, _ = scratchwork("run", "smoke", "--resume")  # the last run of the recipe
    assert status == 0 and out.splitlines()[0] == "run runs/r: grpo"
    assert [line["step"] for line in RunFolder(Path("runs/r")).journal() if line["stage"] == "grpo"] == [1, 2, 3]


def test_the_second_ctrl_c_stops_at_once(scratchwork, monkeypatch, quick):
    def stop_twice(self, line, groups=()):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(PlainView, "step", stop_twice)
    status, _, err = scratchwork("run", "smoke", *quick, "--name", "r")
    assert status == 130
    assert re.search(r"stopped at once, without saving\ngo on with: .*scratchwork run r --resume\n$", err)


def test_out_saves_the_model(scratchwork, quick):
    only = ["--set", 'stages=["tokenizer", "pretrain"]']
    status, out, _ = scratchwork("run", "smoke", *quick, *only, "--out", "model")
    assert status == 0 and out.splitlines()[-1] == "model"
    assert json.loads(Path("model/base.json").read_text())["recipe"]["name"] == "smoke"
    assert Path("model/model.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "zer"], "no recipe is called 'zer'; did you mean 'zero'?"),
        (["run", "mine.toml"], "cannot read mine.toml"),
        (["run", "zero", "--set", "grpo.grop_size=4"], "unknown key 'grop_size' in [grpo]; did you mean 'group_size'?"),
        (["run", "zero", "--set", "grpo"], "--set 'grpo' is not of the form a.b=c"),
        (
            ["run", "zero", "--set", "grpo.group_size=1"],
            "group_size is 1, but 'dr_grpo' compares",
        ),
        (["run", "zero", "--set", "tasks.0.levels=[6]"], "tasks.0.levels.0 is 6;"),
        (["run", "zero", "--set", "tasks.0.family=sudoku"], "tasks.family is 'sudoku'; known: apples, arithmetic"),
        (["run", "zero", "--set", "reward.right=1.0"], "reward component 'right' is unknown"),
        (["run", "zero", "--set", "base=nowhere"], "there is no model at nowhere"),
        (["run", "zero", "--resume"], "there is no run of recipe 'zero' under runs"),
        (["run", "zero", "--resume", "--seed", "1"], "--resume goes on with the run's own recipe"),
        (["run", "smoke", "--name", "../x"], "run name '../x' is not a plain folder name"),
        (
            ["run", "smoke", "--set", "grpo.max_tokens=2", "--set", "pretrain.tokens=4000"],
            "grpo.max_tokens is 2, but the shortest right answer takes",
        ),
    ],
)
def test_bad_input_is_a_sentence_and_status_2(scratchwork, arguments, sentence):
    status, out, err = scratchwork(*arguments)
    assert (status, out if "max_tokens" not in sentence else "") == (2, "")
    assert err.startswith("scratchwork: ") and sentence in err and "Traceback" not in err


def test_broken_problems_are_named_by_their_lines(scratchwork):
    Path("mine.jsonl").write_text('{"question": "2+2?", "answer": "4"}\n{"question": \n')
    tasks = 'tasks=[{family = "jsonl", path = "mine.jsonl", levels = [1]}]'
    status, _, err = scratchwork("grpo", "--set", tasks)
    assert status == 2 and err.startswith("scratchwork: mine.jsonl: line 2 cannot be read as a JSON object")


def test_which_columns_were_taken_is_said(scratchwork, quick):
    rows = [f'{{"problem": "{i}+1?", "answer": "{i + 1}"}}' for i in range(30)]
    Path("mine.jsonl").write_text("\n".join([*rows, '{"problem": "which?", "answer": "x^2"}']))
    tasks = 'tasks=[{family = "jsonl", path = "mine.jsonl", levels = [1]}]'
    status, out, _ = scratchwork("run", "smoke", *quick, "--set", tasks)
    assert status == 0
    assert "mine.jsonl: question <- problem, answer <- answer; problems: 30 at level 1; not to be judged" in out


def test_a_full_disk_is_a_sentence_and_the_run_can_go_on(scratchwork, monkeypatch, quick):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PlainView, "step", lambda self, line, groups=(): monkeypatch.setattr(os, "fsync", full))
    status, _, err = scratchwork("run", "smoke", *quick, "--name", "r")
    assert status == 2 and "Traceback" not in err
    assert err.startswith("scratchwork: cannot write runs/r/") and "the disk is full; free some space" in err
    assert re.search(r"\ngo on with: .*scratchwork run r --resume\n$", err)


def test_a_runs_root_that_cannot_be_written(scratchwork):
    Path("file").write_text("")
    status, _, err = scratchwork("run", "smoke", "--runs-root", "file/runs")
    assert status == 2 and err.startswith("scratchwork: cannot make file/runs/smoke-") and "Traceback" not in err


def test_a_foreign_model_is_refused(scratchwork, tmp_path):
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "mamba"}')
    status, _, err = scratchwork("run", "zero", "--set", f"base={folder}")
    assert status == 2 and "model_type is 'mamba', which this decoder cannot be" in err
    assert not Path("runs").exists()


def test_a_damaged_checkpoint_is_refused_and_the_older_one_offered(finished, scratchwork, tmp_path):
    run = tmp_path / "runs" / "done"
    shutil.copytree(finished / "done", run)
    newest = checkpoints(run / "checkpoints")[-1]
    (newest / "trainer" / "state.json").write_text("{}")
    (run / "progress.json").write_text('{"stages": 3}')
    status, _, err = scratchwork("run", "done", "--resume")
    assert status == 2 and "does not match its checksum; go on from" in err
