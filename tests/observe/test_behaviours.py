"""Reading scratch work: what is claimed, tried, checked and abandoned, on texts worked out by hand and hostile ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.observe.behaviours import Behaviours, read
from scratchwork.observe.lexicon import R1_WORDS
from scratchwork.types import Problem

COUNTDOWN = Problem("p-0", "countdown", 1, "", "", "countdown", {"numbers": [2, 3, 7, 10], "target": 26})
THREE = Problem("p-1", "countdown", 1, "", "", "countdown", {"numbers": [2, 3, 10], "target": 26})
APPLES = Problem("p-2", "apples", 1, "", "3", "number")
SUM = Problem("p-3", "arithmetic", 1, "", "247", "number")
BROKEN = Problem("p-4", "apples", 1, "", "three", "number")


def seen(problem: Problem, thinking: str) -> Behaviours:
    return read(problem, thinking + r"</think>The answer is \boxed{0}.")


def candidates(problem: Problem, thinking: str) -> list[tuple[str, bool | None]]:
    return [(c.text, c.right) for c in seen(problem, thinking).candidates]


def checks(problem: Problem, thinking: str) -> list[tuple[str, bool, bool | None]]:
    """(candidate, accepted, true) of every check."""
    return [(c.candidate.text, c.accepted, c.true) for c in seen(problem, thinking).checks]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("13-4=9. 9/3=3.", [True, True]),
        ("2*2=5, 34/5=6, 5/0=0", [False, False, False]),
        ("3-7=-4. -4+7=3. 3--4=7", [True, True, True]),
        ("3x=13-4=9. x=9/3=3.", [True, True]),
        ("7x+32=144. 2*3+4=10. 1+2=3+4=7", [True]),  # only 3+4=7 has one operator and stands by itself
        ("a3+4=7 3+4=7b 3.3+4=7 3+4=7.5 3+4=7*1", []),
        ("3 + 4 = 7, ٣+٤=٧, 3+4=", []),
        ("3+4=7.\n3+4=8", [True, False]),
        ("1234567890123456+1=1234567890123457", []),
    ],
)
def test_claims_are_sums_of_two_whole_numbers_true_or_false(text: str, claims: list[bool]) -> None:
    assert list(seen(APPLES, text).claims) == claims


def test_countdown_tries_are_put_together_and_judged() -> None:
    text = "Try 3+10=13, 13*2=26. 1 against 26: no. Wait, try 10*2=20, 20+3=23. 26 against 26: yes. 10-3=7, 7*2=14"
    assert candidates(THREE, text) == [("(10+3)*2", True), ("(10*2)+3", False), ("(10-3)*2", False)]
    assert checks(THREE, text) == [("(10+3)*2", False, False), ("(10*2)+3", True, False)]


def test_countdown_backwards_is_the_same_candidate_as_forwards() -> None:
    text = (
        "Need 26. 26/2=13, 3+10=13. 13 against 13: yes. Wait, 26-2=24, 10+3=13. 13 against 24: no. "
        "Wait, try 3+10=13, 2*13=26. 26 against 26: yes."
    )
    assert candidates(THREE, text) == [("(10+3)*2", True), ("(10+3)+2", False), ("(10+3)*2", True)]
    assert [true for _, _, true in checks(THREE, text)] == [True, True, True]
    assert seen(THREE, text).backwards == 2


def test_two_steps_backwards_and_two_branches_forwards() -> None:
    assert candidates(COUNTDOWN, "26-3=23, 23-7=16, 10*2=20. 1 against 16: no.") == [("((10*2)+7)+3", False)]
    assert candidates(COUNTDOWN, "10+3=13, 7-2=5, 13+5=18. 1 against 26: no.") == [("(10+3)+(7-2)", False)]
    assert candidates(COUNTDOWN, "7-2=5, 10/2=5, 5+5=10. 1 against 26: no.") == [("(7-2)+(10/2)", False)]


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (THREE, "13*2=26. 26 against 26: yes."),  # 13 is no given number
        (THREE, "3+10=13, 13+13=26. 26 against 26: yes."),
        (THREE, "10*3=30, 30-2=28. 26 against 26: yes."),  # reads 28 and says 26
        (THREE, "3+10=13. 26 against 26: yes."),  # the 2 is left
        (THREE, "2/0=26. 26 against 26: yes."),
        (COUNTDOWN, "10*2=20, 20+7=27, 27-3=26. 26 against 26: yes."),  # 27-3 is 24
    ],
)
def test_a_yes_is_judged_by_the_truth_not_by_the_sums_on_the_way(problem: Problem, text: str) -> None:
    ((_, accepted, true),) = checks(problem, text)
    assert (accepted, true) == (True, False)


def test_apples_derived_and_checked() -> None:
    text = (
        "Oranges: 2*2=5. 13-5=8. 8/3=2. Check: 3*2=6, 2*2=4, 6+4=10. 1 against 13: no. "
        "Wait. Oranges: 2*2=4. 13-4=9. 9/3=3. Check: 3*3=9, 2*2=4, 9+4=13. 13 against 13: yes."
    )
    assert candidates(APPLES, text) == [("2", False), ("3", True)]
    assert checks(APPLES, text) == [("2", False, True), ("3", True, True)]
    assert (seen(APPLES, text).backtracks, seen(APPLES, text).claims.count(False)) == (1, 2)


def test_a_false_no_a_false_yes_and_a_repeat() -> None:
    text = "9/3=3. Check: 3*3=9, 9+4=14. 1 against 13: no. Wait. 9/3=3. Check: 3*3=9, 9+4=13. 13 against 13: yes."
    assert checks(APPLES, text) == [("3", False, False), ("3", True, True)]
    assert seen(APPLES, text).repeats == 1
    assert checks(APPLES, "8/4=2. Check: 3*2=6, 6+7=13. 13 against 13: yes.") == [("2", True, False)]


def test_guesses_are_candidates_and_what_follows_tests_them() -> None:
    text = "Try 5. 3*5=15, 15+4=19. 1 against 13: no. Wait, try 3. 3*3=9, 9+4=13. 13 against 13: yes."
    assert candidates(APPLES, text) == [("5", False), ("3", True)]
    assert checks(APPLES, text) == [("5", False, True), ("3", True, True)]
    assert seen(APPLES, text).backtracks == 1


def test_an_equation_and_another_way() -> None:
    text = (
        "Let x be the price. 2*2=4. 3x+4=13. 3x=13-4=9. x=9/3=3. Another way: 2*2=4. 13-4=9. 9/3=3. 3 against 3: yes."
    )
    assert candidates(APPLES, text) == [("3", True), ("3", True)]
    assert checks(APPLES, text) == [("3", True, True)]
    does = seen(APPLES, text)
    assert (does.equations, does.second_derivations, does.backtracks, does.repeats) == (1, 1, 0, 0)
    assert candidates(APPLES, "3x+4=13. 3x=9. x=3.") == [("3", True)]


def test_another_way_that_disagrees_rejects_the_first() -> None:
    text = (
        "47*6=283. 283-35=248. Another way: 47*6=282. 282-35=247. 247 against 248: no. "
        "Wait. Another way: 282-35=247. 247 against 247: yes."
    )
    assert candidates(SUM, text) == [("248", False), ("247", True), ("247", True)]
    assert checks(SUM, text) == [("248", False, True), ("247", True, True)]
    assert (seen(SUM, text).second_derivations, seen(SUM, text).backtracks) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "13 against 13: yes. 13 against 13: yes. 1 against 13: no. Wait. Wait. Another way: Check: Another way:",
        "Wait, wait. 1 against 26: no. Wait. Let me try. Check: 26 against 26: yes.",
        "Try 5. 1 against 13: no. Wait, try 6. 1 against 13: no.",  # nothing was computed
    ],
)
def test_words_without_work_are_no_behaviour(text: str) -> None:
    does = seen(APPLES, text)
    assert not does.checks and not does.backtracks and not does.second_derivations and not does.reflects


@pytest.mark.parametrize(
    ("text", "backtracks"),
    [
        ("3+10=13, 13+2=15. 1 against 26: no.", 0),  # gave up
        ("3+10=13, 13+2=15. 1 against 26: no. Wait.", 0),  # said so and gave up
        ("3+10=13, 13+2=15. 1 against 26: no. 3*10=30, 30-2=28.", 1),  # no word needed
        ("3+10=13, 13+2=15. Wait, 3*10=30, 30-2=28. 1 against 26: no.", 0),  # abandoned without a check
        ("3+10=13, 13*2=26. 26 against 26: yes. Wait, try 3*10=30, 30-2=28. 1 against 26: no.", 0),  # after a success
        (
            "3+10=13, 13+2=15. 15 against 26: no. Wait, try 3*10=30, 30-2=28. 28 against 26: no. "
            "Wait, try 3+10=13, 13*2=26. 26 against 26: yes.",
            2,
        ),
    ],
)
def test_a_backtrack_is_a_failed_check_and_another_attempt(text: str, backtracks: int) -> None:
    assert seen(THREE, text).backtracks == backtracks


def test_checking_the_same_again_is_no_backtrack() -> None:
    does = seen(APPLES, "9/3=3. Check: 3*3=9, 9+4=14. 1 against 13: no. Check: 3*3=9, 9+4=13. 13 against 13: yes.")
    assert (does.backtracks, len(does.candidates), [c.true for c in does.checks]) == (0, 1, [False, True])


def test_work_that_was_cut_off_or_abandoned_unchecked_is_no_candidate() -> None:
    assert read(APPLES, "13-4=9. 9/3=3").candidates == ()
    assert candidates(APPLES, "13-4=9. Wait, 13-5=8. 8/2=4.") == [("4", False)]


def test_a_problem_that_cannot_be_judged_leaves_verdicts_open() -> None:
    assert checks(BROKEN, "9/3=3. Check: 3*3=9. 9 against 9: yes.") == [("3", True, None)]


def test_only_the_thinking_is_read_but_words_are_counted_everywhere() -> None:
    does = read(APPLES, r"Wait, but BUT.</think>However, 2+2=5. Check: so \boxed{5}. rechecked waits")
    assert does.claims == () and dict(does.words) == {"wait": 1, "but": 2, "however": 1, "check": 1}
    assert read(APPLES, r"2+2=4 so \boxed{4}", opened=False).claims == ()
    assert len(R1_WORDS) == 10


PIECES = (
    "3+10=13",
    ", 13*2=26",
    "26 against 26: yes.",
    "1 against 26: no.",
    " Wait, try ",
    "Check: ",
    "Another way: ",
    "x=3. ",
    "Try 5. ",
)


@given(st.lists(st.sampled_from((*PIECES, "3x+4=13. ", "</think>", "26-3=23, ", " ")), max_size=40).map("".join))
def test_counts_fit_together_on_any_sequence_of_marks(text: str) -> None:
    for problem in (THREE, APPLES):
        does = seen(problem, text)
        assert does.backtracks <= sum(not check.accepted for check in does.checks)
        assert does.repeats <= len(does.candidates)
        assert all(check.candidate in does.candidates for check in does.checks)
        assert len(does.checks) <= len(does.claims) and does.second_derivations <= text.count("Another way:")
        assert does.candidates if does.checks else True


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for problem in (THREE, APPLES, BROKEN):
        read(problem, text)


HOSTILE = {
    "digits": "1",
    "open sums": "1+",
    "sums": "1+1=2, ",
    "one long attempt": "".join(f"{n}+1={n + 1}, " for n in range(1, 70_000)),
    "backwards for ever": "".join(f"{n}-1={n - 1}, " for n in range(26, -70_000, -1)),
    "half equations": "x+1",
    "verdicts": "9*9=81. 1 against 2: no. ",
    "guesses": "Try 1. ",
    "checks": "1+1=2. Check: ",
    "minus": "-",
    "boxes": r"\boxed{",
    "think": "<think>",
    "null bytes": "\0",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_anything_is_read_in_linear_time(piece: str) -> None:
    text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
    for problem in (THREE, APPLES):
        began = time.process_time()
        read(problem, text + "</think>")
        assert time.process_time() - began < 5  # about 0.3 s on an idle core
