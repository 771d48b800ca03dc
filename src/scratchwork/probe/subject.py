"""The model that is intervened upon: asked from the prompt on, or from whatever it is said to have said so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scratchwork.evaluate import sample_seed
from scratchwork.model.tokenizer import END_THINK, Tokenizer
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import Engine
from scratchwork.rollout.sampling import Sampling, later_seed
from scratchwork.types import Problem, Score

ANSWER = 64  # tokens that an answer may take behind a thinking that was closed by force
RUBRIC = Rubric({"accuracy": 1.0})


@dataclass(frozen=True, slots=True)
class Case:
    """One answer to be given, the same in every arm: the problem, its prompt, and the seed of what is drawn."""

    problem: Problem
    sample: int
    prompt: tuple[int, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole completion, forced tokens included, and what the rubric says of it."""

    ids: tuple[int, ...]
    score: Score


@dataclass(frozen=True, slots=True)
class Begun:
    """A completion handed in: what stands there, and as which token of the case the next one is drawn."""

    ids: tuple[int, ...] = ()
    drawn: int = 0


@dataclass(frozen=True)
class Subject:
    """A model that thinks. `positions`: where it ends; `max_tokens`: the longest answer, thinking included."""

    engine: Engine
    tokenizer: Tokenizer
    positions: int
    max_tokens: int
    temperature: float = 1.0

    @property
    def close_id(self) -> int:
        return self.tokenizer.ids[END_THINK]

    def cases(self, problems: Sequence[Problem], samples: int, seed: int) -> list[Case]:
        """`samples` for each problem, in order; with the seeds that an evaluation gives them."""
        return [
            Case(problem, i, tuple(self.tokenizer.prompt_ids(problem.prompt)), sample_seed(seed, problem, i))
            for problem in problems
            for i in range(samples)
        ]

    def answers(self, cases: Sequence[Case], suppressed: tuple[int, ...] = ()) -> list[Answer]:
        """As the model gives them by itself, but for tokens that it must not say."""
        return self.carry_on(cases, [Begun()] * len(cases), self.max_tokens, suppressed)

    def carry_on(
        self, cases: Sequence[Case], begun: Sequence[Begun], room: int, suppressed: tuple[int, ...] = ()
    ) -> list[Answer]:
        """Each completion ended by the model: at most `room` tokens more, and no more than the model has positions."""
        if not cases:
            return []
        prompts = [
            Prompt((*case.prompt, *so_far.ids), (later_seed(case.seed, so_far.drawn),))
            for case, so_far in zip(cases, begun, strict=True)
        ]
        room = min(room, self.positions - max(len(prompt.ids) for prompt in prompts))
        stops = (self.tokenizer.end_id,)
        sampling = Sampling(room, self.temperature, stop_ids=stops, suppressed_ids=suppressed)
        ends = self.engine.generate(prompts, sampling)
        return [
            self.judged(case, (*so_far.ids, *end.ids)) for case, so_far, [end] in zip(cases, begun, ends, strict=True)
        ]

    def judged(self, case: Case, ids: tuple[int, ...]) -> Answer:
        return Answer(ids, RUBRIC.score(case.problem, self.tokenizer.decode(ids), seed=case.seed))

    def thinking(self, answer: Answer) -> tuple[int, ...]:
        """The tokens before the closing tag; all but a stop token where it was never closed."""
        ids = answer.ids
        if self.close_id in ids:
            return ids[: ids.index(self.close_id)]
        return ids[:-1] if ids[-1:] == (self.tokenizer.end_id,) else ids

    def force(
        self, cases: Sequence[Case], answers: Sequence[Answer], thinkings: Sequence[Sequence[int]]
    ) -> list[Answer]:
        """The answers with other thinking in place of their own, closed by force.

        What follows is drawn with the random numbers that the case's own answer had, however long the thinking was. One
        too long for an answer to fit behind it is cut.
        """
        begun = []
        for case, answer, thinking in zip(cases, answers, thinkings, strict=True):
            most = self.positions - len(case.prompt) - 1 - ANSWER
            begun.append(Begun((*thinking[: max(0, most)], self.close_id), len(self.thinking(answer)) + 1))
        return self.carry_on(cases, begun, ANSWER)
