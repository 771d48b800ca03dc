"""What a foreign folder holds, whoever left it: shards of answers, a step each, and a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from scratchwork.errors import UserError

Kind = Literal["rollouts", "held_out"]
Log = dict[int, dict[str, float]]  # by step; names that we have too are ours


class ForeignError(UserError):
    """A folder that is not what it was said to be, or of which nothing can be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One completion. `scores` has every number that a reward function gave it, none of those that gave nothing."""

    prompt: str
    text: str
    scores: Mapping[str, float]
    gold: Mapping[str, Any] = field(default_factory=dict)  # `answer`, or `numbers` and `target`, where it is told
    said: str | None = None  # the final answer, as their judge read it


@dataclass(frozen=True, slots=True)
class Shard:
    """A file with the answers of a step."""

    kind: Kind
    step: int
    path: Path


class Source(Protocol):
    """A foreign folder. Files come and grow while it is read."""

    name: str  # of the trainer
    folder: Path

    def shards(self) -> list[Shard]:
        """Those there are now, in the order of their steps."""
        ...

    def read(self, shard: Shard) -> tuple[list[Answer], str]:
        """Its answers as far as they can be read, and a few words on what cannot be, "" if all can."""
        ...

    def log(self) -> Log:
        """The trainer's own numbers, as far as they are written."""
        ...

    def files(self) -> list[Path]:
        """All that the trainer writes and that is read here: when one of them was written is all that tells of it."""
        ...

    def weights(self, names: Sequence[str], log: Log) -> Mapping[str, float]:
        """What each of the scores called `names` counts in the reward; one that is not in it counts nothing."""
        ...
