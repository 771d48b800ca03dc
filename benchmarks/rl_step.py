"""One RL step of ours against one of TRL's GRPOTrainer: same weights, problems, answers, cap, reward, update, threads.

    python -m benchmarks.rl_step --out rl_step.json

The step is that of recipe `zero`, with settings that both sides have: Dr. GRPO, no KL, one update by AdamW. A callback
of TRL's takes one of our steps after each of its own, so both meet the machine in the same state. The learning rate is
next to nothing: the optimizer does all its work, but the same weights answer every step, so steps are repetitions. Of
the peer, each way of batching below is tried for a step and the fastest competes.

Left out: vLLM and Liger kernels (for GPUs), gradient checkpointing (slower), all rollouts in one micro-batch (slower by
far on a CPU) and reduced precision, on both sides.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import gcd
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from benchmarks.floor import Speed, decode_work, measure_speed, prefill_work, train_work
from benchmarks.generate import page_settings
from benchmarks.harness import both, machine, parse, spread, start, tell
from scratchwork.config import ModelConfig, Recipe
from scratchwork.model.hf import load_model
from scratchwork.recipe import world
from scratchwork.recipe.models import find_model
from scratchwork.recipe.stages import policy_optimizer
from scratchwork.reward.trl import reward_function
from scratchwork.rollout.engine import TorchEngine
from scratchwork.toml import load_recipe
from scratchwork.train.grpo import Learner, take_step
from scratchwork.train.session import Progress
from scratchwork.types import Group, Problem

SAME = (  # overrides of the recipe: what TRL is asked to do as well
    *("grpo.objective=dr_grpo", "grpo.kl=0.0", "grpo.optimizer=adamw", "grpo.lr=1e-12"),
    *("grpo.minibatches_per_step=1", "grpo.dynamic_sampling=0", "grpo.soft_overlong=0", "grpo.mask_truncated=false"),
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=5, help="timed steps of each side, after one to warm up")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe `zero`")
    return parse(parser)


class OurSteps:
    """Our side: one step a call."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        policy, tokenizer = load_model(folder)
        self.learner = Learner(
            policy,
            policy_optimizer(policy, recipe.grpo),
            TorchEngine(policy, recipe.grpo.slots),
            tokenizer,
            world.rubric(recipe),
            world.problem_source(recipe),
            recipe.grpo,
            recipe.seed,
        )
        self.progress = Progress()
        self.seconds: list[float] = []
        self.groups: list[list[Group]] = []

    def __call__(self) -> None:
        began = time.perf_counter()
        _, groups, self.progress = take_step(self.learner, self.progress)
        self.seconds.append(time.perf_counter() - began)
        self.groups.append(groups)


class Turns(TrainerCallback):
    """Times TRL's steps, answering and updating included, and gives `after` its turn after each."""

    def __init__(self, after: Callable[[], None]) -> None:
        self.after = after
        self.seconds: list[float] = []

    def on_step_begin(self, *args: Any, **kwargs: Any) -> None:
        self.began = time.perf_counter()

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        self.seconds.append(time.perf_counter() - self.began)
        self.after()


def peer_ways(recipe: Recipe, longest: int) -> dict[str, dict[str, Any]]:
    """What of GRPOConfig changes the speed alone, by name: how rollouts are batched for the update and for answering.

    `longest` is that of prompt and answer together, in tokens.
    """
    rollouts = recipe.grpo.rollouts_per_step
    ways: dict[str, dict[str, Any]] = {
        f"micro-batches of {size}": {
            "per_device_train_batch_size": size,
            "gradient_accumulation_steps": rollouts // size,
        }
        for size in (gcd(rollouts, 64), gcd(rollouts, 16))
    }
    name, batches = list(ways.items())[-1]
    pages = page_settings(rollouts, longest)
    paged = {"use_transformers_continuous_batching": True, "transformers_continuous_batching_config": pages}
    return ways | {f"{name}, continuous batching": batches | paged}


def peer_trainer(
    folder: Path, recipe: Recipe, problems: Sequence[Problem], turns: Turns, batching: dict[str, Any], scratch: str
) -> GRPOTrainer:
    """TRL's trainer, set to do what our step does, one optimizer step for each `prompts_per_step` problems."""
    config = recipe.grpo
    settings = GRPOConfig(
        output_dir=scratch,
        max_steps=len(problems) // config.prompts_per_step,
        num_generations=config.group_size,
        max_completion_length=config.max_tokens,
        temperature=config.temperature,
        beta=0.0,
        loss_type="dr_grpo",
        scale_rewards="none",
        learning_rate=config.lr,
        lr_scheduler_type="constant",
        weight_decay=config.weight_decay,
        max_grad_norm=config.grad_clip,
        shuffle_dataset=False,
        seed=recipe.seed,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to=[],
        logging_steps=1,
        save_strategy="no",
        disable_tqdm=True,
        **batching,
    )
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        processing_class=AutoTokenizer.from_pretrained(folder),
        reward_funcs=reward_function(world.rubric(recipe)),
        args=settings,
        train_dataset=Dataset.from_list([row_of(problem) for problem in problems]),
        callbacks=[turns],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def row_of(problem: Problem) -> dict[str, Any]:
    """What TRL and the reward need of a problem; the families share the columns, so `data` holds countdown's keys."""
    return {
        "prompt": [{"role": "user", "content": problem.prompt}],
        "answer": problem.answer,
        "verifier": problem.verifier,
        "data": {key: problem.data.get(key) for key in ("numbers", "target")},
    }


def try_ways(
    ways: Mapping[str, dict[str, Any]], train: Callable[[dict[str, Any], Turns], GRPOTrainer]
) -> dict[str, float]:
    """Seconds of the second step of each way."""
    found: dict[str, float] = {}
    for name, batching in ways.items():
        turns = Turns(after=lambda: None)
        train(batching, turns)
        found[name] = turns.seconds[-1]
        print(f"TRL, {name}: {found[name]:.2f} s a step")
    return found


def floor_seconds(config: ModelConfig, groups: Sequence[Group], speed: Speed) -> float:
    """Of one step: each prompt read once, every answer decoded, and an update on the groups that teach anything."""

    def lengths(chosen: Sequence[Group]) -> list[tuple[int, int]]:
        return [(len(rollout.prompt_ids), rollout.length) for group in chosen for rollout in group.rollouts]

    work = (
        prefill_work(config, [len(group.rollouts[0].prompt_ids) for group in groups]),
        decode_work(config, lengths(groups)),
        train_work(config, lengths([group for group in groups if group.has_signal])),
    )
    return sum(part.seconds(speed) for part in work)


def result(ours: OurSteps, turns: Turns, logs: Sequence[dict[str, float]], floors: Sequence[float]) -> dict[str, Any]:
    """What the steps after the first say."""
    seconds, peer, groups = ours.seconds[1:], turns.seconds[1:], ours.groups[1:]
    rollouts = [rollout for step in groups for group in step for rollout in group.rollouts]
    return {
        "seconds": {"ours": spread(seconds), "trl": spread(peer), "floor": spread(floors)},
        "ratio": spread([b / a for a, b in zip(seconds, peer, strict=True)]),
        "over_floor": spread([a / floor for a, floor in zip(seconds, floors, strict=True)]),
        "answer_length": {
            "ours": statistics.mean(rollout.length for rollout in rollouts),
            "trl": statistics.mean(log["completions/mean_length"] for log in logs[1:]),
        },
        "reward": {
            "ours": statistics.mean(r.score.reward for r in rollouts if r.score.reward is not None),
            "trl": statistics.mean(log["reward"] for log in logs[1:]),
        },
    }


def row(found: dict[str, Any], case: str, best: str) -> dict[str, str]:
    seconds, ratio = found["seconds"], found["ratio"]
    return {
        "case": case,
        "ours, s a step": f"{seconds['ours']['median']:.2f}",
        "TRL, s a step": f"{seconds['trl']['median']:.2f} ({best})",
        "ratio": f"{ratio['median']:.1f} ({ratio['min']:.1f} to {ratio['max']:.1f})",
        "answer, tokens": both(found["answer_length"], ".1f"),
        "reward": both(found["reward"], ".2f"),
        "floor, s a step": f"{seconds['floor']['median']:.2f}",
        "our time over the floor's": f"{found['over_floor']['median']:.1f}",
    }


def main() -> None:
    args = arguments()
    recipe, folder = load_recipe("zero", [*args.set, *SAME, f"seed={args.seed}"]), find_model(args.model)
    ours = OurSteps(folder, recipe)
    problems = ours.learner.source.take(0, recipe.grpo.prompts_per_step * (args.steps + 1))
    prompts = [ours.learner.tokenizer.prompt_ids(problem.prompt) for problem in problems]

    with tempfile.TemporaryDirectory() as scratch:

        def train(steps: int, batching: dict[str, Any], turns: Turns) -> GRPOTrainer:
            some = problems[: steps * recipe.grpo.prompts_per_step]
            trainer = peer_trainer(folder, recipe, some, turns, batching, scratch)
            trainer.train()
            return trainer

        ways = peer_ways(recipe, max(map(len, prompts)) + recipe.grpo.max_tokens)
        tried = try_ways(ways, partial(train, 2))
        best = min(tried, key=tried.__getitem__)
        turns = Turns(after=ours)
        trainer = train(args.steps + 1, ways[best], turns)

    config = ours.learner.policy.config
    speed = measure_speed(config)
    floors = [floor_seconds(config, groups, speed) for groups in ours.groups[1:]]
    found = result(ours, turns, [log for log in trainer.state.log_history if "reward" in log], floors)
    grpo = recipe.grpo
    case = f"{grpo.prompts_per_step} problems x {grpo.group_size} answers, cap {grpo.max_tokens}"
    tell(
        {
            "machine": machine(speed, "transformers", "trl"),
            "setting": {"model": args.model, "tried_of_peer": tried, "grpo": grpo.model_dump(), "steps": args.steps},
            **found,
        },
        row(found, case, best),
        args.out,
    )


if __name__ == "__main__":
    start(main)
