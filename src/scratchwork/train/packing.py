"""Documents into rows: whole documents, first fit from a pool, little padding.

No document is cut: a page that starts in the middle teaches nothing about how pages start, and a prompt at inference
always starts one. Documents longer than a row are left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from scratchwork.errors import UserError
from scratchwork.model.state import StateError
from scratchwork.shapes import Waiting, flaw

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

    def restore(self, state: Mapping[str, Any]) -> None:
        """Raises StateError for what `state` cannot have given."""
        if why := flaw(state, Waiting):
            raise StateError(f"its state of the packer is damaged: {why}")
        if any(len(ids) != len(mask) for ids, mask in state["pool"]):
            raise StateError("its state of the packer has a page whose mask is of another length")
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
        """A fresh document to start with, then the oldest waiting ones that still fit.

        The first is never chosen by its length: a prompt at inference starts a row too, and a model that found short
        pages there would answer every question shortly.
        """
        first = self.fresh()
        room = self.length - len(first[0])
        yield first
        while len(self.pool) < POOL:
            self.pool.append(self.fresh())
        waiting, self.pool = self.pool, []
        for page in waiting:
            if len(page[0]) <= room:
                room -= len(page[0])
                yield page
            else:
                self.pool.append(page)

    def fresh(self) -> tuple[list[int], list[int]]:
        """The next document that fits a row at all."""
        while True:
            page = self.encode(self.position)
            self.position += 1
            if len(page[0]) <= self.length:
                return page
            self.too_long += 1
            self.refuse_if_none_fit()

    def refuse_if_none_fit(self) -> None:
        """Raises UserError when the first thousand documents were all too long: the search would never end."""
        if self.too_long == self.position >= 1000:
            raise UserError(f"no document fits a row of {self.length} tokens; raise sequence_length")
