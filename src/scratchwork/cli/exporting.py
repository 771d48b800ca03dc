"""The verb that hands a model on: a folder for a hub and what reads Hugging Face's, or a file for llama.cpp."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scratchwork.cli.options import RUNS, Root, RunName, find_run
from scratchwork.errors import UserError, suggestion
from scratchwork.files import file_errors


class Form(StrEnum):
    hf = "hf"
    gguf = "gguf"


def export(
    run: RunName,
    to: Annotated[
        Form, typer.Option(help="hf: a folder for transformers, vLLM and their kin; gguf: a file for llama.cpp.")
    ] = Form.hf,
    model: Annotated[str | None, typer.Option(help="Which of the run's; the thinking one when not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="What to make; RUN-MODEL here when not given.")] = None,
    runs_root: Root = RUNS,
) -> None:
    """Make a run's model something to publish: weights, tokenizer, chat template, and a card with the evidence."""
    from scratchwork.export.folder import export_folder, read_model
    from scratchwork.export.gguf import export_gguf
    from scratchwork.serve.shelf import find_models

    folder = find_run(run, runs_root).path
    models = {found.name: found for found in find_models([str(folder)])}
    name = model or next(iter(models))
    if name not in models:
        raise UserError(f"run {folder} has no model {name!r}; {suggestion(name, list(models))}")
    source = models[name]
    if to is Form.gguf:
        target = out or Path(f"{folder.name}-{name}.gguf")
        refuse_to_replace(target)
        export_gguf(*read_model(source), target)
        print(f"{source.folder} is now {target}; docs/open-weights.md says how llama.cpp runs it")
        return
    target = out or Path(f"{folder.name}-{name}")
    export_folder(source, folder, target)
    print(f"{source.folder} is now {target}; read its README.md before you publish it")


def refuse_to_replace(target: Path) -> None:
    """Raises UserError unless `target` is free, or a GGUF file."""
    if not target.exists():
        return
    with file_errors(target, "read"):
        ours = target.is_file() and target.open("rb").read(4) == b"GGUF"
    if not ours:
        raise UserError(f"{target} is there and is no GGUF file; choose another place with --out")
