"""From completions to rollouts: every field arrives, and a failed verdict stays with its own answer."""

from __future__ import annotations

from collections.abc import Sequence

from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.collect import collect
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.sampling import Sampling
from scratchwork.types import Completion, Problem

END = 0


class Letters:
    """A tokenizer with a token a character, and one that ends a text."""

    def prompt_ids(self, question: str, think: bool = True) -> list[int]:
        return [ord(c) for c in question + ("<think>" if think else "<think></think>")]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(chr(i) for i in ids if i != END)


class Script:
    """An engine that answers what it was told to, each token with a log-prob of its own."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = answers

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        return [[self.completion(text) for text in own] for own in self.answers]

    def completion(self, text: str) -> Completion:
        ids = tuple(map(ord, text)) if text.endswith("...") else (*map(ord, text), END)
        return Completion(ids, tuple(-0.01 * i for i in range(len(ids))), "stop" if ids[-1] == END else "length")

    def load_weights(self, state: object) -> None: ...


ONE = Problem("p-1", "sums", 1, "1+1?", "2", "number")
TWO = Problem("p-2", "sums", 1, "1+2?", "3", "number")
BROKEN = Problem("p-3", "sums", 1, "?", "no number", "number")
SAMPLING = Sampling(max_tokens=50)


def gather(problems: list[Problem], answers: list[list[str]], rubric: Rubric, seeds: list[tuple[int, ...]], **more):
    return collect(Script(*answers), Letters(), rubric, problems, seeds, SAMPLING, **more)


def test_every_field_of_a_rollout() -> None:
    right, cut = r"1+1=2</think>\boxed{2}", "1+1..."
    answers = [[right, cut], [right]]
    groups = gather([ONE, TWO], answers, Rubric({"accuracy": 1.0}), [(7, 8), (9,)], policy_version=5)
    assert [group.problem for group in groups] == [ONE, TWO]
    first, second = groups[0].rollouts
    assert (first.problem_id, first.text, first.finish_reason, first.policy_version) == ("p-1", right, "stop", 5)
    assert first.prompt_ids == tuple(map(ord, "1+1?<think>"))
    assert first.completion_ids == (*map(ord, right), END)
    assert first.sampled_logprobs == tuple(-0.01 * i for i in range(len(right) + 1))
    assert first.loss_mask == (1,) * (len(right) + 1), "to stop is an action, and it is learnt"
    assert (second.text, second.finish_reason, second.loss_mask) == (cut, "length", (1,) * len(cut))
    assert [[r.score.reward for r in group.rollouts] for group in groups] == [[1.0, 0.0], [0.0]]


def test_a_failed_verdict_stays_with_its_problem() -> None:
    answers = [[r"</think>\boxed{2}"], [r"</think>\boxed{2}"], [r"</think>\boxed{3}"]]
    groups = gather([ONE, BROKEN, TWO], answers, Rubric({"accuracy": 1.0}), [(1,), (1,), (1,)])
    assert [group.rewards for group in groups] == [(1.0,), (None,), (1.0,)]


def test_a_prompt_that_closed_the_thinking_is_judged_as_such() -> None:
    answers = [[r"\boxed{2}"]]
    (opened,) = gather([ONE], answers, Rubric({"format": 1.0, "accuracy": 0.0}), [(1,)])
    (closed,) = gather([ONE], answers, Rubric({"format": 1.0, "accuracy": 0.0}), [(1,)], think=False)
    assert (opened.rewards, closed.rewards) == ((0.0,), (1.0,))
    assert closed.rollouts[0].prompt_ids == tuple(map(ord, "1+1?<think></think>"))


def test_equal_texts_toss_their_own_coins() -> None:
    (group,) = gather([ONE], [["same"] * 40], Rubric({"random": 1.0}), [tuple(range(40))])
    assert set(group.rewards) == {0.0, 1.0}
