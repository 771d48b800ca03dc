"""Options that several verbs share, and how a run or a model is found by what a user calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scratchwork.errors import UserError
from scratchwork.runs import RunFolder, is_run, latest_run

Sets = Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Change a setting; may be repeated.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Of everything drawn at random.")]
Threads = Annotated[int | None, typer.Option(min=0, max=1024, help="CPU threads; 0 = all free cores.")]
Root = Annotated[Path, typer.Option("--runs-root", help="Where run folders are.")]
Think = Annotated[
    bool | None,
    typer.Option("--think/--no-think", help="Think first, or answer at once; as trained to when not given."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the resolved recipe and what follows from it.")]
ModelOrRun = Annotated[str, typer.Argument(metavar="MODEL|RUN", help="A model's folder, or a run as `report` has it.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's name or folder, or a recipe: its last run.")]
RUNS = Path("runs")


def with_options(sets: list[str] | None, **given: int | None) -> list[str]:
    """`--set` and the options that stand for one, as one list of overrides.

    >>> with_options(["grpo.steps=3"], seed=7, threads=None)
    ['grpo.steps=3', 'seed=7']
    """
    return [*(sets or []), *(f"{key}={value}" for key, value in given.items() if value is not None)]


def run_path(name: str, root: Path) -> Path | None:
    """The run folder called `name` in `root`, or at that path; None when there is none."""
    return next((path for path in (root / name, Path(name)) if is_run(path)), None)


def find_run(name: str, root: Path) -> RunFolder:
    """A run for reading: by its name, its folder, or the recipe whose last run it is. Raises RunError."""
    path = run_path(name, root)
    return RunFolder(path) if path else latest_run(root, recipe_name(name))


def recipe_name(name: str) -> str:
    """What runs of a recipe say it is called, when the recipe is given by a path."""
    if not name.endswith(".toml"):
        return name
    from scratchwork.toml import load_recipe

    return load_recipe(name).name


def find_model(name: str | None, root: Path) -> str:
    """A model for `recipe.models.load_named`: a run as `find_run` finds it, else what was given; None: the last run."""
    if name is None:
        return str(latest_run(root).path)
    if name == "scratch-base" or (Path(name).is_dir() and not is_run(Path(name))):
        return name
    try:
        return str(find_run(name, root).path)
    except UserError as error:
        raise UserError(f"{name!r} is neither a model's folder nor a run: {error}") from error
