"""Numbers: what is read, with what value, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.reward.number import MAX_CHARS, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("- 12", -12),
        ("007", 7),
        ("3.50", Fraction(7, 2)),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("-0", 0),
        ("1,234,567.5", Fraction(2469135, 2)),
        (r"10,\!080", 10080),
        ("1{,}234", 1234),
        ("3/4", Fraction(3, 4)),
        ("-3/4", Fraction(-3, 4)),
        ("3 / 4", Fraction(3, 4)),
        ("6/8", Fraction(3, 4)),
        ("1.5/2", Fraction(3, 4)),
        (r"\frac{3}{4}", Fraction(3, 4)),
        (r"\dfrac{3}{4}", Fraction(3, 4)),
        (r"\tfrac34", Fraction(3, 4)),
        (r"\frac 34", Fraction(3, 4)),
        (r"\frac9{19}", Fraction(9, 19)),
        (r"\frac{270}7\text{ degrees}", Fraction(270, 7)),
        (r"-\frac{-3}{4}", Fraction(3, 4)),
        (r"\frac{3}{-4}", Fraction(-3, 4)),
        ("$5", 5),
        ("5$", 5),
        ("$5$", 5),
        (r"\$5", 5),
        (r"5\$", 5),
        ("-$5", -5),
        ("$-5$", -5),
        (r"$\$32,\!348$", 32348),
        ("50%", 50),
        (r"50\%", 50),
        ("90°", 90),
        (r"90^\circ", 90),
        (r"90^{\circ}", 90),
        (r"5.4 \text{ cents}", Fraction(27, 5)),
        (r"864 \mbox{ inches}^2", 864),
        ("  7\n", 7),
    ],
)
def test_read(text: str, value: Fraction | int) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-",
            ".",
            "$",
            "$$",
            "x",
            "5x",
            "2 pi",
            r"2\pi",
            "3 million",
            "3 dollars",
            r"5\text{2}",
            "3=3",
            r"\boxed{3}",
        ),
        *(
            "1 2",
            "1 234",
            "1, 234",
            "1,2",
            "12,34",
            "1234,567",
            ",123",
            "1,234,5",
            "--5",
            "+-5",
            "5-",
            "5-3",
            "1/2/3",
            "1.2.3",
        ),
        *("1/0", "0/0", r"\frac{1}{0}", r"\frac{1}{0.0}", r"\frac{1}", r"\frac{1}{2", r"\frac{}{}"),
        *(r"1\frac{1}{2}", r"\frac{\frac{1}{2}}{3}", "9**9**9", "9^9", "1e5", "1E400", "1e999999999", "0x10", "1_000"),
        *("nan", "NaN", "inf", "-Infinity", "٣", "３", "²", "½", "Ⅳ", "−5", "５.0", "1\u00a02"),
        *("5\0", "\x005", "\u202e5", "5\u200f", "\u200b5"),
    ],
)
def test_refused(text: str) -> None:
    assert parse_number(text) is None


@given(st.integers(-(10**30), 10**30))
def test_whole_numbers(n: int) -> None:
    assert parse_number(str(n)) == parse_number(f"{n:,}") == parse_number(f" ${n}$ ") == n


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_decimals_are_exact(d: object) -> None:
    assert parse_number(f"{d:f}") == Fraction(f"{d:f}")


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.sampled_from(["", "-", "+"]))
def test_fractions(top: int, bottom: int, sign: str) -> None:
    value = Fraction(top, bottom) * (-1 if sign == "-" else 1)
    assert parse_number(f"{sign}{top}/{bottom}") == parse_number(f"{sign}\\frac{{{top}}}{{{bottom}}}") == value


@given(st.one_of(st.text(max_size=60), st.text("0123456789.,/-+$\\frac{}% ", max_size=30)))
def test_any_text_is_a_number_or_none(text: str) -> None:
    value = parse_number(text)
    assert value is None or isinstance(value, Fraction)


def test_length_is_bounded() -> None:
    assert parse_number("9" * MAX_CHARS) == 10**MAX_CHARS - 1
    assert parse_number("9" * (MAX_CHARS + 1)) is None
    assert parse_number("9" * 2**20) is None
