"""The nouns that travel between layers: Problem, Completion, Rollout, Group, Score.

Plain frozen data from the standard library, so that every layer can name them and none is tied to torch.
A `Problem` is asked; the engine answers it with `Completion`s; a verified completion is a `Rollout`;
the rollouts of one problem are a `Group`; what the rubric said of one rollout is a `Score`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One question with a checkable answer. Plain data: the verifier is a name, not a function.

    `id` is a digest of what makes the problem itself (its numbers, not its wording), so that two wordings of
    one problem share it and fall on the same side of the train / held-out split.
    """

    id: str
    family: str
    level: int
    prompt: str
    answer: str
    verifier: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able dictionary; `Problem(**p.to_dict()) == p`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine returns for one prompt and one seed.

    `ids` holds the sampled tokens, the stop token included when `finish_reason` is "stop".
    `sampled_logprobs` are natural logs under the very distribution that sampled (temperature and truncation
    included), one a token.
    """

    ids: tuple[int, ...]
    sampled_logprobs: tuple[float, ...]
    finish_reason: FinishReason

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.sampled_logprobs):
            raise ValueError(f"{len(self.ids)} ids but {len(self.sampled_logprobs)} sampled_logprobs")


@dataclass(frozen=True, slots=True)
class Score:
    """What the rubric said: the weighted reward and every named component.

    `reward` is None when a verifier failed to give a verdict (it raised or timed out): such a rollout is
    counted in `verifier/error_rate` and never trained on, because a broken verifier is not a wrong answer.
    """

    reward: float | None
    components: Mapping[str, float] = field(default_factory=dict)
    answer: str | None = None  # the extracted final answer, None when there was none to read
    error: str | None = None

    @property
    def correct(self) -> bool | None:
        """The verdict of the accuracy component: True, False, or None when there is none."""
        value = self.components.get("accuracy")
        return None if value is None else value >= 1.0


@dataclass(frozen=True, slots=True)
class Rollout:
    """One scored completion, with all that the objective needs. Lengths are checked when it is made.

    `loss_mask` is 1 for every token the gradient may see. The stop token is among them: deciding to stop is
    an action of the policy like any other.
    """

    problem_id: str
    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    loss_mask: tuple[int, ...]
    sampled_logprobs: tuple[float, ...]
    finish_reason: FinishReason
    policy_version: int
    text: str  # the decoded completion, stop token removed
    score: Score

    def __post_init__(self) -> None:
        n = len(self.completion_ids)
        if n == 0:
            raise ValueError(f"rollout of problem {self.problem_id} has no completion tokens")
        for name in ("loss_mask", "sampled_logprobs"):
            if len(getattr(self, name)) != n:
                raise ValueError(f"{name} has {len(getattr(self, name))} entries for {n} completion tokens")

    @property
    def length(self) -> int:
        """Response length in tokens, the stop token included."""
        return len(self.completion_ids)


@dataclass(frozen=True, slots=True)
class Group:
    """The rollouts of one problem: the set a group baseline is taken over."""

    problem: Problem
    rollouts: tuple[Rollout, ...]

    @property
    def rewards(self) -> tuple[float | None, ...]:
        return tuple(r.score.reward for r in self.rollouts)

    @property
    def has_signal(self) -> bool:
        """False when every verdict is the same: the group then moves no weight under a group baseline."""
        return len({r for r in self.rewards if r is not None}) > 1
