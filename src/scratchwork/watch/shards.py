"""The Parquet files of a run's answers: which there are, and their rows whatever version or accident left them.

Names come from the folder's own listing alone. Columns that a file lacks are null, columns that it has besides are not
read, and a file that cannot be read is said once and passed over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scratchwork.rollout_table import COLUMNS
from scratchwork.watch.sources import NotHere

NAME = re.compile(r"step-([0-9]{1,9})\.parquet")
WANTED = [field.name for field in COLUMNS if field.name not in ("step", "policy_version")]


class Unreadable(NotHere):
    """A file that is damaged, or was removed since it was listed."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of one step. Two that are equal hold the same rows."""

    step: int
    path: Path
    inode: int
    written: int  # nanoseconds
    size: int


@dataclass(slots=True)
class Shards:
    """The files of one folder of a run, "rollouts" or "held_out"."""

    folder: Path
    stamp: tuple[int, int] | None = None
    known: dict[int, Shard] = field(default_factory=dict)
    damaged: dict[Path, Shard] = field(default_factory=dict)  # those that could not be read when they were asked for

    def listed(self) -> Mapping[int, Shard]:
        """By step, in order. The folder is read again when something came, went or was replaced in it."""
        try:
            status = self.folder.stat()
            stamp = status.st_ino, status.st_mtime_ns
            if stamp != self.stamp:
                self.known, self.stamp = dict(sorted(self.found())), stamp
        except OSError:
            self.known, self.stamp = {}, None
        return self.known

    def found(self) -> Iterable[tuple[int, Shard]]:
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if (match := NAME.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    where = status.st_ino, status.st_mtime_ns, status.st_size
                    yield int(match[1]), Shard(int(match[1]), self.folder / entry.name, *where)

    def named(self, name: str) -> Shard:
        """A file that is of no step, by a name of ours. Raises Unreadable when it is not there."""
        path = self.folder / name
        try:
            status = path.stat()
        except OSError as error:
            raise Unreadable(f"{self.folder.name}/{name} is not there") from error
        return Shard(0, path, status.st_ino, status.st_mtime_ns, status.st_size)

    def of(self, step: int) -> Shard:
        """Raises NotHere when the step left no answers."""
        shards = self.listed()
        if step not in shards:
            near = min(shards, key=lambda other: abs(other - step), default=None)
            hint = f"the nearest step that has some is {near}" if near is not None else "no step has any"
            raise NotHere(f"step {step} has no answers in {self.folder.name}/; {hint}")
        return shards[step]

    def table(self, shard: Shard, columns: list[str] = WANTED) -> pa.Table:
        """These columns of a file, in the types of COLUMNS. Raises Unreadable, and keeps in mind that it did."""
        try:
            table = read_table(shard.path, columns)
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            self.damaged[shard.path] = shard
            where = f"{shard.path.parent.name}/{shard.path.name}"
            raise Unreadable(f"{where} is damaged or gone ({str(error)[:200]}); its answers are not shown") from error
        self.damaged.pop(shard.path, None)
        return table

    def rows(self, shard: Shard, problem: str | None = None) -> list[dict[str, Any]]:
        """The rows of a file in their order, or those of one problem. Raises Unreadable."""
        table = self.table(shard)
        if problem is not None:
            table = table.filter(pc.equal(table["problem_id"], problem))
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows


def read_table(path: Path, columns: list[str]) -> pa.Table:
    with pq.ParquetFile(path) as file:
        there = set(file.schema_arrow.names)
        table = file.read(columns=[name for name in columns if name in there], use_threads=False)
    arrays = [
        table[name].cast(COLUMNS.field(name).type)
        if name in there
        else pa.nulls(table.num_rows, COLUMNS.field(name).type)
        for name in columns
    ]
    return pa.table(arrays, names=columns)
