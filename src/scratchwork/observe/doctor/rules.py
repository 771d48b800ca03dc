"""The table of rules, and the two ways to go through a journal with it: as the run goes on, and afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scratchwork.observe.doctor import answers, lengths, rewards, updates
from scratchwork.observe.doctor.course import Course, Line
from scratchwork.observe.doctor.finding import Finding, Symptom

Rule = Callable[[Course], Symptom | None]

RULES: Mapping[str, Rule] = {  # by the anchor in docs/doctor.md
    "diverged": updates.diverged,
    "verifier-errors": rewards.verifier_errors,
    "all-wrong": rewards.all_wrong,
    "accepted-yet-wrong": rewards.accepted_yet_wrong,
    "all-right": rewards.all_right,
    "all-equal": rewards.all_equal,
    "flat-reward": rewards.flat_reward,
    "blind-reward": rewards.blind_reward,
    "reward-hacking": rewards.reward_hacking,
    "worse-than-base": answers.worse_than_base,
    "not-transferred": answers.not_transferred,
    "pass-at-k-collapse": answers.fewer_solved,
    "never-stops": lengths.never_stops,
    "cut-off": lengths.cut_off,
    "repetition": lengths.repetition,
    "length-falling": lengths.length_falling,
    "length-exploding": lengths.length_exploding,
    "length-bias": lengths.length_bias,
    "unreadable": answers.unreadable,
    "format-drift": answers.format_drift,
    "languages": answers.languages,
    "entropy-collapse": updates.entropy_collapse,
    "entropy-explosion": updates.entropy_explosion,
    "kl-blow-up": updates.kl_blow_up,
    "ratio-blow-up": updates.ratio_blow_up,
    "sampler-mismatch": updates.mismatch,
    "gradient-spikes": updates.gradient_spikes,
}


@dataclass
class Doctor:
    """Goes along with a run: `see` takes its lines one by one, and says what is new.

    A finding is new when its rule had none, or a warning has become an alarm. All rules together take a fraction of a
    millisecond a step; nothing is read again.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)  # the recipe's table [grpo]
    found: dict[str, Finding] = field(default_factory=dict)  # the worst of each rule

    def __post_init__(self) -> None:
        self.course = Course(self.settings)

    def see(self, line: Line) -> list[Finding]:
        """What is new with this line of the journal."""
        if line["stage"] not in ("grpo", "held_out"):
            return []
        self.course.add(line)
        step = int(line["step"])
        return [new for rule in RULES if (new := self.ask(rule, step)) is not None]

    def ask(self, rule: str, step: int) -> Finding | None:
        """The rule's finding at this step, if it is new."""
        symptom, known = RULES[rule](self.course), self.found.get(rule)
        if symptom is None:
            return None
        if known is not None and (known.symptom.severity == "alarm" or symptom.severity == "warning"):
            self.found[rule] = replace(known, until=step)
            return None
        self.found[rule] = Finding(rule, known.step if known else step, step, symptom)
        return self.found[rule]


def diagnose(journal: Iterable[Line], settings: Mapping[str, Any] | None = None) -> list[Finding]:
    """The findings of a whole journal: alarms first, then by step."""
    doctor = Doctor(settings or {})
    for line in journal:
        doctor.see(line)
    return sorted(doctor.found.values(), key=lambda f: (f.symptom.severity != "alarm", f.step))
