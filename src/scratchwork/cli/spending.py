"""What thinking costs and brings: the frontier of a run's models, and the router's threshold set by it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, Root, RunName, Seed, Threads, find_model, find_run
from scratchwork.errors import UserError
from scratchwork.runs import is_run

if TYPE_CHECKING:
    from scratchwork.config import Recipe
    from scratchwork.frontier.study import Trial
    from scratchwork.frontier.trials import Speaking
    from scratchwork.serve.shelf import Found
    from scratchwork.types import Problem

LEAST = 20  # problems for a threshold

QuickModel = Annotated[
    str | None,
    typer.Option("--quick", metavar="MODEL|RUN", help="Who gives quick answers; the run's own SFT model, or itself."),
]


def calibrate(
    run: RunName,
    quick: QuickModel = None,
    problems: Annotated[Path | None, typer.Option(help="Your own, as JSONL; the run's kind when not given.")] = None,
    count: Annotated[int, typer.Option(min=LEAST, help="Most problems to ask.")] = 240,
    most_lost: Annotated[float, typer.Option(min=0, max=1, help="Of the share right, for what it saves.")] = 0.02,
    seed: Seed = None,
    threads: Threads = None,
    runs_root: Root = RUNS,
) -> None:
    """Set when `auto` thinks: by the verifiers' word on problems that are not held out."""
    from scratchwork.frontier.study import calibrate as choose
    from scratchwork.recipe.job import use_threads
    from scratchwork.router.policy import save
    from scratchwork.serve.chooser import ROUTER, label

    use_threads(threads or 0)
    folder = find_run(run, runs_root).path
    fast, deep = pair(folder, quick, runs_root)
    trial = asked(fast, deep, own_problems(recipe_of(folder), problems, count), seed or 0)
    policy = replace(choose(trial, most_lost), quick=label(fast.run, fast.name))
    save(policy, folder / ROUTER)
    long = f"{policy.budget} tokens" if policy.budget else "as long as it takes"
    print(f"{policy.signal} below {policy.threshold:.3f} thinks, for {long}: {policy.evidence}")
    print(f"kept in {folder / ROUTER}; see it held out with `scratchwork eval {folder.name} --frontier`")


def frontier(model: str, quick: str | None, recipe: Recipe, runs_root: Path) -> None:
    """Draw the frontier on held-out problems into the run's folder, and say what it comes to."""
    from scratchwork.files import atomic_write
    from scratchwork.frontier.figure import frontier_picture
    from scratchwork.frontier.study import draw_up, sentence
    from scratchwork.recipe.world import eval_problems
    from scratchwork.router.policy import load
    from scratchwork.serve.chooser import FRONTIER, ROUTER

    folder = Path(find_model(model, runs_root))
    if not is_run(folder):
        raise UserError(f"--frontier looks at a run, whose router it judges; {folder} is none")
    if not (folder / ROUTER).is_file():
        raise UserError(f"run {folder} has no {ROUTER}; set its threshold with `scratchwork calibrate {folder.name}`")
    policy = load(folder / ROUTER)
    fast, deep = pair(folder, quick, runs_root)
    trial = asked(fast, deep, eval_problems(with_all_levels(recipe)), recipe.eval.seed)
    result = draw_up(trial, policy)
    atomic_write(folder / FRONTIER, (json.dumps(result, indent=2) + "\n").encode())
    atomic_write(folder / "figures" / "frontier.png", frontier_picture(result).png)
    print(f"{sentence(result)}\nkept in {folder / 'frontier.json'} and {folder / 'figures' / 'frontier.png'}")


def pair(folder: Path, quick: str | None, runs_root: Path) -> tuple[Found, Found]:
    """Who answers quickly and who thinks: of the run, but for what is given."""
    from scratchwork.serve.shelf import find_models

    own = find_models([str(folder)])
    thinking = next((model for model in own if model.role == "thinking"), None)
    if thinking is None:
        raise UserError(f"run {folder} has no thinking model; choose one that was trained by reinforcement learning")
    fast = next((model for model in own if model.role == "sft"), thinking)
    if quick is not None:
        fast = find_models([find_model(quick, runs_root)])[0]
    print(f"thinking: {thinking.folder}; quick: {fast.folder}")
    return fast, thinking


def asked(fast: Found, deep: Found, problems: list[Problem], seed: int) -> Trial:
    """Both models' answers to the problems."""
    from scratchwork.frontier.study import ask

    return ask(speaking(fast), speaking(deep), problems, seed, print)


def speaking(found: Found) -> Speaking:
    from scratchwork.frontier.trials import Speaking
    from scratchwork.serve.loading import load, weights

    served = load(found, 1, 4096, 1)
    return Speaking(weights(found.folder), served.codec, served.defaults.max_tokens, served.defaults.temperature["on"])


def recipe_of(folder: Path) -> Recipe:
    from scratchwork.toml import load_recipe

    return load_recipe(str(folder / "recipe.toml"))


def with_all_levels(recipe: Recipe) -> Recipe:
    """The recipe, measuring its families at every level that it trains on: what is easy belongs to the picture."""
    families = dict(recipe.eval.families)
    for share in recipe.tasks:
        if share.family in families:
            families[share.family] = tuple(sorted({*families[share.family], *share.levels}))
    return recipe.model_copy(update={"eval": recipe.eval.model_copy(update={"families": families})})


def own_problems(recipe: Recipe, path: Path | None, count: int) -> list[Problem]:
    """A file's, each at most once; else the recipe's, of the training side: as many of each family and level, so that
    no one of them decides.

    Raises UserError for a file with fewer than LEAST that can be judged.
    """
    from scratchwork.recipe.world import problem_source
    from scratchwork.tasks.jsonl import Jsonl

    if path is not None:
        found = Jsonl(path)
        print(found)
        own = [problem for level in found.problems.values() for problem in level]
        if len(own) < LEAST:
            raise UserError(f"{path} has {len(own)} problems to judge by; a threshold needs {LEAST}, so add some")
        return random.Random(0).sample(own, min(count, len(own)))
    shares = [share.model_copy(update={"weight": 1}) for share in recipe.tasks]
    return problem_source(recipe.model_copy(update={"tasks": tuple(shares)})).take(0, count)
