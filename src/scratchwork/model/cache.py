"""A static key-value cache: one block of memory, rows that come and go.

Rows are sequences. Row r holds keys and values of positions 0 .. lengths[r] - 1; whatever lies beyond is old memory and
masked. Active rows are kept in front, so that a decode step reads one contiguous slice and nothing is gathered.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratchwork.config import ModelConfig

BLOCK = 64  # rows
SAVED = 0.25  # of what is read, for blocks to be worth their calls


def blocks(positions: Tensor) -> list[tuple[slice, int]]:
    """Rows to attend with in one go, and the length that they need, for rows that stand at `positions` (B,).

    Rows that grow together are one block; where lengths are mixed, short rows are not read at the longest's length.

    >>> blocks(torch.tensor([9] * 256)), blocks(torch.tensor([499] * 64 + [9] * 64))
    ([(slice(0, 256, None), 10)], [(slice(0, 64, None), 500), (slice(64, 128, None), 10)])
    """
    B, longest = len(positions), int(positions.max()) + 1
    parts = [slice(start, min(start + BLOCK, B)) for start in range(0, B, BLOCK)]
    lengths = [int(positions[rows].max()) + 1 for rows in parts]
    read = sum((rows.stop - rows.start) * length for rows, length in zip(parts, lengths, strict=True))
    return list(zip(parts, lengths, strict=True)) if read < (1 - SAVED) * B * longest else [(slice(0, B), longest)]


class KVCache:
    """Keys and values of all layers, (L, rows, H_kv, max_length, D) each."""

    def __init__(self, config: ModelConfig, rows: int, max_length: int, dtype: torch.dtype = torch.float32) -> None:
        shape = (config.num_hidden_layers, rows, config.num_key_value_heads, max_length, config.head_dim)
        self.keys = torch.zeros(shape, dtype=dtype)  # (L, R, H_kv, S, D)
        self.values = torch.zeros(shape, dtype=dtype)  # (L, R, H_kv, S, D)

    def places(self, positions: Tensor) -> Tensor:
        """Where position positions[r] of each of the first B rows r lies in a layer's memory, flat: (B * H_kv,)."""
        B, H_kv, S = len(positions), *self.keys.shape[2:4]
        starts = torch.arange(0, B * H_kv * S, S).view(B, H_kv)  # (B, H_kv)
        return (starts + positions[:, None]).flatten()

    def write(self, layer: int, places: Tensor, keys: Tensor, values: Tensor) -> None:
        """Store one position of each of the first B rows: `places` of it, keys and values (B, H_kv, 1, D)."""
        for memory, new in ((self.keys, keys), (self.values, values)):
            D = new.shape[-1]
            memory[layer].view(-1, D).index_copy_(0, places, new.reshape(-1, D))

    def read(self, layer: int, rows: slice, length: int) -> tuple[Tensor, Tensor]:
        """Views of some rows' first `length` positions, (rows, H_kv, length, D) each."""
        return self.keys[layer, rows, :, :length], self.values[layer, rows, :, :length]

    def fill(self, rows: Tensor, source: KVCache, source_rows: Tensor, length: int) -> None:
        """Copy the first `length` positions of rows of another cache into rows of this one."""
        self.keys[:, rows, :, :length] = source.keys[:, source_rows, :, :length]
        self.values[:, rows, :, :length] = source.values[:, source_rows, :, :length]
