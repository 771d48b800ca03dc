"""The verb that runs many: a recipe under several seeds, or the controls and dials of emergence."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, DryRun, Root, Sets, Threads
from scratchwork.errors import UserError

if TYPE_CHECKING:
    from scratchwork.study.run import Study


def study(
    name: Annotated[str, typer.Argument(help="emergence, or a recipe to run under several seeds.")] = "emergence",
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="How many, from 0.")] = 3,
    small: Annotated[bool, typer.Option("--small", help="Smaller runs; --dry-run says how long.")] = False,
    arm: Annotated[list[str] | None, typer.Option(help="Only this arm of it; may be repeated.")] = None,
    set_: Sets = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Runs at a time.")] = 1,
    threads: Threads = None,
    folder: Annotated[str | None, typer.Option("--name", help="Of its folder; study-NAME when not given.")] = None,
    write: Annotated[Path | None, typer.Option(help="A page to put the results into, between its markers.")] = None,
    runs_root: Root = RUNS,
    dry_run: DryRun = False,
) -> None:
    """Run what has not run yet of a study, then tabulate all of it: controls, dials, seeds, and the claims."""
    from scratchwork.study.arms import arms_of, chosen
    from scratchwork.study.plan import plan, told
    from scratchwork.study.run import Interrupted, Study, run_all

    if small and name != "emergence":
        raise UserError(f"--small is for the study emergence; make {name!r} smaller with --set")
    place = runs_root / (folder or f"study-{Path(name).stem}")
    own = Study(name, place, arms_of(name), seeds, small, threads or 0, tuple(set_ or ()))
    part = replace(own, arms=chosen(own.arms, arm))
    for line in told(plan(part), jobs):
        print(line)
    if dry_run:
        return
    try:
        run_all(part, jobs, lambda line: print(f"{line}\n", end="", flush=True))  # in one piece: threads tell it
    except Interrupted as stop:
        here = [] if runs_root == RUNS else ["--runs-root", str(runs_root)]
        these = [word for one in arm or () for word in ("--arm", one)]
        print(
            f"{stop}: {command(own, *these, '--jobs', str(jobs), '--threads', str(own.threads), *here)}",
            file=sys.stderr,
        )
        raise typer.Exit(130) from None
    finally:
        tabulate(own, write)


def tabulate(own: Study, write: Path | None) -> None:
    """table.json, results.md and the figures of what is finished, in the study's folder and in a page."""
    from scratchwork.study.page import keep

    for made in keep(own, command(own), write):
        print(made)


def command(own: Study, *more: str) -> str:
    """What the user can type to have the same study; `more` is what only this machine needs."""
    words = ["scratchwork", "study", own.name, "--seeds", str(own.seeds), *(["--small"] if own.small else [])]
    return shlex.join([*words, *(word for one in own.extra for word in ("--set", one)), *more])
