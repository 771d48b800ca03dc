"""Random models of every family, small enough for a test, and a tokenizer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from scratchwork.config import ModelConfig
from scratchwork.model.tokenizer import Tokenizer
from scratchwork.model.transformer import Transformer

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
        fields = {
            "vocab_size": tokenizer.vocab_size,
            "hidden_size": 48,
            "intermediate_size": 80,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 128,
            **shape,
        }
        model = Transformer(ModelConfig(architecture=architecture, **fields))
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                around = 1.0 if "norm" in name else 0.0
                parameter.normal_(around, 0.15, generator=generator)
        return model

    return build
