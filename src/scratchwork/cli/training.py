"""The verbs that train: run a recipe, or one stage of it, and go on with a run that stopped."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, DryRun, Root, Seed, Sets, Threads, find_run, with_options
from scratchwork.errors import UserError
from scratchwork.files import FileError

if TYPE_CHECKING:
    from scratchwork.config import Recipe
    from scratchwork.recipe.job import Job

RecipeName = Annotated[str, typer.Argument(help="A shipped recipe, a path to one, or a run to resume.")]
Name = Annotated[str | None, typer.Option(help="Of the run folder; RECIPE-DATE-TIME when not given.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run, or with the recipe's last one.")]
FromScratch = Annotated[bool, typer.Option("--from-scratch", help="Raise the base model first.")]
Out = Annotated[Path | None, typer.Option(help="Also save the model that comes of it to this folder.")]


@dataclass(frozen=True)
class Request:
    """What was asked of a verb that trains."""

    recipe: str
    sets: Sequence[str]
    name: str | None
    resume: bool
    root: Path
    dry_run: bool
    out: Path | None
    stages: tuple[str, ...] = ()  # only these; () = all of the recipe's
    from_scratch: bool = False


def run(
    recipe: RecipeName = "zero",
    set_: Sets = None,
    seed: Seed = None,
    threads: Threads = None,
    name: Name = None,
    resume: Resume = False,
    runs_root: Root = RUNS,
    dry_run: DryRun = False,
    out: Out = None,
    from_scratch: FromScratch = False,
) -> None:
    """Run a recipe: the stages it lists, in their order, in one run folder."""
    sets = with_options(set_, seed=seed, threads=threads)
    execute(Request(recipe, sets, name, resume, runs_root, dry_run, out, from_scratch=from_scratch))


def stage_verb(name: str, default: str, stages: tuple[str, ...], about: str) -> Callable[..., None]:
    """A verb that runs only these stages of a recipe, with the options of `run`."""

    def verb(
        recipe: RecipeName = default,
        set_: Sets = None,
        seed: Seed = None,
        threads: Threads = None,
        name: Name = None,
        resume: Resume = False,
        runs_root: Root = RUNS,
        dry_run: DryRun = False,
        out: Out = None,
    ) -> None:
        sets = with_options(set_, seed=seed, threads=threads)
        execute(Request(recipe, sets, name, resume, runs_root, dry_run, out, stages))

    verb.__name__, verb.__doc__ = name, about
    return verb


pretrain = stage_verb(
    "pretrain",
    "base",
    ("tokenizer", "pretrain", "midtrain"),
    "Raise a base model: the tokenizer and the pretraining of a recipe, nothing else.",
)
sft = stage_verb(
    "sft", "sft", ("sft",), "Teach a model to answer at once: the supervised stage of a recipe, nothing else."
)
grpo = stage_verb(
    "grpo", "zero", ("grpo",), "Reinforcement learning on right answers: that stage of a recipe, nothing else."
)


def execute(request: Request) -> None:
    """Do it, or print what would be done."""
    if request.resume and (request.sets or request.dry_run or request.from_scratch):
        raise UserError("--resume goes on with the run's own recipe; to change anything, start another run")
    if request.resume:
        path = find_run(request.name or request.recipe, request.root).path
        from scratchwork.recipe.job import Job

        job = Job.resume(path)
    else:
        recipe = resolve(request)
        if request.dry_run:
            from scratchwork.toml import to_toml

            print(to_toml(recipe), end="")
            return
        from scratchwork.recipe.job import Job

        job = Job.begin(recipe, request.root, request.name)
    with job:
        go(job, request)


def resolve(request: Request) -> Recipe:
    """The recipe with every override, and with the stages that were asked for."""
    from scratchwork.toml import load_recipe, parse_recipe

    recipe = load_recipe(request.recipe, request.sets)
    table = recipe.model_dump(mode="json")
    if request.from_scratch and "pretrain" not in recipe.stages:
        raising = ("model", "tokenizer", "corpus", "pretrain", "midtrain")
        base = load_recipe("base", [s for s in request.sets if s.strip().startswith(tuple(f"{t}." for t in raising))])
        table |= base.model_dump(mode="json", include=set(raising))
        table["stages"] = [stage for stage in base.stages if stage in raising] + table["stages"]
    if request.stages:
        table["stages"] = [stage for stage in table["stages"] if stage in request.stages]
        if not table["stages"]:
            listed = ", ".join(recipe.stages)
            raise UserError(f"recipe {recipe.name!r} has no stage {request.stages[-1]!r}; its stages are {listed}")
    return parse_recipe(table)


def go(job: Job, request: Request) -> None:
    """Run what is left of a job, and say how it ended. Exits with 130 when someone stopped it."""
    from scratchwork.observe.view import open_view
    from scratchwork.recipe.export import export
    from scratchwork.recipe.session import Stopped
    from scratchwork.recipe.stages import run_stages
    from scratchwork.recipe.world import TRAINING, mappings

    folder = job.run.path
    again = way_on(folder, request.out)
    steps: dict[str, int] = {s: getattr(job.recipe, s).steps for s in TRAINING if s in job.recipe.stages}
    try:
        with open_view(steps) as view:
            view.note(f"run {folder}: {', '.join(job.recipe.stages[job.stages_done :]) or 'nothing left to do'}")
            for line in [*job.recipe.derived, *mappings(job.recipe)]:
                view.note(line)
            run_stages(job, view)
            if request.out is not None:
                export(job, request.out)
    except (Stopped, KeyboardInterrupt) as stop:
        print(f"{str(stop) or 'stopped at once, without saving'}\n{again}", file=sys.stderr)
        raise typer.Exit(130) from None
    except FileError as error:
        raise FileError(f"{error}\n{again}") from error
    for made in (folder / "report.html", request.out):
        if made is not None and made.exists():
            print(made)


def way_on(folder: Path, out: Path | None) -> str:
    """The command that goes on with a run, as this user can type it."""
    program = ["scratchwork"] if shutil.which("scratchwork") else [os.path.relpath(sys.executable), "-m", "scratchwork"]
    root = [] if folder.parent == RUNS else ["--runs-root", str(folder.parent)]
    keep = [] if out is None else ["--out", str(out)]
    return "go on with: " + shlex.join([*program, "run", folder.name, "--resume", *root, *keep])
