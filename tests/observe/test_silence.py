"""Why a step taught nothing: the cause that was most common, and a key of the recipe that exists."""

from __future__ import annotations

import pytest

from scratchwork.observe.doctor.silence import no_signal_sentence
from scratchwork.types import FinishReason, Group, Problem, Rollout, Score

PROBLEM = Problem("p-0", "apples", 1, "", "3", "number")


def answer(
    reward: float | None, box: str | None = "3", correct: bool | None = None, reason: FinishReason = "stop"
) -> Rollout:
    correct = bool(reward) if correct is None else correct
    components = {} if reward is None else {"accuracy": float(correct)}
    score = Score(reward, components, box, "accuracy: VerifierError: bad gold" if reward is None else None)
    return Rollout("p-0", (1,), (0,), (1,), (0.0,), reason, 0, "", score)


RIGHT, WRONG, FAILED = answer(1.0), answer(0.0), answer(None)
CUT, MUTE = answer(0.0, None, reason="length"), answer(0.0, None)


def groups(*rollouts: tuple[Rollout, ...]) -> list[Group]:
    return [Group(PROBLEM, own) for own in rollouts]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([(RIGHT, RIGHT), (RIGHT, RIGHT)], "of 4 answers 4 right; the problems are too easy: raise tasks.levels"),
        ([(WRONG, WRONG), (WRONG, MUTE)], "of 4 answers 3 wrong, 1 unreadable; the problems are too hard"),
        ([(CUT, CUT), (WRONG, CUT)], "of 4 answers 3 cut off, 1 wrong; the answers do not fit: raise grpo.max_tokens"),
        ([(MUTE, MUTE), (MUTE, CUT)], "of 4 answers 3 unreadable, 1 cut off; they have no box to read"),
        ([(FAILED, FAILED), (RIGHT, RIGHT), (FAILED, RIGHT)], "of 6 answers 3 failed, 3 right; the verifier could not"),
        ([(RIGHT, RIGHT), (WRONG, WRONG)], "2 right, 2 wrong; no problem is solved by only some answers"),
        ([(RIGHT, answer(1.0, correct=False))], "the reward is the same for right and wrong"),
    ],
)
def test_the_commonest_cause_is_named(given: list[tuple[Rollout, ...]], sentence: str) -> None:
    said = no_signal_sentence(groups(*given))
    assert said is not None and said.startswith("no signal: ") and sentence in said


def test_a_failed_verifier_is_quoted() -> None:
    said = no_signal_sentence(groups((FAILED, FAILED)))
    assert said is not None and said.endswith("(first error: accuracy: VerifierError: bad gold)")


def test_a_reward_without_accuracy_is_not_called_easy_or_hard() -> None:
    blind = Rollout("p-0", (1,), (0,), (1,), (0.0,), "stop", 0, "", Score(1.0, {"format": 1.0}, "3"))
    said = no_signal_sentence(groups((blind, blind)))
    assert said is not None and "give reward.accuracy a weight" in said


def test_one_group_with_a_signal_is_enough() -> None:
    assert no_signal_sentence(groups((RIGHT, RIGHT), (RIGHT, WRONG))) is None
    assert no_signal_sentence([]) is None
