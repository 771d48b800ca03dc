"""A handful of held-out problems that reinforcement learning asks again and again, and learns nothing of.

The same problems, seeds, template and judge each time, so that what differs between two times is the model: held-out
accuracy while the run goes on, and one question followed as the model learns to think about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

from scratchwork.config import Recipe, RolloutConfig
from scratchwork.evaluate import KS, evaluate, summary
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.observe.metrics import step_metrics
from scratchwork.recipe import world
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.engine import Engine
from scratchwork.rollout.sampling import Sampling
from scratchwork.runs import RunFolder
from scratchwork.types import Group, Problem


@dataclass(frozen=True, slots=True)
class Following:
    """What is asked every `every` steps, and who answers."""

    every: int
    problems: tuple[Problem, ...]
    answer: partial[list[Group]]  # `evaluate` without its problems

    @classmethod
    def of(cls, recipe: Recipe, training: RolloutConfig, engine: Engine, tokenizer: Tokenizer) -> Self:
        """As the recipe says, with the cap and the temperature of training."""
        config = recipe.held_out
        answer = partial(
            evaluate,
            engine,
            tokenizer,
            rubric=Rubric({"accuracy": 1.0, "format": 0.0}),
            samples=config.samples,
            sampling=Sampling(training.max_tokens, training.temperature, stop_ids=(tokenizer.end_id,)),
            seed=recipe.eval.seed,
        )
        return cls(config.every, tuple(world.followed_problems(recipe)), answer)

    def due(self, step: int, last: int) -> bool:
        """Whether to ask after this step."""
        return step % self.every == 0 or step == last

    def ask(self, run: RunFolder, step: int) -> dict[str, float]:
        """Ask, and keep the answers and a line of the journal (stage "held_out"); its metrics."""
        groups = self.answer(problems=self.problems)
        shares = summary(groups)
        metrics = {**step_metrics(groups), **{name: shares[name] for k in KS if (name := f"pass@{k}") in shares}}
        run.write_held_out(step, groups)
        run.append("held_out", step, metrics)
        return metrics

    def told(self, step: int, metrics: Mapping[str, float]) -> str:
        """What came of it, in a sentence."""
        shares = ", ".join(f"{name} {value:.0%}" for name, value in metrics.items() if name.startswith("pass@"))
        length = metrics["completions/mean_length"]
        return f"step {step}: {len(self.problems)} held-out problems: {shares}, in {length:.0f} tokens"
