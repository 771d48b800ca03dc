"""Interventions on a run's thinking: what the answers come to without it, with less of it, with other words in it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scratchwork.cli.looking import plain
from scratchwork.cli.options import RUNS, Root, RunName, Seed, Threads, find_run
from scratchwork.cli.spending import recipe_of
from scratchwork.errors import UserError, suggestion
from scratchwork.runs import RunFolder

if TYPE_CHECKING:
    from scratchwork.config import Recipe
    from scratchwork.probe.arms import Arm
    from scratchwork.probe.subject import Subject
    from scratchwork.types import Problem

Which = Annotated[str, typer.Option(metavar="STEP|final|base", help="Which model of the run.")]
Families = Annotated[str | None, typer.Option(metavar="A,B", help="Of the evaluation's; all when not given.")]


def probe(
    run: RunName,
    checkpoint: Which = "final",
    count: Annotated[int, typer.Option(min=2, max=10_000, help="Held-out problems of each family and level.")] = 8,
    samples: Annotated[int, typer.Option(min=1, max=64, help="Answers to each, in every arm.")] = 4,
    families: Families = None,
    seed: Seed = None,
    threads: Threads = None,
    runs_root: Root = RUNS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be asked.")] = False,
) -> None:
    """Intervene on a run's thinking: cut it, replace it, forbid words in it, prolong it, outvote it."""
    found = find_run(run, runs_root)
    recipe = narrowed(recipe_of(found.path), count, families, seed)
    from scratchwork.probe.arms import ARMS
    from scratchwork.recipe.job import use_threads
    from scratchwork.recipe.world import eval_problems

    problems = eval_problems(recipe)
    if dry_run:
        print(f"{len(problems)} held-out problems, {samples} answers to each, in {len(ARMS)} arms:")
        for arm in ARMS:
            print(f"  {arm.name}: {arm.what}")
        return
    use_threads(recipe.threads if threads is None else threads)
    with RunFolder.open(found.path) as own:
        models = (own.read_json("probe.json") or {"models": {}})["models"]  # damaged, it is told of before the work
        name, result = probed(own, recipe, checkpoint, problems, samples)
        own.write_json("probe.json", {"models": {**models, name: result}})
        show(name, result)
        draw(own)
    print(f"kept in {found.path / 'probe.json'}; `scratchwork report {found.path.name}` puts it in the report")


def narrowed(recipe: Recipe, count: int, families: str | None, seed: int | None) -> Recipe:
    """The recipe with an evaluation of so many problems of these families. Raises UserError for one it has not."""
    names = list(recipe.eval.families) if families is None else [name.strip() for name in families.split(",")]
    for name in names:
        if name not in recipe.eval.families:
            raise UserError(f"--families has {name!r}; {suggestion(name, recipe.eval.families)}")
    chosen = {name: recipe.eval.families[name] for name in names}
    update: dict[str, Any] = {"problems": count, "families": chosen}
    update |= {} if seed is None else {"seed": seed}
    return recipe.model_copy(update={"eval": recipe.eval.model_copy(update=update)})


def probed(
    run: RunFolder, recipe: Recipe, which: str, problems: list[Problem], samples: int
) -> tuple[str, dict[str, Any]]:
    """What the model is called, and its part of probe.json."""
    from scratchwork.probe.study import study

    began = time.monotonic()
    name, folder, subject = subject_of(run, recipe, which)
    print(f"{name} ({folder}): {len(problems)} problems, {samples} answers to each", flush=True)

    def tell(arm: Arm, rows: Mapping[str, Any]) -> None:
        row = rows.get("all", {"accuracy": float("nan"), "tokens": float("nan")})
        print(f"{arm.name}: {row['accuracy']:.2f} in {row['tokens']:.0f} tokens ({arm.what})", flush=True)

    arms = study(subject, subject.cases(problems, samples, recipe.eval.seed), tell)
    settings: dict[str, Any] = {"seed": recipe.eval.seed, "samples": samples, "problems": recipe.eval.problems}
    settings |= {"max_tokens": subject.max_tokens, "temperature": subject.temperature}
    return name, {"checkpoint": folder, **settings, "seconds": time.monotonic() - began, "arms": arms}


def subject_of(run: RunFolder, recipe: Recipe, which: str) -> tuple[str, str, Subject]:
    """What the model is called, its folder's name, and it ready to be asked. Raises UserError for one that is not to
    be had, or was last trained to answer at once.
    """
    from scratchwork.probe.subject import Subject
    from scratchwork.recipe.models import checkpoint_of, thinks
    from scratchwork.recipe.world import check_room
    from scratchwork.rollout.engine import TorchEngine

    name, folder, own = checkpoint_of(run.path, recipe, which)
    if not thinks(str(folder), own):
        raise UserError(
            f"{name} of run {run.path.name} was last trained to answer at once, so there is no thinking to intervene "
            "in; probe a run of the stage grpo, or --checkpoint base"
        )
    positions = own.model.config.max_position_embeddings
    check_room(recipe.model_copy(update={"stages": ("eval",)}), own.tokenizer, positions)
    engine = TorchEngine(own.model, min(recipe.eval.slots, 256))
    return name, folder.name, Subject(engine, own.tokenizer, positions, recipe.eval.max_tokens, recipe.eval.temperature)


def show(name: str, result: Mapping[str, Any]) -> None:
    """A row for each arm: all families together with what changed, and then each family's share right."""
    from rich.console import Console
    from rich.table import Table

    arms = {arm: own["families"] for arm, own in result["arms"].items() if own["families"]}
    families = [family for family in arms.get("untouched", {}) if family != "all"]
    table = Table("arm", "right", "95 %", "tokens", "change", "95 %", "mended", "spoiled", box=None, title=name)
    each = Table("arm", box=None, title="right, by family")
    for header in plain(*families):
        each.add_column(header)
    for arm, rows in arms.items():
        row = rows["all"]
        change = (f"{row['difference']:+.2f}", interval(row["difference_ci"], "+.2f"))
        moved = (f"{row['mended']:.2f}", f"{row['spoiled']:.2f}")
        whole = (f"{row['accuracy']:.2f}", interval(row["accuracy_ci"]), f"{row['tokens']:.0f}")
        table.add_row(*plain(arm, *whole, *(("",) * 4 if arm == "untouched" else change + moved)))
        own = [rows.get(family) for family in families]
        each.add_row(
            *plain(arm, *(f"{one['accuracy']:.2f} ({interval(one['accuracy_ci'])})" if one else "-" for one in own))
        )
    console = Console()
    console.print(table)
    if len(families) > 1:
        console.print(each)
    errors = sum(rows["all"]["verifier_errors"] for rows in arms.values())
    if errors:
        print(f"{errors} answers could not be judged, and are in no share")


def interval(bounds: Sequence[float], form: str = ".2f") -> str:
    """
    >>> interval([0.25, 0.5]), interval([-0.1, 0.2], "+.2f")
    ('0.25 to 0.50', '-0.10 to +0.20')
    """
    return f"{bounds[0]:{form}} to {bounds[1]:{form}}"


def draw(run: RunFolder) -> None:
    """The figure, beside the run's others."""
    from scratchwork.observe.causes import cause_pictures
    from scratchwork.observe.drawing import colours
    from scratchwork.observe.figures import write_figures

    result = run.read_json("probe.json")
    named = {family for own in result["models"].values() for arm in own["arms"].values() for family in arm["families"]}
    write_figures(run, list(cause_pictures(result, colours(named - {"all"}))))
