"""What shows on a response's surface, whatever it says and whatever it is about."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Letters of formulas belong to no language: Latin stands in every mathematics, Greek beside it.
OF_FORMULAS = {"LATIN", "GREEK", "MATHEMATICAL", "SCRIPT", "DOUBLE-STRUCK", "BLACK-LETTER", "FULLWIDTH", "MICRO", "OHM"}
LOOP = 8  # tokens: shorter turns of phrase recur in any long calculation


def scripts(text: str) -> set[str]:
    """The scripts of the letters of `text`, by the first words of their Unicode names, those of formulas left out.

    >>> sorted(scripts("x=3, проверка 验算")), scripts("2π·r² = é")
    (['CJK', 'CYRILLIC'], set())
    """
    if text.isascii():
        return set()
    letters = (unicodedata.name(c, "").partition(" ")[0] for c in set(text) if c.isalpha())
    return {script for script in letters if script} - OF_FORMULAS


def changes_script(prompt: str, response: str) -> bool:
    """Whether the response has letters of a script that the prompt has not: it went over to another language.

    Latin and Greek are never foreign, so an English response to a Chinese prompt is not seen.

    >>> changes_script("3+4?", "7, 验算"), changes_script("三加四?", "7, 验算"), changes_script("3+4?", "7")
    (True, False, False)
    """
    return not response.isascii() and bool(scripts(response) - scripts(prompt))


def repetition(ids: Sequence[int]) -> float:
    """The share of a response's runs of LOOP tokens that stood before in it: near 1 in a loop. 0 when it is shorter.

    >>> repetition(range(100)), repetition([1, 2, 3] * 40) > 0.9, repetition([5] * 7)
    (0.0, True, 0.0)
    """
    runs = list(zip(*(ids[i:] for i in range(LOOP)), strict=False))
    return 1 - len(set(runs)) / len(runs) if runs else 0.0
