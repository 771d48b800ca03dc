"""A random model of any family, small enough for a test."""

from __future__ import annotations

from typing import Any

import torch

from scratchwork.config import ModelConfig
from scratchwork.model.transformer import Transformer

SHAPE = {
    "vocab_size": 70,  # no multiple of 16, as the widths are
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


def model_of(architecture: str, seed: int = 0, deviation: float = 0.2, **shape: Any) -> Transformer:
    """Every parameter is random, biases and norms too, so that each one counts."""
    model = Transformer(ModelConfig(architecture=architecture, **{**SHAPE, **shape}))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1.0 if "norm" in name else 0.0, deviation, generator=generator)
    return model
