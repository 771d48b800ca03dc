"""summary.json: what it must hold, from whole runs and from runs with nothing in them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from scratchwork.observe.summary import build_summary, write_summary
from scratchwork.runs import RunFolder


def test_a_finished_run_has_every_number(finished_run: RunFolder) -> None:
    summary = build_summary(finished_run)
    assert (summary["recipe"], summary["seed"], summary["steps"]) == ("zero", 3, 40)
    assert summary["seconds"]["total"] == 551.0
    assert summary["seconds"]["rl"] == pytest.approx(sum(line["step_time"] for line in finished_run.journal()))
    assert summary["peak_memory_mb"] == 1480.0
    assert summary["classic_apple"].keys() == {"base", "final"}
    for label in ("base", "final"):
        assert set(summary[label]) == {"apples", "countdown"}
        for numbers in summary[label].values():
            assert numbers.keys() >= {"pass@1", "pass@1_ci", "pass@4", "pass@64", "length", "backtracks"}
            low, high = numbers["pass@1_ci"]
            assert low < numbers["pass@1"] < high
            assert numbers["pass@64"] is None  # four samples cannot tell
    assert summary["base"]["apples"]["levels"] == [2, 3]  # level 1 was asked and is not in the table


def test_its_numbers_are_those_of_the_evaluation(finished_run: RunFolder) -> None:
    table = finished_run.read_json("evals/final.json")["families"]["apples"]
    apples = build_summary(finished_run)["final"]["apples"]
    assert apples["pass@1"] == pytest.approx((table["2"]["pass@1"] + table["3"]["pass@1"]) / 2)
    assert apples["backtracks"] == pytest.approx(
        (table["2"]["reflection/backtracks"] + table["3"]["reflection/backtracks"]) / 2
    )
    assert apples["problems"] == 6


def test_what_a_caller_measured_goes_before_what_was_kept(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=2, evals=())
    written = write_summary(run, seconds_total=9.5, peak_memory_mb=100)
    assert (written["seconds"]["total"], written["peak_memory_mb"]) == (9.5, 100)
    assert json.loads((run.path / "summary.json").read_text()) == written


def test_a_run_that_just_began_has_a_summary(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=0, evals=())
    (run.path / "progress.json").unlink()
    summary = build_summary(run)
    assert summary["base"] is None and summary["final"] is None
    assert summary["classic_apple"] == {"base": None, "final": None}
    assert summary["seconds"] == {"total": None, "rl": 0}
    assert summary["steps"] == 0


def test_a_step_that_diverged_is_not_a_step_done(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=3, evals=())
    run.append("grpo", 4, {"failed": "the loss is nan"})
    assert build_summary(run)["steps"] == 3
