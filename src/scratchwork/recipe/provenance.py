"""Where a run's data comes from, as hashes; and the manifest of a base model that was made here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from statistics import fmean
from typing import Any

import scratchwork
from scratchwork.config import Recipe
from scratchwork.files import file_errors
from scratchwork.manifest import package_versions
from scratchwork.model.transformer import Transformer
from scratchwork.recipe import world
from scratchwork.recipe.models import find_model
from scratchwork.runs import RunFolder

PAGES = 1_000
PROBLEMS = 256


def data_hashes(recipe: Recipe, *, base: bool = True) -> dict[str, str]:
    """A SHA-256 of each thing that the stages of `recipe` read, by what it is; without `base`, not of its base model.

    Raises UserError when something cannot be read or made.
    """
    hashes: dict[str, str] = {}
    for stage in set(world.READING) & set(recipe.stages):
        pages = map(world.corpus(recipe, stage).document, range(PAGES))
        hashes[f"corpus of {stage}, pages 1 to {PAGES}"] = digest(asdict(page) for page in pages)
    if base and "tokenizer" not in recipe.stages:
        folder = find_model(recipe.base)
        for path in sorted([*folder.glob("*.safetensors"), folder / "tokenizer.json"]):
            with file_errors(path, "read"):
                hashes[f"base, {path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    if set(world.ASKING) & set(recipe.stages):
        problems = world.problem_source(recipe).take(0, PROBLEMS)
        hashes[f"problems, 1 to {PROBLEMS}"] = digest(problem.to_dict() for problem in problems)
    if "eval" in recipe.stages:
        hashes["problems held out"] = digest(problem.to_dict() for problem in world.eval_problems(recipe))
    return hashes


def changes(run: RunFolder, now: Mapping[str, str]) -> str | None:
    """A sentence on what the run began with that is not the same `now`; None when nothing differs.

    What only one of the two has is not compared. Raises RunError when manifest.json is damaged.
    """
    manifest = run.read_json("manifest.json") or {}
    then = manifest.get("data", {})
    differ = [what for what in now if then.get(what, now[what]) != now[what]]
    if not differ:
        return None
    version = " ".join(filter(None, (manifest.get("scratchwork"), manifest.get("commit"))))
    return (
        f"run {run.path} began with other data than would be read now ({'; '.join(differ)}); "
        f"restore the files that changed, or use the version that it began with ({version or 'unknown'})"
    )


def digest(rows: Iterable[dict[str, Any]]) -> str:
    """The SHA-256 of the rows as lines of JSON."""
    lines = (json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def base_manifest(
    recipe: Recipe, model: Transformer, journal: list[dict[str, Any]], older: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What base.json says of a model that `recipe` has pretrained, from the one that the manifest `older` is of.

    Left out: day and machine, as it is given away.
    """
    losses = [line["loss"] for line in journal if line["stage"] in world.READING]
    read = [getattr(recipe, stage) for stage in world.READING if stage in recipe.stages]
    return {
        "recipe": recipe.model_dump(mode="json"),
        "parameters": sum(p.numel() for p in model.parameters()),
        "tokens": sum(config.steps * config.batch_tokens for config in read),
        "loss": fmean(losses[-20:]) if losses else None,
        "seeds": {"run": recipe.seed},
        "data": data_hashes(recipe),
        "scratchwork": scratchwork.__version__,
        "packages": package_versions(),
        **({} if older is None else {"base": older}),
    }
