"""Cases that no number marks: "if … if not …", and divisors tried until one divides.

A sentence that begins with "if", "suppose" or 若 makes a case. Three of them with conditions that begin alike and are
different are an enumeration ("if Ann has 3 pens, … if she skips, …" is a story); two are, where the text speaks of
cases or the second excludes the first (odd and even, ≥ and <). Of divisors at least two have to fail: "divisible by 12,
if by 3 and by 4" is an argument, and tries nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from scratchwork.observe.alternatives import FAR, FEWEST, FEWEST_CASES, Place

OPENING = 12  # characters, up to a space, in which conditions of one sort begin alike
TAIL = 160  # of a case, in which it is worked out
ANNOUNCED = 200  # characters between the word "cases" and the first or the last of them

_IF = re.compile(
    r"(?:^|(?<=[.:;!?][ ])|(?<=[。；：！？]))[ \t]{0,4}(?:[-*•+][ ]|[0-9]{1,2}[.)][ ])?"
    r"(?:(?:or|and|now|next|then|but|on[ ]the[ ]other[ ]hand|alternatively),?[ ])?"
    r"(?:(?:if|suppose|assume|when)\b(?![ ](?:you|we|so|I)\b)|otherwise\b|若|如果|当|假设|假如|否则)"
    r"(?:[ ](?:instead|now|that))?[ ]?(?P<condition>[^,.;:，。；：\n]{0,60})",
    re.MULTILINE | re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"\b(?:(?:two|three|four|both|either|all|each|by|several|[234])[ ](?:\w{1,12}[ ])?(?:cases?|possibilit(?:y|ies)|"
    r"scenarios?|options)|either[ ]way)\b|[两二三四几]种(?:情况|可能)|分(?:情况|类)",
    re.IGNORECASE,
)
_OPPOSITES = (
    *(("odd", "even"), ("positive", "negative"), ("奇数", "偶数"), ("≠", "=")),
    *(("≥", "<"), (">=", "<"), ("\\ge", "<"), (">", "<"), (">", "≤"), (">", "\\le")),
)
_DIVISOR = re.compile(
    r"""\b(?P<odd> (?:is|it's)[ ](?:odd|not[ ]even)\b )
    | (?P<five> (?:doesn't|does[ ]not|not)[ ]end(?:ing)?[ ](?:in|with)[ ](?:a[ ])?(?:0[ ]or[ ])?5 )
    | (?P<fails> (?:isn't|not|neither)[ ](?:a[ ]multiple[ ]of|divisible[ ]by)[ ](?P<failed>[0-9]{1,6}) )
    | (?<![0-9.])(?P<other>[0-9]{1,6})[ ](?:doesn't|does[ ]not)[ ](?:divide|work|go[ ]into)\b
    | (?:(?<!if[ ])(?:is|it's|so)[ ]divisible[ ]by|[Ff]or)[ ](?P<divides>[0-9]{1,6})\b """,
    re.VERBOSE,
)
_STOP = re.compile(r"[.。\n](?![0-9])")


def find_cases(text: str) -> list[Place]:
    """All of them, where they are.

    >>> find_cases("Suppose n is odd. Then n+1 is even. Suppose n is even. Then n is.")
    [(0, 65)]
    """
    return hypotheses(text) + divisors(text)


def hypotheses(text: str) -> list[Place]:
    spoken = [mark.start() for mark in _SPOKEN.finditer(text)]
    found: list[Place] = []
    run: list[re.Match[str]] = []
    for mark in _IF.finditer(text):
        if run and mark.start() - run[-1].end() > FAR:
            found += cases(text, run, spoken)
            run = []
        run.append(mark)
    return found + cases(text, run, spoken)


def cases(text: str, run: Sequence[re.Match[str]], spoken: Sequence[int]) -> list[Place]:
    """The run's place, if its conditions are cases."""
    conditions = list(dict.fromkeys("".join(mark["condition"].split()).lower() or "else" for mark in run))
    if len(conditions) < FEWEST_CASES:
        return []
    first, last = run[0].start(), run[-1].end()
    nearest = bisect_left(spoken, first - ANNOUNCED)
    announced = nearest < len(spoken) and spoken[nearest] <= last + ANNOUNCED
    openings = {mark["condition"].lower().strip("$ ")[:OPENING].partition(" ")[0] for mark in run}
    alike = len(conditions) >= FEWEST and len(openings) == 1
    if alike or announced or excluded(run):
        stop = _STOP.search(text, last, last + TAIL)
        after = _STOP.search(text, stop.end(), last + TAIL) if stop else None
        end = after or stop
        return [(first, end.end() if end else min(len(text), last + TAIL))]
    return []


def excluded(run: Sequence[re.Match[str]]) -> bool:
    """Whether one of two conditions is the other's opposite."""
    one, two = (mark["condition"].lower() for mark in run[:2])
    opposite = any((a in one and b in two) or (b in one and a in two) for a, b in _OPPOSITES)
    return opposite or run[1][0].strip().lower().startswith(("otherwise", "否则"))


def divisors(text: str) -> list[Place]:
    """Trial division."""
    found: list[Place] = []
    run: list[re.Match[str]] = []
    for mark in _DIVISOR.finditer(text):
        if run and mark.start() - run[-1].end() > FAR:
            found += tried(run)
            run = []
        run.append(mark)
    return found + tried(run)


def tried(run: Sequence[re.Match[str]]) -> list[Place]:
    failed = {"2" if mark["odd"] else "5" if mark["five"] else mark["failed"] or mark["other"] for mark in run}
    failed.discard(None)
    passed = {mark["divides"] for mark in run} - {None}
    enough = len(failed) >= 2 and len(failed | passed) >= FEWEST
    return [(run[0].start(), run[-1].end())] if enough else []
