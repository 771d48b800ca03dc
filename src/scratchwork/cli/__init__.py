"""The command line. Each verb imports what it needs when it runs, so that --help answers at once.

Whatever a user gave that cannot work ends in a sentence on stderr and status 2; a run that was stopped in 130.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from scratchwork.cli import (
    examining,
    exporting,
    importing,
    looking,
    probing,
    serving,
    spending,
    studying,
    talking,
    training,
    watching,
)
from scratchwork.errors import UserError

app = typer.Typer(
    help="Teach a language model to reason with nothing but right answers, and watch the thinking emerge.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(training.run)
app.command()(training.pretrain)
app.command()(training.sft)
app.command()(training.grpo)
app.command("eval")(looking.evaluate)
app.command()(talking.sample)
app.command()(looking.report)
app.command()(looking.runs)
app.command()(looking.aha)
app.command("import")(importing.import_)
app.command()(examining.doctor)
app.command()(talking.chat)
app.command()(serving.serve)
app.command()(watching.watch)
app.command()(spending.calibrate)
app.command()(probing.probe)
app.command()(studying.study)
app.command()(exporting.export)


def main(arguments: Sequence[str] | None = None) -> None:
    """The `scratchwork` command; it ends the process."""
    try:
        app(arguments, prog_name="scratchwork")
    except UserError as error:
        print(f"scratchwork: {error}", file=sys.stderr)
        sys.exit(2)
