"""The verb that hands a model on: a folder for a hub, or for any library that reads Hugging Face's."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scratchwork.cli.options import RUNS, Root, RunName, find_run
from scratchwork.errors import UserError, suggestion


class Form(StrEnum):
    hf = "hf"


def export(
    run: RunName,
    to: Annotated[Form, typer.Option(help="hf: a folder that transformers, vLLM and their kin read.")] = Form.hf,
    model: Annotated[str | None, typer.Option(help="Which of the run's; the thinking one when not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to make; RUN-MODEL here when not given.")] = None,
    runs_root: Root = RUNS,
) -> None:
    """Make a run's model a folder to publish: weights, tokenizer, chat template and a card with the evidence."""
    from scratchwork.export.folder import export_folder
    from scratchwork.serve.shelf import find_models

    folder = find_run(run, runs_root).path
    models = {found.name: found for found in find_models([str(folder)])}
    name = model or next(iter(models))
    if name not in models:
        raise UserError(f"run {folder} has no model {name!r}; {suggestion(name, list(models))}")
    target = out or Path(f"{folder.name}-{name}")
    export_folder(models[name], folder, target)
    print(f"{models[name].folder} is now {target}; read its README.md before you publish it")
