"""Breaks the recipe `zero` on purpose, one way a name, and keeps the journals of what came of it.

    python tests/observe/journals/record.py RUNS_FOLDER [NAME ...]

Each run is the real program at a small size: 8 problems, 8 answers to each, 12 steps, from the shipped base model; a
minute or two on one core. What a setting can break is broken by a setting; what none can (a sampler with other weights,
a stop token that is not heeded) by putting a broken part in the whole one's place.
"""

from __future__ import annotations

import copy
import json
import random
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from scratchwork.errors import UserError
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.observe.view import open_view
from scratchwork.recipe import stages
from scratchwork.recipe.job import Job
from scratchwork.reward.number import parse_number
from scratchwork.reward.rubric import COMPONENTS, Attempt
from scratchwork.rollout.collect import collect
from scratchwork.rollout.engine import TorchEngine
from scratchwork.tasks.apples import Apples
from scratchwork.tasks.base import ProblemSource
from scratchwork.toml import load_recipe
from scratchwork.train.batch import make_batches
from scratchwork.train.grpo import Learner
from scratchwork.types import Problem, Rollout

HERE = Path(__file__).parent
SMALL = [
    *('stages=["grpo"]', "threads=1", "grpo.steps=12", "grpo.prompts_per_step=6", "grpo.max_tokens=150"),
    *("grpo.cooldown=0.0", "grpo.checkpoint_every=0", "grpo.slots=64", "held_out.every=5", "held_out.problems=8"),
]
QUICK = ["grpo.steps=10", "grpo.prompts_per_step=4", "grpo.max_tokens=100", "held_out.every=0"]
KEPT = re.compile(  # what the rules read
    r"step|stage|failed|accuracy|pass@.*|reward|reward/.*|reward_std|rewards/.*/mean|frac_reward_zero_std|solved_(none|all)"
    r"|verifier/error_rate|completions/(mean_length(/right|/wrong)?|clipped_ratio|unanswered|repetition|foreign_script)"
    r"|claims/false|verification/precision|entropy|kl|grad_norm|clip_ratio/region_mean"
    r"|sampling/(importance_sampling_ratio/max|sampling_logp_difference/mean)"
)
ASKED = re.compile(r"step|stage|accuracy|pass@.*")  # of the held-out lines
ABROAD = {
    "Wait, ": "等等, ",
    "Check:": "验算:",
    "Try ": "试 ",
    "try ": "试 ",
    ": yes": ": 对",
    ": no": ": 不对",
    "so ": "所以 ",
}


@dataclass(frozen=True)
class Break:
    """`settings` on top of SMALL; `problems` writes a file that is then all that is asked; `part`: what is replaced."""

    settings: Sequence[str] = ()
    problems: Callable[[], list[Problem]] | None = None
    part: Callable[[Learner], None] | None = None


def asked(answer: Callable[[Problem], str], count: int = 400, levels: Sequence[int] = (1, 2, 3)) -> list[Problem]:
    """Apple problems with these answers in place of theirs; those with an empty one are left out."""
    rng = random.Random(5)
    drawn = [Apples().draw(rng, levels[i % len(levels)]) for i in range(count)]
    return [replace(p, answer=answer(p)) for p in drawn if answer(p)]


class HalfPrecision(TorchEngine):
    """A sampler that rounds the weights it is sent to 8 bits of mantissa, as one in bfloat16 does."""

    def __init__(self, model: Transformer, slots: int = 256) -> None:
        super().__init__(copy.deepcopy(model), slots)
        self.load_weights(model.state_dict())

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        super().load_weights({name: value.bfloat16().float() for name, value in state.items()})


class Stale(TorchEngine):
    """A sampler that is sent new weights and goes on with its old ones."""

    def __init__(self, model: Transformer, slots: int = 256) -> None:
        super().__init__(copy.deepcopy(model), slots)

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        pass


def with_engine(kind: type[TorchEngine], learner: Learner) -> None:
    learner.engine = kind(learner.policy, learner.config.slots)


def deaf(learner: Learner) -> None:
    """The stop token is one like any other."""
    learner.sampling = replace(learner.sampling, stop_ids=())


@dataclass
class BrokenGolds:
    """A source of problems of which every third has an answer that no verifier can read."""

    whole: ProblemSource

    def take(self, start: int, count: int) -> list[Problem]:
        problems = self.whole.take(start, count)
        return [replace(p, answer="see p. 12", verifier="number") if i % 3 == 0 else p for i, p in enumerate(problems)]


def broken_golds(learner: Learner) -> None:
    learner.source = BrokenGolds(learner.source)  # type: ignore[assignment]


def lax(attempt: Attempt) -> float:
    """Anything within a third of the answer is right."""
    answer, gold = parse_number(attempt.response.answer or ""), parse_number(attempt.problem.answer)
    return float(answer is not None and gold is not None and 3 * abs(answer - gold) <= abs(gold))


def lax_verifier(learner: Learner) -> None:
    learner.rubric = replace(learner.rubric, components={**COMPONENTS, "accuracy": lax})


def abroad(learner: Learner) -> None:
    """A base model that has read pages thought in two languages: its own, with some words translated."""
    tokenizer, rng = learner.tokenizer, random.Random(5)
    problems = learner.source.take(50_000, 96)
    groups = collect(learner.engine, tokenizer, learner.rubric, problems, [(1, 2, 3, 4)] * 96, learner.sampling)
    rollouts = [translated(r, tokenizer) for g in groups for r in g.rollouts if r.finish_reason == "stop"]
    optimizer = torch.optim.AdamW(learner.policy.parameters(), lr=1e-3)
    for _ in range(120):
        own = rng.sample(rollouts, 24)
        for batch in make_batches(own, [1.0] * len(own), tokenizer.pad_id, 4096, 600)[0]:
            logits = learner.policy(batch.ids)[:, :-1]  # (B, T-1, V)
            loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), batch.ids[:, 1:], reduction="none")
            (loss * batch.loss_mask[:, 1:]).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()


def translated(rollout: Rollout, tokenizer: Tokenizer) -> Rollout:
    thinking, _, rest = rollout.text.partition("</think>")
    for word, other in ABROAD.items():
        thinking = thinking.replace(word, other)
    ids = tuple(tokenizer.document_ids("", thinking, rest)[len(tokenizer.prompt_ids("")) :])
    return replace(rollout, completion_ids=ids, loss_mask=(1,) * len(ids), sampled_logprobs=(0.0,) * len(ids))


ONE_TASK = 'tasks=[{{family="{}", levels={}}}]'
BREAKS: dict[str, Break] = {
    "healthy-1": Break(["seed=1", "grpo.prompts_per_step=8"]),
    "healthy-2": Break(["seed=2", "grpo.prompts_per_step=12", "grpo.max_tokens=250"]),
    "healthy-3": Break(["seed=3", 'grpo.objective="grpo"', "grpo.kl=0.001"]),
    "healthy-4": Break(["seed=4", 'grpo.objective="dapo"', "reward={accuracy=1.0, format=0.2}"]),
    "healthy-5": Break(["seed=5", "grpo.minibatches_per_step=2", "grpo.lr=0.0003"]),
    "healthy-rounded": Break(["grpo.prompts_per_step=8"], part=partial(with_engine, HalfPrecision)),
    "rate-too-high": Break(
        ["grpo.lr=0.1", "grpo.steps=20", "grpo.prompts_per_step=12", "grpo.max_tokens=200", "held_out.problems=12"]
    ),
    "rate-rather-high": Break(["grpo.lr=0.006"]),
    "reward-random": Break(["grpo.steps=32", "reward={random=1.0, accuracy=0.0}"]),
    "reward-format": Break(["grpo.steps=14", "grpo.prompts_per_step=8", "reward={format=1.0, accuracy=0.0}"]),
    "reward-inverted": Break(["grpo.prompts_per_step=8", "grpo.lr=0.001", "reward={accuracy=-1.0}"]),
    "reward-bad-form": Break(["grpo.lr=0.001", "reward={format=-1.0, accuracy=0.0}"]),
    "verifier-lax": Break(["grpo.lr=0.002", ONE_TASK.format("arithmetic", [3, 4])], part=lax_verifier),
    "tight-cap": Break([*QUICK, "grpo.max_tokens=12"]),
    "outgrows-cap": Break(
        [ONE_TASK.format("countdown", [4]), 'grpo.objective="grpo"', "grpo.lr=0.002", "grpo.max_tokens=250"]
    ),
    "greedy": Break([*QUICK, "grpo.temperature=0.01"]),
    "hot": Break([*QUICK, "grpo.temperature=5.0"]),
    "reference-left-behind": Break(["grpo.kl=0.0001", "grpo.lr=0.004"]),
    "too-many-updates": Break([*QUICK, "grpo.minibatches_per_step=16", 'grpo.objective="rloo"', "grpo.lr=0.003"]),
    "sampler-stale": Break(QUICK, part=partial(with_engine, Stale)),
    "golds-broken": Break(part=broken_golds),
    "golds-wrong": Break(problems=lambda: asked(lambda p: str(int(p.answer) + 1))),
    "never-stops": Break(QUICK, part=deaf),
    "languages-mixed": Break([*QUICK, ONE_TASK.format("apples", [3, 4])], part=abroad),
}


def record(name: str, root: Path) -> None:
    """Run it, and keep its journal beside this file."""
    own, sets = BREAKS[name], list(BREAKS[name].settings)
    if own.problems:
        path = root / f"{name}.jsonl"
        rows: list[dict[str, Any]] = [
            {"question": p.prompt, "answer": p.answer, "level": p.level} for p in own.problems()
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        levels = sorted({int(row["level"]) for row in rows})
        sets.append(f'tasks=[{{family="jsonl", levels={levels}, path="{path}"}}]')
    with ExitStack() as stack:
        if own.part:
            stack.enter_context(patch.object(stages, "Learner", partial(replaced, own.part)))
        job = stack.enter_context(Job.begin(load_recipe("zero", [*SMALL, *sets]), root, name))
        view = stack.enter_context(open_view({"grpo": job.recipe.grpo.steps}))
        try:
            stages.run_stages(job, view)
        except UserError as error:  # a run that diverges says so in its journal
            print(f"{name}: {error}")
    keep(job.run.journal(), HERE / f"{name}.jsonl")


def replaced(part: Callable[[Learner], None], *given: Any) -> Learner:
    learner = Learner(*given)
    part(learner)
    return learner


def keep(lines: Sequence[Mapping[str, Any]], path: Path) -> None:
    """The lines as far as rules read them, numbers to four digits."""
    kept = [
        {n: short(v) for n, v in line.items() if (ASKED if line["stage"] == "held_out" else KEPT).fullmatch(n)}
        for line in lines
        if line["stage"] in ("grpo", "held_out")
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in kept))


def short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    runs = Path(sys.argv[1])
    runs.mkdir(parents=True, exist_ok=True)
    for chosen in sys.argv[2:] or BREAKS:
        record(chosen, runs)
