"""Aha moments: what was wrong, noticed and put right; not what is exclaimed. Worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.observe.aha import by_candidate, common_from, find_moment
from scratchwork.observe.behaviours import read
from scratchwork.observe.effects import effects
from scratchwork.types import Problem

COUNTDOWN = Problem("p-1", "countdown", 1, "", "", "countdown", {"numbers": [2, 3, 10], "target": 26})
APPLES = Problem("p-2", "apples", 1, "", "3", "number")
SEARCH = "Try 10*2=20, 20+3=23. 23 against 26: no. Wait, try 3+10=13, 13*2=26. 26 against 26: yes."
SLIP = "13-4=8. 8/3=2. Check: 3*2=6, 6+4=10. 10 against 13: no. Wait, 13-4=9. 9/3=3."
GUESS = "Try 2. 3*2=6. 6+4=10. 10 against 13: no. Wait, try 3. 3*3=9. 9+4=13. 13 against 13: yes."


def moment(problem: Problem, thinking: str, correct: bool | None = True):
    return find_moment(read(problem, thinking + r"</think>\\boxed{0}"), correct)


def test_a_slip_that_is_put_right() -> None:
    found = moment(APPLES, SLIP)
    assert found is not None
    assert (found.kind, found.dropped, found.kept, found.tries) == ("slip", "2", "3", 1)
    assert SLIP[found.start : found.end] == SLIP.rstrip(".")


@pytest.mark.parametrize(("problem", "thinking", "kept"), [(COUNTDOWN, SEARCH, "(10+3)*2"), (APPLES, GUESS, "3")])
def test_a_search_has_right_sums_and_a_wrong_idea(problem: Problem, thinking: str, kept: str) -> None:
    found = moment(problem, thinking)
    assert found is not None and (found.kind, found.kept, found.tries) == ("search", kept, 1)


@pytest.mark.parametrize(
    "thinking",
    [
        "Wait! 13-4=9. 9/3=3. Wait.",  # exclaimed, and nothing was wrong
        "13-4=8. 8/3=2. Wait, 13-4=9. 9/3=3.",  # nobody said that it was wrong
        "13-4=8. 8/3=2. Check: 3*2=6, 6+4=10. 10 against 13: no. Wait, 13-4=7. 7/3=2.",  # not put right
        "13-4=9. 9/3=3. Check: 3*3=9, 9+4=13. 13 against 13: yes. Again: 13-4=9, 9/3=3.",
    ],
)
def test_what_is_none(thinking: str) -> None:
    assert moment(APPLES, thinking) is None


def test_a_false_one_drops_what_was_right_in_a_wrong_answer() -> None:
    thinking = "13-4=9. 9/3=3. Check: 3*3=9, 9+4=12. 12 against 13: no. Wait, 13-4=8. 8/3=2."
    found = moment(APPLES, thinking, correct=False)
    assert found is not None and (found.kind, found.dropped, found.kept) == ("false", "3", "2")
    assert moment(APPLES, thinking, correct=True) is None  # the right one was dropped, whatever the answer said
    assert moment(APPLES, SLIP, correct=False) is None
    assert moment(APPLES, SLIP, correct=None) is None


def test_a_slip_ranks_before_a_search_and_a_long_search_before_a_short_one() -> None:
    longer = "Try 10*3=30, 30-2=28. 28 against 26: no. " + SEARCH
    found = [moment(COUNTDOWN, SEARCH), moment(APPLES, SLIP), moment(COUNTDOWN, longer)]
    assert sorted(found, key=lambda one: one.rank) == [found[1], found[2], found[0]]


def test_transitions_are_of_neighbours() -> None:
    shares = {name: [sum(values), len(values)] for name, values in effects([read(APPLES, SLIP + "</think>")]).items()}
    assert shares["transitions/wrong_right"] == [1, 1] and shares["reflection/repaired"] == [1, 1]
    assert shares["reflection/spoiled"] == [0, 0]
    spoiled = "13-4=9. 9/3=3. Check: 3*3=9, 9+4=12. 12 against 13: no. Wait, 13-4=8. 8/3=2.</think>"
    shares = {name: sum(values) for name, values in effects([read(APPLES, spoiled)]).items()}
    assert (shares["transitions/right_wrong"], shares["reflection/spoiled"], shares["reflection/repaired"]) == (1, 1, 0)


@given(
    st.lists(st.sampled_from(["Try 2. ", "3*2=6. ", "9/3=3. ", "6 against 13: no. ", "Again: ", "Check: ", "Wait, "]))
)
def test_stretches_lose_no_candidate_and_no_step(pieces: list[str]) -> None:
    steps = read(APPLES, "".join(pieces) + "</think>").steps
    stretches = list(by_candidate(steps))
    together = [step for own in stretches for step in own]
    assert together == list(steps[: len(together)])
    assert not any(step.kind == "candidate" for step in steps[len(together) :])
    assert all(sum(step.kind == "candidate" for step in own) == 1 for own in stretches)


def test_when_they_became_common() -> None:
    rising = [(i, min(1.0, i / 10)) for i in range(20)]
    assert common_from(rising, window=1) == 5
    assert common_from([(i, 0.3) for i in range(9)]) == 0
    assert common_from([(i, 0.0) for i in range(9)]) is None
    assert common_from([(0, 1.0)]) is None
