"""TensorBoard: event files in track/tensorboard/STAGE, so that the stages are its runs and our names its tags.

tensorboard --logdir runs
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter


class TensorBoard:
    """A writer a stage, opened when it begins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writers: dict[str, EventFileWriter] = {}

    def log(self, stage: str, step: int, metrics: Mapping[str, float]) -> None:
        if stage not in self.writers:
            self.writers[stage] = EventFileWriter(str(self.folder / stage))
        values = [Summary.Value(tag=name, simple_value=value) for name, value in metrics.items()]
        self.writers[stage].add_event(Event(step=step, wall_time=time.time(), summary=Summary(value=values)))
        self.writers[stage].flush()  # a step takes seconds, and may be the last one before a kill

    def close(self) -> None:
        for writer in self.writers.values():
            writer.close()


def open_tracker(folder: Path, run: str, recipe: Mapping[str, Any]) -> TensorBoard:
    return TensorBoard(folder)
