"""Quick answers voted with, as many as the tokens of one thinking answer buy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from scratchwork.evaluate import Vote, meaning
from scratchwork.probe.subject import ANSWER, Answer, Begun, Case, Subject
from scratchwork.rollout.sampling import sequence_seed
from scratchwork.statistics import majority

APART = 7  # a part of the voters' seeds, which no other answer has


def vote(
    subject: Subject, cases: Sequence[Case], answers: Sequence[Answer], quick: Sequence[Answer]
) -> Iterator[tuple[float | None, int]]:
    """For each case the probability that the vote is right, None where no verifier could tell, and the tokens it took.

    `quick`: an answer to each case without thinking, from which the price of one is known: the mean of its problem's.
    Every case has voters of its own; there is always one.
    """
    lengths: dict[str, list[int]] = {}
    for case, answer in zip(cases, quick, strict=True):
        lengths.setdefault(case.problem.id, []).append(len(answer.ids))
    many = [
        max(1, int(len(answer.ids) / fmean(lengths[case.problem.id])))
        for case, answer in zip(cases, answers, strict=True)
    ]
    voters = [
        replace(case, seed=sequence_seed(APART, case.seed, i))
        for case, n in zip(cases, many, strict=True)
        for i in range(n)
    ]
    given = iter(subject.carry_on(voters, [Begun((subject.close_id,))] * len(voters), ANSWER))
    for case, n in zip(cases, many, strict=True):
        yield count([next(given) for _ in range(n)], case)


def count(answers: Sequence[Answer], case: Case) -> tuple[float | None, int]:
    tokens = sum(len(answer.ids) for answer in answers)
    judged = [answer for answer in answers if answer.score.correct is not None]
    if not judged:
        return None, tokens
    votes: list[Vote] = [
        (meaning(answer.score.answer, case.problem), answer.score.correct is True)
        for answer in judged
        if answer.score.answer is not None
    ]
    return majority(votes), tokens
