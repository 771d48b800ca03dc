r"""Reading a sum of whole numbers: + - * / and parentheses, by our own parser, exactly.

Two stacks and one pass (Dijkstra's shunting yard): no `eval`, no recursion, so depth cannot hurt. LaTeX and print
spellings of the same operators (`\times`, `\cdot`, `\div`, `×`, `÷`) are read, because a boxed answer is LaTeX.

Not read, on purpose: `**`, `//`, unary signs (`-3+7`), decimals, leading zeros, implied products (`2(3+4)`), `= 26`
behind the expression, digits of other scripts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

MAX_CHARS = 300  # bounds the digits of every intermediate value: a product has no more than its factors together

_TOKEN = re.compile(r"\s*(0|[1-9][0-9]*|[-+*/()]|\\times|\\cdot|\\div|[×÷])\s*", re.ASCII)
_SPELT = {"\\times": "*", "\\cdot": "*", "×": "*", "\\div": "/", "÷": "/"}
_AFTER_OPERAND = frozenset("+-*/)")
_RANK = {"(": 0, "+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True, slots=True)
class Expression:
    """What an expression is worth, and the numbers in it from left to right."""

    value: Fraction
    numbers: tuple[int, ...]


def parse_expression(text: str) -> Expression | None:
    r"""Read and evaluate `text`; None when it is not an expression, divides by zero or is longer than MAX_CHARS.

    >>> parse_expression("(3+7)*2")
    Expression(value=Fraction(20, 1), numbers=(3, 7, 2))
    >>> parse_expression(r"7 \div 2").value
    Fraction(7, 2)
    >>> parse_expression("3**2") is None
    True
    """
    tokens = _tokens(text)
    values: list[Fraction] = []
    operators: list[str] = []
    after_operand = False  # then an operator or ")" must come next; else a number or "("
    for token in tokens:
        if (token in _AFTER_OPERAND) != after_operand:
            return None
        if token == "(":
            operators.append(token)
        elif token == ")":
            if not _reduce(values, operators, down_to=1) or not operators:
                return None
            operators.pop()
        elif token in _RANK:
            if not _reduce(values, operators, down_to=_RANK[token]):
                return None
            operators.append(token)
            after_operand = False
        else:
            values.append(Fraction(int(token)))
            after_operand = True
    if not after_operand or "(" in operators or not _reduce(values, operators, down_to=1):
        return None
    return Expression(values[0], tuple(int(token) for token in tokens if token.isdigit()))


def _tokens(text: str) -> list[str]:
    """The tokens of `text`, operators in their one spelling; empty when some of it is no token."""
    tokens: list[str] = []
    if len(text) > MAX_CHARS:
        return tokens
    end = 0
    while match := _TOKEN.match(text, end):
        token, end = match[1], match.end()
        tokens.append(_SPELT.get(token, token))
    return tokens if end == len(text) else []


def _reduce(values: list[Fraction], operators: list[str], down_to: int) -> bool:
    """Apply the operators on top of the stack while their rank is `down_to` or higher; False on a zero divisor."""
    while operators and _RANK[operators[-1]] >= down_to:
        operator, right, left = operators.pop(), values.pop(), values.pop()
        if operator == "/":
            if right == 0:
                return False
            values.append(left / right)
        else:
            values.append(left + right if operator == "+" else left - right if operator == "-" else left * right)
    return True
