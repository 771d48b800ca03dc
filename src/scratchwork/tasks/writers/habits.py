"""Six habits of writing down an answer, the same for every family.

- terse: the answer alone, as on most of the internet (right more often than not, and no way to see why).
- sloppy: works it out in a hurry, slips, does not notice.
- steps: works it out with care and stops.
- checker: works it out, then checks; on a failed check writes "Wait" and does it again, or gives up.
- explorer: tries one idea after another, never the same one twice.
- reframer: sets up an equation, works backwards, or does it a second way and compares.

In countdown the sums are always true and what goes wrong is the idea: a slip would make another problem of it.

No habit is always right. What a base model raised on this text does with them is its own matter; reinforcement
learning never sees this file.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Protocol

from scratchwork.tasks.scribe import Scribe
from scratchwork.types import Problem

CARE = 5  # a check slips so many times less often than the work it checks: else most alarms are false
HABITS = ("terse", "sloppy", "steps", "checker", "explorer", "reframer")


@dataclass(frozen=True, slots=True)
class Dials:
    """The mixture table of a recipe: how often each habit writes, and how well."""

    habits: dict[str, float]
    slip: dict[str, float]
    go_on: float = 0.6  # probability of another try after a failed check
    max_attempts: int = 4
    insight: float = 0.25  # probability that a countdown idea is the solution

    def __post_init__(self) -> None:
        for name in ("habits", "slip"):
            unknown = set(getattr(self, name)) - set(HABITS)
            if unknown:
                raise ValueError(f"{name} names {sorted(unknown)}; habits are {list(HABITS)}")


@dataclass(frozen=True, slots=True)
class Work:
    """Some scratch work: its text and the candidate answer it arrives at."""

    text: str
    candidate: str


class Writer(Protocol):
    """What a family must know to be written about. `candidate` is what would stand in the box."""

    @property
    def habits(self) -> tuple[str, ...]:
        """Those that make sense for the family."""
        ...

    def __init__(self, problem: Problem, dials: Dials) -> None: ...

    def derive(self, scribe: Scribe, hurried: bool = False) -> Work:
        """The plain way."""
        ...

    def check(self, scribe: Scribe, candidate: str) -> tuple[str, bool]:
        """A check of a candidate: its text, which ends in a verdict, and the verdict."""
        ...

    def attempt(self, scribe: Scribe, tried: set[str]) -> tuple[Work, bool]:
        """One idea not in `tried` (which it adds to), with its verdict."""
        ...

    def reframe(self, scribe: Scribe) -> Work:
        """Another view of the problem: an equation, or backwards."""
        ...

    def miss(self, rng: random.Random) -> str:
        """A plausible wrong answer."""
        ...

    def present(self, candidate: str) -> str:
        """The neat answer, with its one box."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """One page: a question with its thinking and answer, or plain text when `question` is empty."""

    question: str = ""
    thinking: str = ""
    answer: str = ""
    plain: str = ""
    habit: str = field(default="", compare=False)


def write(problem: Problem, writer: Writer, habit: str, rng: random.Random, dials: Dials) -> Document:
    """One document about `problem` by a writer with `habit`."""
    scribe = Scribe(rng, dials.slip.get(habit, 0.0))
    if habit == "terse":
        work = Work("", writer.miss(rng) if rng.random() < scribe.slip else problem.answer)
    elif habit == "checker":
        work = checked(writer, scribe, dials)
    elif habit == "explorer":
        work = explored(writer, scribe, dials)
    elif habit == "reframer":
        work = writer.reframe(scribe)
    else:
        work = writer.derive(scribe, hurried=habit == "sloppy")
    return Document(problem.prompt, work.text, writer.present(work.candidate), habit=habit)


def verdict(value: int | str, wanted: int | str) -> tuple[str, bool]:
    """What a check ends in, and whether it holds. Both numbers stand side by side before the word that compares them.

    >>> verdict(20, 26)
    ('20 against 26: no.', False)
    """
    holds = value == wanted
    return f"{value} against {wanted}: {'yes' if holds else 'no'}.", holds


def goes_on(scribe: Scribe, dials: Dials, attempt: int) -> bool:
    """Whether a writer has another try in them after failed attempt number `attempt` (from 1)."""
    return attempt < dials.max_attempts and scribe.rng.random() < dials.go_on


def checked(writer: Writer, scribe: Scribe, dials: Dials) -> Work:
    """Derive and check until a check holds or the writer gives up with what is there."""
    text, attempt = "", 1
    careful = Scribe(scribe.rng, scribe.slip / CARE)
    while True:
        work = writer.derive(scribe)
        check, holds = writer.check(careful, work.candidate)
        text += f"{work.text} {check}"
        if holds or not goes_on(scribe, dials, attempt):
            return Work(text, work.candidate)
        text, attempt = f"{text} Wait. ", attempt + 1


def explored(writer: Writer, scribe: Scribe, dials: Dials) -> Work:
    """One idea after another, none twice, until one holds or the writer gives up."""
    text, attempt, tried = "Try ", 1, set[str]()
    while True:
        work, holds = writer.attempt(scribe, tried)
        text += work.text
        if holds or not goes_on(scribe, dials, attempt):
            return Work(text, work.candidate)
        text, attempt = f"{text} Wait, try ", attempt + 1


def compared(first: Work, writer: Writer, scribe: Scribe, dials: Dials) -> Work:
    """Half of the time, do it again the plain way and compare; on a difference do both until two agree."""
    if scribe.rng.random() < 0.5:
        return first
    text, candidate, attempt = first.text, first.candidate, 1
    while True:
        again = writer.derive(scribe)
        text += f" Another way: {again.text}"
        compared_with, same = verdict(again.candidate, candidate)
        text, candidate = f"{text} {compared_with}", again.candidate
        if same or not goes_on(scribe, dials, attempt):
            return Work(text, candidate)
        text, attempt = f"{text} Wait.", attempt + 1
