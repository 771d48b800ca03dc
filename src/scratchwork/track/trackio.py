"""trackio: its own database on this machine, where `trackio show` looks; TRACKIO_DIR moves it.

The folder track/trackio of the run is empty: it says that trackio knows this run, and not another of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Trackio:
    """One run of theirs for a run of ours, however often it is gone on with."""

    def __init__(self, folder: Path, run: str, recipe: Mapping[str, Any]) -> None:
        import trackio

        known = folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        self.run = trackio.init(
            project="scratchwork",
            name=run,
            config=dict(recipe),
            resume="allow" if known else "never",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )

    def log(self, stage: str, step: int, metrics: Mapping[str, float]) -> None:
        self.run.log({f"{stage}/{name}": value for name, value in metrics.items()}, step=step)

    def close(self) -> None:
        self.run.finish()


def open_tracker(folder: Path, run: str, recipe: Mapping[str, Any]) -> Trackio:
    return Trackio(folder, run, recipe)
