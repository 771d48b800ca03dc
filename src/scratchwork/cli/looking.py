"""The verbs that look: measure a model, make a report, list the runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scratchwork.cli.options import (
    RUNS,
    DryRun,
    ModelOrRun,
    Root,
    RunName,
    Seed,
    Sets,
    Think,
    Threads,
    find_model,
    find_run,
    with_options,
)
from scratchwork.cli.spending import QuickModel
from scratchwork.errors import UserError
from scratchwork.runs import RunFolder, is_run, list_runs

if TYPE_CHECKING:
    from rich.text import Text

    from scratchwork.config import Recipe

AHAS = {
    "slip": "A slip put right (the sum was wrong, the response noticed)",
    "search": "An idea dropped for a better one (the sums were right)",
    "false": "False: what was right was dropped, and the answer is wrong",
}
SettingsFrom = Annotated[str, typer.Option("--recipe", help="Whose [eval] settings to use for a model's folder.")]


def evaluate(
    model: ModelOrRun,
    recipe: SettingsFrom = "zero",
    set_: Sets = None,
    think: Think = None,
    seed: Seed = None,
    threads: Threads = None,
    runs_root: Root = RUNS,
    dry_run: DryRun = False,
    frontier: Annotated[
        bool, typer.Option("--frontier", help="Accuracy against tokens, and what `auto` makes.")
    ] = False,
    quick: QuickModel = None,
) -> None:
    """Measure a model on held-out problems, sampled and greedy; of a run, the base model beside the final one."""
    from scratchwork.toml import load_recipe, parse_recipe, to_toml

    found = Path(find_model(model, runs_root))
    source = str(found / "recipe.toml") if is_run(found) else recipe
    settings = load_recipe(source, with_options(set_, threads=threads, **{"eval.seed": seed}))
    if dry_run:
        print(to_toml(parse_recipe(settings.model_dump(mode="json") | {"stages": ["eval"]})), end="")
        return
    from scratchwork.recipe.job import use_threads

    use_threads(settings.threads)
    if frontier:
        from scratchwork.cli import spending

        spending.frontier(model, quick, settings, runs_root)
    elif is_run(found):
        with RunFolder.open(found) as run:
            show_tables(measure_run(run, settings, think))
        print(f"kept in {found / 'evals'}; `scratchwork report {found.name}` puts it in the report")
    else:
        from scratchwork.observe.view import open_view
        from scratchwork.recipe.measure import measure_named

        with open_view({}) as view:
            result = measure_named(str(found), settings, think, view)
        show_tables({found.name: result})


def measure_run(run: RunFolder, recipe: Recipe, think: bool | None) -> dict[str, Any]:
    """The evaluations of a run's base and final model by these names, kept in the run."""
    from scratchwork.observe.view import open_view
    from scratchwork.recipe.measure import keep_evaluation, measure_models, other_data

    if why := other_data(run):
        print(f"scratchwork: {why}; until then these numbers are not to be set beside older ones", file=sys.stderr)
    results = {}
    with open_view({}) as view:
        measured = measure_models(run, recipe, think, view)
    for label, (result, groups) in measured.items():
        keep_evaluation(run, label, result, groups)
        results[label] = result
    return results


def show_tables(results: Mapping[str, Mapping[str, Any]]) -> None:
    """Held-out numbers by family and level, a row a model."""
    from rich.console import Console
    from rich.table import Table

    from scratchwork.observe.evals import families, largest_k, levels

    table = Table("family", "level", "model", "pass@1", "95 %", "greedy", "pass@k", "maj@k", "tokens", "backtracks")
    tables = {label: result["families"] for label, result in results.items()}
    for family in families(*tables.values()):
        for level in sorted({level for own in tables.values() for level in levels(own, family)}):
            for label, own in tables.items():
                row = levels(own, family).get(level)
                if row is None:
                    continue
                k, votes = largest_k(row), largest_k(row, "maj@")
                greedy = levels(results[label]["greedy"], family).get(level, {})
                low, high = row.get("pass@1_ci", (None, None))
                table.add_row(
                    *plain(family, str(level), label, share(row.get("pass@1")), f"{share(low)}-{share(high)}"),
                    *plain(share(greedy.get("pass@1")), f"{share(row.get(f'pass@{k}'))} ({k})"),
                    *plain(share(row.get(f"maj@{votes}")), f"{row['length']:.0f}"),
                    *plain(f"{row.get('reflection/backtracks', 0):.2f}"),
                )
    Console().print(table)
    for label, result in results.items():
        apple = result["classic_apple"]
        right = round(apple["share_right"] * apple["samples"])
        print(f"{label}: the classic apple problem right in {right} of {apple['samples']} samples")


def plain(*cells: str) -> list[Text]:
    """Cells of a table as they are: a name can neither colour anything nor move the cursor."""
    from rich.text import Text

    from scratchwork.observe.text import visible

    return [Text(visible(cell, 200)) for cell in cells]


def share(value: float | None) -> str:
    """
    >>> share(0.934), share(None)
    ('0.93', '-')
    """
    return "-" if value is None else f"{value:.2f}"


def report(run: RunName, runs_root: Root = RUNS) -> None:
    """Make a run's report and summary anew from its folder; the run may be finished, crashed or going on."""
    found = find_run(run, runs_root)
    from scratchwork.observe.readable import readable_lines
    from scratchwork.observe.summary import write_summary
    from scratchwork.watch.frozen import freeze_report

    if lost := readable_lines(found)[1]:
        print(f"scratchwork: {lost}", file=sys.stderr)
    write_summary(found)
    print(freeze_report(found))


def aha(
    run: RunName,
    count: Annotated[int, typer.Option(min=1, help="Moments of each kind.")] = 3,
    family: Annotated[str | None, typer.Option(help="Of one kind of problem alone.")] = None,
    runs_root: Root = RUNS,
) -> None:
    """Find what was wrong, noticed and put right: the best moments of a run, and when they became common."""
    from rich.console import Console

    from scratchwork.watch.moments import Moments
    from scratchwork.watch.shards import Shards

    own = find_run(run, runs_root)
    moments = Moments(Shards(own.path / "rollouts"), max(1, len(own.rollout_steps())), count)
    moments.wait()
    found = moments.answer(family)
    if not found["shares"] and not found["unread"]:
        what = f"no rollouts of the family {family!r}" if family else "no rollouts"
        raise UserError(f"run {own.path} kept {what}; choose one that was trained by reinforcement learning")
    console = Console(highlight=False)
    for kind, title in AHAS.items():
        last = fmean(share[kind] for share in found["shares"][-5:]) if found["shares"] else 0.0
        step = found["common_from"][kind]
        when = f"; common from step {step}" if step else "; as common at the first step" if step == 0 else ""
        console.print(f"\n{title}: in {last:.1%} of the last steps' responses{when}", style="bold", markup=False)
        for example in (one for one in found["examples"] if one["kind"] == kind):
            console.print(f"\nstep {example['step']}, {example['family']}: {example['prompt']}", markup=False)
            console.print(f"... {example['before'][-200:]}", style="dim", markup=False, end="")
            console.print(example["during"], style="green" if kind != "false" else "red", markup=False)
    if found["unread"]:
        told = f"{found['unread']:,} rollouts do not say how they are judged: an older or foreign run's"
        console.print(f"\n{told}", markup=False)


def runs(runs_root: Root = RUNS) -> None:
    """List the runs, the one written last first; of one that cannot be read, why."""
    from rich.console import Console
    from rich.table import Table

    from scratchwork.observe.text import visible

    found = list_runs(runs_root)
    if not found:
        print(f"no runs under {runs_root}; start one with `scratchwork run`")
        return
    table = Table("run", "recipe", "last step", "accuracy", "written")
    unreadable = []
    for run in found:
        recipe, last = "unreadable", dict[str, Any]()
        try:
            recipe, steps = run.recipe_name, [line for line in run.journal() if line["stage"] != "held_out"]
            last = steps[-1] if steps else {}
        except UserError as error:
            unreadable.append(f"{run.path.name}: {error}")
        written = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.last_written()))
        step = f"{last['stage']} {last['step']}" if last else "-"
        table.add_row(*plain(run.path.name, recipe, step, share(last.get("accuracy")), written))
    Console().print(table)
    for why in unreadable:
        print(visible(why, 1_000))
