"""The interventions: each takes the answers that the model gave by itself, and says what becomes of them.

Problems and seeds are the same in every arm, so that an arm differs from the untouched answers by what was done and by
nothing else. What each is good for, and where it comes from, is in docs/probe.md.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scratchwork.probe.subject import Answer, Begun, Case, Subject
from scratchwork.probe.voting import vote
from scratchwork.probe.words import DOUBT, REFLECTION, REJECTION, first_ids, says
from scratchwork.types import Problem

SHARES = (0.0, 0.125, 0.25, 0.5, 0.75)
MORE = " Wait"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an arm makes of a case: the probability that its answer is right, None where no verifier could tell."""

    right: float | None
    tokens: int


Do = Callable[[Subject, Sequence[Case], Sequence[Answer]], Sequence[Answer | Outcome]]


@dataclass(frozen=True, slots=True)
class Arm:
    """`kept`: the share of its own thinking that an answer has; `avoids`: words that should not occur."""

    name: str
    what: str
    do: Do
    kept: float | None = None
    avoids: tuple[str, ...] = ()


def outcome(answer: Answer | Outcome) -> Outcome:
    if isinstance(answer, Outcome):
        return answer
    right = answer.score.correct
    return Outcome(None if right is None else float(right), len(answer.ids))


def keep(share: float) -> Do:
    """The first `share` of each thinking, then the answer."""

    def do(subject: Subject, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Answer]:
        own = [subject.thinking(answer) for answer in answers]
        return subject.force(cases, answers, [thinking[: int(share * len(thinking))] for thinking in own])

    return do


def forbid(words: tuple[str, ...]) -> Do:
    """Answers from the start, in which no token may begin one of the words; the others share its probability."""

    def do(subject: Subject, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Answer]:
        return subject.answers(cases, first_ids(subject.tokenizer, words))

    return do


def append(times: int) -> Do:
    """Each time that a thinking is about to close, "Wait" instead, up to `times` times; then it goes on from there."""

    def do(subject: Subject, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Answer]:
        now = list(answers)
        for _ in range(times):
            able = [i for i, answer in enumerate(now) if subject.close_id in answer.ids]
            begun = {i: doubted(subject, now[i]) for i in able}
            able = [i for i in able if len(begun[i].ids) < subject.max_tokens]
            further = subject.carry_on([cases[i] for i in able], [begun[i] for i in able], subject.max_tokens)
            for i, answer in zip(able, further, strict=True):
                now[i] = subject.judged(cases[i], answer.ids[: subject.max_tokens])
        return now

    return do


def doubted(subject: Subject, answer: Answer) -> Begun:
    """The thinking with "Wait" for its end; the last token is written anew with it, as running text would have them."""
    thinking, tokenizer = subject.thinking(answer), subject.tokenizer
    ids = (*thinking[:-1], *tokenizer.encode(tokenizer.decode(thinking[-1:]) + MORE))
    return Begun(ids, len(ids))


def dots(subject: Subject, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Answer]:
    dot = subject.tokenizer.encode(".")[:1]
    return subject.force(cases, answers, [dot * len(subject.thinking(answer)) for answer in answers])


def shuffled(subject: Subject, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Answer]:
    own = []
    for case, answer in zip(cases, answers, strict=True):
        thinking = list(subject.thinking(answer))
        random.Random(case.seed).shuffle(thinking)
        own.append(thinking)
    return subject.force(cases, answers, own)


def foreign(subject: Subject, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Answer]:
    by_case = {(case.problem.id, case.sample): answer for case, answer in zip(cases, answers, strict=True)}
    following = next_problems([case.problem for case in cases])
    others = [by_case[following[case.problem.id], case.sample] for case in cases]
    return subject.force(cases, answers, [subject.thinking(other) for other in others])


def next_problems(problems: Sequence[Problem]) -> dict[str, str]:
    """For each problem's id that of the next one of its family and level, the first one for the last."""
    alike: dict[tuple[str, int], dict[str, None]] = {}
    for problem in problems:
        alike.setdefault((problem.family, problem.level), {})[problem.id] = None
    following: dict[str, str] = {}
    for own in map(list, alike.values()):
        following |= dict(zip(own, [*own[1:], own[0]], strict=True))
    return following


def voted(subject: Subject, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Outcome]:
    quick = subject.force(cases, answers, [()] * len(cases))
    return [Outcome(*ballot) for ballot in vote(subject, cases, answers, quick)]


ARMS = (
    Arm("untouched", "as the model answers by itself", lambda subject, cases, answers: answers, kept=1.0),
    *(Arm(f"keep-{s:g}", f"the first {s:g} of the thinking, then the answer", keep(s), kept=s) for s in SHARES),
    Arm("dots", "as many dots as the thinking had tokens, then the answer", dots),
    Arm("shuffled", "its own thinking's tokens in random order, then the answer", shuffled),
    Arm("other", "another problem's thinking, then the answer", foreign),
    Arm("forbid-wait", '"Wait" cannot be said', forbid(DOUBT), avoids=DOUBT),
    Arm("forbid-reflection", "no start of a reflection can be said", forbid(REFLECTION), avoids=REFLECTION),
    Arm("forbid-no", 'the verdict "no" cannot be said: every check is passed', forbid(REJECTION), avoids=REJECTION),
    Arm("wait-1", '"Wait" instead of the end of the thinking, once', append(1)),
    Arm("wait-2", '"Wait" instead of the end of the thinking, twice', append(2)),
    Arm("vote", "a vote of as many quick answers as the thinking's tokens buy", voted),
)


def still_said(subject: Subject, arm: Arm, answers: Sequence[Answer | Outcome]) -> float | None:
    """The share of the thinking texts in which a word that was forbidden occurs all the same, pieced together."""
    if not arm.avoids:
        return None
    texts = [subject.tokenizer.decode(subject.thinking(one)) for one in answers if isinstance(one, Answer)]
    return sum(says(text, arm.avoids) for text in texts) / len(texts) if texts else None
