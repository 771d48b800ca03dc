"""What both comparisons share: their arguments, the machine they name, and how a result is told."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from benchmarks.floor import Speed
from scratchwork.errors import UserError
from scratchwork.files import atomic_write
from scratchwork.recipe.job import use_threads


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments, with those that every comparison has; `threads` are torch's from here on."""
    parser.add_argument("--model", default="scratch-base", help="a model folder, or the model shipped here")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of both sides; 0 = all free cores")
    parser.add_argument("--seed", type=int, default=0, help="of the problems and the sampling")
    parser.add_argument("--out", type=Path, help="JSON file for the result")
    args = parser.parse_args()
    use_threads(args.threads)
    return args


def start(main: Callable[[], None]) -> None:
    """Run it; a mistake of the user's is a sentence and exit status 2."""
    try:
        main()
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


def machine(speed: Speed, *packages: str) -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    return {
        "cpu": cpu_name(),
        "threads": torch.get_num_threads(),
        "gflop_per_second": round(speed.operations / 1e9, 1),
        "gigabytes_per_second": round(speed.bytes / 1e9, 1),
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", *packages)},
    }


def cpu_name() -> str:
    """As the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def both(sides: Mapping[str, float], form: str) -> str:
    """Ours and the peer's in one cell, to see that both did the same job.

    >>> both({"ours": 41.26, "trl": 40.9}, ".1f")
    '41.3 / 40.9'
    """
    return " / ".join(f"{value:{form}}" for value in sides.values())


def tell(result: Mapping[str, Any], row: Mapping[str, str], out: Path | None) -> None:
    """Print the command, the machine and the table row for docs/performance.md; write everything to `out`."""
    command = " ".join(["python -m", f"benchmarks.{Path(sys.argv[0]).stem}", *sys.argv[1:]])
    print(f"\n{command}")
    print(", ".join(f"{name} {value}" for name, value in result["machine"].items()))
    for cells in (row, ["---"] * len(row), row.values()):
        print(f"| {' | '.join(cells)} |")
    if out is not None:
        atomic_write(out, json.dumps({"command": command, **result}, indent=2, default=str).encode())
        print(f"written to {out}")
