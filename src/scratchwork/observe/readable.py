"""A run's journal as far as it can be read, for whoever shows the rest and says what is missing.

Whoever goes on with a run, or counts on all of its lines, asks the run itself, which refuses a broken one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scratchwork.files import file_errors
from scratchwork.runs import RunFolder
from scratchwork.shapes import Line, flaw


def readable_lines(run: RunFolder) -> tuple[list[dict[str, Any]], str]:
    """The lines that can be read, and a sentence on those that cannot, "" when all can; a torn last line is none."""
    path = run.path / "journal.jsonl"
    if not path.exists():
        return [], ""
    with file_errors(path, "read"):
        lines = path.read_bytes().split(b"\n")[:-1]
    found = {number: read_line(line) for number, line in enumerate(lines, 1)}
    kept = {number: own for number, own in found.items() if own is not None and not flaw(own, Line)}
    return list(kept.values()), lost_lines([number for number in found if number not in kept])


def lost_lines(broken: Sequence[int]) -> str:
    """
    >>> lost_lines([7]), lost_lines([7, 9, 12])[:44], lost_lines([])
    ('journal.jsonl: line 7 cannot be read; the rest is shown', 'journal.jsonl: line 7 and 2 more cannot be r', '')
    """
    if not broken:
        return ""
    more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"journal.jsonl: line {broken[0]}{more} cannot be read; the rest is shown"


def read_line(line: bytes) -> dict[str, Any] | None:
    """A line of a journal; None when it is none.

    >>> read_line(b'{"step": 3, "stage": "grpo", "loss": NaN}'), read_line(b'{"step": true}')
    ({'step': 3, 'stage': 'grpo', 'loss': None}, None)
    """
    try:
        record = json.loads(line, parse_constant=lambda name: None)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or type(record.get("step")) is not int or not isinstance(record.get("stage"), str):
        return None
    return record
