"""Searching all of a run's rollouts: DuckDB over what its Parquet files hold, gathered in a file beside no run.

Thousands of small files take seconds to open and one table takes milliseconds to ask, so each file is read once, into a
table in a temporary folder that goes with the process. A long run is read in the background: until then an answer says
how many files it does not know yet. The run itself is never written to.

Every query is put together from the constants in this file; what a request says is bound to their parameters.
"""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from scratchwork.watch.groups import finite
from scratchwork.watch.questions import Search
from scratchwork.watch.shards import Shard, Shards, Unreadable

COLUMNS = ["problem_id", "family", "level", "length", "correct", "reward", "finish_reason", "text"]
TABLE = """CREATE TABLE answers (
    key BIGINT, step BIGINT, sample BIGINT, problem_id VARCHAR, family VARCHAR, level BIGINT, length BIGINT,
    correct BOOLEAN, reward DOUBLE, finish_reason VARCHAR, text VARCHAR, low VARCHAR)"""
ADD = """INSERT INTO answers SELECT step * 16777216 + place, step,
    row_number() OVER (PARTITION BY step, problem_id ORDER BY place) - 1,
    problem_id, family, level, length, correct, reward, finish_reason, text, lower(text) FROM batch
    ORDER BY step, place"""
FIND = "SELECT key, coalesce(length, -1) AS length FROM answers WHERE {}"
SHOW = """SELECT key, step, problem_id, sample, family, level, length, correct, reward, text FROM answers
    WHERE key IN (SELECT unnest(?::BIGINT[]))"""
UNKNOWN = np.iinfo(np.int64).max  # the rank of a row whose length nobody knows


AT_ONCE = 8  # files that a request waits for; more are read in the background
BATCH_BYTES = 32_000_000
REMEMBERED = 8  # searches whose matches are kept, so that their pages cost nothing
EXCERPT = 160

Match = tuple[np.ndarray, np.ndarray]  # keys and lengths


@dataclass
class Index:
    """The table of one run. Any thread may search."""

    shards: Shards
    memory: str = "512MB"
    have: dict[int, Shard] = field(default_factory=dict)
    version: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    worker: threading.Thread | None = None
    matches: OrderedDict[tuple[Any, ...], Match] = field(default_factory=OrderedDict)
    closing: bool = False

    def __post_init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="scratchwork-watch-", ignore_cleanup_errors=True)
        config = {"threads": 2, "memory_limit": self.memory, "preserve_insertion_order": "false"}
        self.base = duckdb.connect(str(Path(self.folder.name, "answers.duckdb")), config=config)  # type: ignore[arg-type]
        self.base.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        self.base.execute(TABLE)

    def close(self) -> None:
        self.closing = True
        if self.worker is not None:
            self.worker.join()
        self.base.close()
        self.folder.cleanup()

    def search(self, asked: Search) -> dict[str, Any]:
        """The rows that fit, a page of them, and how many files were not looked into yet."""
        self.catch_up()
        keys, lengths = self.find(asked)
        page = page_of(keys, lengths, asked).tolist()
        with self.base.cursor() as cursor:
            rows = {row[0]: row[1:] for row in cursor.execute(SHOW, [page]).fetchall()}
        shown = [shown_row(rows[key], asked.text) for key in page if key in rows]
        return {"total": len(keys), "rows": shown, "unread": self.unread()}

    def find(self, asked: Search) -> Match:
        """The keys of all rows that fit, in the order of the steps, and their lengths."""
        clauses, values = conditions(asked)
        question = (self.version, *clauses, *values)
        with self.lock:
            if question in self.matches:
                self.matches.move_to_end(question)
                return self.matches[question]
        with self.base.cursor() as cursor:
            found = cursor.execute(FIND.format(" AND ".join(clauses) or "true"), values).fetchnumpy()
        keys, lengths = found["key"], found["length"]
        if np.any(keys[1:] < keys[:-1]):
            order = np.argsort(keys)
            keys, lengths = keys[order], lengths[order]
        with self.lock:
            self.matches[question] = keys, lengths
            while len(self.matches) > REMEMBERED:
                self.matches.popitem(last=False)
        return keys, lengths

    def unread(self) -> int:
        """Files that are listed and not in the table."""
        return sum(self.have.get(shard.step) != shard for shard in self.shards.listed().values())

    def catch_up(self) -> None:
        """Read what is new: at once if it is little."""
        with self.lock:
            listed = self.shards.listed()
            gone = [step for step in self.have if step not in listed]
            new = [shard for shard in listed.values() if self.have.get(shard.step) != shard]
            if self.worker is not None and self.worker.is_alive():
                return
            if gone:
                self.replace(gone, [])
            if len(new) <= AT_ONCE:
                self.take(new)
            else:
                self.worker = threading.Thread(target=self.take, args=(new,), daemon=True)
                self.worker.start()

    def take(self, shards: Sequence[Shard]) -> None:
        """Read these files, in batches; one that cannot be read is kept in mind with no rows."""
        batch: list[tuple[Shard, pa.Table | None]] = []
        size = 0
        for shard in shards:
            if self.closing:
                return
            try:
                table = self.shards.table(shard, COLUMNS)
            except Unreadable:
                table = None
            batch.append((shard, table))
            size += table.nbytes if table is not None else 0
            if size > BATCH_BYTES:
                self.keep(batch)
                batch, size = [], 0
        self.keep(batch)

    def keep(self, batch: Sequence[tuple[Shard, pa.Table | None]]) -> None:
        tables = [numbered(shard.step, table) for shard, table in batch if table is not None]
        known = [shard.step for shard, _ in batch if shard.step in self.have]
        if batch:
            self.replace(known, tables)
            with self.lock:
                self.have |= {shard.step: shard for shard, _ in batch}

    def replace(self, steps: Sequence[int], tables: Sequence[pa.Table]) -> None:
        """Forget these steps and add these rows, in one move."""
        with self.base.cursor() as cursor:
            cursor.begin()
            if steps:
                cursor.execute("DELETE FROM answers WHERE step IN (SELECT unnest(?::BIGINT[]))", [list(steps)])
            if tables:
                cursor.register("batch", pa.concat_tables(tables))
                cursor.execute(ADD)
                cursor.unregister("batch")
            cursor.commit()
        with self.lock:
            for step in steps:
                self.have.pop(step, None)
            self.version += 1


def conditions(asked: Search) -> tuple[list[str], list[Any]]:
    """What rows have to fulfil, as constants of this function, and the values of their parameters."""
    clauses, values = [], []
    for clause, value in (
        ("family = ?", asked.family),
        ("finish_reason = ?", asked.finish),
        ("length >= ?", asked.min_length),
        ("contains(low, lower(?))", asked.text),
    ):
        if value:
            clauses.append(clause)
            values.append(value)
    if asked.correct:
        clauses.append({"true": "correct", "false": "NOT correct", "null": "correct IS NULL"}[asked.correct])
    return clauses, values


def page_of(keys: np.ndarray, lengths: np.ndarray, asked: Search) -> np.ndarray:
    """The keys of the page that was asked for. A million rows need not be sorted for their first fifty.

    >>> keys, lengths = np.array([1, 2, 3, 4]), np.array([7, -1, 9, 7])  # the second one's is not known
    >>> page_of(keys, lengths, Search(run="r", order="length", limit=2, offset=1)).tolist()
    [4, 3]
    """
    end = asked.offset + asked.limit
    if asked.order == "step":
        return keys[asked.offset : end]
    rank = np.where(lengths < 0, UNKNOWN, lengths if asked.order == "length" else -lengths)
    if end < len(rank):
        near = np.flatnonzero(rank <= np.partition(rank, end)[end])
        keys, rank = keys[near], rank[near]
    return keys[np.argsort(rank, kind="stable")[asked.offset : end]]


def numbered(step: int, table: pa.Table) -> pa.Table:
    """The rows with their step, and where in it they stand."""
    steps = pa.array(np.full(table.num_rows, step, dtype=np.int64))
    return table.append_column("step", steps).append_column("place", pa.array(np.arange(table.num_rows)))


def shown_row(row: Sequence[Any], wanted: str) -> dict[str, Any]:
    step, problem_id, sample, family, level, length, correct, reward, text = row
    return {
        "step": step,
        "problem_id": problem_id or "",
        "sample": sample,
        "family": family or "",
        "level": level,
        "length": length,
        "correct": correct,
        "reward": finite(reward),
        "excerpt": excerpt(text or "", wanted),
    }


def excerpt(text: str, wanted: str) -> str:
    """A piece of the text around what was looked for, or its beginning.

    >>> excerpt("a" * 300 + "Wait" + "b" * 300, "wait").strip("ab…")
    'Wait'
    """
    at = text.lower().find(wanted.lower()) if wanted else 0
    start = max(0, at - EXCERPT // 2)
    piece = text[start : start + EXCERPT]
    return ("…" if start else "") + piece + ("…" if start + EXCERPT < len(text) else "")
