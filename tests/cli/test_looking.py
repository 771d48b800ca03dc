"""The verbs that look at runs and talk to models, on one finished smoke run."""

from __future__ import annotations

import builtins
import json
import shutil
import tomllib
from pathlib import Path

import pytest

from scratchwork.cli.looking import show_tables
from scratchwork.runs import RunFolder
from scratchwork.watch import frozen


@pytest.fixture
def root(finished, tmp_path) -> Path:
    """A copy of the finished run to work on."""
    return shutil.copytree(finished, tmp_path / "runs")


def test_eval_of_a_run_puts_base_beside_final(root, scratchwork):
    status, out, _ = scratchwork("eval", "done", "--threads", "1", "--set", "eval.samples=3")
    assert status == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if "│" in line]
    assert [row[:3] for row in rows] == [
        ["apples", "1", "base"],
        ["apples", "1", "final"],
        ["countdown", "1", "base"],
        ["countdown", "1", "final"],
    ]
    assert json.loads((root / "done" / "evals" / "final.json").read_text())["samples"] == 3


def test_eval_of_a_run_says_what_is_not_as_it_was(root, scratchwork):
    run = RunFolder(root / "done")
    manifest = run.read_json("manifest.json")
    run.write_json("manifest.json", manifest | {"data": manifest["data"] | {"problems held out": "0"}})
    status, out, err = scratchwork("eval", "done", "--threads", "1", "--no-think", "--set", "eval.samples=1")
    assert status == 0 and "classic apple problem" in out
    assert err.startswith("scratchwork: run runs/done began with other data than would be read now (problems held out)")
    assert json.loads((root / "done" / "evals" / "final.json").read_text())["think"] is False


def test_eval_of_a_model_takes_the_settings_of_a_recipe(root, scratchwork):
    newest = max((root / "done" / "checkpoints").iterdir())
    status, out, _ = scratchwork("eval", str(newest), "--recipe", "smoke", "--threads", "1")
    assert status == 0 and newest.name in out and "classic apple problem" in out
    status, out, _ = scratchwork("eval", str(newest), "--recipe", "smoke", "--seed", "5", "--dry-run")
    assert tomllib.loads(out)["eval"]["seed"] == 5 and tomllib.loads(out)["stages"] == ["eval"]


def test_report_and_runs(root, scratchwork):
    (root / "done" / "report.html").unlink()
    status, out, _ = scratchwork("report", "done")
    assert (status, out) == (0, "runs/done/report.html\n")
    assert (root / "done" / "report.html").exists()
    status, out, _ = scratchwork("runs")
    assert status == 0 and "done" in out and "grpo 3" in out


def test_runs_shows_why_one_cannot_be_read_and_the_others_all_the_same(root, scratchwork):
    for name in ("no-recipe", "no-journal"):
        RunFolder.create(root, "smoke", 'name = "smoke"', name).close()
    (root / "no-recipe" / "recipe.toml").write_text("name")
    (root / "no-journal" / "journal.jsonl").write_text('{"step": 1}\n')
    status, out, _ = scratchwork("runs")
    cells = {row[1].strip(): row[2].strip() for line in out.splitlines() if len(row := line.split("│")) > 2}
    assert status == 0
    assert cells == {"done": "smoke", "no-recipe": "unreadable", "no-journal": "unreadable"}
    assert "no-recipe: runs/no-recipe/recipe.toml is damaged" in out
    assert "no-journal: runs/no-journal/journal.jsonl line 1 is no step of a run: stage is missing" in out


def test_a_run_that_cannot_be_read_is_passed_over(root, scratchwork, monkeypatch):
    RunFolder.create(root, "smoke", 'name = "smoke"', "torn").close()
    (root / "torn" / "recipe.toml").write_text("name")
    monkeypatch.setattr(builtins, "input", lambda prompt: (_ for _ in ()).throw(EOFError))
    for arguments in (
        ["report", "smoke"],
        ["chat", "--threads", "1"],
        ["sample", "smoke", "2+2?", "--max-tokens", "2"],
    ):
        status, _, err = scratchwork(*arguments)
        assert status == 0
        assert err.startswith("scratchwork: passed over run torn: runs/torn/recipe.toml is damaged")


def test_names_are_not_markup(root, scratchwork, capsys):
    RunFolder.create(root, "[bold]x", 'name = "[bold]x"', "[red]run").append("[blink]", 1, {})
    _, out, _ = scratchwork("runs")
    assert "[red]run" in out and "[bold]x" in out and "[blink] 1" in out
    row = {"problems": 1, "length": 3.0}
    table = {"[red]family": {"1": row}}
    show_tables({"[/bold]": {"families": table, "greedy": table, "classic_apple": {"share_right": 1, "samples": 1}}})
    out = capsys.readouterr().out
    assert "[red]family" in out and "[/bold]" in out


def test_no_runs_yet(scratchwork):
    assert scratchwork("runs")[1] == "no runs under runs; start one with `scratchwork run`\n"


def test_sample_answers_a_question_or_held_out_problems(root, scratchwork):
    short = ["--threads", "1", "--max-tokens", "8", "--count", "2"]
    status, out, _ = scratchwork("sample", "smoke", "Use 2, 3 and 4 once each to make 14.", *short)
    assert status == 0 and out.strip()
    status, out, _ = scratchwork("sample", "done", "--family", "facts", "--level", "1", *short)
    assert status == 0 and out.count("one right answer: ") == 2
    assert scratchwork("sample", "done", *short)[1] == scratchwork("sample", "done", *short)[1]


def test_chat_answers_until_the_end_of_input(root, scratchwork, monkeypatch):
    questions = iter(["2+2?", "", "why " * 300])

    def typed(prompt):
        try:
            return next(questions)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(builtins, "input", typed)
    # No name: the newest run.
    status, out, _ = scratchwork("chat", "--no-think", "--threads", "1", "--max-tokens", "8")
    assert status == 0 and "refused (400)" in out and "256" in out.replace("\n", " ")


def test_what_a_model_wrote_cannot_command_the_terminal(capsys):
    from rich.console import Console

    from scratchwork.cli.talking import show
    from scratchwork.recipe.speaker import Reply
    from scratchwork.reward.grammar import parse

    reply = Reply(parse("[red]\x1b[2J</think>\\boxed{\x1b]0;title\x07}"), "stop", 9)
    show(Console(), reply)
    out = capsys.readouterr().out
    assert "[red]" in out and "\x1b" not in out and "\x07" not in out


@pytest.mark.parametrize("verb", ["eval", "report", "sample", "chat"])
def test_what_is_not_there_is_said(scratchwork, verb):
    status, out, err = scratchwork(verb, "nothing")
    assert (status, out) == (2, "")
    assert err.startswith("scratchwork: ") and "there is no run of recipe 'nothing'" in err


@pytest.mark.parametrize("built", [True, False])
def test_a_report_of_a_journal_with_broken_lines_shows_the_rest_and_says_so(
    scratchwork, finished, tmp_path, monkeypatch, built
):
    run = Path(shutil.copytree(finished / "done", tmp_path / "runs" / "done"))
    page = tmp_path / "dist" / "frozen.html"
    page.parent.mkdir()
    page.write_text(f"<!doctype html>{frozen.SLOT}")
    monkeypatch.setattr(frozen, "PLACES", (page.parent,) if built else ())
    lines = (run / "journal.jsonl").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if json.loads(line)["stage"] == "grpo")
    (run / "journal.jsonl").write_text(
        "\n".join([*lines[:at], "{broken", '{"step": 9}', *lines[at:], '{"step": 4, "sta'])
    )
    said = f"journal.jsonl: line {at + 1} and 1 more cannot be read; the rest is shown"
    status, out, err = scratchwork("report", "done")
    assert (status, out.strip()) == (0, "runs/done/report.html") and err.count(said) == 1 and "Traceback" not in err
    assert said in (run / "report.html").read_text()
    assert said in (run / ("report-plain.html" if built else "report.html")).read_text()
    assert json.loads((run / "summary.json").read_text())["steps"] == 3
    assert any((run / "figures").glob("*.png"))
    assert scratchwork("doctor", "done")[0] == 2  # to judge takes all lines
