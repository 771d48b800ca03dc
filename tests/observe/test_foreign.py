"""Reading foreign text: what counts is done, not said; and whatever the text, time is linear and nothing is raised."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scratchwork.observe.behaviours import Behaviours, read
from scratchwork.observe.lexicon import PHRASES
from scratchwork.types import Problem

ASKED = Problem("p-0", "jsonl", 1, "What is 3 * 14 + 6?", "48", "number")


def seen(text: str) -> Behaviours:
    return read(ASKED, text, opened=False)


def kinds(text: str) -> list[str]:
    return [step.kind for step in seen(text).steps if step.kind != "claim"]


def test_the_family_says_who_reads() -> None:
    text = "3*14=42, 42+6=48.</think>"
    assert read(ASKED, text).by == "foreign"
    assert read(Problem("p-1", "arithmetic", 1, "", "48", "number"), text).by == "exact"


def test_thinking_is_read_where_there_is_some_and_else_the_answer() -> None:
    assert seen("<think>3 * 14 = 42</think>42 + 6 = 49").claims == (True,)
    assert seen("3 * 14 = 42. 42 + 6 = 49.").claims == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "Wait. Let me double check. Hmm, actually, let me re-evaluate. I should verify. However, wait.",
        "3 * 14 = 42. Wait! Is that right? Let me check again. Yes, it is right.",
        "3 * 14 = 42. Alternatively, one could do it otherwise. That's wrong. I made a mistake.",
        "等等,让我再想想。不对吗?重新考虑一下。换个角度。",
    ],
)
def test_words_alone_are_no_behaviour(text: str) -> None:
    does = seen(text)
    assert not does.checks and not does.backtracks and not does.second_derivations
    assert sum(does.words.values()) or "Alternatively" in text


def test_a_check_that_finds_a_slip_and_the_way_back() -> None:
    text = "3 * 14 = 44, so the answer is 50. Let me check: 50 - 6 = 44, 44 / 14 = 3. That's not right. "
    does = seen(text + "3 * 14 = 42. 42 + 6 = 48. The answer is 48.")
    assert [(c.text, c.right) for c in does.candidates] == [("50", False), ("48", True)]
    assert [(c.accepted, c.true, c.candidate.text) for c in does.checks] == [(False, True, "50")]
    assert does.backtracks == 1 and does.claims.count(False) == 2


def test_a_sum_done_again_after_a_doubt_is_a_check() -> None:
    same, other = "3 * 14 = 42. Wait, 3 * 14 = 42.", "3 * 14 = 44. Wait, 3 * 14 = 42."
    assert [check.accepted for check in seen(same).checks] == [True] and not seen(same).backtracks
    assert [check.accepted for check in seen(other).checks] == [False] and seen(other).backtracks == 1
    assert not seen("3 * 14 = 42. And 3 * 14 = 42.").checks


def test_silence_accepts_and_a_contradiction_does_not() -> None:
    assert [c.accepted for c in seen("3 * 14 = 42. Check: 14 * 3 = 42. So it is.").checks] == [True]
    assert [c.accepted for c in seen("3 * 14 = 44. Check: 3 * 14 = 42. So it is.").checks] == [False]


def test_another_way_and_its_agreement() -> None:
    text = "3 * 14 = 42. 42 + 6 = 48. Another way: 3 * 16 = 48. Both give 48."
    assert kinds(text) == ["second derivation", "candidate", "check"] or "second derivation" in kinds(text)
    assert seen(text).second_derivations == 1 and len(seen(text).checks) == 1
    assert seen("3 * 14 = 42. Another way is not needed." + " Really." * 60 + " 42 + 6 = 48.").second_derivations == 0


def test_an_equation_is_set_up_once() -> None:
    does = seen("Let x be it. 2x + 9 = 35. Then 2x = 35 - 9, so x = 13.")
    assert does.equations == 1 and does.count("assignment") == 1
    assert [candidate.text for candidate in does.candidates] == ["13"]
    assert seen("x + y = 10 and x - y = 4. z + 1 = 2.").equations == 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("If n = 1, 1 + 1 = 2. If n = 2, 2 + 1 = 3. If n = 3, 3 + 1 = 4.", 1),
        ("If n = 1, 1 + 1 = 2. If n = 2, 2 + 1 = 3.", 0),
        ("Case 1: 1 + 1 = 2. Case 2: 2 + 1 = 3.", 1),
        ("Try 5: 5 + 1 = 6, too small. Try 7: 7 + 1 = 8, too big. Try 6: 6 + 1 = 7. Yes.", 1),
        ("当n=1时,1+1=2。当n=2时,2+1=3。当n=3时,3+1=4。", 1),
        ("Case 1: n = 2, so 2 * 3 = 6. Case 2: n = 4, so 4 * 3 = 12.", 1),  # a letter's values do not end the cases
        ("Case 1: one. " + "It is so. " * 60 + "Case two: another.", 1),
        ("2^3 = 8, 2^4 = 16, 2^5 = 32, past 30.", 1),
        ("Red: 2 * 3 = 6. Blue: 4 * 3 = 12. Green: 5 * 3 = 15.", 0),
        ("2 + 3 = 5. 5 + 3 = 8. 8 + 3 = 11.", 0),
        ("1. Area: 3 * 4 = 12.\n2. Price: 12 * 2 = 24.\n3. Tax: 24 + 1 = 25.", 0),
        ("Day 1: 2 * 3 = 6. Day 2: 3 * 3 = 9. Day 3: 4 * 3 = 12.", 0),
        ("2 and 12, 3 and 8, 4 and 6.", 1),
        ("30 * 3 = <<30*3=90>>90, and 18 * 5 = <<18*5=90>>90.", 0),  # one pair, twice
        ("(0, 0), (2, 0), (4, 0).", 0),
        ("a_1 = 3, a_2 = 7, a_3 = 5.", 0),
        ("2 * 3 + 4 = 4 + 2 * 3 = 4 + 3 * 2 = 10.", 0),  # rewritten
        ("If Ann has 3 pens, Bo has 6. If she buys 2, she has 5. If two are lost, 3 are left.", 0),
        ("2 and 12, 3 and 9, 4 and 6.", 0),
        ("If it is odd, take 1. If it is even, take 2.", 1),
        ("If it rains, take 1. If it snows, take 2.", 0),
        ("It is odd, not divisible by 3, and it doesn't end in 5. For 7: 7 * 11 = 77.", 1),
        ("It is divisible by 12, for it is divisible by 3 and is divisible by 4.", 0),
        ("9 - 4 + 2 = 7. 9 + 4 - 2 = 11. 9 + 4 + 2 = 15.", 1),
        ("兔2只,不够。兔3只,不够。兔4只,正好。", 1),
        ("第一天看了3页。第二天看了4页。第三天看了5页。", 0),
    ],
)
def test_enumerations(text: str, count: int) -> None:
    assert seen(text).count("enumeration") == count


def test_sub_goals_are_announced() -> None:
    assert seen("First, find the area. 3 * 4 = 12. Step 2: the rest. 首先,求面积。").count("sub-goal") == 3
    assert seen("The first thing. He finds it. A step back.").count("sub-goal") == 0


def test_the_last_sentence_is_an_answer_and_a_result_on_the_way_is_none() -> None:
    assert [c.text for c in seen("3 * 14 = 42. So he has 42 pens. 42 + 6 = 48. He has 48 pens.").candidates] == ["48"]


ALPHABET = "0123456789+-*/=().,$%^{}\\ \n等不对换角度:x≈×\u202e\0"
WORDS = [
    "wait",
    "check",
    "so",
    "the answer is",
    "\\frac{",
    "\\boxed{",
    "Step 1",
    "Case 2:",
    "try 3",
    "答案是",
    "alternatively",
]


@given(st.text() | st.text(ALPHABET) | st.lists(st.sampled_from([*WORDS, *ALPHABET, "12", "=", " "])).map("".join))
@example("0=A")
def test_any_text_can_be_read(text: str) -> None:
    does = seen(text)
    assert all(0 <= step.start <= step.end <= len(text) for step in does.steps)
    assert len(does.claims) == does.count("claim") and len(does.checks) == does.count("check")
    assert does.backtracks == does.count("backtrack") and len(does.candidates) == does.count("candidate")


HOSTILE = [
    "1+1=2, ",
    "x=",
    "=",
    "1+",
    "(",
    "\\frac{",
    "\\boxed{",
    "1,",
    "so 1 ",
    "answer is (1+",
    "wait no check ",
    "\u202e\0",
    "5! is 2. ",
    "1*2, ",
    "If x, ",
    "two cases. " + "x" * 280 + " If a. If b. ",
    "not divisible by 3 for 7 ",
    "兔1只,",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_as_the_text_does(piece: str) -> None:
    times = []
    for length in (8_000, 64_000):
        began = time.process_time()
        seen((piece * length)[:length])
        times.append(time.process_time() - began)
    assert times[1] < 8 * 4 * times[0] + 1  # eight times the text; four for a busy machine


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_is_read(piece: str) -> None:
    seen((piece * 1_000_000)[:1_000_000])


def test_phrases_have_a_method_each() -> None:
    from scratchwork.observe.foreign import ForeignReader

    groups = {name for name in PHRASES.groupindex if hasattr(ForeignReader, f"see_{name}")}
    assert groups | {"stated", "boxed", "hashed", "named", "tried"} == set(PHRASES.groupindex)
