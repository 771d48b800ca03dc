"""A run that never ran: real problems and the writers' own pages stand for a model before and after training."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import pytest

from scratchwork.evaluate import held_out_problems, table
from scratchwork.files import atomic_write
from scratchwork.observe.evals import add_reflection
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout_table import to_parquet
from scratchwork.runs import RunFolder
from scratchwork.tasks.apples import classic_apple_problem
from scratchwork.tasks.corpus import TASKS, WRITERS
from scratchwork.tasks.writers.habits import HABITS, Dials, write
from scratchwork.types import Group, Problem, Rollout

RECIPE = """\
name = "zero"
seed = 3
stages = ["eval", "grpo", "eval", "report"]
base = "scratch-base"

[[tasks]]
family = "countdown"
levels = [1, 2]
weight = 2

[[tasks]]
family = "apples"
levels = [2, 3]

[reward]
accuracy = 1.0

[grpo]
steps = 40
prompts_per_step = 32
group_size = 8
objective = "dr_grpo"
max_tokens = 400

[eval]
problems = 3
samples = 4
"""
HABIT_SHARES = {"terse": 0.45, "sloppy": 0.2, "steps": 0.1, "checker": 0.08, "explorer": 0.1, "reframer": 0.07}
FAMILIES = {"apples": (1, 2, 3), "countdown": (1, 2)}
RUBRIC = Rubric({"accuracy": 1.0})
BASE = Dials({}, dict.fromkeys(HABITS, 0.25), go_on=0.4, max_attempts=2)
FINAL = Dials({}, dict.fromkeys(HABITS, 0.01), go_on=0.98, max_attempts=5)
BASE_HABITS = ("terse", "terse", "sloppy", "steps", "checker", "explorer")
FINAL_HABITS = ("checker", "explorer", "checker", "explorer", "steps")


def page(problem: Problem, habit: str, rng: random.Random, dials: Dials) -> str:
    """A completion to `problem` as a writer would have it."""
    document = write(problem, WRITERS[problem.family](problem, dials), habit, rng, dials)
    return f"{document.thinking}</think>{document.answer}"


def group(problem: Problem, label: str, samples: int) -> Group:
    """The judged answers of the model before or after training."""
    dials, habits = (BASE, BASE_HABITS) if label == "base" else (FINAL, FINAL_HABITS)
    rollouts = []
    for sample in range(samples):
        rng = random.Random(f"{label}/{problem.id}/{sample}")
        text = page(problem, rng.choice(habits), rng, dials)
        tokens = (0,) * (len(text) // 2)
        mask, logprobs, score = (1,) * len(tokens), (0.0,) * len(tokens), RUBRIC.score(problem, text)
        rollouts.append(Rollout(problem.id, (0,), tokens, mask, logprobs, "stop", 0, text, score))
    return Group(problem, tuple(rollouts))


def write_eval(run: RunFolder, label: str, problems: int = 3, samples: int = 4) -> None:
    """evals/LABEL.json and .parquet."""
    asked = held_out_problems({family: TASKS[family]() for family in FAMILIES}, FAMILIES, problems, seed=1234)
    groups = [group(problem, label, samples) for problem in asked]
    classic = group(classic_apple_problem(), label, samples)
    run.write_eval(
        label,
        {
            "label": label,
            "seed": 1234,
            "samples": samples,
            "temperature": 1.0,
            "max_tokens": 400,
            "think": True,
            "families": add_reflection(table(groups), groups),
            "greedy": table(groups),
            "classic_apple": {"share_right": table([classic])["all"]["all"]["pass@1"], "samples": samples},
        },
    )
    atomic_write(run.path / "evals" / f"{label}.parquet", to_parquet(0, [*groups, classic]))


def step_line(step: int, steps: int) -> dict[str, float]:
    """The journal's line of an RL step, on a path that rises, lengthens and jitters."""
    rng = random.Random(step)
    done = 1 - math.exp(-4 * (step - 1) / steps)
    dip = 8 * math.exp(-(((step - 0.08 * steps) / (0.06 * steps)) ** 2))

    def near(value: float, by: float) -> float:
        return max(0.0, value + rng.gauss(0, by))

    accuracy = {"apples": near(0.45 + 0.45 * done, 0.02), "countdown": near(0.28 + 0.62 * done, 0.02)}
    length = {"apples": near(24 + 30 * done - dip, 1.5), "countdown": near(36 + 62 * done - dip, 3)}
    backtracks = {"apples": near(0.05 + 0.3 * done, 0.03), "countdown": near(0.5 + 2.6 * done, 0.15)}
    overall = fmean(length.values())
    return {
        "reward": fmean(accuracy.values()),
        "accuracy": fmean(accuracy.values()),
        **{f"accuracy/{family}": value for family, value in accuracy.items()},
        "completions/mean_length": overall,
        "completions/mean_length/right": 0.9 * overall,
        "completions/mean_length/wrong": 1.2 * overall,
        "completions/clipped_ratio": 0.01,
        **{f"length/{family}": value for family, value in length.items()},
        "reflection/backtracks": fmean(backtracks.values()),
        **{f"reflection/backtracks/{family}": value for family, value in backtracks.items()},
        "reflection/checks": near(0.8 + 1.7 * done, 0.1),
        "reflection/rate": min(1.0, 0.3 + 0.5 * done),
        "num_tokens": 256.0 * 60 * step,
        "tokens_per_second": 9000.0,
        "step_time": near(2.5, 0.2),
        "loss": 0.0,
    }


def make_run(
    root: Path, name: str = "zero-1", steps: int = 40, evals: Sequence[str] = ("base", "final"), **eval_size: int
) -> RunFolder:
    """A run folder with `steps` RL steps and these evaluations."""
    run = RunFolder.create(root, "zero", RECIPE, name)
    run.write_manifest({"run": 3}, {}, {})
    run.write_json("progress.json", {"stages": 3, "seconds": 551.0, "peak_memory_mb": 1480.0})
    run.write_json("base.json", {"tokens": 30_000_000, "recipe": {"name": "base", "corpus": {"habits": HABIT_SHARES}}})
    for step in range(1, steps + 1):
        run.append("grpo", step, step_line(step, steps))
    for label in evals:
        write_eval(run, label, **eval_size)
    run.close()
    return run


@pytest.fixture(name="make_run")
def _make_run(tmp_path: Path) -> Callable[..., RunFolder]:
    return lambda **settings: make_run(tmp_path / "runs", **settings)


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A whole run; to be read only."""
    return make_run(tmp_path_factory.mktemp("runs"))
