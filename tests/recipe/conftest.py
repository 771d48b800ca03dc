"""A base model of a few thousand weights, recipes that take a second, and a view that can interfere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
import torch

from scratchwork.config import ModelConfig, Recipe
from scratchwork.model.hf import save_model
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.recipe.job import Job
from scratchwork.recipe.session import Stopped
from scratchwork.recipe.stages import run_stages
from scratchwork.runs import RunFolder
from scratchwork.toml import parse_recipe

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 128,
}
TABLE: dict[str, Any] = {
    "name": "small",
    "threads": 1,
    "stages": ["grpo"],
    "model": {"vocab_size": 320, **SIZES},
    "reward": {"random": 1.0, "accuracy": 0.0},
    "tasks": [{"family": "countdown", "levels": [1]}, {"family": "facts", "levels": [1]}],
    "pretrain": {"tokens": 3072, "sequence_length": 128, "batch_tokens": 512, "checkpoint_every": 2},
    "midtrain": {"tokens": 1024, "sequence_length": 64, "batch_tokens": 512},
    "sft": {"tokens": 1024, "sequence_length": 128, "batch_tokens": 512},
    "grpo": {"steps": 6, "prompts_per_step": 2, "group_size": 4, "max_tokens": 16, "lr": 1e-2, "checkpoint_every": 2},
    "held_out": {"every": 4, "problems": 3, "samples": 2},
    "rejection": {"max_tokens": 16},
    "eval": {"problems": 2, "samples": 2, "max_tokens": 16, "families": {"countdown": [1], "facts": [1]}},
}


class Watcher:
    """A View that keeps what it is told and may act on a step."""

    def __init__(self, act: Callable[[Mapping[str, Any]], None] = lambda line: None) -> None:
        self.act = act
        self.notes: list[str] = []
        self.told: list[tuple[int, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def step(self, line: Mapping[str, Any], groups: Sequence[Any] = ()) -> None:
        self.act(line)

    def answered(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("base")
    tokenizer = Tokenizer.train([f"Use {i}, {i + 1} once each to make {i * 7}." for i in range(50)], 300)
    model = Transformer(ModelConfig(vocab_size=tokenizer.vocab_size, **SIZES))
    model.init_weights(torch.Generator().manual_seed(1))
    save_model(folder, model, tokenizer)
    return folder


@pytest.fixture
def recipe(base: Path) -> Callable[..., Recipe]:
    """`recipe(stages=[...], grpo={...})`: the small recipe, with tables changed."""

    def make(**tables: Any) -> Recipe:
        merged = {
            key: {**TABLE[key], **own} if isinstance(own, dict) and key in TABLE and key != "reward" else own
            for key, own in tables.items()
        }
        return parse_recipe({**TABLE, "base": str(base), **merged})

    return make


@pytest.fixture
def watcher() -> type[Watcher]:
    return Watcher


@pytest.fixture
def run_to_end(tmp_path: Path) -> Callable[..., RunFolder]:
    """`run_to_end(recipe, name, view)`: begin, and go on after every stop."""

    def do(recipe: Recipe, name: str, view: Watcher | None = None) -> RunFolder:
        view = view or Watcher()
        job = Job.begin(recipe, tmp_path / "runs", name)
        while True:
            try:
                with job:
                    run_stages(job, view)
                return job.run
            except Stopped:
                job = Job.resume(job.run.path)

    return do
