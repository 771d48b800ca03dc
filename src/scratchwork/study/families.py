"""A recipe under several seeds: a row for each family before and after, then what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scratchwork.study.outcomes import told

Summary = Mapping[str, Any]
COLUMNS = (("pass@1", 3), ("pass@64", 3), ("length", 0), ("backtracks", 2), ("checks", 2))


def family_table(summaries: Sequence[Summary]) -> list[str]:
    """The lines of a Markdown table over the runs' summaries, of which there is at least one."""
    lines = ["| family (levels) | | pass@1 | pass@64 | length | backtracks | checks |", "|---|---|---|---|---|---|---|"]
    for family in summaries[0]["final"]:
        for label in ("base", "final"):
            cells = [told(values(summaries, label, family, key), digits) for key, digits in COLUMNS]
            first = f"{family} ({levels(summaries[0], family)})" if label == "base" else ""
            lines.append(f"| {first} | {label} | {' | '.join(cells)} |")
        lines.append(f"| | final over base | {' | '.join(ratios(summaries, family))} |")
    apple = [told([s["classic_apple"][label] for s in summaries], 1) for label in ("base", "final")]
    took = [told([s["seconds"][part] for s in summaries], 0) for part in ("rl", "total")]
    memory = told([s["peak_memory_mb"] for s in summaries], 0)
    return [
        *lines,
        "",
        f"{len(summaries)} seeds, {summaries[0]['steps']} steps each: medians, and in brackets the lowest and highest. "
        f"The classic apple problem, share of 10 samples: base {apple[0]}, final {apple[1]}. "
        f"Seconds: {took[0]} of reinforcement learning, {took[1]} in all. Peak memory: {memory} MB. "
        f"Final within the base's interval: {inside(summaries)}.",
    ]


def values(summaries: Sequence[Summary], label: str, family: str, key: str) -> list[float | None]:
    return [summary[label][family].get(key) for summary in summaries]


def ratios(summaries: Sequence[Summary], family: str) -> list[str]:
    """What became of each column, seed by seed, as a factor; none for shares, which have a ceiling."""

    def factor(key: str) -> str:
        pairs = zip(values(summaries, "base", family, key), values(summaries, "final", family, key), strict=True)
        return told([after / before if before and after is not None else None for before, after in pairs], 1)

    return ["" if "@" in key else f"× {factor(key)}" for key, _ in COLUMNS]


def levels(summary: Summary, family: str) -> str:
    asked = summary["final"][family]["levels"]
    return f"{asked[0]}–{asked[-1]}" if len(asked) > 1 else f"{asked[0]}"


def inside(summaries: Sequence[Summary]) -> str:
    """In how many runs each family's final pass@1 lies within the interval of its base."""

    def count(family: str) -> int:
        pairs = [(s["base"][family]["pass@1_ci"], s["final"][family]["pass@1"]) for s in summaries]
        return sum(low <= final <= high for (low, high), final in pairs)

    return ", ".join(f"{family} {count(family)} of {len(summaries)}" for family in summaries[0]["final"])
