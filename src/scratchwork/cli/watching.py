"""The verb that watches: a page on runs as they go on, and on those that ended, from their folders alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.importing import Correct, Log, TokenizerAt, wanted
from scratchwork.cli.options import RUNS, Root, find_run
from scratchwork.cli.serving import KEY, keys_for
from scratchwork.errors import UserError
from scratchwork.runs import RunFolder

if TYPE_CHECKING:
    from scratchwork.foreign.folder import Wanted
    from scratchwork.watch.sources import Source

FOREIGN = "of another trainer, that it left in FOLDER: trl or verl"


def watch(
    run: Annotated[str | None, typer.Argument(metavar="[RUN|FOLDER]", show_default=False)] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="trl|verl", help=f"Watch a run {FOREIGN}.")] = None,
    log: Log = None,
    tokenizer: TokenizerAt = None,
    correct: Correct = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but this machine's own needs a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 = any free one.")] = 8001,
    api_key_file: Annotated[Path | None, typer.Option(help=f"Keys, one a line; else {KEY} is read.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="A name that clients may call this server by.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    runs_root: Root = RUNS,
) -> None:
    """Watch runs in the browser: one of them first, or all under --runs-root.

    --log, --tokenizer and --correct are about a run of another trainer, and go with --from.
    """
    keys = keys_for(host, api_key_file)
    from scratchwork.serve.door import LOCAL, Rules
    from scratchwork.serve.page import find_page
    from scratchwork.serve.server import Quiet, listen
    from scratchwork.serve.watching import create_watch_app
    from scratchwork.watch.desk import Desk

    if from_ is None and (log or tokenizer or correct):
        raise UserError("--log, --tokenizer and --correct are about another trainer's run; say whose it is by --from")
    source = chosen(run, runs_root) if from_ is None else foreign(run, from_, wanted(log, tokenizer, correct))
    desk = Desk(source, base_model)
    rules = Rules(keys, (*LOCAL, host, *(allow_host or [])))
    with listen(host, port) as door:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{door.getsockname()[1]}/watch"
        print(f"watching at {address}", flush=True)
        if open_:
            typer.launch(address)
        Quiet(create_watch_app(desk, rules, find_page())).run(sockets=[door])


def base_model(name: str) -> Path:
    """The folder of the model that a recipe begins with; torch is loaded when someone asks for tokens."""
    from scratchwork.recipe.models import find_model

    return find_model(name)


def foreign(folder: str | None, trainer: str, told: Wanted) -> Source:
    """The run that `trainer` left in `folder`. Raises UserError when there is none."""
    from scratchwork.foreign.folder import open_foreign

    if folder is None:
        raise UserError(f"--from {trainer} needs the folder that {trainer} wrote into; give it as the argument")
    return open_foreign(trainer, Path(folder), told)


def chosen(run: str | None, root: Path) -> Source:
    """The runs to show. Raises UserError when what was named is no run."""
    from scratchwork.watch.sources import Runs

    if run is None:
        return Runs(root)
    found = find_run(run, root)
    return Runs(root, (RunFolder(found.path),))
