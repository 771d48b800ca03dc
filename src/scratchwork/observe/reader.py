"""Walks along a thinking text from mark to mark, and keeps what each does. One pass, linear in the text.

A mark is a claim, a verdict, or a phrase of the little world's writers; everything else is passed over.
"""

from __future__ import annotations

import re
from typing import Any

from scratchwork.observe.candidates import Expression, Value, Work, judge
from scratchwork.observe.steps import Candidate, Check, Kind, Step
from scratchwork.types import Problem

_NUMBER = r"-?[0-9]{1,15}"
_ENDS = r"(?![\w*/+]|-\w|\.[0-9])"  # else the number goes on, or is the start of another term
_MARK = re.compile(
    rf"""
      (?<![\w.)*/+-]) (?P<claim> (?: (?P<part>[A-Z][a-z]{{1,15}}s:)[ ] | (?P<letter>[a-z])= )?
          (?P<a>{_NUMBER}) (?P<op>[-+*/]) (?P<b>{_NUMBER}) = (?P<c>{_NUMBER}) {_ENDS} )
    | \b (?:
        (?P<verdict> {_NUMBER}[ ]against[ ](?P<said>{_NUMBER}):[ ](?P<accepted>yes|no)\b )
      | (?P<guess> [Tt]ry[ ](?P<guessed>{_NUMBER}) {_ENDS} )
      | (?P<solved> [a-z]=(?P<value>{_NUMBER}) {_ENDS} )
      | (?P<equation> [0-9]{{0,15}}[a-z](?:[-+*/][0-9]{{1,15}}){{1,4}}={_NUMBER} {_ENDS} )
      | (?P<check> Check: )
      | (?P<again> Another[ ]way:|Again: )
      | (?P<wait> Wait\b )
    )
    """,
    re.VERBOSE,
)


class Ideas:
    """Ideas that are tried one after another, each rejected before the next: guesses, and all of countdown's.

    At least FEWEST different ones are an enumeration.
    """

    FEWEST = 3

    def __init__(self) -> None:
        self.places: list[tuple[int, int]] = []
        self.different: set[str] = set()
        self.place = (0, 0)
        self.last, self.refused = "", False

    def add(self, text: str, place: tuple[int, int]) -> None:
        if not self.refused:
            self.finish()
            self.place = place
        self.place = self.place[0], place[1]
        self.different.add(text)
        self.last, self.refused = text, False

    def judged(self, text: str, accepted: bool) -> None:
        if text == self.last:
            self.refused = not accepted

    def finish(self) -> list[tuple[int, int]]:
        """Where those that were long enough stand."""
        if len(self.different) >= self.FEWEST:
            self.places.append(self.place)
        self.different = set()
        return self.places


class Reader:
    """Reads one thinking block, with a method for each kind of mark."""

    def __init__(self, problem: Problem, judged: dict[str, Candidate]) -> None:
        self.problem, self.judged = problem, judged
        self.work: Work = Value()
        if problem.verifier == "countdown":
            self.work = Expression(problem.data.get("numbers", ()), problem.data.get("target", 0))
        self.backtracks = self.repeats = self.second_derivations = self.equations = 0
        self.claims: list[bool] = []
        self.candidates: list[Candidate] = []
        self.checks: list[Check] = []
        self.rejected: set[str] = set()
        self.standing: Candidate | None = None  # what a verdict would be about
        self.testing = False  # claims test what stands; else they derive
        self.comparing = False  # claims derive again, to compare with what stands
        self.idle = True  # no claim since the last verdict or fresh start
        self.abandoned = False  # the last verdict rejected, and nothing was tried since
        self.steps: list[Step] = []
        self.ideas = Ideas()
        self.began: int | None = None  # where the work since the last fresh start begins
        self.at = self.worked = (0, 0)  # where the mark stands, and the last one that was work

    @property
    def backwards(self) -> int:
        return self.work.backwards

    def read(self, thinking: str, closed: bool) -> None:
        """`closed`: not cut off. Work that was cut off has arrived nowhere."""
        for mark in _MARK.finditer(thinking):
            self.at = mark.span()
            getattr(self, f"see_{mark.lastgroup}")(mark)
        if closed:
            self.propose()
        for place in self.ideas.finish():
            self.note("enumeration", place)

    def note(self, kind: Kind, where: tuple[int, int], holds: bool | None = None, **more: Any) -> None:
        self.steps.append(Step(kind, *where, holds, **more))

    def see_claim(self, mark: re.Match[str]) -> None:
        a, b, c = int(mark["a"]), int(mark["b"]), int(mark["c"])
        self.at = mark.start("a"), mark.end()
        self.claims.append(holds(a, mark["op"], b, c))
        if mark["part"] and not self.testing:
            self.note("sub-goal", mark.span(), is_part(self.problem, a, b), text=mark["part"])
        self.note("claim", self.at, self.claims[-1])
        if mark["letter"]:
            self.note("assignment", mark.span(), text=str(c))
        if not self.testing:
            self.began = self.at[0] if self.began is None else self.began
            if self.comparing and self.idle:
                self.second_derivations += 1
                self.note("second derivation", self.at)
            self.try_something()
            if self.work.claim(a, mark["op"], b, c):
                self.note("sub-goal", self.at, self.claims[-1] and b in self.problem.data["numbers"], text=str(c))
            self.worked = self.at
        self.idle = False

    def see_verdict(self, mark: re.Match[str]) -> None:
        if self.idle:  # a verdict on nothing
            return
        before = self.standing
        if not self.testing:
            self.propose()
        about = before if self.comparing and before and before.text == mark["said"] else self.standing
        if about is not None:
            accepted = mark["accepted"] == "yes"
            self.checks.append(Check(about, accepted))
            self.note("check", self.at, self.checks[-1].true, text=about.text, accepted=accepted)
            self.abandoned = not accepted
            if not accepted:
                self.rejected.add(about.text)
            self.ideas.judged(about.text, accepted)
        self.start_afresh()

    def see_guess(self, mark: re.Match[str]) -> None:
        self.start_afresh()
        self.work.state(int(mark["guessed"]))
        self.worked = self.at
        if self.work.candidate is not None:
            self.try_something()
            self.began = self.at[0]
            self.propose(guessed=True)
            self.testing = True

    def see_solved(self, mark: re.Match[str]) -> None:
        self.note("assignment", self.at, text=mark["value"])
        if not self.testing:
            self.work.state(int(mark["value"]))
            self.worked = self.at

    def see_equation(self, mark: re.Match[str]) -> None:
        self.equations += 1
        self.note("equation", self.at)

    def see_check(self, mark: re.Match[str]) -> None:
        self.propose()
        self.start_afresh()
        self.testing = self.standing is not None

    def see_again(self, mark: re.Match[str]) -> None:
        self.propose()
        self.start_afresh()
        self.comparing = self.standing is not None

    def see_wait(self, mark: re.Match[str]) -> None:
        self.start_afresh()

    def start_afresh(self) -> None:
        self.work.restart()
        self.testing = self.comparing = False
        self.idle = True
        self.began = None

    def try_something(self) -> None:
        if self.abandoned:
            self.backtracks += 1
            self.note("backtrack", self.at)
        self.abandoned = False

    def propose(self, guessed: bool = False) -> None:
        """What the work arrived at becomes the candidate that stands; without work the old one goes on standing."""
        text = self.work.candidate
        if text is None:
            return
        self.standing = judge(text, self.problem, self.judged)
        self.candidates.append(self.standing)
        self.note("candidate", self.worked, self.standing.right, text=text)
        if guessed or isinstance(self.work, Expression):
            self.ideas.add(text, (self.worked[0] if self.began is None else self.began, self.worked[1]))
        self.repeats += text in self.rejected
        self.work.restart()


def is_part(problem: Problem, a: int, b: int) -> bool:
    """Whether `a*b` is what one kind of fruit with a known price costs."""
    return [a, b] in list(problem.data.get("items", ()))[1:]


def holds(a: int, op: str, b: int, c: int) -> bool:
    """Whether `a op b = c`.

    >>> holds(7, "/", 2, 3), holds(3, "*", 0, 0), holds(1, "/", 0, 0)
    (False, True, False)
    """
    if op == "+":
        return a + b == c
    if op == "-":
        return a - b == c
    if op == "*":
        return a * b == c
    return b != 0 and a == b * c
