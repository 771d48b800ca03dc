"""The statistics of an evaluation: pass@k, the majority vote, and an interval for correlated samples. Pure functions.

Left out: the bootstrap. It needs a seed, and where every answer is right it says that there is no doubt at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import comb, hypot, sqrt
from statistics import fmean, variance

Z_95 = 1.959963984540054  # the normal distribution has 95 % of its mass within so many deviations


def pass_at_k(samples: int, right: int, k: int) -> float:
    """The probability that at least one of `k` answers, drawn from `samples` of which `right` are right, is right.

    Unbiased: Chen et al. 2021, arXiv:2107.03374, equation 1. Exact integers, so no product to lose digits in. Raises
    ValueError unless 1 <= k <= samples.

    >>> pass_at_k(4, 2, 1), pass_at_k(4, 2, 3)  # of 4 answers 2 are wrong: 3 drawn hold a right one
    (0.5, 1.0)
    >>> round(pass_at_k(4, 1, 2), 3)  # of the 6 pairs 3 lack the right one
    0.5
    """
    if not 1 <= k <= samples:
        raise ValueError(f"k is {k}; it must be 1 to {samples}, the number of samples")
    return float(1 - Fraction(comb(samples - right, k), comb(samples, k)))


def majority(votes: Sequence[tuple[Hashable, bool]]) -> float:
    """The probability that the most frequent answer is right; each vote is (answer, whether it is right).

    A tie is broken by lot: with m answers in front of which r are right, the result is r / m. No votes: 0.

    >>> majority([("13", True), ("12", False), ("13", True)])
    1.0
    >>> majority([("13", True), ("12", False), ("11", False), ("12", False), ("13", True)])
    0.5
    """
    counts = Counter(answer for answer, _ in votes)
    front = {answer for answer, count in counts.items() if count == max(counts.values())}
    right = dict(votes)
    return fmean(right[answer] for answer in front) if front else 0.0


def wilson(share: float, samples: float) -> tuple[float, float]:
    """Wilson's 95 % interval (J. Am. Stat. Assoc. 22, 1927) of a share seen in so many independent samples.

    It stays within 0 and 1, and is not empty at either end.

    >>> [round(bound, 4) for bound in wilson(0.5, 100)], [round(bound, 4) for bound in wilson(1.0, 40)]
    ([0.4038, 0.5962], [0.9124, 1.0])
    """
    z2 = Z_95**2 / samples
    middle = (share + z2 / 2) / (1 + z2)
    half = sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def clustered_interval(shares: Sequence[float], samples: int) -> tuple[float, float]:
    """A 95 % interval of the mean of `shares`, each the share of one problem's answers that are right.

    Answers to one problem are correlated: an easy one is mostly right, a hard one mostly wrong. Wilson's interval over
    all answers would be too narrow, so it is taken at the effective number of samples (Kish's design effect): the
    number of independent ones whose mean would vary as much as the shares do, share * (1 - share) / variance of the
    mean. That number is kept between the number of problems (answers to one problem all alike) and `samples`, the
    number of answers (all independent). Where every share is equal the variance says nothing, and the lower end holds.

    >>> [round(bound, 3) for bound in clustered_interval([1.0] * 20 + [0.0] * 20, 160)]  # as 40 answers
    [0.352, 0.648]
    >>> [round(bound, 3) for bound in clustered_interval([0.5, 0.25, 0.75, 0.5] * 10, 160)]  # as 160
    [0.423, 0.577]
    """
    problems, share = len(shares), fmean(shares)
    effective = float(problems)
    if problems > 1 and (spread := variance(shares)) > 0:
        effective = min(max(share * (1 - share) * problems / spread, problems), samples)
    return wilson(share, effective)


def paired_difference(shares: Sequence[float], others: Sequence[float], samples: int) -> tuple[float, float]:
    """A 95 % interval of how far the mean of `others` lies above that of `shares`, each pair of one problem.

    Of the mean of the problems' differences (Miller 2024, arXiv:2411.00640): what makes a problem hard
    makes it hard on both sides, and drops out. Where every difference is the same its variance says nothing, and the
    interval is that of two shares that have nothing to do with each other (Newcombe 1998, Stat. Med. 17, method 10).

    >>> shares = [1.0, 0.5, 0.0, 0.5, 1.0, 0.0] * 6
    >>> [round(bound, 3) for bound in paired_difference(shares, [share / 2 for share in shares], 72)]
    [-0.318, -0.182]
    >>> [round(bound, 3) for bound in paired_difference(shares, shares[::-1], 72)]  # no pair alike: wider
    [-0.234, 0.234]
    >>> [round(bound, 3) for bound in paired_difference([1.0] * 30, [1.0] * 30, 30)]
    [-0.114, 0.114]
    """
    differences = [other - share for share, other in zip(shares, others, strict=True)]
    mean = fmean(differences)
    if len(set(differences)) > 1:
        half = Z_95 * sqrt(variance(differences) / len(differences))
        return mean - half, mean + half
    p, q = fmean(shares), fmean(others)
    (p_low, p_high), (q_low, q_high) = clustered_interval(shares, samples), clustered_interval(others, samples)
    return mean - hypot(q - q_low, p_high - p), mean + hypot(q_high - q, p - p_low)
