"""A summary says nothing that the thinking does not, comes while it goes on, and does not depend on how it is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchwork.serve.summary import ExtractiveSummarizer
from scratchwork.serve.telling import Telling

COUNTDOWN = (
    "6+3=9, 9+3=12. 12 against 15: no. Wait. 6-3=3, 3*3=9. 9 against 15: no. Wait. 6+3=9, 9*3=27. 27 against 15: no. "
    "Wait. 6*3=18, 18-3=15. 15 against 15: yes."
)
APPLES = (
    "Figs: 6*4=24. 8*12=96. 24+96=120. 160-120=40. 40/2=20. Check: 2*20=40, 40+120=160. 160 against 160: yes. "
    "Another way: 160-96=64. 64-24=40. 40/2=20. 20 against 20: yes."
)
PIECES = (
    "3+4=7. ",
    "12 against 15: no. ",
    "7 against 7: yes. ",
    "Wait. ",
    "Check: ",
    "Another way: ",
    "x",
    "9",
    "\n",
    "等等，9。",
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=25).map("".join)


def summary(thinking: str, size: int = 7) -> str:
    summarizer = ExtractiveSummarizer()
    parts = [p for i in range(0, len(thinking), size) for p in summarizer.feed(thinking[i : i + size])]
    return "".join([*parts, *summarizer.finish()])


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


@settings(max_examples=300)
@given(texts, st.integers(1, 9))
def test_every_number_of_a_summary_stands_in_the_thinking(thinking: str, size: int) -> None:
    assert numbers(summary(thinking, size)) <= numbers(thinking)


@pytest.mark.parametrize("thinking", ["0\n3+4=7. ", "12 3+4=7. ", "1.5+2=3.5. ", "a 3 4=5. "])
def test_numbers_that_stand_side_by_side_stay_two(thinking: str) -> None:
    assert set(re.findall(r"[\d.]*\d", summary(thinking))) <= set(re.findall(r"[\d.]*\d", thinking))


@given(texts)
def test_a_summary_does_not_depend_on_how_the_thinking_is_cut(thinking: str) -> None:
    assert summary(thinking, 1) == summary(thinking, 3) == summary(thinking, 10_000)


def test_a_summary_of_a_search() -> None:
    assert summary(COUNTDOWN) == (
        "**Trying and dropping ideas**\n\nSome ideas come to 12, 9 and 27, not 15.\n\n"
        "**Thinking again**\n\n6*3=18, 18-3=15. 15 against 15: it holds.\n\n"
    )


def test_a_summary_of_a_derivation_that_is_checked_twice() -> None:
    titles = re.findall(r"\*\*(.+?)\*\*", summary(APPLES))
    assert titles == [*("Working it out", "Checking the result", "Looking at it another way", "Checking the result")]


def test_paragraphs_come_while_the_thinking_goes_on() -> None:
    summarizer = ExtractiveSummarizer()
    assert summarizer.feed(COUNTDOWN[:90]) == []
    assert len(summarizer.feed(COUNTDOWN[90:])) == 1


@pytest.mark.parametrize("thinking", ["", "   ", "Hmm"])
def test_little_thinking_has_little_to_tell(thinking: str) -> None:
    assert len(summary(thinking)) <= len("**Thinking again**\n\nHmm\n\n")


def test_a_client_of_summaries_sees_no_thinking() -> None:
    telling = Telling("summary", ExtractiveSummarizer())
    told = telling.tell([("thinking", COUNTDOWN[:50])]) + telling.tell([("thinking", COUNTDOWN[50:]), ("answer", "15")])
    assert [kind for kind, _ in told] == ["thinking", "thinking", "answer"]
    assert telling.shown_thinking == summary(COUNTDOWN)
    assert telling.text == "15"
