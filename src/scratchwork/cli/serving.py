"""The verb that serves: models behind OpenAI's API and a page, on this machine alone unless a key guards the door."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scratchwork.cli.options import RUNS, Root, Threads, run_path
from scratchwork.errors import UserError

if TYPE_CHECKING:
    from scratchwork.serve.house import Served
    from scratchwork.serve.retelling import Ask

KEY = "SCRATCHWORK_API_KEY"
SUMMARIZER_KEY = "SCRATCHWORK_SUMMARIZER_KEY"


class Shown(StrEnum):
    full = "full"
    summary = "summary"
    hidden = "hidden"


class Field(StrEnum):
    reasoning_content = "reasoning_content"
    reasoning = "reasoning"


def serve(
    models: Annotated[list[str] | None, typer.Argument(metavar="[RUN|FOLDER]...", show_default=False)] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but this machine's own needs a key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 = any free one.")] = 8000,
    api_key_file: Annotated[Path | None, typer.Option(help=f"Keys, one a line; else {KEY} is read.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="A name that clients may call this server by.")] = None,
    visibility: Annotated[Shown, typer.Option(help="Most that is shown of the thinking.")] = Shown.full,
    thinking_field: Annotated[Field, typer.Option(help="What chat replies call it.")] = Field.reasoning_content,
    summarizer: Annotated[
        str | None,
        typer.Option(metavar="URL[#MODEL]", help="A chat API that sums up what foreign models think."),
    ] = None,
    slots: Annotated[int, typer.Option(min=1, max=4096, help="Answers decoded together, of each model.")] = 64,
    context: Annotated[int, typer.Option(min=16, help="Longest conversation in tokens, answer included.")] = 4096,
    queue: Annotated[int, typer.Option(min=1, help="Requests that may wait, for each model.")] = 256,
    per_client: Annotated[
        int, typer.Option(min=1, help="Requests of one client at once, waiting ones included.")
    ] = 192,
    timeout: Annotated[float, typer.Option(min=1, help="Most seconds for a request.")] = 300.0,
    drain: Annotated[float, typer.Option(min=0, help="Seconds that answers under way have when it is stopped.")] = 20.0,
    auto: Annotated[
        bool | None, typer.Option("--auto/--no-auto", help="Let `auto` choose; by default where it was shown to pay.")
    ] = None,
    threads: Threads = None,
    runs_root: Root = RUNS,
) -> None:
    """Serve the models of runs, or of folders: the newest finished run's when none is named."""
    keys = keys_for(host, api_key_file)
    from scratchwork.recipe.job import free_cores, use_threads
    from scratchwork.recipe.models import find_model
    from scratchwork.runs import is_run
    from scratchwork.serve.app import create_app
    from scratchwork.serve.chooser import find_auto
    from scratchwork.serve.door import LOCAL, Rules
    from scratchwork.serve.house import House
    from scratchwork.serve.page import find_page
    from scratchwork.serve.server import Server, listen
    from scratchwork.watch.desk import Desk
    from scratchwork.watch.sources import Runs

    use_threads(1)  # decoding alone has all of them, see Scheduler
    names = chosen(models, runs_root)
    served = opened(names, slots, context, queue)
    chooser, why = find_auto([Path(name) for name in names if is_run(Path(name))], served, auto)
    if why:
        print(why)
    retell = retelling(summarizer)
    cores = threads or free_cores()
    house = House(served, visibility.value, timeout, drain, chooser, thinking_field.value, cores, per_client, retell)
    rules = Rules(keys, (*LOCAL, host, *(allow_host or [])))
    with listen(host, port) as door:
        name = f"[{host}]" if ":" in host else host
        print(f"serving {listed(list(served))} at http://{name}:{door.getsockname()[1]}", flush=True)
        desk = Desk(Runs(runs_root), find_model)
        Server(create_app(house, rules, find_page(), desk)).run(sockets=[door])


def opened(names: list[str], slots: int, context: int, queue: int) -> dict[str, Served]:
    """The models by name, all but checkpoints read now, so that what is damaged is said now."""
    from scratchwork.serve.loading import load
    from scratchwork.serve.shelf import find_models

    served = [load(found, slots, context, queue) for found in find_models(names)]
    for model in served:
        if model.role != "checkpoint":
            model.desk.decoding  # noqa: B018 -- reads it
    return {model.name: model for model in served}


def retelling(url: str | None) -> Ask | None:
    """Who summarizes, by an address such as http://127.0.0.1:8001/v1#SmolLM2."""
    from scratchwork.serve.retelling import asker_at

    if url is None:
        return None
    address, _, model = url.partition("#")
    if not address.startswith(("http://", "https://")):
        raise UserError(f"--summarizer is {url!r}; give the address of a chat API, e.g. http://127.0.0.1:8001/v1#MODEL")
    return asker_at(address, model or None, os.environ.get(SUMMARIZER_KEY))


def chosen(models: list[str] | None, root: Path) -> list[str]:
    """What was named, runs by their folders; else the newest finished run or the shipped base model."""
    from scratchwork.serve.shelf import newest

    if models:
        return [str(run_path(name, root) or name) for name in models]
    run = newest(root)
    if run is not None:
        print(f"the newest finished run: {run}")
        return [str(run)]
    print(f"no run under {root} has finished, so this is the shipped base model; teach it with `scratchwork run zero`")
    return []


def listed(names: list[str]) -> str:
    """
    >>> listed(["thinking", "base", *(f"step-{i}" for i in range(9))])
    'thinking, base, step-0, step-1 and 7 more'
    """
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def keys_for(host: str, path: Path | None) -> tuple[str, ...]:
    """The keys of a server at this address. Raises UserError where it needs one and there is none."""
    keys = read_keys(path)
    from scratchwork.serve.server import is_loopback

    if not is_loopback(host) and not keys:
        raise UserError(
            f"--host is {host}, which others can reach, and there is no API key; put one into a file for "
            f"--api-key-file or into {KEY}, or listen at 127.0.0.1"
        )
    return keys


def read_keys(path: Path | None) -> tuple[str, ...]:
    """The keys in a file, or the one in the environment. Raises UserError for a file without, or one that is no key."""
    from scratchwork.files import file_errors

    if path is None:
        return check_keys((os.environ[KEY],), KEY) if os.environ.get(KEY) else ()
    with file_errors(path, "read"):
        lines = path.read_text(errors="replace").splitlines()
    keys = tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    if not keys:
        raise UserError(f"{path} holds no key; write one on a line of its own")
    return check_keys(keys, str(path))


def check_keys(keys: tuple[str, ...], where: str) -> tuple[str, ...]:
    for key in keys:
        if len(key) < 16 or not key.isascii() or not key.isprintable() or " " in key:
            raise UserError(
                f"a key in {where} is too weak; use at least 16 plain characters, e.g. from `openssl rand -hex 24`"
            )
    return keys
