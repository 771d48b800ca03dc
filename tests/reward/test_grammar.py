"""The grammar: where thinking ends, what the answer is, and that no text can hurt it."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scratchwork.reward.grammar import THINK_CLOSE, THINK_OPEN, Response, parse

FRAGMENTS = [
    "<think>",
    "</think>",
    r"\boxed{",
    r"\boxed {",
    "{",
    "}",
    r"\{",
    r"\}",
    "\\",
    "3",
    " ",
    "\n",
    "\0",
    "\u202e",
]
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)
any_text = st.one_of(st.text(max_size=200), fragments)


def test_thinking_presentation_and_answer() -> None:
    assert parse(r"Try 3+7=10.</think>The answer is \boxed{(3+7)*2}.") == Response(
        thinking="Try 3+7=10.",
        presentation=r"The answer is \boxed{(3+7)*2}.",
        answer="(3+7)*2",
        closed=True,
        problems=(),
    )


def test_answer_at_once_is_all_presentation() -> None:
    assert parse(r"It is \boxed{3}.", opened=False) == Response(None, r"It is \boxed{3}.", "3", True, ())


def test_the_text_may_open_the_block_itself() -> None:
    response = parse("\n<think>a</think>\\boxed{3}", opened=False)
    assert (response.thinking, response.answer, response.problems) == ("a", "3", ())


@pytest.mark.parametrize(
    ("text", "opened", "answer", "problems"),
    [
        (r"<think>a</think>\boxed{3}", True, "3", ("opened_twice",)),
        (r" <think>a</think>\boxed{3}", True, "3", ("opened_twice",)),
        (r"<think><think>a</think>\boxed{3}", True, "3", ("opened_twice", "stray_tag")),
        (r"a<think>b</think>\boxed{3}", True, "3", ("stray_tag",)),
        (r"a<think>b</think>c</think>\boxed{3}", True, "3", ("stray_tag",)),
        (r"a</think></think>\boxed{3}", True, "3", ("stray_tag",)),
        (r"a</think>\boxed{3}<think>", True, "3", ("stray_tag",)),
        (r"a</think>\boxed{3}", False, "3", ("stray_tag",)),
        (r"a \boxed{3}", True, None, ("unclosed",)),
        (r"<think>a \boxed{3}", False, None, ("unclosed",)),
        (r"", True, None, ("unclosed",)),
        (r"", False, None, ("no_box",)),
        (r"\boxed{3}</think>", True, None, ("no_box",)),
        (r"a</ think>\boxed{3}", True, None, ("unclosed",)),
        (r"a</THINK>\boxed{3}", True, None, ("unclosed",)),
    ],
)
def test_tags(text: str, opened: bool, answer: str | None, problems: tuple[str, ...]) -> None:
    response = parse(text, opened)
    assert (response.answer, response.problems) == (answer, problems)
    assert response.closed == ("unclosed" not in problems)


@pytest.mark.parametrize(
    ("presentation", "answer", "problems"),
    [
        (r"\boxed{3}", "3", ()),
        (r"\boxed{ 3 }", "3", ()),
        (r"\boxed {3}", "3", ()),
        (r"\boxed{}", "", ()),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}", ()),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}", ()),
        (r"\boxed{\}}", r"\}", ()),
        (r"}} \boxed{3} {{", "3", ()),
        (r"\boxed{3}}", "3", ()),
        ("\\boxed{3\0}", "3\0", ()),
        (r"\boxed{3} or \boxed{4}", "4", ("several_boxes",)),
        (r"\boxed{\boxed{3}}", "3", ("several_boxes",)),
        (r"\boxed{\boxed{3}+\boxed{4}}", "4", ("several_boxes",)),
        (r"\boxed{\boxed{3}", "3", ("unclosed_box", "several_boxes")),
        (r"\boxed{3} no, \boxed{4", "3", ("unclosed_box", "several_boxes")),
        (r"\boxed{3{}", None, ("unclosed_box",)),
        (r"\boxed{3", None, ("unclosed_box",)),
        (r"\boxed3", None, ("no_box",)),
        (r"\fbox{3}", None, ("no_box",)),
        (r"boxed{3}", None, ("no_box",)),
        (r"\boxed\{3\}", None, ("no_box",)),
        ("3", None, ("no_box",)),
    ],
)
def test_boxes(presentation: str, answer: str | None, problems: tuple[str, ...]) -> None:
    response = parse("so</think>" + presentation)
    assert (response.answer, response.problems) == (answer, problems)


@given(any_text, any_text)
def test_a_box_in_the_thinking_never_counts(thinking: str, presentation: str) -> None:
    thinking = thinking.replace(THINK_CLOSE, "")
    noted = parse(f"so {thinking}\\boxed{{99}}{THINK_CLOSE}{presentation}")
    assert noted.answer == parse(f"so{THINK_CLOSE}{presentation}").answer


@given(any_text)
@example("</think>" * 50)
@example("\ud800</think>\\boxed{\ud800}")
def test_nothing_is_eaten_but_the_tags_that_mean_something(text: str) -> None:
    response = parse(text)
    body = text.lstrip().removeprefix(THINK_OPEN) if "opened_twice" in response.problems else text
    assert f"{response.thinking}{THINK_CLOSE if response.closed else ''}{response.presentation}" == body
    assert THINK_CLOSE not in (response.thinking or "")


@given(any_text)
def test_a_plain_answer_is_never_called_thinking(text: str) -> None:
    response = parse(text, opened=False)
    if not text.lstrip().startswith(THINK_OPEN):
        assert (response.thinking, response.presentation, response.closed) == (None, text, True)


@given(fragments)
def test_boxes_agree_with_a_slow_and_plain_reading(presentation: str) -> None:
    assert parse(THINK_CLOSE + presentation).answer == slow_answer(presentation)


def slow_answer(text: str) -> str | None:
    """The content of the last box that closes, each found by counting braces from its own start."""
    answer = None
    for opening in re.finditer(r"\\boxed\s*\{", text):
        depth, at = 1, opening.end()
        while at < len(text) and depth:
            if text[at] == "\\" and text[at + 1 : at + 2] in ("{", "}"):
                at += 1
            else:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        if not depth:
            answer = text[opening.end() : at - 1].strip()
    return answer


MEGABYTE = 2**20


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "}",
        "{}",
        r"\boxed{",
        r"\boxed{}",
        r"\boxed ",
        "\\",
        r"\{",
        "<",
        "<think>",
        "</think>",
        "</thin",
        " ",
        "\0",
        "9**",
    ],
)
def test_a_megabyte_of_anything_takes_linear_time(unit: str) -> None:
    text = unit * (MEGABYTE // len(unit))
    start = time.perf_counter()
    parse(text)
    parse(THINK_CLOSE + text)
    parse(THINK_CLOSE + text, opened=False)
    assert time.perf_counter() - start < 10  # some tenths of a second; a quadratic reading takes hours


def test_boxes_nested_a_hundred_thousand_deep() -> None:
    depth = 100_000
    response = parse(THINK_CLOSE + r"\boxed{" * depth + "3" + "}" * depth)
    assert (response.answer, response.problems) == ("3", ("several_boxes",))
    assert parse(THINK_CLOSE + r"\boxed{" + "{" * depth + "}" * depth + "}").answer == "{" * depth + "}" * depth
