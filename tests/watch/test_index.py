"""Searching by DuckDB gives what a plain look at every row gives, whatever is asked and whatever comes and goes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchwork.rollout_table import COLUMNS
from scratchwork.watch.index import Index
from scratchwork.watch.questions import Search
from scratchwork.watch.shards import Shards

PIECES = (
    "Wait",
    "wait",
    "3+4=7",
    "100%",
    "_",
    "'; DROP TABLE answers; --",
    "\\",
    "é",
    "验算",
    "\x00",
    "\u202e",
    "?",
    " ",
)
ORDERS: dict[str, Any] = {
    "step": lambda row: 0,
    "length": lambda row: (row["length"] is None, row["length"] or 0),
    "-length": lambda row: (row["length"] is None, -(row["length"] or 0)),
}


def write_shard(folder: Path, step: int, rows: int, rng: random.Random) -> list[dict[str, Any]]:
    """Rows of all kinds, also as a plain look would number them."""
    folder.mkdir(parents=True, exist_ok=True)
    made: list[dict[str, Any]] = []
    for _ in range(rows):
        made.append(
            dict.fromkeys(COLUMNS.names)
            | {
                "step": step,
                "problem_id": rng.choice(("a", "b/c", "'")),
                "family": rng.choice(("apples", "x'y", None)),
                "level": rng.choice((1, None)),
                "text": rng.choice(("", None, "".join(rng.choices(PIECES, k=rng.randint(1, 6))))),
                "reward": rng.choice((0.0, 1.0, None, float("nan"))),
                "correct": rng.choice((True, False, None)),
                "finish_reason": rng.choice(("stop", "length", None)),
                "length": rng.choice((None, rng.randint(0, 9))),
            }
        )
    pq.write_table(pa.Table.from_pylist(made, schema=COLUMNS), folder / f"step-{step:06d}.parquet")
    seen: dict[str, int] = {}
    for row in made:
        row["sample"] = seen[row["problem_id"]] = seen.get(row["problem_id"], -1) + 1
    return made


def plainly(rows: Sequence[dict[str, Any]], asked: Search) -> list[dict[str, Any]]:
    """The rows that fit, found by looking at each."""
    verdict = {"": (True, False, None), "true": (True,), "false": (False,), "null": (None,)}[asked.correct]
    found = [
        row
        for row in rows
        if asked.family in ("", row["family"])
        and row["correct"] in verdict
        and asked.finish in ("", row["finish_reason"])
        and (not asked.min_length or (row["length"] is not None and row["length"] >= asked.min_length))
        and asked.text.lower() in (row["text"] or "").lower()
        and (not asked.text or row["text"] is not None)
    ]
    return sorted(found, key=ORDERS[asked.order])


def places(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["step"], row["problem_id"], row["sample"], row["correct"], row["length"]) for row in rows]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, list[dict[str, Any]]]]:
    folder, rng = tmp_path_factory.mktemp("i") / "rollouts", random.Random(0)
    rows = [row for step in (1, 2, 3, 10) for row in write_shard(folder, step, 40, rng)]
    index = Index(Shards(folder))
    yield index, rows
    index.close()


@settings(max_examples=150, deadline=None)
@given(
    text=st.sampled_from(("", *PIECES, "WAIT", "%", "a%", "x")) | st.text("Wait3+4=_%'", max_size=5),
    family=st.sampled_from(("", "apples", "x'y", "nothing", "' OR 1=1 --")),
    correct=st.sampled_from(("", "true", "false", "null")),
    finish=st.sampled_from(("", "stop", "length", "x")),
    min_length=st.integers(0, 10),
    order=st.sampled_from(("step", "length", "-length")),
    offset=st.integers(0, 50),
    limit=st.integers(1, 60),
)
def test_it_finds_what_a_plain_look_finds(known: tuple[Index, list[dict[str, Any]]], **query: Any) -> None:
    index, rows = known
    asked = Search(run="r", **query)
    told, expected = index.search(asked), plainly(rows, asked)
    assert told["total"] == len(expected) and told["unread"] == 0
    assert places(told["rows"]) == places(expected[asked.offset : asked.offset + asked.limit])


def test_what_comes_goes_or_is_replaced_is_seen(tmp_path: Path) -> None:
    folder, rng = tmp_path / "rollouts", random.Random(1)
    index = Index(Shards(folder))
    everything = Search(run="r", limit=500)
    assert index.search(everything) == {"total": 0, "rows": [], "unread": 0}
    first, second = write_shard(folder, 1, 5, rng), write_shard(folder, 2, 5, rng)
    assert places(index.search(everything)["rows"]) == places([*first, *second])
    again = write_shard(tmp_path / "aside", 2, 7, rng)
    (tmp_path / "aside" / "step-000002.parquet").replace(folder / "step-000002.parquet")
    assert places(index.search(everything)["rows"]) == places([*first, *again])
    (folder / "step-000001.parquet").unlink()
    assert places(index.search(everything)["rows"]) == places(again)
    index.close()
    assert not Path(index.folder.name).exists()


def test_a_long_run_is_read_in_the_background(tmp_path: Path) -> None:
    folder, rng = tmp_path / "rollouts", random.Random(2)
    rows = [row for step in range(1, 31) for row in write_shard(folder, step, 3, rng)]
    index = Index(Shards(folder))
    first = index.search(Search(run="r"))
    assert first["unread"] + first["total"] / 3 == 30
    assert index.worker is not None
    index.worker.join()
    assert index.search(Search(run="r"))["total"] == len(rows) and index.unread() == 0
    index.close()


def test_pages_of_one_question_are_found_once(known: tuple[Index, list[dict[str, Any]]]) -> None:
    index, _ = known
    index.matches.clear()
    whole = index.search(Search(run="r", correct="true", limit=500))["rows"]
    assert index.search(Search(run="r", correct="true", offset=2, limit=3))["rows"] == whole[2:5]
    assert len(index.matches) == 1
