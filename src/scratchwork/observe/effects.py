"""What reflection brings about: does what it changes get better, and are those who reflect right more often?

A transition is a pair of candidates of one response, one after the other, both judged by the verifier: wrong to right,
right to wrong, and so on (First Try Matters, arXiv:2510.08308). Most transitions of most models confirm; the ones that
count are those from wrong to right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean

from scratchwork.observe.behaviours import Behaviours

NAMES = {(False, True): "wrong_right", (True, False): "right_wrong", (True, True): "right_right"}
NAMES |= {(False, False): "wrong_wrong"}


def effects(does: Sequence[Behaviours]) -> dict[str, list[bool]]:
    """By the name of a metric, the values it is the mean of; empty where there is nothing to judge.

    `transitions/A_B` are shares of all transitions. `reflection/repaired`: of the responses whose first candidate is
    wrong, those whose last is right. `reflection/spoiled`: the other way round.

    >>> from scratchwork.observe.steps import Candidate
    >>> wrong, right = Candidate("1", False), Candidate("2", True)
    >>> found = effects([Behaviours(candidates=(wrong, wrong, right)), Behaviours(candidates=(right, right))])
    >>> {name: sum(values) / len(values) for name, values in found.items() if values and any(values)}
    {'transitions/wrong_right': 0.3333333333333333, 'transitions/right_right': 0.3333333333333333, \
'transitions/wrong_wrong': 0.3333333333333333, 'reflection/repaired': 1.0}
    """
    judged = [verdicts(one) for one in does]
    moves = [move for own in judged for move in pairwise(own)]
    ends = [(own[0], own[-1]) for own in judged if own]
    return {
        **{f"transitions/{name}": [move == kind for move in moves] for kind, name in NAMES.items()},
        "reflection/repaired": [last for first, last in ends if not first],
        "reflection/spoiled": [not last for first, last in ends if first],
    }


def verdicts(does: Behaviours) -> list[bool]:
    """Of its candidates, in order; those that nobody could judge left out."""
    return [candidate.right for candidate in does.candidates if candidate.right is not None]


def gain_within(problems: Iterable[Sequence[tuple[bool, bool]]]) -> float | None:
    """Accuracy of the responses that reflect less that of those that do not, within each problem, then on average.

    Each response is (reflects, right). Between problems the comparison says nothing: hard ones are reflected on more.
    Problems where all responses do the same have no part; None when no problem has both (arXiv:2503.20783, section 2).

    >>> gain_within([[(True, True), (True, False), (False, False)], [(True, True)]])
    0.5
    """
    gains = []
    for responses in problems:
        by = {kind: [right for reflects, right in responses if reflects is kind] for kind in (True, False)}
        if by[True] and by[False]:
            gains.append(fmean(by[True]) - fmean(by[False]))
    return fmean(gains) if gains else None
