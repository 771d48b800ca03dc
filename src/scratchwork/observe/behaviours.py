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

from collections.abc import Mapping
from dataclasses import dataclass, field

from scratchwork.observe.foreign import ForeignReader
from scratchwork.observe.lexicon import pooled_words, r1_words
from scratchwork.observe.reader import Reader
from scratchwork.observe.steps import By, Candidate, Check, Kind, Step
from scratchwork.reward.grammar import Response, parse
from scratchwork.types import Problem

OURS = frozenset(("apples", "countdown", "arithmetic", "facts"))  # families whose semantics the exact reader knows


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
    steps: tuple[Step, ...] = ()  # all of it, in the order of the text
    words: Mapping[str, int] = field(default_factory=dict)  # reflection words and how often, those that occur
    by: By = "exact"  # never to be mixed in one number

    @property
    def reflects(self) -> bool:
        """At least one check; a backtrack does not come without one."""
        return bool(self.checks)

    def count(self, kind: Kind) -> int:
        """How many steps of that kind."""
        return sum(step.kind == kind for step in self.steps)


def scratch_work(response: Response, by: By) -> str:
    """What is read. A foreign response that opened no thinking block works in the open: all of it."""
    if response.thinking is None and by == "foreign":
        return response.presentation
    return response.thinking or ""


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
    by: By = "exact" if problem.family in OURS else "foreign"
    reader = (Reader if by == "exact" else ForeignReader)(problem, {} if judged is None else judged)
    work = scratch_work(response, by)
    reader.read(work, response.closed)
    return Behaviours(
        claims=tuple(reader.claims),
        candidates=tuple(reader.candidates),
        checks=tuple(reader.checks),
        backtracks=reader.backtracks,
        repeats=reader.repeats,
        second_derivations=reader.second_derivations,
        equations=reader.equations,
        backwards=reader.backwards,
        steps=tuple(reader.steps),
        words=r1_words(text) if by == "exact" else pooled_words(text),
        by=by,
    )
