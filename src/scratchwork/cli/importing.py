"""The verb that takes over a run of another trainer, so that every instrument reads it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, Root

if TYPE_CHECKING:
    from scratchwork.foreign.folder import Wanted


class Trainer(StrEnum):
    trl = "trl"
    verl = "verl"


Folder = Annotated[Path, typer.Argument(help="TRL's output_dir, or verl's trainer.rollout_data_dir.")]
# What its folder does not tell; `watch --from` has these, too.
Log = Annotated[list[Path] | None, typer.Option(help="A file of what it printed, kept elsewhere; may be repeated.")]
TokenizerAt = Annotated[Path | None, typer.Option(help="The model's folder, for exact lengths; TRL's is found.")]
Correct = Annotated[str | None, typer.Option(metavar="SCORE", help="Which score says what is right.")]


def import_(
    trainer: Annotated[Trainer, typer.Argument(help="Who trained.")],
    folder: Folder,
    name: Annotated[str | None, typer.Option(help="Of the run folder; that of FOLDER when not given.")] = None,
    log: Log = None,
    tokenizer: TokenizerAt = None,
    correct: Correct = None,
    runs_root: Root = RUNS,
) -> None:
    """Take over a run of TRL or verl as a run folder; again, and what is new comes with it. Theirs stays as it is."""
    from scratchwork.foreign.folder import follow_foreign

    run = runs_root / (name or folder.resolve().name)
    follower = follow_foreign(trainer, folder, run, wanted(log, tokenizer, correct))
    with follower.run:
        follower.refresh()
    from scratchwork.observe.text import visible

    for sentence in follower.sentences():
        print(visible(sentence, 1_000))


def wanted(log: list[Path] | None, tokenizer: Path | None, correct: str | None) -> Wanted:
    from scratchwork.foreign.folder import Wanted

    return Wanted(tuple(log or ()), tokenizer, correct)
