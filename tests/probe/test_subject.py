"""Interventions change what they say they change and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch

from scratchwork.probe.arms import Do, append, dots, forbid, foreign, keep, next_problems, outcome, shuffled, voted
from scratchwork.probe.subject import ANSWER, Answer, Begun, Case, Subject
from scratchwork.probe.voting import count
from scratchwork.probe.words import DOUBT, REFLECTION, first_ids, says
from scratchwork.recipe.models import load_named
from scratchwork.recipe.speaker import held_out
from scratchwork.reward.grammar import parse
from scratchwork.rollout.engine import TorchEngine
from scratchwork.types import Problem, Score


@pytest.fixture(scope="module")
def subject() -> Subject:
    torch.set_num_threads(1)
    own = load_named("scratch-base")
    return Subject(TorchEngine(own.model, 64), own.tokenizer, own.model.config.max_position_embeddings, 100)


@pytest.fixture(scope="module")
def cases(subject: Subject) -> list[Case]:
    return subject.cases([*held_out("countdown", 2, 3, 1), *held_out("apples", 2, 3, 1)], 3, 5)


@pytest.fixture(scope="module")
def answers(subject: Subject, cases: list[Case]) -> list[Answer]:
    return subject.answers(cases)


def whole(arm: Do, subject: Subject, cases: list[Case], answers: list[Answer]) -> list[Answer]:
    """What an arm makes of them, all of it answers."""
    return [one for one in arm(subject, cases, answers) if isinstance(one, Answer)]


def closed(subject: Subject, answers: list[Answer]) -> list[int]:
    return [i for i, answer in enumerate(answers) if subject.close_id in answer.ids]


def test_all_of_the_thinking_kept_is_the_untouched_answer(
    subject: Subject, cases: list[Case], answers: list[Answer]
) -> None:
    """By the same tokens: the forced answer is drawn with the random numbers of the model's own."""
    kept = whole(keep(1.0), subject, cases, answers)
    ended = [i for i in closed(subject, answers) if answers[i].ids[-1] == subject.tokenizer.end_id]
    assert len(ended) > len(cases) / 2
    assert [kept[i] for i in ended] == [answers[i] for i in ended]


def test_doing_nothing_is_the_untouched_answer(subject: Subject, cases: list[Case], answers: list[Answer]) -> None:
    assert whole(forbid(()), subject, cases, answers) == whole(append(0), subject, cases, answers) == answers
    assert subject.answers(cases[:5]) == answers[:5]  # whoever shares the batch


@pytest.mark.parametrize("share", [0.0, 0.25, 0.75])
def test_thinking_is_cut_where_it_is_said_to_be_and_parses(
    subject: Subject, cases: list[Case], answers: list[Answer], share: float
) -> None:
    for cut, answer in zip(whole(keep(share), subject, cases, answers), answers, strict=True):
        thinking, ids = subject.thinking(answer), cut.ids
        kept = int(share * len(thinking))
        assert ids[: kept + 1] == (*thinking[:kept], subject.close_id)
        assert len(ids) <= kept + 1 + ANSWER
        response = parse(subject.tokenizer.decode(ids))
        assert response.closed and response.thinking == subject.tokenizer.decode(thinking[:kept])


def test_a_forbidden_token_never_comes(subject: Subject, cases: list[Case], answers: list[Answer]) -> None:
    tokenizer = subject.tokenizer
    for words in (DOUBT, REFLECTION):
        banned = set(first_ids(tokenizer, words))
        assert any(banned & set(answer.ids) for answer in answers)  # it would have come
        done = whole(forbid(words), subject, cases, answers)
        assert not any(banned & set(answer.ids) for answer in done)
        untouched = [i for i, answer in enumerate(answers) if not banned & set(answer.ids)]
        assert any(done[i] == answers[i] for i in untouched)  # who did not want to say it may well say the same


def test_filler_has_the_length_of_what_it_stands_for(
    subject: Subject, cases: list[Case], answers: list[Answer]
) -> None:
    [dot] = subject.tokenizer.encode(".")
    own = [subject.thinking(answer) for answer in answers]
    assert [subject.thinking(a) for a in dots(subject, cases, answers)] == [(dot,) * len(one) for one in own]
    mixed = [subject.thinking(answer) for answer in shuffled(subject, cases, answers)]
    assert [Counter(one) for one in mixed] == [Counter(one) for one in own] and mixed != own
    assert shuffled(subject, cases, answers) == shuffled(subject, cases, answers)


def test_another_s_thinking_is_of_the_same_kind_of_problem(
    subject: Subject, cases: list[Case], answers: list[Answer]
) -> None:
    given = [subject.thinking(answer) for answer in foreign(subject, cases, answers)]
    own = [subject.thinking(answer) for answer in answers]
    assert given == [*own[3:9], *own[:3], *own[12:], *own[9:12]]  # three problems of each family, three answers each
    assert next_problems([case.problem for case in cases[:3]]) == {cases[0].problem.id: cases[0].problem.id}


def test_wait_stands_where_the_thinking_would_have_closed(
    subject: Subject, cases: list[Case], answers: list[Answer]
) -> None:
    able = closed(subject, answers)
    once, twice = whole(append(1), subject, cases, answers), whole(append(2), subject, cases, answers)
    for i, answer in enumerate(answers):
        before, after = (subject.tokenizer.decode(one.ids) for one in (answer, once[i]))
        if i in able:
            assert after.startswith(before.split("</think>")[0] + " Wait")
            assert len(once[i].ids) <= len(twice[i].ids) <= subject.max_tokens or subject.close_id in once[i].ids
        else:
            assert once[i] == twice[i] == answer
    assert any(
        " Wait" in subject.tokenizer.decode(two.ids[len(one.ids) // 2 :]) for one, two in zip(once, twice, strict=True)
    )
    assert all(len(answer.ids) <= subject.max_tokens for answer in (*once, *twice))


def test_a_vote_costs_about_what_the_thinking_did(subject: Subject, cases: list[Case], answers: list[Answer]) -> None:
    outcomes = voted(subject, cases, answers)
    assert len(outcomes) == len(cases) and all(one.right is not None and 0 <= one.right <= 1 for one in outcomes)
    spent, thought = (sum(outcome(one).tokens for one in some) for some in (outcomes, answers))
    assert 0.6 * thought < spent < 1.4 * thought
    assert outcomes == voted(subject, cases, answers)


def test_votes_by_hand() -> None:
    case = Case(Problem("p-0", "sums", 1, "6+7?", "13", "number"), 0, (1,), 0)

    def said(answer: str | None, right: bool | None) -> Answer:
        components = {} if right is None else {"accuracy": float(right)}
        return Answer((1, 2, 3), Score(None, components, answer))

    assert count([said("13", True), said("13.0", True), said("12", False)], case) == (1.0, 9)
    assert count([said("13", True), said("12", False), said(None, False)], case) == (0.5, 9)
    assert count([said(None, False)], case) == (0.0, 3)
    assert count([said("x", None)], case) == (None, 3)
    assert count([said("x", None), said("13", True)], case) == (1.0, 6)


def test_what_does_not_fit_is_cut_and_never_an_error(
    subject: Subject, cases: list[Case], answers: list[Answer]
) -> None:
    longest = max(len(case.prompt) for case in cases)
    narrow = replace(subject, positions=longest + ANSWER + 11)
    for case, answer in zip(cases, whole(keep(1.0), narrow, cases, answers), strict=True):
        assert len(case.prompt) + len(answer.ids) <= narrow.positions and subject.close_id in answer.ids
    assert subject.carry_on([], [], 5) == []


def test_thinking_ends_where_the_tag_or_the_answer_does(subject: Subject) -> None:
    close, end = subject.close_id, subject.tokenizer.end_id
    score = Score(None)
    assert subject.thinking(Answer((105, 106, close, 107, close, end), score)) == (105, 106)
    assert subject.thinking(Answer((105, 106, end), score)) == (105, 106)
    assert subject.thinking(Answer((105, 106), score)) == (105, 106)
    assert subject.thinking(Answer((close,), score)) == subject.thinking(Answer((end,), score)) == ()
    assert Begun() == Begun((), 0)


def test_the_tokens_that_begin_a_word(subject: Subject) -> None:
    tokenizer = subject.tokenizer
    banned = first_ids(tokenizer, REFLECTION)
    for text in ("Wait", "Wait, try ", "no. Wait. 3", "Another way: ", "3 again", "Check: 3"):
        assert set(tokenizer.encode(text)) & set(banned), text
    for text in ("12*3=36, 36+7=43. 43 against 42: no.", "Need 26. Try 5.", "Let a be the price of an apple."):
        assert not set(tokenizer.encode(text)) & set(banned), text
    assert first_ids(tokenizer, ()) == ()
    assert {tokenizer.decode([i]) for i in first_ids(tokenizer, ("no",))} == {"no"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wait", True),
        ("so WAIT, no", True),
        ("waiter", False),
        ("让我们重新算", True),
        ("", False),
        ("re-examine it", True),
    ],
)
def test_words_are_found_whole_and_in_any_case(text: str, expected: bool) -> None:
    assert says(text, REFLECTION) is expected
    assert not says(text, ())
