"""One side of an equation in any text, and what it comes to, exactly.

An item is a number, an operator `+ - * / ^`, a parenthesis, or "x" for whatever is no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

MAX_ITEMS = 80
MAX_BITS = 400  # of a numerator or denominator; bounds powers, and chains of them
MAX_POWER = 64

Number = int | Fraction  # whole ones as int: most are, and much faster
Item = Number | str


class NotASumError(ValueError):
    """Unfinished, too large, divided by zero: nothing that has a value."""


@dataclass(slots=True)
class Side:
    """What stands between two relations, as it is read. `start` and `end` count characters of the text."""

    items: list[Item] = field(default_factory=list)
    letters: set[str] = field(default_factory=set)
    named: bool = False  # holds something that is neither number nor letter, or too much
    works: int = 0  # operators between operands
    depth: int = 0  # parentheses open
    places: int = 0  # decimals of the last number
    start: int = -1
    end: int = -1

    @property
    def ends_in_operand(self) -> bool:
        return bool(self.items) and (not isinstance(self.items[-1], str) or self.items[-1] in (")", "x"))

    @property
    def lone_letter(self) -> bool:
        return self.items == ["x"] and bool(self.letters)

    def add(self, item: Item, start: int, end: int) -> None:
        self.start, self.end = start if self.start < 0 else self.start, end
        if len(self.items) < MAX_ITEMS:
            self.items.append(item)
        else:
            self.named = True

    def operate(self, sign: str, start: int, end: int) -> None:
        self.works += self.ends_in_operand
        self.add(sign, start, end)

    def multiplied(self, start: int) -> None:
        """An operand follows: behind another one that is a product, as in 3x and 2(4+5)."""
        if self.ends_in_operand:
            self.operate("*", start, start)

    def value(self) -> Number | None:
        """What it comes to; None when that cannot be said."""
        if self.letters or self.named:
            return None
        try:
            total, at = add_up(self.items, 0)
        except NotASumError:
            return None
        return total if at == len(self.items) else None


def holds(relation: str, left: Number, right: Number, places: int) -> bool:
    """Whether `left = right`, `left ≈ right` or `left ≠ right`; `places` are the decimals that `right` is written with.

    >>> third = Fraction(1, 3)
    >>> holds("=", third, Fraction("0.33"), 2), holds("=", third, Fraction("0.34"), 2), holds("=", third, 0, 0)
    (True, False, False)
    >>> holds("≈", third, Fraction("0.34"), 2), holds("≈", Fraction("9.9"), Fraction(10), 0)
    (True, True)
    """
    if relation == "≠":
        return left != right
    if left == right:
        return True
    unit, gap = Fraction(1, 10**places), abs(Fraction(left) - Fraction(right))
    return gap <= unit if relation == "≈" else places > 0 and gap <= unit / 2


def add_up(items: Sequence[Item], at: int) -> tuple[Number, int]:
    """The value of a sum that starts at `at`, and where it ends."""
    total, at = multiply(items, at)
    while at < len(items) and items[at] in ("+", "-"):
        term, following = multiply(items, at + 1)
        total = bounded(total + term if items[at] == "+" else total - term)
        at = following
    return total, at


def multiply(items: Sequence[Item], at: int) -> tuple[Number, int]:
    total, at = raise_power(items, at)
    while at < len(items) and items[at] in ("*", "/"):
        factor, following = raise_power(items, at + 1)
        if items[at] == "/" and not factor:
            raise NotASumError
        total = bounded(total * factor if items[at] == "*" else Fraction(total) / factor)
        at = following
    return total, at


def raise_power(items: Sequence[Item], at: int) -> tuple[Number, int]:
    if at < len(items) and items[at] in ("+", "-"):
        value, following = raise_power(items, at + 1)
        return (-value if items[at] == "-" else value), following
    base, at = operand(items, at)
    if at < len(items) and items[at] == "^":
        power, at = raise_power(items, at + 1)
        if power.denominator != 1 or not -MAX_POWER <= power <= MAX_POWER or (not base and power < 0):
            raise NotASumError
        base = bounded(Fraction(base) ** power.numerator)
    return base, at


def operand(items: Sequence[Item], at: int) -> tuple[Number, int]:
    if at >= len(items):
        raise NotASumError
    item = items[at]
    if not isinstance(item, str):
        return item, at + 1
    if item == "(":
        value, at = add_up(items, at + 1)
        if at < len(items) and items[at] == ")":
            return value, at + 1
    raise NotASumError


def bounded(value: Number) -> Number:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise NotASumError
    return value
