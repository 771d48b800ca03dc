"""The sequences being decoded right now: one row each, active rows in front.

A row ends by a stop token or at its cap; the last active rows then move into the holes, so a decode step never computes
for a sequence that has ended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from scratchwork.model.cache import KVCache
from scratchwork.rollout.sampling import Sampling, uniforms
from scratchwork.types import Completion


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished sequence and the (prompt, sample) it belongs to."""

    owner: tuple[int, int]
    completion: Completion


class Rows:
    """Fixed arrays of `slots` rows, of which the first `count` are active."""

    def __init__(self, cache: KVCache, slots: int, sampling: Sampling) -> None:
        self.cache, self.sampling, self.count = cache, sampling, 0
        self.owners = np.zeros((slots, 2), dtype=np.int64)
        self.seeds = np.zeros(slots, dtype=np.uint64)
        self.last = np.zeros(slots, dtype=np.int64)  # the token to feed next
        self.positions = np.zeros(slots, dtype=np.int64)  # where it goes
        self.sampled = np.zeros(slots, dtype=np.int64)  # tokens drawn so far
        self.ids = np.zeros((slots, sampling.max_tokens), dtype=np.int32)
        self.logprobs = np.zeros((slots, sampling.max_tokens), dtype=np.float32)
        self.stops = np.array(sampling.stop_ids, dtype=np.int64)

    def enter(self, owner: int, seeds: tuple[int, ...], last: int, position: int) -> Tensor:
        """Activate one row a seed, to be fed token `last` at `position`; their indices (len(seeds),)."""
        rows = np.arange(self.count, self.count + len(seeds))
        self.owners[rows, 0], self.owners[rows, 1] = owner, np.arange(len(seeds))
        self.seeds[rows] = np.array([seed % 2**64 for seed in seeds], dtype=np.uint64)
        self.last[rows], self.positions[rows], self.sampled[rows] = last, position, 0
        self.count += len(seeds)
        return torch.from_numpy(rows)

    def inputs(self) -> tuple[Tensor, Tensor]:
        """The next ids (B,) and positions (B,) of the active rows."""
        return torch.from_numpy(self.last[: self.count]), torch.from_numpy(self.positions[: self.count])

    def randoms(self) -> Tensor:
        """One number in [0, 1) an active row, from its seed and how far it is, (B,)."""
        numbers = uniforms(self.seeds[: self.count], self.sampled[: self.count].astype(np.uint64))
        return torch.from_numpy(numbers)

    def extend(self, ids: Tensor, logprobs: Tensor) -> list[Ended]:
        """Take the drawn tokens (B,) and their log-probs (B,); the sequences that ended with them leave."""
        active, new = slice(self.count), ids.numpy()
        rows = np.arange(self.count)
        self.ids[rows, self.sampled[active]] = new
        self.logprobs[rows, self.sampled[active]] = logprobs.numpy()
        self.last[active] = new
        self.positions[active] += 1
        self.sampled[active] += 1
        stopped = np.isin(new, self.stops)
        done = stopped | (self.sampled[active] >= self.sampling.max_tokens)
        if not done.any():
            return []
        ended = [self.completed(int(row), bool(stopped[row])) for row in np.flatnonzero(done)]
        self.close_holes(done)
        return ended

    def completed(self, row: int, stopped: bool) -> Ended:
        n = self.sampled[row]
        owner, sample = self.owners[row]
        ids, logprobs = tuple(self.ids[row, :n].tolist()), tuple(self.logprobs[row, :n].tolist())
        return Ended((int(owner), int(sample)), Completion(ids, logprobs, "stop" if stopped else "length"))

    def close_holes(self, done: np.ndarray) -> None:
        """Move the last active rows into the places of those that are done (B,)."""
        left = int((~done).sum())
        holes = np.flatnonzero(done[:left])
        movers = left + np.flatnonzero(~done[left:])
        if len(holes):
            for array in (self.owners, self.seeds, self.last, self.positions, self.sampled, self.ids, self.logprobs):
                array[holes] = array[movers]
            length = int(self.positions[:left].max())
            self.cache.move(torch.from_numpy(holes), torch.from_numpy(movers), length)
        self.count = left
