"""A run's model as a folder of its own, to be shipped or trained further: plain Hugging Face files and base.json."""

from __future__ import annotations

from pathlib import Path

from scratchwork.files import atomic_write
from scratchwork.model.hf import save_model
from scratchwork.recipe.job import Job


def export(job: Job, folder: Path) -> None:
    """Save the model as it stands to `folder`; what else is in there stays. Raises FileError."""
    save_model(folder, job.standing.model, job.standing.tokenizer)
    manifest = job.run.path / "base.json"
    if manifest.is_file():
        atomic_write(folder / "base.json", manifest.read_bytes())
