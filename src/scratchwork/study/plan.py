"""What a study will take: what its runs that are finished took, and for the others a reckoning from their settings.

The reckoning is rough: weights times tokens are what a CPU works off, and answers are taken to be of a usual length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from scratchwork.config import ModelConfig
from scratchwork.runs import RunFolder
from scratchwork.study.run import State, Study, Trial

if TYPE_CHECKING:
    from scratchwork.config import Recipe

TRAINED = 1.5e9  # weights times tokens a second, one thread, two others busy; learnt, or sampled and then learnt
SAMPLED = 4e9  # the same of answers that nothing is learnt from
USUAL, OF_CAP = 120.0, 0.3  # tokens of an answer, and at most this share of its cap
AROUND = 15.0  # seconds: starting, writing the report
SHIPPED = 1_270_000  # weights of the shipped base model


@dataclass(frozen=True, slots=True)
class Planned:
    """A run, how far it is, and what it takes, or took, from its beginning on one thread."""

    trial: Trial
    state: State
    seconds: float


def plan(study: Study) -> list[Planned]:
    """Every run of the study. Raises UserError for one that cannot be run, or is another recipe's."""
    states = [(trial, trial.state()) for trial in study.trials()]
    took: dict[str, list[float]] = {}
    for trial, state in states:
        progress = RunFolder(trial.path).read_json("progress.json") if state == "finished" else None
        if progress:
            took.setdefault(trial.arm.name, []).append(progress.get("seconds", 0.0))
    return [Planned(t, s, fmean(took[t.arm.name]) if t.arm.name in took else reckoned(t.recipe())) for t, s in states]


def told(planned: list[Planned], jobs: int) -> Iterator[str]:
    """A line a run, and the whole."""
    for one in planned:
        version = one.trial.version
        words = "".join(f" --set {setting}" for setting in version.settings)
        yield f"{one.trial.path.name}: {one.state}, {one.seconds:.0f} s: scratchwork run {version.recipe}{words}"
    left = [one.seconds for one in planned if one.state != "finished"]
    minutes = sum(left) / min(jobs, max(1, len(left))) / 60
    todo = f"{len(left)} of {len(planned)} runs to go"
    yield f"{todo}: {sum(left):.0f} s of one thread, {minutes:.0f} minutes {jobs} at a time"


def reckoned(recipe: Recipe) -> float:
    """Seconds of a run by its settings."""
    size = weights(recipe.model) if "pretrain" in recipe.stages else SHIPPED
    read = {"pretrain": recipe.pretrain, "midtrain": recipe.midtrain, "sft": recipe.sft}
    asked = {"grpo": recipe.grpo, "rejection": recipe.rejection}
    tokens = sum(own.steps * own.batch_tokens for stage, own in read.items() if stage in recipe.stages)
    for stage, config in asked.items():
        if stage in recipe.stages:
            tokens += int(config.steps * config.rollouts_per_step * length(config.max_tokens))
    problems = recipe.eval.problems * sum(map(len, recipe.eval.families.values()))
    answers = problems * (recipe.eval.samples + 1) * recipe.stages.count("eval")
    return AROUND + size * (tokens / TRAINED + answers * length(recipe.eval.max_tokens) / SAMPLED)


def length(cap: int) -> float:
    """Of an answer, on the average.

    >>> length(600), length(100)
    (120.0, 30.0)
    """
    return min(USUAL, OF_CAP * cap)


def weights(model: ModelConfig) -> int:
    """Of such a decoder, norms and biases left out."""
    heads = model.num_attention_heads + model.num_key_value_heads
    layer = 2 * model.hidden_size * model.head_dim * heads + 3 * model.hidden_size * model.intermediate_size
    embeddings = model.vocab_size * model.hidden_size * (1 if model.tie_word_embeddings else 2)
    return model.num_hidden_layers * layer + embeddings
