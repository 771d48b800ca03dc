r"""What a response does, read by a program that knows the sums: claims, candidates, checks, backtracks.

Words alone prove nothing ("wait" can be followed by the same again), so what counts is parsed from the scratch work:

- a claim is `a op b=c` in whole numbers; it is true or false;
- a candidate is an answer that the work arrives at; the reward's verifier says whether it is right;
- a check is a verdict, `V against W: yes.` or `no.`, on work since the verdict before; it accepts or rejects the
  candidate, and is true when the candidate is right or wrong accordingly, whatever the sums on the way;
- a backtrack is a rejected candidate followed by another attempt, whether or not "Wait" stands between.

The reflection words of DeepSeek-R1 (10.1038/s41586-025-09422-z, Extended Data Fig. 1) are counted apart from all this.

Left out: claims with several operators or fractions, and anything phrased otherwise: what is counted was really said
and really compared, so counts are low rather than high. One pass, linear in the text, on whatever text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from scratchwork.observe.candidates import Expression, Value, Work
from scratchwork.reward.grammar import parse
from scratchwork.reward.verify import VerifierError, verify
from scratchwork.types import Problem

REFLECTION_WORDS = frozenset(
    ("wait", "mistake", "however", "but", "retry", "error", "verify", "wrong", "evaluate", "check")
)

_NUMBER = r"-?[0-9]{1,15}"
_ENDS = r"(?![\w*/+]|-\w|\.[0-9])"  # else the number goes on, or is the start of another term
_MARK = re.compile(
    rf"""
      (?<![\w.)*/+-]) (?P<claim> (?P<a>{_NUMBER}) (?P<op>[-+*/]) (?P<b>{_NUMBER}) = (?P<c>{_NUMBER}) {_ENDS} )
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
_WORD = re.compile("[a-z]+")


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
class Behaviours:
    """What one response did. Claims, candidates and checks are in the order of the text."""

    claims: tuple[bool, ...] = ()  # whether each is true
    candidates: tuple[Candidate, ...] = ()
    checks: tuple[Check, ...] = ()
    backtracks: int = 0
    repeats: int = 0  # candidates that the response had rejected before
    second_derivations: int = 0
    equations: int = 0
    backwards: int = 0  # attempts that work backwards from the target
    words: Mapping[str, int] = field(default_factory=dict)  # reflection words and how often, those that occur

    @property
    def reflects(self) -> bool:
        """At least one check; a backtrack does not come without one."""
        return bool(self.checks)


def read(problem: Problem, text: str, *, opened: bool = True, judged: dict[str, Candidate] | None = None) -> Behaviours:
    """The behaviours of one completion; `opened` says whether the prompt opened a thinking block.

    `judged` keeps candidates for the next completions of the same problem: judging is half of the work of reading.

    >>> problem = Problem("p-0", "countdown", 1, "", "", "countdown", {"numbers": [2, 3, 10], "target": 26})
    >>> text = "Try 10*2=20, 20+3=23. 23 against 26: no. Wait, try 3+10=13, 13*2=26. 26 against 26: yes.</think>"
    >>> seen = read(problem, text)
    >>> seen.claims, seen.backtracks, [candidate.text for candidate in seen.candidates]
    ((True, True, True, True), 1, ['(10*2)+3', '(10+3)*2'])
    >>> [(check.accepted, check.true) for check in seen.checks]
    [(False, True), (True, True)]
    """
    response = parse(text, opened)
    reader = Reader(problem, {} if judged is None else judged)
    for mark in _MARK.finditer(response.thinking or ""):
        getattr(reader, f"see_{mark.lastgroup}")(mark)
    if response.closed:  # work that was cut off has arrived nowhere
        reader.propose()
    return reader.behaviours(Counter(word for word in _WORD.findall(text.lower()) if word in REFLECTION_WORDS))


class Reader:
    """Walks along the marks of one thinking block, with a method for each kind."""

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

    def see_claim(self, mark: re.Match[str]) -> None:
        a, b, c = int(mark["a"]), int(mark["b"]), int(mark["c"])
        self.claims.append(holds(a, mark["op"], b, c))
        if not self.testing:
            self.second_derivations += self.comparing and self.idle
            self.try_something()
            self.work.claim(a, mark["op"], b, c)
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
            self.abandoned = not accepted
            if not accepted:
                self.rejected.add(about.text)
        self.start_afresh()

    def see_guess(self, mark: re.Match[str]) -> None:
        self.start_afresh()
        self.work.state(int(mark["guessed"]))
        if self.work.candidate is not None:
            self.try_something()
            self.propose()
            self.testing = True

    def see_solved(self, mark: re.Match[str]) -> None:
        if not self.testing:
            self.work.state(int(mark["value"]))

    def see_equation(self, mark: re.Match[str]) -> None:
        self.equations += 1

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

    def try_something(self) -> None:
        self.backtracks += self.abandoned
        self.abandoned = False

    def propose(self) -> None:
        """What the work arrived at becomes the candidate that stands; without work the old one goes on standing."""
        text = self.work.candidate
        if text is None:
            return
        self.standing = self.judge(text)
        self.candidates.append(self.standing)
        self.repeats += text in self.rejected
        self.work.restart()

    def judge(self, text: str) -> Candidate:
        if text not in self.judged:
            try:
                self.judged[text] = Candidate(text, verify(text, self.problem))
            except VerifierError:
                self.judged[text] = Candidate(text, None)
        return self.judged[text]

    def behaviours(self, words: Mapping[str, int]) -> Behaviours:
        return Behaviours(
            claims=tuple(self.claims),
            candidates=tuple(self.candidates),
            checks=tuple(self.checks),
            backtracks=self.backtracks,
            repeats=self.repeats,
            second_derivations=self.second_derivations,
            equations=self.equations,
            backwards=self.work.backwards,
            words=words,
        )


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
