"""The whole path once, from nothing to a report: every file that a run folder is to have, and what is in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scratchwork.model.checkpoint import checkpoints, load_checkpoint
from scratchwork.runs import RunFolder
from scratchwork.toml import load_recipe

METRICS = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.fixture
def run(finished) -> RunFolder:
    return RunFolder(finished / "done")


def test_every_file_is_there(run):
    files = {path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file()}
    assert {
        *("recipe.toml", "manifest.json", "progress.json", "journal.jsonl", "summary.json", "report.html"),
        *(f"evals/{label}.{kind}" for label in ("base", "final") for kind in ("json", "parquet")),
        *(f"rollouts/step-{step:06d}.parquet" for step in (1, 2, 3)),
        *("figures/accuracy.png", "figures/length.png", "tokenizer/tokenizer.json"),
    } <= files
    assert not [name for name in files if ".aside" in name or ".old" in name]
    assert [path.name for path in checkpoints(run.path / "checkpoints")] == [
        "step-000002",
        "step-000004",
        "step-000005",
    ]


def test_the_recipe_can_be_run_again(run):
    recipe = load_recipe(str(run.path / "recipe.toml"))
    assert recipe.name == "smoke" and recipe.grpo.steps == 3 and recipe.threads == 1


def test_the_journal_has_a_line_a_step(run):
    lines = run.journal()
    assert [(line["stage"], line["step"]) for line in lines] == [
        *(("pretrain", step) for step in (1, 2)),
        ("held_out", 0),
        *(("grpo", step) for step in (1, 2, 3)),
        ("held_out", 3),
    ]
    assert lines[0]["loss"] > lines[1]["loss"] > 0
    names = {"reward", "accuracy", "completions/mean_length", "completions/clipped_ratio", "reflection/rate", "entropy"}
    steps = lines[3:-1]
    assert all(names | {"grad_norm", "num_tokens", "step_time"} <= set(line) for line in steps)
    assert any(line["grad_norm"] > 0 for line in steps)
    assert all(line["sampling/sampling_logp_difference/max"] < 1e-4 for line in steps if line["grad_norm"])
    read = run.read_rollouts(3)
    assert steps[-1]["num_tokens"] > sum(row["length"] for row in read) and len(read) == 16


def test_every_name_in_the_journal_is_in_the_docs(run):
    told = set(re.findall(r"[\w@]+", METRICS.read_text()))
    names = {part for line in run.journal() for name in line for part in name.split("/")}
    assert names - told - {*run.recipe()["eval"]["families"], *run.recipe()["reward"]} == set()


def test_the_checkpoint_tells_where_it_stands(run):
    trainer = load_checkpoint(checkpoints(run.path / "checkpoints")[-1]).trainer
    assert (trainer["stage"], trainer["step"], trainer["position"]) == ("grpo", 3, 12)


def test_the_summary_has_what_others_compare_runs_by(run):
    summary = json.loads((run.path / "summary.json").read_text())
    assert (summary["recipe"], summary["seed"], summary["steps"]) == ("smoke", 0, 3)
    assert 0 < summary["seconds"]["rl"] < summary["seconds"]["total"]
    assert summary["peak_memory_mb"] > 50
    for label in ("base", "final"):
        assert set(summary[label]) == {"apples", "countdown"}
        assert {"pass@1", "pass@1_ci", "pass@64", "length", "backtracks"} <= set(summary[label]["countdown"])
    assert set(summary["classic_apple"]) == {"base", "final"}


def test_the_manifest_says_where_the_numbers_come_from(run):
    manifest = run.read_json("manifest.json")
    assert manifest["seeds"] == {"run": 0, "eval": 1234}
    assert set(manifest["data"]) == {"corpus of pretrain, pages 1 to 1000", "problems, 1 to 256", "problems held out"}
    assert manifest["hardware"]["threads"] == 1


def test_the_report_needs_nothing_but_itself(run):
    plain = run.path / "report-plain.html"  # there where the page is built, and report.html is that one
    page = (plain if plain.exists() else run.path / "report.html").read_text()
    assert "Emily buys 3 apples and 2 oranges" in page
    assert 'src="http' not in page and "<script" not in page
