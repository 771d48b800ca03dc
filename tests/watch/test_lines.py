"""The journal as columns, read on: as the run folder itself reads it, whatever is appended, cut back or replaced."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchwork.observe.doctor.rules import diagnose
from scratchwork.runs import RunFolder
from scratchwork.watch.lines import Journal, last_lines, rounded

LINE = st.fixed_dictionaries(
    {"step": st.integers(0, 99), "stage": st.sampled_from(["grpo", "pretrain", "held_out"])},
    optional={"reward": st.floats(-9, 9), "loss": st.none() | st.integers(-9, 9), "note": st.text(max_size=9)},
)


def write(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.lists(LINE, max_size=6), max_size=4))
def test_reading_on_is_reading_all(tmp_path_factory: pytest.TempPathFactory, parts: list[list[dict[str, Any]]]) -> None:
    path, told, after = tmp_path_factory.mktemp("j") / "journal.jsonl", [], 0
    path.touch()
    journal = Journal(path)
    for part in parts:
        with path.open("a") as file:
            file.writelines(json.dumps(line) + "\n" for line in part)
        journal.refresh()
        answer = journal.answer("grpo", after, 2_000)
        assert answer["reset"] is (after == 0)
        told += list(zip(answer["step"], answer["series"].get("reward", [None] * len(answer["step"])), strict=True))
        after = answer["next"]
    lines = [line for part in parts for line in part if line["stage"] == "grpo"]
    assert told == [(line["step"], rounded(line.get("reward"))) for line in lines]
    notes = [line["note"] for part in parts for line in part if "note" in line]
    assert [note["text"] for note in journal.notes] == notes


def test_a_journal_that_went_back_is_told_anew(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "zero", 'name = "zero"\n', "r")
    for step in range(1, 6):
        run.append("grpo", step, {"reward": step / 10})
    journal = Journal(run.path / "journal.jsonl")
    journal.refresh()
    known = journal.answer("grpo", 0, 2_000)["next"]
    run.truncate_journal("grpo", 3)
    for step in range(4, 9):
        run.append("grpo", step, {"reward": 1.0})
    journal.refresh()
    told = journal.answer("grpo", known, 2_000)
    assert told["reset"] and told["step"] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert journal.answer("grpo", told["next"], 2_000) == {
        **told,
        "step": [],
        "time": [],
        "series": {name: [] for name in told["series"]},
        "reset": False,
    }
    assert told["next"] < 2**53
    run.close()


def test_a_long_journal_is_thinned_evenly_and_ends_with_its_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, [{"step": step, "stage": "grpo", "reward": step} for step in range(1, 5_001)])
    journal = Journal(path)
    journal.refresh()
    steps = journal.answer("grpo", 0, 2_000)["step"]
    gaps = {b - a for a, b in itertools.pairwise(steps)}
    assert len(steps) == 2_000 and (steps[0], steps[-1]) == (1, 5_000) and gaps == {2, 3}
    assert journal.answer("grpo", 0, 2_000)["series"]["reward"] == steps
    assert journal.answer("grpo", 0, 10)["step"][-1] == 5_000


def test_the_doctor_goes_along(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    rewards = {"reward": 0.0, "accuracy": 0.0, "solved_none": 1.0, "completions/clipped_ratio": 1.0}
    lines = [{"step": step, "stage": "grpo", **rewards} for step in range(1, 41)]
    write(path, lines)
    journal = Journal(path)
    journal.refresh()
    journal.rounds.wait()
    assert journal.rounds.findings() == (diagnose(lines), 0) != ([], 0)
    write(tmp_path / "new", lines[:1])
    (tmp_path / "new").replace(path)
    journal.refresh()
    journal.rounds.wait()
    assert journal.rounds.findings() == (diagnose(lines[:1]), 0) == ([], 0)


def test_the_end_of_a_journal_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, [{"step": step, "stage": "grpo", "pad": "x" * 100} for step in range(5_000)])
    assert [line["step"] for line in last_lines(path, size=1_000)][-1] == 4_999
    assert len(last_lines(path, size=1_000)) < 10
    assert last_lines(tmp_path / "nothing") == []
