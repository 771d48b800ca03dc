"""What a rule says of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scratchwork.observe.sentence import Sentence

Severity = Literal["alarm", "warning"]


@dataclass(frozen=True, slots=True)
class Symptom:
    """What a rule sees at one step. `change` names keys of the recipe."""

    severity: Severity  # alarm: going on is a waste, or what comes of it cannot be trusted
    evidence: Sentence  # with the numbers
    cause: Sentence  # the likely one
    change: Sentence

    def told(self) -> dict[str, str]:
        """In English, as a program reads it."""
        said = {"evidence": self.evidence, "cause": self.cause, "change": self.change}
        return {"severity": self.severity, **{name: str(sentence) for name, sentence in said.items()}}


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
