"""A user's own problems: columns found, answers extracted, and every fault named with its lines."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from scratchwork.errors import UserError
from scratchwork.files import FileError
from scratchwork.reward.verify import verify
from scratchwork.tasks.base import ProblemSource, Share, TaskError, draw_split, is_held_out
from scratchwork.tasks.countdown import Node, countdown_problem
from scratchwork.tasks.jsonl import Jsonl, final_answer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def task(folder: Path, *rows: Any) -> Jsonl:
    path = folder / "mine.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return Jsonl(path)


def only(folder: Path, row: dict[str, Any]):
    (problem,) = (p for own in task(folder, row).problems.values() for p in own)
    return problem


@pytest.mark.parametrize(
    ("row", "answer", "verifier", "level"),
    [
        ({"question": "3*3?", "answer": "She has 3*3=<<3*3=9>>9.\n#### 9"}, "9", "number", 1),
        ({"problem": "1/2?", "solution": r"So \boxed{\frac{1}{2}}."}, r"\frac{1}{2}", "number", 1),
        ({"problem": "1/2?", "solution": "long", "answer": r"\frac{1}{2}", "level": 3}, r"\frac{1}{2}", "number", 3),
        ({"prompt": "6*7?", "ground_truth": 42, "level": "Level 5"}, "42", "number", 5),
        ({"question": "half?", "final_answer": 0.5, "answer": "let me see"}, "0.5", "number", 1),
        ({"question": "price?", "answer": " $1,234.50 "}, "1,234.50", "number", 1),
        ({"question": "angle?", "answer": r"90^\circ"}, r"90^\circ", "number", 1),
        ({"question": "Capital of France?", "answer": "Paris."}, "Paris.", "text", 1),
        ({"question": "Who?", "answer": "Jean-Luc O’Neil 3rd"}, "Jean-Luc O’Neil 3rd", "text", 1),
    ],
)
def test_common_columns_are_found_and_the_gold_can_be_judged(tmp_path, row, answer, verifier, level) -> None:
    problem = only(tmp_path, row)
    assert (problem.answer, problem.verifier, problem.level, problem.family) == (answer, verifier, level, "jsonl")
    assert problem.prompt in row.values()
    assert verify(answer, problem) and not verify("", problem)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"nums": [3, 10, 2], "target": 26, "prompt": [{"role": "user", "content": "?"}]}, "the question is a list"),
        ({"question": ["1+1?"], "answer": "2"}, "the question is a list"),
        ('{"question": "1+1?", "answer": NaN}', "NaN is not a number in JSON"),
        (r'{"question": "1+1\ud800?", "answer": "2"}', "line 1 cannot be read.*surrogates not allowed"),
    ],
)
def test_what_is_no_question_or_no_json_is_named(tmp_path, row, says) -> None:
    with pytest.raises(TaskError, match=says):
        task(tmp_path, row)


def test_a_gold_that_no_verifier_reads_is_left_out(tmp_path) -> None:
    mine = task(tmp_path, {"question": "?", "answer": r"\5"}, {"question": "price?", "answer": r"\$5"})
    assert mine.left_out == [1] and "line 1" in str(mine)


def test_countdown_rows_are_the_same_problems_as_our_own(tmp_path: Path) -> None:
    problem = only(tmp_path, {"nums": [3, 10, 2], "target": 26})
    ours = countdown_problem([10, 2, 3], Node(26, "(3+10)*2"), 1)
    assert problem.prompt == "Use 3, 10 and 2 once each to make 26."
    assert verify("(3+10)*2", problem) and not verify("26", problem)
    assert is_held_out(problem) == is_held_out(ours) and problem.id.split("-")[1] == ours.id.split("-")[1]
    assert only(tmp_path, {"nums": [3, 10, 2], "target": 26, "prompt": "Make 26!"}).prompt == "Make 26!"


def test_the_mapping_can_be_printed(tmp_path: Path) -> None:
    rows = [{"problem": "1?", "answer": "1", "level": 2}, {"problem": "x?", "answer": "x^2", "level": 1}]
    mine = task(tmp_path, *rows, {"problem": "2?", "answer": 2, "level": 2})
    assert mine.columns == {"question": "problem", "answer": "answer", "level": "level"}
    assert str(mine) == (
        f"{tmp_path}/mine.jsonl: question <- problem, answer <- answer, level <- level; "
        "problems: 2 at level 2; not to be judged and left out: line 2"
    )


@pytest.mark.parametrize(
    "answer", ["2k+2", "p - q", r"\text{(C)}", "(3,4]", "-x", "1,2", "1 2", "3/0", "1e5", "0x10", "٣", "*"]
)
def test_what_no_verifier_can_judge_is_left_out(tmp_path: Path, answer: str) -> None:
    mine = task(tmp_path, {"question": "a", "answer": "1"}, {"question": "b", "answer": answer})
    assert mine.left_out == [2]


def test_the_split_goes_by_the_question_whatever_its_spacing(tmp_path: Path) -> None:
    mine = task(tmp_path, *({"question": f"What is {i}+1?", "answer": i + 1} for i in range(300)))
    spaced = task(tmp_path, *({"question": f" What  is {i}+1?\n", "answer": "0", "id": i} for i in range(300)))
    assert [p.id for p in mine.problems[1]] == [p.id for p in spaced.problems[1]]
    rng = random.Random(0)
    train = {draw_split(mine, rng, 1, "train").id for _ in range(2000)}
    held_out = {draw_split(mine, rng, 1, "held_out").id for _ in range(500)}
    assert not train & held_out and len(train | held_out) == 300
    assert 15 < len(held_out) < 50


def test_it_is_a_task_like_any_other(tmp_path: Path) -> None:
    mine = task(tmp_path, *({"question": f"{i}?", "answer": i, "level": 1 + i % 2} for i in range(50)))
    problems = ProblemSource([Share(mine, (1, 2))], seed=0).take(0, 20)
    assert [p.level for p in problems].count(1) == 10
    assert problems == ProblemSource([Share(mine, (1, 2))], seed=0).take(0, 20)
    with pytest.raises(TaskError, match=r"no problems at level 4; set its levels in \[\[tasks\]\] to \[1, 2\]"):
        mine.draw(random.Random(0), 4)


GOOD = {"question": "1+1?", "answer": "2"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "mine.jsonl is empty"),
        (["", "  "], "mine.jsonl is empty"),
        ([GOOD, "{", GOOD, "[1]", '"x'], r"lines 2, 4, 5 cannot be read as a JSON object \(line 2: Expecting"),
        ([GOOD, "[1]"], r"line 2 cannot be read as a JSON object \(line 2: a list, not an object\)"),
        ([GOOD, "[" * 100_000], "line 2 cannot be read"),
        ([GOOD, '{"question": ' + "9" * 10_000 + "}"], "line 2 cannot be read"),
        ([{"q": "1?", "a": "1"}], r"found columns 'q', 'a'; it needs a question \(question, problem, prompt\)"),
        ([{"question": "1?"}], "found columns 'question'; it needs"),
        ([{}], "found columns none; it needs"),
        (
            [GOOD, {"question": "2?"}, GOOD, {"question": "3?", "answer": None}],
            r"no 'answer' in lines 2, 4 \(line 2 has 'q",
        ),
        ([GOOD, {"problem": "2?", "answer": "1"}], r"no 'question' in line 2 \(line 2 has 'problem', 'answer'\)"),
        ([{**GOOD, "level": 6}], "line 1: level is 6; it must be 1 to 5"),
        ([{**GOOD, "level": "hard"}], "line 1: level is 'hard'"),
        ([{**GOOD, "question": ["1", "2"]}], "line 1: the question is a list; it must be text"),
        ([{"nums": [1], "target": 1}], r"line 1: numbers \[1\] and target 1 must be whole, at least two"),
        ([{"nums": [1, 2.5], "target": 1}], "must be whole"),
        ([{"nums": "1 2", "target": 3}], "must be whole"),
        ([{"question": "x?", "answer": "x^2"}], "no line has one number or plain words in column 'answer'"),
    ],
)
def test_faults_are_sentences_with_lines(tmp_path: Path, rows: list[Any], words: str) -> None:
    with pytest.raises(TaskError, match=words) as caught:
        task(tmp_path, *rows)
    assert isinstance(caught.value, UserError) and len(str(caught.value)) < 500


def test_many_broken_lines_are_counted_not_listed(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="lines 1, 2, 3, 4, 5 and 995 more"):
        task(tmp_path, *["nonsense"] * 1000)


def test_a_missing_file_and_foreign_bytes(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.jsonl"):
        Jsonl(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "caf\xe9?", "answer": "1"}\n')
    with pytest.raises(TaskError, match="line 1 cannot be read"):
        Jsonl(tmp_path / "latin.jsonl")
    (tmp_path / "bom.jsonl").write_bytes(b'\xef\xbb\xbf{"question": "1?", "answer": "1"}\r\n')
    assert len(Jsonl(tmp_path / "bom.jsonl").problems[1]) == 1


def test_the_last_box_counts_and_braces_balance() -> None:
    assert final_answer(r"\boxed{1}, no: \boxed{\frac{2}{3}} so") == r"\frac{2}{3}"
    assert final_answer(r"\boxed{\{1\}}") == r"\{1\}"
    assert final_answer(r"\boxed{1") == r"\boxed{1"
    assert final_answer("#### 1 #### 2") == "2"


@pytest.mark.parametrize(
    ("name", "count", "left_out"), [("gsm8k/test.jsonl", 1319, 0), ("math500/test.jsonl", 500, 115)]
)
def test_public_sets_are_read_as_they_are(name: str, count: int, left_out: int) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"no copy of {name}")
    mine = Jsonl(DATA / name)
    problems = [p for own in mine.problems.values() for p in own]
    assert (len(problems) + len(mine.left_out), len(mine.left_out)) == (count, left_out)
    assert all(verify(p.answer, p) for p in problems)
    assert sorted(mine.problems) == ([1] if name.startswith("gsm8k") else [1, 2, 3, 4, 5])
