"""A recipe under several seeds: run what has not run yet, then the table of docs/results.md with medians and ranges.

    python -m benchmarks.seeds zero --seeds 3 --jobs 2 --threads 1

A seed whose run folder has a summary is not run again, and one that was stopped goes on. Seconds mean something only of
runs that had the machine to themselves (`--jobs 1`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

Summary = Mapping[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", help="a shipped recipe, or a path to one")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of each run; 0 = all free cores")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C", help="change a setting; may be repeated")
    parser.add_argument("--name", help="what the run folders are called before -seed-N; the recipe when not given")
    parser.add_argument("--runs-root", type=Path, default=Path("runs"))
    args = parser.parse_args()
    name = args.name or Path(args.recipe).stem
    folders = [args.runs_root / f"{name}-seed-{seed}" for seed in range(args.seeds)]
    settings = [word for setting in args.set for word in ("--set", setting)]

    def run(seed: int) -> None:
        folder = folders[seed]
        command = [sys.executable, "-m", "scratchwork", "run"]
        if (folder / "summary.json").exists():
            return
        if folder.exists():
            command += [folder.name, "--resume"]
        else:
            command += [
                args.recipe,
                "--name",
                folder.name,
                "--seed",
                str(seed),
                "--threads",
                str(args.threads),
                *settings,
            ]
        subprocess.run([*command, "--runs-root", str(args.runs_root)], check=True)

    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(run, range(args.seeds)))
    print("\n".join(table([json.loads((folder / "summary.json").read_text()) for folder in folders])))


def table(summaries: Sequence[Summary]) -> list[str]:
    """The lines of a Markdown table: a row for each family before and after, then what it took."""
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


COLUMNS = (("pass@1", 3), ("pass@64", 3), ("length", 0), ("backtracks", 2), ("checks", 2))


def values(summaries: Sequence[Summary], label: str, family: str, key: str) -> list[float | None]:
    return [summary[label][family].get(key) for summary in summaries]


def told(numbers: Sequence[float | None], digits: int) -> str:
    """
    >>> told([0.91, 0.9, 0.93], 2), told([5.0, 5.0], 0), told([None, 0.3], 1)
    ('0.91 (0.90–0.93)', '5', '–')
    """
    known = [n for n in numbers if n is not None]
    if len(known) < len(numbers):
        return "–"
    low, middle, high = (f"{n:.{digits}f}" for n in (min(known), median(known), max(known)))
    return middle if low == high else f"{middle} ({low}–{high})"


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


if __name__ == "__main__":
    main()
