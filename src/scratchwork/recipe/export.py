"""A run's model as a folder of its own, to be shipped or trained further: plain Hugging Face files and base.json.

base.json tells what the base model was raised on and, as "last_stage", what the run trained last.
"""

from __future__ import annotations

import json
from pathlib import Path

from scratchwork.files import atomic_write
from scratchwork.model.hf import save_model
from scratchwork.recipe import world
from scratchwork.recipe.job import Job


def export(job: Job, folder: Path) -> None:
    """Save the model as it stands to `folder`; what else is in there stays.

    Raises FileError when it cannot be written, RunError when the run's base.json is damaged.
    """
    save_model(folder, job.standing.model, job.standing.tokenizer)
    manifest = job.run.read_json("base.json") or {}
    if trained := [stage for stage in job.recipe.stages if stage in world.TRAINING]:
        manifest["last_stage"] = trained[-1]
    if manifest:
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        atomic_write(folder / "base.json", text.encode())
