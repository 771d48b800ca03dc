"""Reads what other models write: free text, English or Chinese, worked solutions or thinking aloud.

Nothing here knows the problem's semantics, so what is counted is an estimate, kept apart from what `reader` counts
exactly. A phrase alone is no behaviour: a check needs something stated before it and a sum done after it is announced;
a backtrack, a rejection that another attempt follows; a second derivation, some work. Silence after a check accepts.
"""

from __future__ import annotations

import re
from typing import Any

from scratchwork.observe.alternatives import Alternatives, Place, merged
from scratchwork.observe.candidates import judge
from scratchwork.observe.cases import find_cases
from scratchwork.observe.equations import Assignment, Claim, Equation, find_equations
from scratchwork.observe.lexicon import INNER, NUMBER, PHRASES
from scratchwork.observe.series import find_series
from scratchwork.observe.steps import Candidate, Check, Kind, Step
from scratchwork.types import Problem

NEAR = 60  # characters between a sum and what is said of it
FAR = 300  # between an announcement and the work that it announces
ARRANGED = 3  # numbers that a sum puts together, and the next one otherwise
SENTENCE = 240  # no conclusion is read out of a longer one

_NUMBER = re.compile(NUMBER)
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_STOP = re.compile(r"[.。\n]")
_BOXED = re.compile(r"\\boxed[ ]?\{(.*)\}", re.DOTALL)


class ForeignReader:
    """Reads one text, with a method for each kind of phrase and of equation."""

    def __init__(self, problem: Problem, judged: dict[str, Candidate]) -> None:
        self.problem, self.judged = problem, judged
        self.backtracks = self.repeats = self.second_derivations = self.equations = self.backwards = 0
        self.claims: list[bool] = []
        self.candidates: list[Candidate] = []
        self.checks: list[Check] = []
        self.steps: list[Step] = []
        self.alternatives = Alternatives()
        self.said: dict[str, str] = {}  # left sides of claims, with what they last came to
        self.letters: set[str] = set()  # unknowns in an equation since the last fresh start
        self.dropped: set[str] = set()  # candidates rejected
        self.standing: Candidate | None = None
        self.maybe: tuple[Place, str] | None = None  # a result: a candidate, unless the work goes on from it
        self.concluding: int | None = None  # where the sentence says "so"
        self.checking: int | None = None  # where a check was announced
        self.checked = False  # ... and something was worked out since
        self.contradicted = False  # ... and came to something else than before
        self.rejected: Place | None = None
        self.another: int | None = None  # where another way was announced
        self.doubted = self.comparing = self.trying = False
        self.claim_start, self.claimed = 0, -FAR  # the last claim
        self.retried = -FAR  # where the last backtrack ends
        self.worked = 0  # where the last work ends that was no check, or the last candidate

    def read(self, text: str, closed: bool) -> None:
        self.text = text
        marks: list[tuple[int, int, str, Any]] = [(*m.span(), str(m.lastgroup), m) for m in PHRASES.finditer(text)]
        marks += [(one.start, one.end, type(one).__name__.lower(), one) for one in find_equations(text)]
        for start, end, kind, what in sorted(marks, key=lambda mark: mark[:2]):
            getattr(self, f"see_{kind}")((start, end), what)
        self.close()
        if closed and self.maybe is None and self.claims and self.claimed >= self.worked:
            behind = _STOP.search(text, self.claimed)  # what it says last, in a sentence of its own, is its answer
            self.conclude((behind.end() if behind else len(text), len(text)))
        self.commit()
        for place in merged([*self.alternatives.finish(), *find_series(text), *find_cases(text)]):
            self.note("enumeration", place)
        self.steps.sort(key=lambda step: (step.end, -step.start))

    def note(self, kind: Kind, where: Place, holds: bool | None = None, **more: Any) -> None:
        self.steps.append(Step(kind, *where, holds, **more))

    # What is worked out

    def see_claim(self, place: Place, claim: Claim) -> None:
        left, right = claim.sides
        self.claims.append(claim.holds)
        self.note("claim", place, claim.holds)
        again = self.said.get(left)
        if self.checking is not None:
            self.checked = True
            self.contradicted |= again not in (None, right)
        else:
            if again is not None and self.doubted:
                self.check(place, again == right)
            self.work(place, again != right)
        self.said[left] = right
        numbers = tuple(sorted(_NUMBERS.findall(left)))
        if len(numbers) >= ARRANGED and place[0] >= self.claimed:  # else it goes on from a sum: a rewriting of it
            self.alternatives.add("arrangement", numbers, right, place)
        self.claim_start, self.claimed = place
        self.alternatives.reach(place[1])

    def see_equation(self, place: Place, equation: Equation) -> None:
        if self.checking is None:
            if not equation.letters <= self.letters:
                self.equations += 1
                self.note("equation", place)
            self.letters |= equation.letters
            self.work(place, True)

    def see_assignment(self, place: Place, found: Assignment) -> None:
        self.note("assignment", place, text=found.value)
        if "_" not in self.text[max(0, place[0] - 1) : place[1] + 1]:  # of a_1 = a_2 all that is seen is 1 = a
            self.alternatives.add("letter", found.letter, found.value, place)
        if self.checking is not None:
            return
        if self.concluding is not None or found.letter in self.letters:
            self.maybe = (place, found.value)

    def work(self, place: Place, new: bool) -> None:
        """Something is derived: results before it were steps on the way."""
        self.maybe = None
        self.worked = max(self.worked, place[0])
        if self.another is not None:
            if place[0] - self.another <= FAR:
                self.second_derivations += 1
                self.comparing = True
                self.note("second derivation", (self.another, place[1]))
            self.another = None
        if new:
            self.attempt(place)

    def attempt(self, place: Place) -> None:
        if self.rejected is not None:
            self.backtracks += 1
            self.note("backtrack", (self.rejected[0], place[1]))
            self.retried = place[1]
        self.rejected = None

    # What is arrived at

    def see_answer(self, place: Place, mark: re.Match[str]) -> None:
        self.close()
        if self.maybe is not None and place[0] < self.maybe[0][1]:  # x = \\boxed{5} says it once
            self.maybe = None
        self.commit()
        self.concluding = None
        self.propose(place, next(mark[name] for name in INNER if mark[name] is not None))

    def see_trial(self, place: Place, mark: re.Match[str]) -> None:
        self.close()
        self.trying = True
        if mark["tried"] is not None:
            self.alternatives.add("trial", "", mark["tried"], place)
            self.propose(place, mark["tried"])

    def see_conclude(self, place: Place, mark: re.Match[str]) -> None:
        self.close()
        self.concluding = place[0]

    def see_stop(self, place: Place, mark: re.Match[str]) -> None:
        if self.concluding is not None and self.maybe is None and self.claimed < self.concluding:
            self.conclude((self.concluding, place[0]))
        self.concluding = None

    def conclude(self, place: Place) -> None:
        """The last number of a sentence may be the answer."""
        start, end = place
        numbers = list(_NUMBER.finditer(self.text, start, end)) if end - start <= SENTENCE else []
        if numbers:
            self.maybe = ((start, end), numbers[-1][0])

    def commit(self) -> None:
        """Nobody went on from the last result: it was meant as an answer."""
        if self.maybe is not None:
            place, text = self.maybe
            self.maybe = None
            self.propose(place, text)

    def propose(self, place: Place, text: str) -> None:
        boxed = _BOXED.fullmatch(text)
        text = (boxed[1] if boxed else text).strip(" $*")
        if self.rejected is not None and (self.standing is None or text != self.standing.text):
            self.attempt(place)
        self.standing = judge(text, self.problem, self.judged)
        self.candidates.append(self.standing)
        self.note("candidate", place, self.standing.right, text=text)
        self.repeats += text in self.dropped
        self.worked = max(self.worked, place[1])

    # What is said of it

    def see_open(self, place: Place, mark: re.Match[str]) -> None:
        self.close(keep=True)
        self.commit()
        if self.checking is None and (self.claims or self.candidates):
            self.checking = place[0]

    def see_accept(self, place: Place, mark: re.Match[str]) -> None:
        near = place[0] - self.claimed <= NEAR
        if self.checked:
            self.conclude_check(place[1], not self.contradicted)
        elif self.checking is None and near and (self.comparing or self.trying):
            if self.trying:
                self.alternatives.add("trial", "", str(place), (self.claim_start, place[1]))
            self.commit()
            self.check((self.claim_start, place[1]), True)

    def see_differs(self, place: Place, mark: re.Match[str]) -> None:
        near = place[0] - self.claimed <= NEAR
        if self.checked:
            self.conclude_check(place[1], False)
        elif near:
            self.commit()
            self.trying = True
            self.alternatives.add("trial", "", str(place), (self.claim_start, place[1]))
            self.check((self.claim_start, place[1]), False)

    def see_reject(self, place: Place, mark: re.Match[str]) -> None:
        if self.checked:
            self.conclude_check(place[1], False)
        elif place[0] - self.retried > NEAR:  # else it speaks of what has just been put right
            self.checking = None
            self.commit()
            self.drop(place)

    def check(self, place: Place, accepted: bool) -> None:
        about = self.standing or Candidate("", None)
        self.checks.append(Check(about, accepted))
        self.note("check", place, self.checks[-1].true, text=about.text, accepted=accepted)
        self.checked = self.contradicted = self.comparing = self.doubted = False
        if not accepted:
            self.drop(place)

    def drop(self, place: Place) -> None:
        self.rejected = place
        self.letters = set()
        if self.standing is not None:
            self.dropped.add(self.standing.text)

    def close(self, keep: bool = False) -> None:
        """The check that was going on is over; without a verdict it accepts, unless it came to something else.

        `keep` leaves one open that has not begun."""
        if self.checked:
            self.conclude_check(self.claimed, not self.contradicted)
        elif not keep:
            self.checking = None

    def conclude_check(self, end: int, accepted: bool) -> None:
        """The check that was announced and worked out comes to this."""
        start, self.checking = self.checking or 0, None
        self.check((start, max(start, end)), accepted)

    def see_listing(self, place: Place, mark: re.Match[str]) -> None:
        """Counting up all of them is work, too."""
        self.checked |= self.checking is not None

    # How it is gone about

    def see_doubt(self, place: Place, mark: re.Match[str]) -> None:
        self.close(keep=True)
        self.commit()
        self.doubted = True

    def see_another(self, place: Place, mark: re.Match[str]) -> None:
        self.close()
        self.commit()
        self.letters = set()
        if self.claims or self.candidates:
            self.another = place[0]

    def see_goal(self, place: Place, mark: re.Match[str]) -> None:
        self.close()
        self.note("sub-goal", place)

    def see_case(self, place: Place, mark: re.Match[str]) -> None:
        self.close()
        self.alternatives.add("case", "", mark[0].lower(), place)
