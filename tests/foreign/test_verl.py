"""A folder that verl left: its verdict, its held-out answers, its console; and lines that are no answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.foreign.source import ForeignError, Shard
from scratchwork.foreign.verl import VerlFolder, answer, gold_of, printed_steps

HERE = Path(__file__).parent
SAMPLE = HERE / "verl_sample"


def lines_of(path: str) -> list[dict]:
    return [json.loads(line) for line in (SAMPLE / path).read_text().splitlines()]


def test_rows_are_its_lines(take):
    follower = take("verl")
    for step in (1, 2, 3):
        rows, lines = follower.run.read_rollouts(step), lines_of(f"rollout/{step}.jsonl")
        assert [row["text"] for row in rows] == [line["output"] for line in lines]
        assert [row["correct"] for row in rows] == [line["acc"] for line in lines]
        assert [row["reward"] for row in rows] == [line["score"] for line in lines]
        assert [row["answer"] for row in rows] == [line["pred"] for line in lines]
    assert follower.rules.verdict == "acc" and follower.rules.weights == {"score": 1.0}


def test_its_console_is_in_our_names(take):
    line = next(line for line in take("verl").run.journal() if line["stage"] == "grpo")
    assert line["entropy"] == pytest.approx(0.18766465783119202)
    assert line["loss"] == pytest.approx(0.012760421261191368)  # printed as np.float64(...)
    assert line["completions/clipped_ratio"] == pytest.approx(1 / 3)
    assert line["val-core/apples/acc/mean@4"] == 0.25
    assert line["completions/mean_length"] == 25.0 == pytest.approx(line["length/foreign"])


def test_held_out_answers_are_held_out(take):
    follower = take("verl")
    assert follower.run.held_out_steps() == [1, 3]
    line = [line for line in follower.run.journal() if line["stage"] == "held_out"][-1]
    # of two problems with four answers each one answer is right: 1/4, 1 - C(3,2)/C(4,2) = 1/2, 1
    assert (line["pass@1"], line["pass@2"], line["pass@4"]) == (0.25, 0.5, 1.0)
    assert "loss" not in line


def test_lines_that_are_not_whole_are_counted(take):
    def tear(folder):
        path = folder / "rollout/3.jsonl"
        path.write_bytes(path.read_bytes()[:-30])

    follower = take("verl", tear)
    assert len(follower.run.read_rollouts(3)) == 11
    assert follower.unread == {"rollouts/3": "1 of 12 lines of 3.jsonl cannot be read"}
    assert "1 of 12" in [line for line in follower.run.journal() if line["stage"] == "grpo"][-1]["note"]


def test_an_older_version_without_gts_and_acc(take):
    def older(folder):
        for path in folder.rglob("*.jsonl"):
            rows = [json.loads(line) for line in path.read_text().splitlines()]
            kept = [{name: row[name] for name in ("input", "output", "score", "step")} for row in rows]
            path.write_text("".join(json.dumps(row) + "\n" for row in kept))

    follower = take("verl", older)
    assert follower.rules.verdict == "score"  # -1 and 1
    assert {row["verifier"] for row in follower.run.read_rollouts(1)} == {""}


def test_countdown_is_judged_by_our_verifier():
    gold = gold_of({"target": 26, "numbers": [2, 3, 10]})
    from scratchwork.foreign.convert import problem_of
    from scratchwork.foreign.source import Answer

    problem = problem_of(Answer("Make 26.", "", {}, gold))
    assert (problem.verifier, dict(problem.data)) == ("countdown", {"numbers": [2, 3, 10], "target": 26})


def test_the_logger_file():
    kept = '{"step":4,"data":{"actor/entropy":0.5,"name":"x"}}\nnoise\n{"step":"x","data":{}}\n'
    assert printed_steps(kept) == {4: {"entropy": 0.5}}


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_line_is_an_answer_or_none(line):
    assert answer(line) is None or answer(line).text is not None


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"input": 1, "output": "x"}', b"null", b'{"input": "x"}'])
def test_hostile_lines(line):
    assert answer(line) is None


def test_numbers_that_are_none_are_no_scores():
    line = b'{"input": "q", "output": "a", "score": NaN, "acc": "1", "n": Infinity, "ok": true}'
    assert answer(line).scores == {"ok": 1.0}


def test_a_folder_of_several_runs_is_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jsonl").write_text("")
    with pytest.raises(ForeignError, match=r"several runs \(a, b\)"):
        VerlFolder(tmp_path)


def test_a_folder_of_another_kind_is_refused():
    with pytest.raises(ForeignError, match="use `trl`"):
        VerlFolder(HERE / "trl_sample")


def test_a_file_that_has_gone_is_a_sentence():
    answers, why = VerlFolder(SAMPLE).read(Shard("rollouts", 9, SAMPLE / "rollout/9.jsonl"))
    assert answers == [] and "cannot read" in why
