"""What a rule says of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["alarm", "warning"]


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a rule sees at one step. `change` names keys of the recipe."""

    severity: Severity  # alarm: going on is a waste, or what comes of it cannot be trusted
    evidence: str  # a sentence with the numbers
    cause: str  # the likely one
    change: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A symptom, the rule that saw it, and from which step to which step it was there."""

    rule: str
    step: int
    until: int
    symptom: Symptom

    @property
    def page(self) -> str:
        """Where the rule is explained."""
        return f"docs/doctor.md#{self.rule}"

    def __str__(self) -> str:
        said = self.symptom
        return f"{self.rule}: {said.evidence}; {said.cause}: {said.change} ({self.page})"
