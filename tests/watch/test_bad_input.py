"""Whatever happened to a run folder: shown as far as readable, with a sentence on what is missing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scratchwork.runs import RunFolder
from scratchwork.types import Group, Problem, Rollout, Score
from scratchwork.watch.desk import Desk
from scratchwork.watch.plain import to_json
from scratchwork.watch.sources import NotHere, Runs
from tests.watch.conftest import Get

Asks = Callable[[RunFolder], Get]
HOSTILE = "<script>alert(1)</script> \x1b[31m \u202eevil \u200b \x00 \U0001f600 <|end|>"


def add(run: RunFolder, text: str) -> None:
    with (run.path / "journal.jsonl").open("a") as file:
        file.write(text)


def test_a_journal_cut_in_mid_line(written: RunFolder, ask: Asks) -> None:
    add(written, '{"step": 6, "stage": "grpo", "rew')
    assert ask(written)("journal")["step"] == [1, 2, 3, 4, 5]
    (sentence,) = ask(written)()["missing"]
    assert "ends in the middle of a line" in sentence
    add(written, 'ard": 0.5}\n')
    assert ask(written)("journal")["series"]["reward"][-1] == 0.5 and ask(written)()["missing"] == []


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        '{"step": "7", "stage": "grpo"}',
        '{"stage": "grpo"}',
        "\x00\x00",
        "[" * 100_000,
        '{"step": 7}',
    ],
)
def test_a_broken_line_is_passed_over_and_counted(written: RunFolder, ask: Asks, line: str) -> None:
    add(written, f'{line}\n{{"step": 6, "stage": "grpo", "reward": 0.75}}\n')
    assert ask(written)("journal")["step"] == [1, 2, 3, 4, 5, 6]
    assert ask(written)()["missing"][0].startswith("journal.jsonl: line 9 cannot be read")


def test_numbers_that_are_none_are_null(written: RunFolder, ask: Asks) -> None:
    huge = str(10**400)
    add(written, '{"step": 6, "stage": "grpo", "reward": NaN, "loss": 1e999, "odd": [1], "big": ' + huge + "}\n")
    told = ask(written)("journal")
    assert told["series"]["reward"][-1] is None and told["series"]["loss"][-1] is None
    assert "odd" not in told["series"] and "big" not in told["series"]
    json.loads(to_json(told), parse_constant=pytest.fail)


def test_clocks_that_go_backwards(written: RunFolder, ask: Asks) -> None:
    lock = RunFolder.open(written.path)
    add(written, '{"step": 6, "stage": "grpo", "time": 5.0, "step_time": 2.0}\n')
    add(written, '{"step": 7, "stage": "grpo", "time": 4.0, "step_time": 2.0}\n')
    page = ask(written)()
    assert ask(written)("journal")["time"][-2:] == [5.0, 4.0]
    assert page["state"] == "running" and page["eta"] is not None and 60 < page["eta"] < 90  # 33 steps are left
    lock.close()


def test_a_shard_that_is_missing_or_damaged(written: RunFolder, ask: Asks) -> None:
    get, folder = ask(written), written.path / "rollouts"
    (folder / "step-000002.parquet").unlink()
    (folder / "step-000003.parquet").write_bytes((folder / "step-000003.parquet").read_bytes()[:-100])
    (folder / "step-000004.parquet").write_bytes(b"")
    assert get("steps")["steps"] == [1, 3, 4, 5]
    assert any("rollouts of step 2 are not there" in sentence for sentence in get()["missing"])
    for step in (3, 4):
        with pytest.raises(NotHere, match=f"step-00000{step}.parquet is damaged"):
            get("steps", step, "groups")
    desk = Desk(Runs(written.path.parent))
    told = desk.answer(("search",), {"run": "zero-1", "limit": "500"})
    assert {row["step"] for row in told["rows"]} == {1, 5} and told["unread"] == 0
    own = desk.open("zero-1")
    own.moments.wait()
    assert [share["step"] for share in own.moments.answer(None)["shares"]] == [1, 5]
    sentences = desk.answer(("runs", "zero-1"), {})["missing"]
    assert any("2 files of rollouts are damaged" in sentence for sentence in sentences)
    desk.close()


def test_a_followed_shard_that_is_damaged_is_left_out(written: RunFolder, ask: Asks) -> None:
    get = ask(written)
    problem = get("followed")["problems"][0]["problem_id"]
    (written.path / "held_out" / "step-000004.parquet").write_bytes(b"PAR1")
    assert [step["step"] for step in get("followed", problem)["steps"]] == [0, 2]
    assert get("followed")["problems"][0]["problem_id"] == problem


def test_a_run_of_another_version_has_fewer_columns(written: RunFolder, ask: Asks) -> None:
    path = written.path / "rollouts" / "step-000001.parquet"
    table = pq.read_table(path).select(["problem_id", "family", "prompt", "text", "correct"])
    pq.write_table(table.append_column("new", pa.array([{"a": 1}] * table.num_rows)), path)
    get = ask(written)
    told = get("steps", 1, "groups")["groups"][0]
    assert told["lengths"] == [None] * 4 and told["rewards"] == [None] * 4 and told["signal"] is False
    one = get("steps", 1, "groups", told["problem_id"], 0)
    assert one["thinking"] and one["steps"] == [] and one["mean_logprob"] is None
    assert get("ahas")["unread"] in (0, 16)  # 0: not read yet


@pytest.mark.parametrize("column", ["data", "components"])
def test_columns_that_hold_something_else(written: RunFolder, ask: Asks, column: str) -> None:
    path = written.path / "rollouts" / "step-000001.parquet"
    table = pq.read_table(path)
    for value in ("{", "[]", "null", '"x"', "[" * 100_000, '{"numbers": "x", "target": []}'):
        new = table.set_column(table.schema.get_field_index(column), column, pa.array([value] * table.num_rows))
        pq.write_table(new, path)
        get = ask(written)
        for own in get("steps", 1, "groups")["groups"]:
            get("steps", 1, "groups", own["problem_id"], 0)


@pytest.mark.parametrize("name", ["recipe.toml", "manifest.json", "progress.json", "evals/base.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[[[", b"[]"])
def test_a_damaged_file_is_a_sentence(written: RunFolder, ask: Asks, name: str, content: bytes) -> None:
    written.write_json("manifest.json", {})
    (written.path / name).write_bytes(content)
    page = ask(written)()
    if (content == b"" and name == "recipe.toml") or name != "recipe.toml" or content != b"[]":
        assert any(name.rpartition("/")[2] in sentence for sentence in page["missing"])
    assert ask(written)("journal")["step"] == [1, 2, 3, 4, 5]
    if name == "recipe.toml":
        assert page["state"] == "unreadable" and "recipe.toml" in page["why"]


def hostile_group(problem_id: str, text: str) -> Group:
    problem = Problem(problem_id, "facts", 1, HOSTILE, HOSTILE, "text", {})
    score = Score(1.0, {HOSTILE: 1.0}, HOSTILE)
    return Group(problem, (Rollout(problem_id, (0,), (1,), (1,), (0.0,), "stop", 0, text, score),))


@pytest.mark.parametrize("problem_id", ["a/b", "../../x", "%2e%2e", "?x=1#y", "", " ", HOSTILE, "é\n", "x" * 5_000])
def test_names_and_texts_of_any_kind(written: RunFolder, ask: Asks, problem_id: str) -> None:
    written.write_rollouts(6, [hostile_group(problem_id, f"{HOSTILE}</think>{HOSTILE}")])
    get = ask(written)
    told = get("steps", 6, "groups")["groups"][0]
    assert told["problem_id"] == problem_id and told["prompt"] == HOSTILE
    one = get("steps", 6, "groups", problem_id, 0)
    assert one["thinking"] == one["answer_text"] == one["answer"] == HOSTILE and one["components"] == {HOSTILE: 1.0}
    assert json.loads(to_json(one)) == one and to_json(one).isascii()


def test_a_text_of_a_megabyte_is_shown_in_part(written: RunFolder, ask: Asks) -> None:
    text = "3+4=7. Wait, " * 90_000
    written.write_rollouts(6, [hostile_group("long", text)])
    one = ask(written)("steps", 6, "groups", "long", 0)
    assert one["cut"] and one["chars"] == len(text) > 10**6 and one["thinking"] == text[:100_000]
    assert one["steps"] and all(step["end"] <= 100_000 for step in one["steps"])


def test_files_that_are_no_shards_of_ours(written: RunFolder, ask: Asks, tmp_path: Path) -> None:
    folder = written.path / "rollouts"
    for name in ("step-x.parquet", "step-.parquet", "step-1e3.parquet", f"step-{'9' * 60}.parquet", "step-٣.parquet"):
        (folder / name).write_bytes(b"x")
    (folder / "step-000077.parquet").symlink_to(tmp_path / "elsewhere")
    (folder / "step-000078.parquet").mkdir()
    assert ask(written)("steps")["steps"] == [1, 2, 3, 4, 5]


def test_a_folder_whose_name_is_no_text(tmp_path: Path, ask: Asks, desk_of: Callable[[RunFolder], Desk]) -> None:
    run = RunFolder.create(tmp_path, "zero", 'name = "zero"\n', os.fsdecode(b"r\xe9\x01"))
    (line,) = desk_of(run).answer(("runs",), {})["runs"]
    told: Any = desk_of(run).answer(("runs", line["name"]), {})
    assert told["recipe"] == "zero" and json.loads(to_json(told))
    run.close()


def test_a_run_that_has_nothing_yet(tmp_path: Path, ask: Asks) -> None:
    run = RunFolder.create(tmp_path, "zero", 'name = "zero"\n', "empty")
    get = ask(run)
    page = get()
    assert page["state"] == "running" and page["step"] is None and page["missing"] == [] and page["claims"]
    assert get("journal") == {
        "stage": "grpo",
        "stages": [],
        "step": [],
        "time": [],
        "series": {},
        "next": 0,
        "reset": True,
    }
    assert get("steps") == {"steps": []} and get("followed") == {"problems": [], "steps": []}
    assert get("ahas")["examples"] == [] and get("transcripts") == {"transcripts": []}
    run.close()
    assert get()["state"] == "stopped"
