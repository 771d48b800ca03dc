"""The rubric: named components, each with a weight, make one `Score` of a problem and a text.

The reward is the weighted sum; a component of weight 0 is computed and recorded but pays nothing, so it is a metric.
The components here give 0 or 1. When one that pays fails, the score has no reward (None) and says why:
such a rollout is counted and left out of training, it is not a wrong answer.

Nothing here looks at length. DAPO's soft overlong penalty shapes rewards by tokens and lives in `objective`.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scratchwork.reward.grammar import Response, parse
from scratchwork.reward.verify import verify
from scratchwork.types import FinishReason, Problem, Score


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a component judges: the problem, the completion's text, how it ended, and its parts."""

    problem: Problem
    text: str
    finish_reason: FinishReason
    response: Response
    seed: int  # of the completion: for a component that draws lots


Component = Callable[[Attempt], float]


class RubricError(ValueError):
    """A rubric that cannot be used; the message names the component, the value and the fix."""


def accuracy(attempt: Attempt) -> float:
    """1 for a right answer (DeepSeek-R1, section 2.2.2, accuracy reward). Raises what the verifier raises."""
    return float(verify(attempt.response.answer, attempt.problem))


def wrong(attempt: Attempt) -> float:
    """1 for an answer that can be read and is wrong: the inverted reward of arXiv:2506.10947.

    A text that was cut off or has no answer pays nothing. Paid for, it would be the easiest way to be wrong, and the
    control would be one of form; so it turns the verdict on answers round and nothing else. Raises what the verifier
    raises.
    """
    if attempt.finish_reason != "stop" or attempt.response.answer is None:
        return 0.0
    return 1.0 - accuracy(attempt)


def well_formed(attempt: Attempt) -> float:
    """1 for form alone: the text ended by itself, the thinking is closed, one box, no stray tag."""
    return float(attempt.finish_reason == "stop" and not attempt.response.problems)


def boxed(attempt: Attempt) -> float:
    """1 when there is an answer to read, right or wrong."""
    return float(attempt.response.answer is not None)


def coin(attempt: Attempt) -> float:
    """1 for half of all texts, whatever they say: the control that shows what the rest of the recipe does by itself.

    The toss is a hash of the completion's seed, not a generator's next number: a score does not depend on the order of
    scoring, and nothing in a text can be learnt to win it.
    """
    key = f"{attempt.problem.id}/{attempt.seed}".encode()
    return float(hashlib.blake2s(key).digest()[0] & 1)


COMPONENTS: dict[str, Component] = {
    "accuracy": accuracy,
    "wrong": wrong,
    "format": well_formed,
    "boxed": boxed,
    "random": coin,
}


@dataclass(frozen=True, slots=True)
class Rubric:
    """Component names with their weights. `components` is the table the names are looked up in.

    Raises RubricError for a name that the table lacks, a weight that is not a finite number, or weights that are
    all 0 (the reward could then never move anything).

    >>> problem = Problem("p-0", "sums", 1, "1+1?", "2", "number")
    >>> score = Rubric({"accuracy": 1.0, "format": 0.0}).score(problem, r"1+1=2.</think>It is \\boxed{2}.")
    >>> score.reward, dict(score.components)
    (1.0, {'accuracy': 1.0, 'format': 1.0})
    """

    weights: Mapping[str, float]
    components: Mapping[str, Component] = field(default_factory=lambda: COMPONENTS)

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            if name not in self.components:
                near = difflib.get_close_matches(name, self.components, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"choose among {', '.join(sorted(self.components))}"
                raise RubricError(f"reward component {name!r} is unknown; {hint}")
            if not isinstance(weight, int | float) or not math.isfinite(weight):
                raise RubricError(f"reward component {name!r} has weight {weight!r}; it must be a finite number")
        if not any(self.weights.values()):
            raise RubricError(f"reward weights are {dict(self.weights)}; at least one must not be 0")

    def score(
        self, problem: Problem, text: str, finish_reason: FinishReason = "stop", *, opened: bool = True, seed: int = 0
    ) -> Score:
        """Judge one completion. Never raises for what a component does: see `Score.error`.

        `text` is the completion without its stop token, `seed` what it was sampled with; `opened` says whether the
        prompt opened a thinking block.
        A failed component is missing from `Score.components`; the reward is None if it carried weight.
        """
        attempt = Attempt(problem, text, finish_reason, parse(text, opened), seed)
        values: dict[str, float] = {}
        errors: dict[str, str] = {}
        for name in self.weights:
            try:
                values[name] = _finite(self.components[name](attempt))
            except Exception as error:  # whatever failed, a missing verdict must not look like a wrong answer
                errors[name] = f"{name}: {type(error).__name__}: {error}"
        reward = None
        if not any(self.weights[name] for name in errors):
            reward = sum(self.weights[name] * value for name, value in values.items())
        return Score(reward, values, attempt.response.answer, "; ".join(errors.values()) or None)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"it returned {value}")
    return float(value)
