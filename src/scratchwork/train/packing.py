"""Documents into rows: whole documents, best fit, next to no padding.

No document is cut: a page that starts in the middle teaches nothing about how pages start, and a prompt at inference
always starts one. Documents longer than a row are left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from scratchwork.errors import UserError

Encode = Callable[[int], tuple[list[int], list[int]]]  # document index -> (ids, loss mask)
POOL = 64


class Packer:
    """An endless stream of rows of `length` ids, from documents drawn by index."""

    def __init__(self, encode: Encode, length: int, pad_id: int) -> None:
        self.encode, self.length, self.pad_id = encode, length, pad_id
        self.position = 0  # the next document
        self.too_long = 0
        self.pool: list[tuple[list[int], list[int]]] = []

    def state(self) -> dict[str, Any]:
        """What to keep to go on exactly; `restore` takes it."""
        return {"position": self.position, "too_long": self.too_long, "pool": [list(map(list, p)) for p in self.pool]}

    def restore(self, state: dict[str, Any]) -> None:
        self.position, self.too_long = state["position"], state["too_long"]
        self.pool = [(list(ids), list(mask)) for ids, mask in state["pool"]]

    def rows(self, count: int) -> tuple[Tensor, Tensor]:
        """`count` rows: ids (B, T), and loss_mask (B, T), False on padding."""
        made = [self.row() for _ in range(count)]
        return torch.tensor([ids for ids, _ in made]), torch.tensor([mask for _, mask in made], dtype=torch.bool)

    def row(self) -> tuple[list[int], list[int]]:
        ids: list[int] = []
        mask: list[int] = []
        for document, own_mask in self.fitting():
            ids += document
            mask += own_mask
        padding = self.length - len(ids)
        return ids + [self.pad_id] * padding, mask + [0] * padding

    def fitting(self) -> Iterator[tuple[list[int], list[int]]]:
        """The oldest document first, so that none waits for ever, then always the longest that still fits."""
        room = self.length
        self.fill()
        while True:
            fits = [i for i, (ids, _) in enumerate(self.pool) if len(ids) <= room]
            if not fits:
                return
            first = room == self.length
            best = fits[0] if first else max(fits, key=lambda i: len(self.pool[i][0]))
            room -= len(self.pool[best][0])
            yield self.pool.pop(best)

    def fill(self) -> None:
        while len(self.pool) < POOL:
            ids, mask = self.encode(self.position)
            self.position += 1
            if len(ids) > self.length:
                self.too_long += 1
                self.refuse_if_none_fit()
            else:
                self.pool.append((ids, mask))

    def refuse_if_none_fit(self) -> None:
        """Raises UserError when the first thousand documents were all too long: the search would never end."""
        if self.too_long == self.position >= 1000:
            raise UserError(f"no document fits a row of {self.length} tokens; raise sequence_length")
