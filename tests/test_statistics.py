"""The statistics against brute force, tables and simulation."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.statistics import clustered_interval, majority, paired_difference, pass_at_k, wilson


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_right_answer(answers: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(answers)))
    drawn = list(combinations(answers, k))
    assert pass_at_k(len(answers), sum(answers), k) == pytest.approx(sum(map(any, drawn)) / len(drawn), abs=1e-12)


def test_pass_at_k_by_hand_and_at_the_ends() -> None:
    assert pass_at_k(64, 1, 32) == 0.5
    assert pass_at_k(10, 3, 5) == pytest.approx(1 - 21 / 252)
    assert pass_at_k(64, 0, 64) == 0.0 and pass_at_k(64, 1, 64) == 1.0 and pass_at_k(5, 5, 1) == 1.0
    assert pass_at_k(10_000, 1, 1) == pytest.approx(1e-4, rel=1e-12)


@pytest.mark.parametrize("k", [0, 5, -1])
def test_k_beyond_the_samples_is_an_error_not_an_estimate(k: int) -> None:
    with pytest.raises(ValueError, match=f"k is {k}; it must be 1 to 4"):
        pass_at_k(4, 2, k)


@given(st.lists(st.sampled_from("abc"), max_size=9), st.sampled_from("abc"))
def test_majority_is_the_mean_over_the_answers_in_front(answers: list[str], gold: str) -> None:
    votes = [(answer, answer == gold) for answer in answers]
    counts = Counter(answers)
    front = [answer for answer in counts if counts[answer] == max(counts.values())]
    assert majority(votes) == (front.count(gold) / len(front) if front else 0.0)


def test_wilson_against_the_textbook() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    for right, n, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]:
        assert wilson(right / n, n) == pytest.approx((low, high), abs=5e-5)
    assert wilson(29 / 29, 29) == pytest.approx((0.8830, 1.0), abs=5e-5)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_an_interval_holds_its_share_and_stays_between_0_and_1(share: float, n: int) -> None:
    low, high = wilson(share, n)
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1 and low < high


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_a_clustered_interval_lies_between_its_two_extremes(right: list[int]) -> None:
    shares = [r / 4 for r in right]
    low, high = clustered_interval(shares, 4 * len(right))
    for samples, wider in ((len(right), True), (4 * len(right), False)):
        a, b = wilson(fmean(shares), samples)
        assert (a <= low + 1e-12 and high <= b + 1e-12) if wider else (low <= a + 1e-12 and b <= high + 1e-12)


def test_answers_that_are_independent_all_count() -> None:
    assert clustered_interval([0.5, 0.25, 0.75, 0.5] * 10, 160) == wilson(0.5, 160)


def test_answers_all_alike_count_once_a_problem() -> None:
    assert clustered_interval([1.0] * 30 + [0.0] * 10, 640) == pytest.approx(wilson(0.75, 40), abs=0.01)
    assert clustered_interval([1.0] * 40, 2560) == wilson(1.0, 40)
    assert clustered_interval([0.5], 64) == wilson(0.5, 1)


@pytest.mark.parametrize("spread", [0.3, 1.0, 50.0])
def test_it_covers_the_truth_where_wilson_over_all_answers_does_not(spread: float) -> None:
    # 40 problems x 16 answers; a problem's difficulty is Beta(0.7 s, 0.3 s): s small means alike within a problem.
    rng = random.Random(0)
    truth, trials, covered, naive = 0.7, 500, 0, 0
    for _ in range(trials):
        levels = [rng.betavariate(truth * spread, (1 - truth) * spread) for _ in range(40)]
        shares = [sum(rng.random() < level for _ in range(16)) / 16 for level in levels]
        low, high = clustered_interval(shares, 640)
        covered += low <= truth <= high
        low, high = wilson(fmean(shares), 640)
        naive += low <= truth <= high
    assert covered / trials > 0.92
    assert spread > 1 or naive / trials < 0.75


def test_a_paired_difference_covers_the_truth_as_often_as_it_says() -> None:
    """Hard problems are hard on both sides; the second side is right 0.1 less often."""
    rng = random.Random(7)
    inside = 0
    for _ in range(400):
        chances = [rng.uniform(0.1, 1.0) for _ in range(40)]
        first = [fmean(rng.random() < p for _ in range(4)) for p in chances]
        second = [fmean(rng.random() < p - 0.1 for _ in range(4)) for p in chances]
        low, high = paired_difference(first, second, 160)
        inside += low <= -0.1 <= high
    assert 0.92 <= inside / 400 <= 0.98


def test_a_difference_that_is_the_same_everywhere_is_still_in_doubt() -> None:
    low, high = paired_difference([0.5] * 10, [0.75] * 10, 40)
    assert low < 0.25 < high and paired_difference([0.5], [0.5], 1)[0] < 0
