"""Where sequences are decoded, a token of each at a time: the memory of their keys and values, and who reads it.

Two ways to do the same: `TorchDecoder` with torch's own operations, on any device, and native.py with kernels
for small models on a CPU. tests/rollout/test_native.py holds them to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from scratchwork.model.cache import KVCache, blocks
from scratchwork.model.transformer import Transformer


class Decoder(Protocol):
    """`slots` rows, one a sequence, of up to `room` tokens, prompt included. Active rows are kept in front."""

    slots: int
    room: int

    def refresh(self) -> None:
        """Take over the model's weights, which may have changed."""
        ...

    def enter(self, prompts: Sequence[tuple[Sequence[int], Tensor]]) -> None:
        """Read each prompt's ids (T,), none of them too, once, for all of its rows (G,)."""
        ...

    def decode(self, ids: Tensor, positions: Tensor) -> Tensor:
        """Logits (B, V) after one more token in each of the first B rows: ids (B,), positions (B,)."""
        ...

    def move(self, to: Tensor, source: Tensor, length: int) -> None:
        """Copy the first `length` positions of rows `source` over rows `to`: how a hole is filled."""
        ...

    def mixed(self, positions: Tensor) -> bool:
        """Whether rows that stand at `positions` (B,) would be read faster if they were in order of their lengths."""
        ...


class TorchDecoder:
    """A Decoder on the very module that trains."""

    def __init__(self, model: Transformer, slots: int, room: int) -> None:
        self.model, self.slots, self.room = model, slots, room
        self.cache = KVCache(model.config, slots, room)

    def refresh(self) -> None:
        """There is nothing to do: the module's weights are the ones that are used."""

    def enter(self, prompts: Sequence[tuple[Sequence[int], Tensor]]) -> None:
        longest = max(len(ids) for ids, _ in prompts)
        padded = torch.zeros(len(prompts), max(longest, 1), dtype=torch.long)  # (P, T)
        for i, (ids, _) in enumerate(prompts):
            padded[i, : len(ids)] = torch.tensor(ids, dtype=torch.long)
        prefilled = KVCache(self.model.config, *padded.shape)
        self.model.hidden_states(padded, prefilled)
        for i, (ids, rows) in enumerate(prompts):
            self.cache.fill(rows, prefilled, torch.full_like(rows, i), len(ids))

    def decode(self, ids: Tensor, positions: Tensor) -> Tensor:
        return self.model.decode(ids, self.cache, positions)

    def move(self, to: Tensor, source: Tensor, length: int) -> None:
        self.cache.fill(to, self.cache, source, length)

    def mixed(self, positions: Tensor) -> bool:
        return len(blocks(positions.sort().values)) > 1
