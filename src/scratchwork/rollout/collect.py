"""From problems to scored groups: ask the engine, decode, judge. Tokens enter here, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.decoding import Prompt
from scratchwork.rollout.engine import Engine
from scratchwork.rollout.sampling import Sampling
from scratchwork.types import Completion, Group, Problem, Rollout


class TextCodec(Protocol):
    """What collecting needs of a tokenizer."""

    def prompt_ids(self, question: str, think: bool = True) -> list[int]: ...

    def decode(self, ids: Sequence[int]) -> str: ...


def collect(
    engine: Engine,
    tokenizer: TextCodec,
    rubric: Rubric,
    problems: Sequence[Problem],
    seeds: Sequence[tuple[int, ...]],
    sampling: Sampling,
    *,
    policy_version: int = 0,
    think: bool = True,
) -> list[Group]:
    """One Group a problem, with one rollout for each of its seeds."""
    prompts = [
        Prompt(tuple(tokenizer.prompt_ids(problem.prompt, think)), own)
        for problem, own in zip(problems, seeds, strict=True)
    ]

    def rollout(problem: Problem, prompt: Prompt, completion: Completion, seed: int) -> Rollout:
        text = tokenizer.decode(completion.ids)
        return Rollout(
            problem_id=problem.id,
            prompt_ids=prompt.ids,
            completion_ids=completion.ids,
            loss_mask=(1,) * len(completion.ids),
            sampled_logprobs=completion.sampled_logprobs,
            finish_reason=completion.finish_reason,
            policy_version=policy_version,
            text=text,
            score=rubric.score(problem, text, completion.finish_reason, opened=think, seed=seed),
        )

    return [
        Group(problem, tuple(rollout(problem, prompt, c, s) for c, s in zip(completions, prompt.seeds, strict=True)))
        for problem, prompt, completions in zip(problems, prompts, engine.generate(prompts, sampling), strict=True)
    ]
