"""A model that was trained here, as a Hugging Face folder to publish: weights, tokenizer, template, card, recipe."""

from __future__ import annotations

from pathlib import Path

from scratchwork.errors import UserError
from scratchwork.export.card import plain_card, run_card
from scratchwork.files import atomic_write, file_errors
from scratchwork.model.checkpoint import load_checkpoint
from scratchwork.model.hf import load_model, save_model
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.recipe.models import find_manifest, is_checkpoint
from scratchwork.runs import RunFolder
from scratchwork.serve.shelf import Found

MARK = "README.md"  # with the line of its front matter that only our cards have
OURS = "tags: [scratchwork,"


def export_folder(found: Found, run: Path, out: Path) -> None:
    """Write the model of `run` to `out`, over an earlier export if there is one.

    Raises UserError for a folder that holds something else, and for weights that are damaged.
    """
    refuse_strangers(out)
    model, tokenizer = read_model(found)
    with file_errors(out, "written"):
        out.mkdir(parents=True, exist_ok=True)
    save_model(out, model, tokenizer)
    if found.role == "thinking":
        card = run_card(out.name, RunFolder(run))
        with file_errors(run / "recipe.toml", "read"):
            recipe = (run / "recipe.toml").read_bytes()
        atomic_write(out / "recipe.toml", recipe)
    else:
        card = plain_card(out.name, find_manifest(str(found.folder)))
    atomic_write(out / MARK, card.encode())


def read_model(found: Found) -> tuple[Transformer, Tokenizer]:
    """Raises UserError for weights that are damaged."""
    if is_checkpoint(found.folder):
        standing = load_checkpoint(found.folder)
        return standing.model, standing.tokenizer
    return load_model(found.folder)


def refuse_strangers(out: Path) -> None:
    """Raises UserError unless `out` is free, or an earlier export."""
    with file_errors(out, "read"):
        if not out.exists() or (out.is_dir() and not any(out.iterdir())):
            return
        mark = out / MARK
        ours = mark.is_file() and OURS in mark.read_text(errors="replace")[:1000]
    if not ours:
        raise UserError(f"{out} is there and is no earlier export; choose another place with --out")
