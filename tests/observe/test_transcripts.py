"""Which problems are shown is a rule, and what is shown of an answer is all of it, safe to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scratchwork.observe.transcripts import CLASSIC, MAX_CHARS, answer, choose, pieces, transcripts
from scratchwork.runs import RunError, RunFolder
from scratchwork.tasks.apples import classic_apple_problem


def problem(family: str, level: int, prompt: str = "") -> dict[str, Any]:
    return {"family": family, "level": level, "prompt": prompt}


def test_the_classic_apple_problem_is_known_by_its_words() -> None:
    assert classic_apple_problem().prompt == CLASSIC


def test_the_classic_comes_first_then_families_and_levels_in_turn() -> None:
    problems = {
        "s1": problem("sums", 1),
        "s2": problem("sums", 1),
        "s3": problem("sums", 2),
        "a1": problem("apples", 3),
        "a2": problem("apples", 3),
        "a3": problem("apples", 1),
        "classic": problem("apples", 1, CLASSIC),
    }
    assert [key for key, _ in choose(problems)] == ["classic", "a3", "s1", "a1", "s3", "a2", "s2"]


def test_ten_of_a_finished_run_each_with_both_first_answers(finished_run: RunFolder) -> None:
    shown = transcripts(finished_run)
    assert len(shown) == 10
    assert shown[0].prompt == CLASSIC
    assert {one.family for one in shown} == {"apples", "countdown"}
    assert all(one.base and one.final for one in shown)
    first = {}
    for row in pytest.importorskip("pyarrow.parquet").read_table(finished_run.path / "evals/base.parquet").to_pylist():
        first.setdefault(row["prompt"], row["text"])
    for one in shown:
        said = "".join(text for _, text in one.base.pieces)
        assert said == first[one.prompt].replace("</think>", "")


def test_with_one_evaluation_its_answers_stand_alone(make_run: Callable[..., RunFolder]) -> None:
    shown = transcripts(make_run(steps=1, evals=("base",)))
    assert len(shown) == 10 and all(one.base and one.final is None for one in shown)
    assert transcripts(make_run(name="zero-2", steps=1, evals=())) == []


def test_a_damaged_table_is_told_in_a_sentence(make_run: Callable[..., RunFolder]) -> None:
    run = make_run(steps=1, evals=("base",))
    (run.path / "evals/base.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(RunError, match=r"base\.parquet is damaged"):
        transcripts(run)


def row(text: str, **changes: Any) -> dict[str, Any]:
    return {"text": text, "correct": True, "finish_reason": "stop", "length": 3} | changes


def test_outcomes() -> None:
    outcomes = [answer(row("", **c), True).outcome for c in ({}, {"correct": False}, {"correct": None})]
    assert outcomes == ["right", "wrong", "not judged"]
    assert answer(row("", finish_reason="length", correct=False), True).outcome == "cut off"


def test_a_prompt_that_opened_no_block_is_answered_at_once() -> None:
    assert list(pieces("Wait for it: \\boxed{2}.", opened=False)) == [("answer", "Wait for it: \\boxed{2}.")]
    assert [kind for kind, _ in pieces("Wait for it", opened=True)] == ["doubt", "thinking", "answer"]


def test_a_megabyte_is_clipped_and_says_so() -> None:
    shown = list(pieces("Wait " * 200_000, opened=True))
    assert sum(len(text) for _, text in shown) < MAX_CHARS + 100
    assert "(997,000 more characters)" in "".join(text for _, text in shown)


def test_what_acts_on_a_screen_is_shown_instead() -> None:
    (kind, text), _ = pieces("\x1b[2J\u202e\x00 3+4=7", opened=True)
    assert (kind, text) == ("thinking", "␛[2J�␀ 3+4=7")
