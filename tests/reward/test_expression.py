"""Expressions: agreement with Python's own grammar where the two overlap, and refusal of everything else."""

from __future__ import annotations

import ast
import operator
import re
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scratchwork.reward.expression import MAX_CHARS, parse_expression

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def python_value(text: str) -> Fraction | None:
    """What Python's grammar makes of `text`, read as + - * / over whole numbers; None when it is anything else."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant):
            return Fraction(node.value)
        assert isinstance(node, ast.BinOp)
        return OPERATORS[type(node.op)](value(node.left), value(node.right))  # type: ignore[index,no-any-return]

    try:
        return value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, AssertionError, KeyError, ZeroDivisionError):
        return None


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # Python's remark on `3(4)`
@given(st.text("0123456789+-*/() ", max_size=14))
@example("8-3-2")
@example("8/4/2")
@example("2+3*4-6/3")
@example("((((3))))*(2)")
@example("3/(2-2)")
def test_agrees_with_pythons_grammar(text: str) -> None:
    if re.search(r"(?<![0-9])0[0-9]", text):
        assert parse_expression(text) is None  # Python reads 00 as 0; a given number is never written so
    else:
        read = parse_expression(text)
        assert (read.value if read else None) == python_value(text)


trees = st.recursive(
    st.integers(0, 99).map(str),
    lambda inner: st.builds("({}{}{})".format, inner, st.sampled_from("+-*/"), inner),
    max_leaves=8,
)


@given(trees)
def test_well_formed_expressions_are_read_whole(text: str) -> None:
    read = parse_expression(text)
    assert (read.value if read else None) == python_value(text)
    if read:
        assert list(read.numbers) == [int(n) for n in re.findall("[0-9]+", text)]


@given(trees)
def test_other_spellings_mean_the_same(text: str) -> None:
    for times, over in ((r" \times ", r" \div "), ("×", "÷"), (r"\cdot ", "/")):
        assert parse_expression(text.replace("*", times).replace("/", over)) == parse_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "()", "(", ")", ")(", "3)", "(3", "3+", "+3", "-3+5", "3--2", "3+-2", "3 7", "2(3+4)", "(2)(3)"),
        *("3**2", "3 * * 2", "7//2", "7 / / 2", "9**9**9", "3^2", "3%2", "3=3", "(3+7)*2=20", "3/0", "1/(2-2)"),
        *("03", "3.0", "3.", ".5", "1e3", "x", "3x", "0x1F", "1_0", "nan", "inf", "3+7;", "3+7#", "lambda:0"),
        *(r"\frac{3}{4}", r"\timesx", "3\\", "__import__('os')"),
        *("٣+٧", "３+７", "3²", "3＋7", "3−7", "3\0+7", "\u202e3+7", "3\u200b+7", "3\u00a0+7"),
    ],
)
def test_refused(text: str) -> None:
    assert parse_expression(text) is None


def test_depth_and_size_are_bounded() -> None:
    deep = MAX_CHARS // 2 - 1
    read = parse_expression("(" * deep + "7" + ")" * deep)
    assert read is not None and read.value == 7
    factors = "9*" * (MAX_CHARS // 2 - 1) + "9"
    read = parse_expression(factors)
    assert read is not None and read.value == 9 ** (MAX_CHARS // 2)
    for unit in ("(", ")", "()", "9", "9*", "(9+", "-", " ", r"\times"):
        assert parse_expression(unit * (2**20 // len(unit))) is None
