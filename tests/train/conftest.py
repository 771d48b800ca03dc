"""A world small enough to train in a test: one-digit questions, a tokenizer, a decoder of a few thousand weights."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import torch

from scratchwork.config import ModelConfig
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.tasks.base import make_problem
from scratchwork.types import Problem


class Digits:
    """`Say 7.` is right when the box holds 7."""

    family = "digits"

    def draw(self, rng: random.Random, level: int) -> Problem:
        digit = rng.randint(0, 9)
        return make_problem("digits", f"{digit}/{rng.random()}", level, f"Say {digit}.", str(digit), "number")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    pages = [f"Say {i}. The answer is \\boxed{{{i}}}." for i in range(10)]
    return Tokenizer.train(pages, vocab_size=300)


@pytest.fixture
def tiny_model(tokenizer: Tokenizer) -> Callable[[int], Transformer]:
    """`tiny_model(seed)`: a fresh one."""
    return lambda seed=0: new_model(tokenizer, seed)


@pytest.fixture
def recorder() -> type[Recorder]:
    return Recorder


@pytest.fixture
def digits() -> Digits:
    return Digits()


def new_model(tokenizer: Tokenizer, seed: int) -> Transformer:
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=128,
    )
    model = Transformer(config)
    model.init_weights(torch.Generator().manual_seed(seed))
    return model


class Recorder:
    """A Session that keeps everything in lists, saves at given steps and stops after one."""

    def __init__(self, save_at: tuple[int, ...] = (), stop_after: int | None = None) -> None:
        self.save_at, self.stop_after = save_at, stop_after
        self.lines: list[tuple[int, dict]] = []
        self.saved: list = []
        self.failures: list[tuple[str, list]] = []

    def log(self, step, metrics, groups=()):
        self.lines.append((step, dict(metrics)))

    def due(self, step):
        return step in self.save_at

    def save(self, progress):
        self.saved.append(progress)

    @property
    def stopping(self):
        return self.stop_after is not None and bool(self.lines) and self.lines[-1][0] >= self.stop_after

    def failed(self, step, why, groups=(), rows=None):
        self.failures.append((why, list(groups) if rows is None else rows))
