"""The stream's parser and the whole's agree on every text, however it is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scratchwork.reward.grammar import parse
from scratchwork.serve.splitter import Splitter
from scratchwork.serve.stops import StopStrings

PIECES = ("<think>", "</think>", "<thi", "nk>", "</", "think>", "\n", " ", "3+4=7", "\\boxed{7}", "<", ">", "等等", "")
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


def streamed(text: str, cuts: list[int], opened: bool) -> tuple[str, str, Splitter]:
    splitter = Splitter(opened)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    parts = [p for a, b in pairwise(places) for p in splitter.feed(text[a:b])]
    parts += splitter.finish()
    assert all(part for _, part in parts)
    kinds = [kind for kind, _ in parts]
    assert kinds == sorted(kinds, reverse=True)  # all thinking comes before all answer
    return *("".join(t for k, t in parts if k == kind) for kind in ("thinking", "answer")), splitter


@settings(max_examples=400)
@given(texts, st.lists(st.integers(0, 60), max_size=8), st.booleans())
@example("  <think> <think>a</think>b</think>", [3, 9], True)
@example("</think", [3], True)
@example("<thin", [2], False)
def test_the_parts_of_a_stream_are_the_parts_of_the_whole(text: str, cuts: list[int], opened: bool) -> None:
    thinking, answer, splitter = streamed(text, cuts, opened)
    whole = parse(text, opened)
    if whole.thinking is None and not splitter.started:  # blank, or the beginning of a tag: no block was opened
        assert (thinking, answer) == ("", text)
        return
    assert (thinking, answer) == (whole.thinking or "", whole.presentation)
    assert splitter.thinks == (not whole.closed)


def test_text_is_shown_as_soon_as_it_is_known() -> None:
    splitter = Splitter(opened=True)
    assert list(splitter.feed("3+4=7 <")) == [("thinking", "3+4=7 ")]
    assert list(splitter.feed("8")) == [("thinking", "<8")]
    assert list(splitter.feed("</think")) == []
    assert list(splitter.feed(">So")) == [("answer", "So")]
    assert list(splitter.feed(" </think>")) == [("answer", " </think>")]


@pytest.mark.parametrize(
    ("strings", "pieces", "shown", "found"),
    [
        ((), ["ab", "c"], "abc", None),
        (("END",), ["so E", "N", "D more"], "so ", "END"),
        (("END",), ["so E", "NT"], "so ENT", None),
        (("b", "ab"), ["xab"], "x", "ab"),
        (("abc", "b"), ["xabc"], "xa", "b"),
        (("\n",), ["a", "\n", "b"], "a", "\n"),
        (("aab",), ["aa", "aab"], "aa", "aab"),
    ],
)
def test_an_answer_ends_before_its_stop_string(strings, pieces, shown, found) -> None:
    stops = StopStrings(strings)
    assert "".join(stops.feed(piece) for piece in pieces) + stops.finish() == shown
    assert stops.found == found


@given(st.text("ab", max_size=20), st.lists(st.text("ab", min_size=1, max_size=3), max_size=3), st.integers(1, 5))
def test_cuts_do_not_change_where_an_answer_ends(text: str, strings: list[str], size: int) -> None:
    stops = StopStrings(strings)
    shown = "".join(stops.feed(text[i : i + size]) for i in range(0, len(text), size)) + stops.finish()
    first = min(((text.find(s) + len(s), text.find(s)) for s in strings if s in text), default=(0, len(text)))[1]
    assert shown == text[:first]
