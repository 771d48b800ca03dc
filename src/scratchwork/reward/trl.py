"""A rubric as a reward function for TRL's GRPOTrainer and RLOOTrainer.

TRL calls `f(prompts, completions, **columns)` with one list entry a completion. A data set of `Problem.to_dict()`
rows has every column needed. Three things differ from our own trainer:

- A failed verifier raises. TRL would take None, but it sums rewards with `nansum`: a row of only None becomes 0.
- TRL does not say why a completion ended, so `format` sees an unclosed block but not a truncated presentation.
- TRL decodes without special tokens. The think tags must not be marked special in the tokenizer, or they vanish.

Imports nothing of TRL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scratchwork.reward.rubric import Rubric
from scratchwork.reward.verify import VerifierError
from scratchwork.types import Problem

RewardFunction = Callable[..., list[float]]


def reward_function(rubric: Rubric, *, opened: bool = True) -> RewardFunction:
    """The function to pass as `reward_funcs`; needs the columns `answer` and `verifier`, and `data` for countdown.

    `opened` says whether the prompts open a thinking block. The function raises KeyError for a missing column and
    VerifierError when a component that carries weight gave no verdict.

    >>> reward = reward_function(Rubric({"accuracy": 1.0}), opened=False)
    >>> reward(["1+1?", "1+1?"], ["\\\\boxed{2}", "\\\\boxed{3}"], answer=["2", "2"], verifier=["number", "number"])
    [1.0, 0.0]
    """

    def scratchwork_reward(prompts: Sequence[Any], completions: Sequence[Any], **columns: Sequence[Any]) -> list[float]:
        rewards = []
        for row, completion in enumerate(completions):
            score = rubric.score(_problem(prompts, columns, row), _text(completion), opened=opened)
            if score.reward is None:
                raise VerifierError(score.error)
            rewards.append(score.reward)
        return rewards

    return scratchwork_reward


def _problem(prompts: Sequence[Any], columns: Mapping[str, Sequence[Any]], row: int) -> Problem:
    for name in ("answer", "verifier"):
        if name not in columns:
            raise KeyError(f"the data set has no column {name!r}; make its rows with Problem.to_dict()")
    name = columns["id"][row] if "id" in columns else f"row {row}"
    data = columns["data"][row] if "data" in columns else {}
    return Problem(name, "trl", 1, _text(prompts[row]), columns["answer"][row], columns["verifier"][row], data)


def _text(turn: str | Sequence[Mapping[str, str]]) -> str:
    """A prompt or completion as text: a plain string, or the last of a list of messages in conversational data."""
    return turn if isinstance(turn, str) else turn[-1]["content"]
