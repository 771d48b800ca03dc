"""A folder of answers, a Parquet table a step: what was learnt from, or what was asked again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scratchwork.files import atomic_write, file_errors
from scratchwork.types import Group


class Answers:
    """step-NNNNNN.parquet files in `folder`, which is made when the first is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, step: int, groups: Sequence[Group]) -> None:
        """Replace a step's table. Raises FileError when it cannot be written."""
        from scratchwork.rollout_table import to_parquet  # pyarrow is slow to load, and most readers need no table

        atomic_write(self.path(step), to_parquet(step, groups))

    def read(self, step: int) -> list[dict[str, Any]]:
        """The rows of a step. Raises FileError when there are none."""
        from scratchwork.rollout_table import read_parquet

        with file_errors(self.path(step), "read"):
            return read_parquet(self.path(step))

    def steps(self) -> list[int]:
        """The steps that have a table, in order."""
        return sorted(int(path.stem.removeprefix("step-")) for path in self.folder.glob("step-*.parquet"))

    def forget(self, after_step: int) -> None:
        """Remove the tables of the steps after `after_step`."""
        for path in (self.path(step) for step in self.steps() if step > after_step):
            with file_errors(path, "remove"):
                path.unlink()

    def path(self, step: int) -> Path:
        return self.folder / f"step-{step:06d}.parquet"
