"""Outcomes of runs that never ran, with numbers that a person can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scratchwork.study.outcomes import Outcome


@pytest.fixture
def outcome() -> Callable[..., Outcome]:
    """`outcome(seed, base={...}, final={...})`: one whose rows have these numbers, and intervals of ±0.05."""

    def make(
        seed: int = 0, base: dict[str, Any] | None = None, final: dict[str, Any] | None = None, **other
    ) -> Outcome:
        rows = {"base": {**ROW, **(base or {})}, "final": {**ROW, **(final or {})}}
        for row in rows.values():
            row["pass@1_ci"] = [row["pass@1"] - 0.05, row["pass@1"] + 0.05]
        tables = {label: {"countdown": row} for label, row in rows.items()}
        settings: dict[str, Any] = {
            "levels": {"countdown": {"1": rows["final"]}},
            "effects": {},
            "lines": [],
            "probe": None,
            "seconds": 60.0,
            "summary": {},
            **other,
        }
        return Outcome(seed, tables["base"], tables["final"], **settings)

    return make


ROW = {
    "problems": 10,
    "pass@1": 0.3,
    "length": 50.0,
    "clipped_ratio": 0.0,
    "reflection/backtracks": 0.5,
    "reflection/checks": 0.5,
}
