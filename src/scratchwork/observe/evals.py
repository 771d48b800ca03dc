"""What a run's evaluations say, and the rows that summary, claims and report are made of.

evals/base.json and evals/final.json hold, beside their settings,

    "families": {family: {level or "all": row}}     as `evaluate.table` makes it, with `add_reflection`
    "greedy":   the same at temperature 0
    "classic_apple": {"share_right", "samples"}
    "think":    whether the prompts opened a thinking block

and evals/base.parquet and evals/final.parquet the answers, in the columns of `rollout_table`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import fmean
from typing import Any

from scratchwork.observe.metrics import look_at, reflection
from scratchwork.types import Group

Row = Mapping[str, Any]
Table = Mapping[str, Mapping[str, Row]]

# The levels at which families are compared in docs/results.md; of any other family, all that were asked.
TABLE_LEVELS = {"apples": (2, 3, 4), "arithmetic": (2, 3, 4), "countdown": (1, 2, 3)}
POOLED = ("length", "clipped_ratio", "reflection/rate", "reflection/backtracks", "reflection/checks")


def add_reflection(
    table: Table, groups: Sequence[Group], *, opened: bool = True
) -> dict[str, dict[str, dict[str, Any]]]:
    """`evaluate.table(groups)` with what the thinking does: each row gets the means of its answers.

    `opened` says whether the prompts opened a thinking block.
    """
    seen = [(g.problem.family, str(g.problem.level), [one.does for one in look_at(g, opened)]) for g in groups]

    def of(family: str, level: str) -> dict[str, float]:
        does = [d for f, n, answers in seen if family in ("all", f) and level in ("all", n) for d in answers]
        return {name: fmean(values) for name, values in reflection(does).items() if values}

    return {
        family: {level: {**row, **of(family, level)} for level, row in rows.items()} for family, rows in table.items()
    }


def families(*tables: Table) -> list[str]:
    """The families of these tables, in order of the alphabet."""
    return sorted({family for table in tables for family in table} - {"all"})


def levels(table: Table, family: str) -> dict[int, Row]:
    """The rows of a family, level by level; none for a family that was not asked."""
    own = table.get(family, {})
    return {level: own[str(level)] for level in sorted(int(level) for level in own if level != "all")}


def compared(table: Table, family: str) -> dict[int, Row]:
    """The rows of a family at the levels of the results table, or at all if it was asked at none of them."""
    own = levels(table, family)
    return {level: row for level, row in own.items() if level in TABLE_LEVELS.get(family, own)} or own


def pool(rows: Sequence[Row]) -> dict[str, Any]:
    """One row for several that share no problem: means over all their problems of what every row has.

    The interval is that of a mean over strata with an interval each (Zou and Donner 2008, doi:10.1002/sim.3095): below
    and above the mean apart, since an interval of a share is not symmetrical.

    >>> easy = {"problems": 10, "pass@1": 0.9, "pass@1_ci": [0.8, 0.95], "length": 10}
    >>> hard = {"problems": 30, "pass@1": 0.5, "pass@1_ci": [0.4, 0.6], "length": 50}
    >>> row = pool([easy, hard])
    >>> row["problems"], row["pass@1"], row["length"], [round(bound, 3) for bound in row["pass@1_ci"]]
    (40, 0.6, 40.0, [0.521, 0.676])
    """
    if not rows:
        return {}
    problems = sum(row["problems"] for row in rows)
    weights = [row["problems"] / problems for row in rows]
    names = [name for name in rows[0] if name in POOLED or (name.startswith(("pass@", "maj@")) and name != "pass@1_ci")]
    pooled: dict[str, Any] = {"problems": problems}
    for name in names:
        values = [row.get(name) for row in rows]
        if None not in values:
            pooled[name] = sum(w * value for w, value in zip(weights, values, strict=True))
    if all("pass@1_ci" in row for row in rows):
        reach = [
            sqrt(sum((w * (row["pass@1"] - row["pass@1_ci"][end])) ** 2 for w, row in zip(weights, rows, strict=True)))
            for end in (0, 1)
        ]
        pooled["pass@1_ci"] = [pooled["pass@1"] - reach[0], pooled["pass@1"] + reach[1]]
    return pooled


def compared_rows(table: Table) -> dict[str, dict[str, Any]]:
    """The pooled row of each family at the levels of the results table, and of all families together as "all"."""
    rows = {family: compared(table, family) for family in families(table)}
    pooled = {family: pool(list(own.values())) for family, own in rows.items()}
    if len(pooled) > 1:
        pooled["all"] = pool([row for own in rows.values() for row in own.values()])
    return pooled


def largest_k(row: Row, kind: str = "pass@") -> int | None:
    """The largest k of the row's `pass@k` or, with kind "maj@", of its votes.

    >>> largest_k({"pass@1": 0.5, "pass@1_ci": [0.4, 0.6], "pass@16": 0.9})
    16
    """
    ks = [name.removeprefix(kind) for name in row if name.startswith(kind)]
    return max((int(k) for k in ks if k.isdigit()), default=None)
