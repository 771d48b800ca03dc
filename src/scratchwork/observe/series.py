"""Series: pieces of text of one shape in which a number varies, "5! is …, 6! is …, 7! is …", whatever they are about.

A piece begins behind a stop, a comma, a colon or a line's end, and its head goes as far as the first relation: "5! is",
"1x1:", "143 / 7 is", "f(3) =", "x - 1 = 6", "兔3只". Three pieces of one shape that follow on each other are a series,
if their numbers advance evenly or they are judged one by one ("no", "too small", "even"). Sums that go on from each
other's results ("12+15=27. 27+18=45.") are work; so are those that stand behind a colon each ("Monday: 2*3=6."), for
they belong to what is named there; and a step's number says nothing of the matter.
Two factors or terms of one product or sum, several times, are a series too: "1 and 36, 2 and 18, 3 and 12".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scratchwork.observe.alternatives import FEWEST, Place

NEAR = 140  # characters from the head of one piece to that of the next
TAIL = 90  # of a piece, behind its head, in which it is judged
HEAD = 48  # characters of a head
MAX_TOKENS = 8  # of a head

_LEAD = (
    r"(?:and|or|then|but|now|next|so|also|finally|for|if|when|at|with|try|take|let|suppose|say|当|若|如果|取|试试?|或)"
)
_BEGIN = re.compile(
    rf"(?:^|(?<=[。；：，！？、;])|(?<=[.;:,!?][ ]))[ \t]{{0,4}}(?:[-*•+][ ]|[0-9]{{1,2}}[.)][ ])?"
    rf"(?:(?P<lead>{_LEAD})(?![a-z])[ ,]{{0,2}}){{0,3}}(?=[\w$*\\(-])",
    re.MULTILINE | re.IGNORECASE,
)
_TOKEN = re.compile(
    r"""(?P<skip> [ \t$]+ | \*\* | \\[,;!\ ] )
    | (?P<number> (?<![\w)])-?[0-9]{1,9}(?:\.[0-9]{1,6})?(?![0-9]) | [0-9]{1,9}(?:\.[0-9]{1,6})?(?![0-9]) )
    | (?P<relation> [=:：→⇒≡] | ->
        | (?:is|are|was|isn't|aren't|has|have|gives?|yields?|leaves?|makes?|equals|becomes|works|fails|no|yes|doesn't
            |does|divides)(?![\w']) | [是为得有时] )
    | (?P<word> [A-Za-z]+ ) | (?P<han> [\u4e00-\u9fff] ) | (?P<sign> \\[A-Za-z]+ | [-+*/^!_()×÷·] )""",
    re.VERBOSE | re.IGNORECASE,
)
_JUDGED = re.compile(
    r"\b(?:no|not|yes|ok|works?|fails?|too|odd|even|prime|composite|valid|invalid|match(?:es)?|perfect|whole|integer"
    r"|impossible)\b|n't\b|[✓✔✗×](?!\s?[0-9])|不|满足|符合|矛盾|正好|成立",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.。;；\n](?![0-9])")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_NUMBER = r"[0-9]{1,6}"
_PAIR = re.compile(
    rf"(?<![\w.,+*/^-])(?:\((?P<a>{_NUMBER}),[ ]?(?P<b>{_NUMBER})\)"
    rf"|(?P<c>{_NUMBER})[ ]?(?:and|[*×·]|x|\\times|\\cdot|和|与)[ ]?(?P<d>{_NUMBER}))(?![\w^/*])"
)
PAIRED = 40  # characters from the start of a pair to that of the next


@dataclass(frozen=True, slots=True)
class Piece:
    """Its head as a shape with the numbers in it; `result` is the number behind an equals sign."""

    place: Place
    shape: tuple[str, ...]
    numbers: tuple[float, ...]
    result: float | None
    judged: bool
    named: bool  # it stands behind a colon


def find_series(text: str) -> list[Place]:
    """All of them, where they are.

    >>> find_series("5! is 120. 6! is 720. 7! is 5040.")
    [(0, 33)]
    >>> find_series("12 + 15 = 27. 27 + 18 = 45. 45 + 21 = 66.")
    []
    """
    going: dict[tuple[str, ...], list[Piece]] = {}
    found = []
    for piece in pieces(text):
        run = going.setdefault(piece.shape, [])
        if run and piece.place[0] - run[-1].place[0] > NEAR:
            found += series(run)
            run.clear()
        run.append(piece)
    for run in going.values():
        found += series(run)
    return found + pair_series(text)


def series(run: Sequence[Piece]) -> list[Place]:
    """The run's place, if it is a series."""
    by_numbers = list({piece.numbers: piece for piece in run}.values())
    if len(by_numbers) < FEWEST:
        return []
    chained = sum(b.numbers[0] == a.result for a, b in pairwise(by_numbers))
    work = 2 * chained >= len(by_numbers) - 1 or all(piece.named for piece in by_numbers)
    if work and by_numbers[0].shape[0] == "#":
        return []
    even = all(advances(column) for column in zip(*(piece.numbers for piece in by_numbers), strict=True))
    judged = sum(piece.judged for piece in by_numbers)
    of_a_letter = by_numbers[0].shape[0] in _LETTERS
    if even or of_a_letter or 2 * judged > len(by_numbers):
        return [(run[0].place[0], run[-1].place[1])]
    return []


def advances(column: Sequence[float]) -> bool:
    """Whether numbers stay, or go up or down evenly."""
    step = column[1] - column[0]
    return all(abs(b - a - step) < 1e-6 for a, b in pairwise(column))


def pieces(text: str) -> Iterator[Piece]:
    for begin in _BEGIN.finditer(text):
        head = read_head(text, begin.end(), begin["lead"] is not None)
        if head is None:
            continue
        shape, numbers, end, result = head
        stop = _ENDS.search(text, end, end + TAIL)
        tail = stop.end() if stop else min(len(text), end + TAIL)
        judged = _JUDGED.search(text, end - 5, tail) is not None
        named = text[max(0, begin.start() - 2) : begin.start()].rstrip().endswith((":", "："))
        yield Piece((begin.end(), tail), shape, numbers, result, judged, named)


def read_head(text: str, start: int, led: bool) -> tuple[tuple[str, ...], tuple[float, ...], int, float | None] | None:
    """A head's shape, its numbers, where it ends, and what it comes to; None where no series can begin."""
    shape: list[str] = []
    numbers: list[float] = []
    at, related, result = start, False, None
    for token in _TOKEN.finditer(text, start, start + HEAD):
        kind = token.lastgroup
        if token.start() != at or len(shape) > MAX_TOKENS:
            break
        at = token.end()
        if kind == "number":
            if related and shape[0] == "#":
                result = float(token[0])
                break
            numbers.append(float(token[0]))
            shape.append("#")
            if related:
                break
        elif kind == "relation":
            related = True
            shape.append("is")
            if numbers and token[0] != "=":
                break
        elif kind != "skip":
            if related:
                break
            shape.append(token[0].lower().rstrip("s") or "s")
    return (tuple(shape), tuple(numbers), at, result) if numbers and varies(shape, related, led) else None


def varies(shape: Sequence[str], related: bool, led: bool) -> bool:
    """Whether a head of this shape says something about its number, so that several are a series."""
    words = [token for token in shape if len(token) > 1 and token.isascii() and token != "is"]
    if shape[0] == "#":
        bare = len(shape) == 2 and not led  # "1: …" may number a step
        return related and len(words) <= 2 and not bare
    if shape[0] in _LETTERS:
        return related and not words and "_" not in shape
    return "\u4e00" <= shape[0] <= "\u9fff" and shape[0] != "第" and len(shape) <= 6


def pair_series(text: str) -> list[Place]:
    """Pairs of one product or one sum, one after another."""
    found: list[Place] = []
    runs: dict[str, dict[tuple[int, int], Place]] = {"*": {}, "+": {}}  # where each pair stands
    worth: dict[str, int] = {}
    last = 0
    for pair in _PAIR.finditer(text):
        a, b = (int(pair[one] or pair[other]) for one, other in (("a", "c"), ("b", "d")))
        for sign, value in (("*", a * b), ("+", a + b)):
            run = runs[sign]
            if worth.get(sign) != value or pair.start() - last > PAIRED:
                found += long_enough(run)
                run.clear()
            worth[sign] = value
            if a * b:  # all points on an axis have the product 0
                run.setdefault((a, b), pair.span())  # 3 * 4 and 3*4 are one
        last = pair.start()
    return found + [place for run in runs.values() for place in long_enough(run)]


def long_enough(run: dict[tuple[int, int], Place]) -> list[Place]:
    places = list(run.values())
    return [(places[0][0], places[-1][1])] if len(places) >= FEWEST else []
