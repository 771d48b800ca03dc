"""An evaluation of a model as a run folder keeps it: the table of the held-out problems, sampled and greedy, what the
thinking does, and the classic apple problem; see `observe.evals` for the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from scratchwork.config import Recipe
from scratchwork.evaluate import evaluate, table
from scratchwork.files import atomic_write
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.observe.evals import add_reflection, families
from scratchwork.observe.view import View
from scratchwork.recipe import world
from scratchwork.recipe.models import base_of, load_named, thinks
from scratchwork.recipe.provenance import changes, data_hashes
from scratchwork.reward.rubric import Rubric
from scratchwork.rollout.engine import TorchEngine
from scratchwork.rollout.sampling import Sampling
from scratchwork.rollout_table import to_parquet
from scratchwork.runs import RunFolder
from scratchwork.tasks.apples import classic_apple_problem
from scratchwork.toml import load_recipe
from scratchwork.types import Group

APPLE_SAMPLES = 10


def measure(
    model: Transformer, tokenizer: Tokenizer, recipe: Recipe, *, think: bool = True, view: View | None = None
) -> tuple[dict[str, Any], list[Group]]:
    """The numbers for evals/NAME.json, and the sampled answers, those to the classic apple problem last.

    `view` is told how many answers have ended.
    """
    config = recipe.eval
    asking = recipe.model_copy(update={"stages": ("eval",)})
    world.check_room(asking, tokenizer, model.config.max_position_embeddings)
    problems = world.eval_problems(recipe)
    judge, stops = Rubric({"accuracy": 1.0, "format": 0.0}), (tokenizer.end_id,)
    sampling = Sampling(config.max_tokens, config.temperature, stop_ids=stops)
    total = len(problems) * (config.samples + 1) + APPLE_SAMPLES
    engine = TorchEngine(model, config.slots, counted(total, view) if view else None)
    ask = partial(evaluate, engine, tokenizer, rubric=judge, seed=config.seed, think=think)
    groups = ask(problems, samples=config.samples, sampling=sampling)
    greedy = ask(problems, samples=1, sampling=Sampling(config.max_tokens, 0.0, stop_ids=stops))
    classic = ask([classic_apple_problem()], samples=APPLE_SAMPLES, sampling=sampling)
    right = [rollout.score.correct is True for rollout in classic[0].rollouts]
    result = {
        **config.model_dump(mode="json", exclude={"families"}),
        "think": think,
        "families": add_reflection(table(groups), groups, opened=think),
        "greedy": table(greedy),
        "classic_apple": {"share_right": sum(right) / len(right), "samples": len(right)},
    }
    return result, [*groups, *classic]


def counted(total: int, view: View) -> Callable[[int], None]:
    """Tells the view the sum of what it hears."""
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        view.answered(done, total)

    return more


def keep_evaluation(run: RunFolder, label: str, result: Mapping[str, Any], groups: Sequence[Group]) -> None:
    """evals/LABEL.json and, of the answers, evals/LABEL.parquet."""
    atomic_write(run.path / "evals" / f"{label}.parquet", to_parquet(0, groups))
    run.write_eval(label, {"label": label, **result})


def describe(label: str, result: Mapping[str, Any]) -> str:
    """An evaluation in one line."""
    rows = {family: result["families"][family]["all"] for family in families(result["families"])}
    parts = [f"{family} {row.get('pass@1', 0):.0%} in {row['length']:.0f} tokens" for family, row in rows.items()]
    apple = result["classic_apple"]
    right = round(apple["share_right"] * apple["samples"])
    return f"{label}: {', '.join(parts)}; the classic apple problem {right} of {apple['samples']}"


def measure_models(
    run: RunFolder, recipe: Recipe, think: bool | None = None, view: View | None = None
) -> dict[str, tuple[dict[str, Any], list[Group]]]:
    """`measure` of the run's base model and, where it went on from there, of what it has come to: "base", "final".

    `think` None: both as the recipe's last training stage has it.
    """
    models = {"base": base_of(run.path, recipe)}
    if set(world.ASKING) & set(recipe.stages):
        models["final"] = load_named(str(run.path))
    think = world.thinks(recipe) if think is None else think
    results = {}
    for label, own in models.items():
        if view:
            view.note(f"evaluating the {label} model on held-out problems ...")
        results[label] = measure(own.model, own.tokenizer, recipe, think=think, view=view)
    return results


def other_data(run: RunFolder) -> str | None:
    """A sentence on the data of the run's own evaluations that `measure_models` does not find as it was, if any."""
    recipe = load_recipe(str(run.path / "recipe.toml"))
    asking = recipe.model_copy(update={"stages": tuple(s for s in recipe.stages if s in ("tokenizer", "eval"))})
    return changes(run, data_hashes(asking, base="pretrain" not in recipe.stages))


def measure_named(name: str, recipe: Recipe, think: bool | None = None, view: View | None = None) -> dict[str, Any]:
    """The numbers of one model. `think` None: as it was last trained to, where anything tells."""
    own = load_named(name)
    think = thinks(name, own) if think is None else think
    return measure(own.model, own.tokenizer, recipe, think=think, view=view)[0]
