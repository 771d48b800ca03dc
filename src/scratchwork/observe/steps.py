"""What a thinking text is made of, step by step: nouns that are read from it, and nothing that reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "claim",
    "candidate",
    "check",
    "backtrack",
    "second derivation",
    "equation",
    "sub-goal",
    "enumeration",
    "assignment",
]
By = Literal["exact", "foreign"]  # the reader: of our families, by their semantics; of any other text, by its looks


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer arrived at in the thinking; `right` is None when the verifier could not judge it."""

    text: str
    right: bool | None


@dataclass(frozen=True, slots=True)
class Check:
    """A verdict of the response on its own candidate."""

    candidate: Candidate
    accepted: bool

    @property
    def true(self) -> bool | None:
        """Whether the verdict is as the verifier's; None when there is none."""
        return None if self.candidate.right is None else self.accepted == self.candidate.right


@dataclass(frozen=True, slots=True)
class Step:
    """A place in the thinking where something was done. `start` and `end` count its characters."""

    kind: Kind
    start: int
    end: int
    holds: bool | None = (
        None  # claim true, candidate right, verdict the verifier's, sub-goal the problem's; None = unknown
    )
    text: str = ""  # of a candidate, of the one that a check is about, or the value that a letter is given
    accepted: bool | None = None  # by a check
