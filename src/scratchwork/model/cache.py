"""A static key-value cache: one block of memory, rows that come and go.

Rows are sequences. Row r holds keys and values of positions 0 .. lengths[r] - 1; whatever lies beyond is old memory and
masked. Active rows are kept in front, so that a decode step reads one contiguous slice and nothing is gathered.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratchwork.config import ModelConfig


class KVCache:
    """Keys and values of all layers, (L, rows, H_kv, max_length, D) each."""

    def __init__(self, config: ModelConfig, rows: int, max_length: int, dtype: torch.dtype = torch.float32) -> None:
        shape = (config.num_hidden_layers, rows, config.num_key_value_heads, max_length, config.head_dim)
        self.keys = torch.zeros(shape, dtype=dtype)  # (L, R, H_kv, S, D)
        self.values = torch.zeros(shape, dtype=dtype)  # (L, R, H_kv, S, D)

    def write(self, layer: int, positions: Tensor, keys: Tensor, values: Tensor) -> None:
        """Store one position of each of the first B rows: positions (B,), keys and values (B, H_kv, D)."""
        rows = torch.arange(len(positions))  # (B,)
        self.keys[layer, rows, :, positions] = keys
        self.values[layer, rows, :, positions] = values

    def read(self, layer: int, rows: int, length: int) -> tuple[Tensor, Tensor]:
        """Views of the first `rows` rows and `length` positions, (rows, H_kv, length, D) each."""
        return self.keys[layer, :rows, :, :length], self.values[layer, :rows, :, :length]

    def fill(self, rows: Tensor, source: KVCache, source_rows: Tensor, length: int) -> None:
        """Copy the first `length` positions of rows of another cache into rows of this one."""
        self.keys[:, rows, :, :length] = source.keys[:, source_rows, :, :length]
        self.values[:, rows, :, :length] = source.values[:, source_rows, :, :length]

    def move(self, to: Tensor, source: Tensor, length: int) -> None:
        """Copy rows `source` over rows `to`: how a hole is filled when a sequence ends."""
        self.fill(to, self, source, length)
