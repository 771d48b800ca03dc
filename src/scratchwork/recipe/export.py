"""A run's model as a folder of its own, to be shipped or trained further: plain Hugging Face files and base.json."""

from __future__ import annotations

import json
from pathlib import Path

from scratchwork.files import atomic_write
from scratchwork.model.hf import save_model
from scratchwork.recipe.job import Job
from scratchwork.recipe.provenance import base_manifest


def export(job: Job, folder: Path) -> None:
    """Save the model as it stands to `folder`; what else is in there stays. Raises FileError."""
    save_model(folder, job.standing.model, job.standing.tokenizer)
    manifest = base_manifest(job.recipe, job.standing.model, job.run.journal())
    atomic_write(folder / "base.json", (json.dumps(manifest, indent=2) + "\n").encode())
