"""Whatever a model writes becomes something to be seen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.observe.text import visible


@given(st.text(st.characters()))
def test_nothing_is_left_that_acts_on_its_surroundings(text: str) -> None:
    shown = visible(text, 1_000)
    assert not {unicodedata.category(c) for c in shown if c not in "\n\t"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(shown) == len(text)
    shown.encode()  # a lone surrogate would raise


@pytest.mark.parametrize("harmless", ["3+10=13, 13*2=26. 26 against 26: yes.", "Größe → 5 €\n\tשלום", "🙂"])
def test_ordinary_text_stays(harmless: str) -> None:
    assert visible(harmless, 100) == harmless


def test_the_rest_is_counted() -> None:
    assert visible("a" * 1_000_000, 2_000) == "a" * 2_000 + " … (998,000 more characters)"
    assert visible("abc", 3) == "abc"
