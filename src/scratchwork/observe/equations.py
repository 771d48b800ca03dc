r"""Equations in whatever text: sums that are claimed, unknowns that get a value, equations that are set up.

Read: `3 + 4 = 7`, chains `2*3+4 = 6+4 = 10`, decimals, `1,234`, `$9`, `15% of 80`, `× · ÷ − x ^ ²`, units behind a
number (`3 bags * 8 pens = 24 pens`), LaTeX (`\frac{1}{2} \cdot 9`, `\times`, `\left(`, `\approx`, `\neq`). Sums are
exact, in fractions; a decimal result may be rounded at its last place, and behind `≈` be off by one of that place.

Left out: roots, functions, binomials: with a name in it an equation claims nothing here. Linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from scratchwork.observe.signs import MULTIPLIER, RELATED, RELATIONS, SIGNS, STRETCH, THOUSANDS, TOKEN
from scratchwork.observe.sums import Side, holds

MAX_UNIT = 4  # words behind a number that still are its unit
FUNCTIONS = frozenset("fghPV")  # f(4) is no product


@dataclass(frozen=True, slots=True)
class Claim:
    """Two sides, numbers only, at least one of them a sum. `sides` are their texts without spaces."""

    start: int
    end: int
    holds: bool
    sides: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Equation:
    """Two sides with an unknown, and something done to it."""

    start: int
    end: int
    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A letter, and what it is, as written."""

    start: int
    end: int
    letter: str
    value: str


Found = Claim | Equation | Assignment


def find_equations(text: str) -> list[Found]:
    r"""All of them, in the order of the text.

    >>> [(one.sides, one.holds) for one in find_equations(r"So $2 \cdot 3 + 4 = 6 + 4 = 11$ pens.")]
    [(('2\\cdot3+4', '6+4'), True), (('6+4', '11'), False)]
    >>> [type(one).__name__ for one in find_equations("Then 2x + 9 = 35, so x = 13.")]
    ['Equation', 'Assignment']
    """
    run = Run(text)
    for stretch in STRETCH.finditer(text):
        if RELATED.search(stretch[0]):
            for token in TOKEN.finditer(text, *stretch.span()):
                if token.lastgroup != "space":
                    getattr(run, f"see_{token.lastgroup}")(token)
            run.stop()
    return run.found


class Run:
    """A stretch of mathematics that no word and no full stop interrupts, with a method for each kind of token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Found] = []
        self.restart()

    def restart(self) -> None:
        self.sides = [Side()]
        self.relations: list[str] = []
        self.words = 0  # since the last token that is none
        self.fractions: list[int] = []  # depths at which a \frac has its own parentheses
        self.divided = False

    @property
    def side(self) -> Side:
        return self.sides[-1]

    def stop(self) -> None:
        """What the run was; the next one starts here."""
        sides, relations = self.sides, self.relations
        self.restart()
        if not relations:
            return
        for side in sides:
            if side.depth and side.items[0] == "(" and side is sides[0]:  # (3+4=7): the parenthesis is the sentence's
                side.items, side.start = side.items[1:], side.start + 1
        values = [side.value() for side in sides]
        letters = [side for side in sides if side.lone_letter]
        known = [side for side, value in zip(sides, values, strict=True) if value is not None]
        if letters and known:
            letter, value = letters[0], known[-1]  # the letter may come second: 3 = x
            start, end = min(letter.start, value.start), max(letter.end, value.end)
            self.found.append(Assignment(start, end, next(iter(letter.letters)), self.written(value).strip("$ ")))
        for i, relation in enumerate(relations):
            left, right = sides[i], sides[i + 1]
            a, b = values[i], values[i + 1]
            if left.start < 0 or right.start < 0:
                continue
            if a is not None and b is not None:
                if left.works + right.works:
                    true = holds(relation, a, b, right.places)
                    self.found.append(Claim(left.start, right.end, true, (self.written(left), self.written(right))))
            elif (left.letters and left.works) or (right.letters and right.works):
                self.found.append(Equation(left.start, right.end, frozenset(left.letters | right.letters)))

    def written(self, side: Side) -> str:
        return "".join(self.text[side.start : side.end].split())

    def unit(self) -> None:
        """What the words before an operator or a relation were: a unit behind a number, or else a name."""
        if self.words and not (self.side.ends_in_operand and self.words <= MAX_UNIT):
            self.stop()
            self.side.named = True
        self.words = 0

    def operand(self, token: re.Match[str]) -> None:
        """A number or a letter follows."""
        if self.words or (self.side.ends_in_operand and self.text[token.start() - 1].isspace()):
            self.stop()
        self.side.multiplied(token.start())

    def see_number(self, token: re.Match[str]) -> None:
        if self.side.ends_in_operand and not isinstance(self.side.items[-1], str):  # 3 4, not a product
            self.stop()
        self.operand(token)
        whole, _, decimals = THOUSANDS.sub("", token[0]).partition(".")
        self.side.places = len(decimals)
        digits = int(whole + decimals)
        self.side.add(Fraction(digits, 10 ** len(decimals)) if decimals else digits, *token.span())

    def see_letter(self, token: re.Match[str]) -> None:
        self.operand(token)
        self.side.letters.add(token[0])
        self.side.add("x", *token.span())

    def see_word(self, token: re.Match[str]) -> None:
        if len(token[0]) > 1 or not token[0].isascii():
            self.name(token)
            return
        behind = self.text[token.start() - 1 : token.start()]
        ahead = self.text[token.end() : token.end() + 2]
        if (
            token[0] in "xX"
            and self.side.ends_in_operand
            and not self.words
            and MULTIPLIER.match(self.text, token.end())
        ):
            self.words = 0
            self.side.operate("*", *token.span())
        else:
            word = token[0] in "aAI" and ahead[:1].isspace() and ahead[1:].isalpha()
            unit = self.side.ends_in_operand and not self.words and behind.isspace()  # 5 m, 3 h
            (self.name if word or unit or ahead[:1] in ("'", "’") else self.see_letter)(token)

    def name(self, token: re.Match[str]) -> None:
        """A word. `of` behind a share multiplies."""
        shared = self.divided and self.side.ends_in_operand and not self.words
        if token[0] == "of" and shared:
            self.side.operate("*", *token.span())
            return
        self.words += 1
        if self.words > MAX_UNIT or (self.side.items and not self.side.ends_in_operand):
            self.stop()
            self.words = 1

    def see_op(self, token: re.Match[str]) -> None:
        self.unit()
        sign = SIGNS[token[0]]
        self.divided = sign == "/"
        if not self.side.ends_in_operand and sign in "*/":
            self.stop()
            return
        self.side.operate(sign, *token.span())

    def see_power(self, token: re.Match[str]) -> None:
        if self.side.ends_in_operand:
            self.side.operate("^", *token.span())

    def see_square(self, token: re.Match[str]) -> None:
        if self.side.ends_in_operand:
            self.side.operate("^", *token.span())
            self.side.add(2 if token[0] == "²" else 3, *token.span())

    def see_percent(self, token: re.Match[str]) -> None:
        items = self.side.items
        if items and not isinstance(items[-1], str):
            items[-1] = Fraction(items[-1], 100)
            self.side.places += 2
            self.side.end = token.end()
            self.divided = True

    def see_relation(self, token: re.Match[str]) -> None:
        self.unit()
        if not self.side.ends_in_operand and not self.side.named:
            self.stop()
            self.side.named = True
        self.relations.append(RELATIONS.get(token[0], "="))
        self.sides.append(Side())
        self.divided = False

    def see_frac(self, token: re.Match[str]) -> None:
        """A fraction is a parenthesis of its own, over two more."""
        self.see_left(token)
        self.fractions.append(self.side.depth)
        self.divided = True

    def see_over(self, token: re.Match[str]) -> None:
        if self.fractions and self.side.depth == self.fractions[-1] + 1:
            self.side.add(")", *token.span())
            self.side.operate("/", *token.span())
            self.side.add("(", *token.span())
        else:
            self.stop()

    def see_left(self, token: re.Match[str]) -> None:
        side, behind, ahead = (
            self.side,
            self.text[token.start() - 1 : token.start()],
            self.text[token.end() : token.end() + 1],
        )
        if self.words or (side.ends_in_operand and (behind.isspace() or not ahead.isascii())):
            self.stop()
        elif behind in FUNCTIONS and side.ends_in_operand:
            side.named = True
            side.letters.clear()
        self.side.multiplied(token.start())
        self.side.add("(", *token.span())
        self.side.depth += 1

    def see_right(self, token: re.Match[str]) -> None:
        if not self.side.depth or self.words:
            self.stop()
            return
        self.close(token)
        if self.fractions and self.side.depth == self.fractions[-1]:
            self.fractions.pop()
            self.close(token)

    def close(self, token: re.Match[str]) -> None:
        self.side.depth -= 1
        self.side.add(")", *token.span())

    def see_command(self, token: re.Match[str]) -> None:
        """A root, a function, a Greek letter: a name where a number could be."""
        if self.words:
            self.stop()
        self.side.named = True
        self.side.add("x", *token.span())

    def see_skip(self, token: re.Match[str]) -> None:
        """Nothing: dollars, and how LaTeX is set."""

    def see_other(self, token: re.Match[str]) -> None:
        self.stop()

    see_bold = see_skip
    see_bullet = see_stop = see_long = see_other
