r"""Reading one number as people and LaTeX write it, exactly, as a Fraction.

Read: `12`, `-12`, `+12`, `3.50`, `.5`, `1,234.5`, `3/4`, `\frac{3}{4}`, `\dfrac34`, `\frac{-3}{4}`; with `$` or `\$`
before or after, thousands also as `1,\!234` or `1{,}234`; with one unit behind: `%`, `\%`, a degree sign, `^\circ`, or
letters marked as text (`\text{ dollars}`, `\mbox{ cm}^2`). A unit is dropped, never compared or converted.

Not read, on purpose: bare words behind a number (`5x`, `2 pi` and `3 million` would pass as 5, 2 and 3), `1, 234`
(a pair), `1 2`, mixed numbers (`1\frac{1}{2}` is a product elsewhere), exponents (`1e999999999` is short to write and
long to hold), `nan`, `inf`, and digits of other scripts. Nothing is rounded: 0.33 is not 1/3.
"""

from __future__ import annotations

import re
from fractions import Fraction

MAX_CHARS = 200  # no honest answer is longer; it bounds the digits, and with them all time and memory

_PLAIN = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
_NUMBER = re.compile(
    rf"""
    (?P<sign>[-+]?) \$?
    (?:
        (?P<top>{_PLAIN}) (?: / (?P<bottom>{_PLAIN}) )?
      | \\[dt]?frac (?: \{{(?P<frac_top>[-+]?{_PLAIN})\}} | (?P<digit_top>[0-9]) )
                    (?: \{{(?P<frac_bottom>[-+]?{_PLAIN})\}} | (?P<digit_bottom>[0-9]) )
    )
    (?: \\?% | ° | \^\\circ | \^\{{\\circ\}} | \\(?:text|mbox|mathrm)\{{[A-Za-z.]*\}} (?:\^[23])? )?
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+", re.ASCII)
_SPLIT_DIGITS = re.compile(r"[0-9.,]\s+[0-9.,]", re.ASCII)


def parse_number(text: str) -> Fraction | None:
    r"""The exact value of `text`, or None when it is not one number (or is longer than MAX_CHARS).

    >>> parse_number(r"\$1,234.50")
    Fraction(2469, 2)
    >>> parse_number(r"-\frac{6}{8}") == parse_number("-.75")
    True
    >>> parse_number("9**9**9") is None
    True
    """
    if len(text) > MAX_CHARS:
        return None
    text = re.sub(r",\\!\s*", ",", text).replace("{,}", ",").replace("\\$", "$")
    if _SPLIT_DIGITS.search(text):
        return None
    match = _NUMBER.fullmatch(_SPACE.sub("", text).strip("$"))
    if match is None:
        return None
    top = _fraction(match["top"] or match["frac_top"] or match["digit_top"])
    bottom = _fraction(match["bottom"] or match["frac_bottom"] or match["digit_bottom"] or "1")
    if bottom == 0:
        return None
    return -top / bottom if match["sign"] == "-" else top / bottom


def _fraction(plain: str) -> Fraction:
    return Fraction(plain.replace(",", ""))
