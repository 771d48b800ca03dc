"""Numbers out of what a trainer printed or kept; text that is none is passed over."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scratchwork.foreign.source import Log

KINDS = ("*.log", "*.txt", "*.out")
CHUNK = 1 << 24  # bytes read at once; a log may be longer than what fits in memory
BEFORE = 1 << 16  # bytes read again, lest a line be missed whose other half had not been written yet
_NUMBER = re.compile(r"(?:np\.\w{1,20}\()?(-?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?)\)?")


def number(value: Any) -> float | None:
    """A number, or a text that is one; None for any other, and for what is not finite.

    >>> number("np.float64(0.5)"), number(True), number("1e-06"), number("nan"), number([1])
    (0.5, 1.0, 1e-06, None, None)
    """
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value.strip())):
        value = float(match[1])
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def numbers(table: Mapping[str, Any]) -> dict[str, float]:
    """Those entries that are numbers."""
    found = ((str(name), number(value)) for name, value in table.items())
    return {name: value for name, value in found if value is not None}


class Printed:
    """What was printed into files of `folder`, and into `more`. A file that grows is read on, not again."""

    def __init__(self, folder: Path, more: Sequence[Path], parse: Callable[[str], Log], kinds: tuple[str, ...] = KINDS):
        self.folder, self.more, self.parse, self.kinds = folder, more, parse, kinds
        self.read_to: dict[Path, int] = {}
        self.found: Log = {}

    def log(self) -> Log:
        """All steps so far."""
        for path in sorted(self.files(), key=modified):
            for text in self.new_text(path):
                self.found |= self.parse(text)
        return dict(self.found)

    def files(self) -> list[Path]:
        return [path for kind in self.kinds for path in self.folder.glob(kind)] + list(self.more)

    def new_text(self, path: Path) -> Iterator[str]:
        """What was written since the last time and some of what was before it, in pieces of whole lines."""
        start = max(0, self.read_to.get(path, 0) - BEFORE)
        try:
            with path.open("rb") as file:
                if file.seek(0, 2) < start:  # begun anew
                    start = 0
                file.seek(start)
                while piece := file.read(CHUNK):
                    whole = piece if len(piece) < CHUNK else piece + file.readline(CHUNK)
                    yield whole.rpartition(b"\n")[0].decode(errors="replace")
                self.read_to[path] = file.tell()
        except OSError:
            return


def modified(path: Path) -> float:
    """When it was last written; 0 when it has gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
