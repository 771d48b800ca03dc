"""Random models of every family, small enough for a test, and a tokenizer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer
from tests.models import model_of

PAGES = [f"Try {a}+{b}={a + b}. Not 26. Wait, the answer is \\boxed{{{a * b}}}." for a in range(20) for b in range(9)]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.train(PAGES, vocab_size=320)


@pytest.fixture
def random_model(tokenizer: Tokenizer) -> Callable[..., Transformer]:
    """`random_model(architecture, **shape)`: every parameter random, biases and norms too, so that each one counts."""

    def build(architecture: str = "llama", seed: int = 0, **shape: object) -> Transformer:
        return model_of(
            architecture,
            seed,
            deviation=0.15,
            **{"vocab_size": tokenizer.vocab_size, "max_position_embeddings": 128, **shape},
        )

    return build
