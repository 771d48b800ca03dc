"""Text by a model, made safe to look at: for the report and for the terminal.

A model can write any character: ones that move a terminal's cursor, turn the direction of a line or show nothing at
all. They are replaced by something to be seen. Markup is not looked at here: a page escapes it, a terminal is told
that the text is plain.
"""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control, format (direction, zero width), lone surrogates, odd line ends


def visible(text: str, limit: int) -> str:
    r"""The first `limit` characters of `text`, each one to be seen; the end says how many more there were.

    >>> visible("3+4=7\x1b[31m \u202eYes", 100)
    '3+4=7␛[31m �Yes'
    >>> visible("x" * 1_000_000, 3)
    'xxx … (999,997 more characters)'
    """
    shown = "".join(map(_to_be_seen, text[:limit]))
    return shown if len(text) <= limit else f"{shown} … ({len(text) - limit:,} more characters)"


def _to_be_seen(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in _UNSEEN:
        return character
    if character == "\x7f":
        return "␡"
    return chr(0x2400 + ord(character)) if character < " " else "\N{REPLACEMENT CHARACTER}"
