"""The sequences being decoded right now: one row each, active rows in front.

A row ends by a stop token or at its cap; the last active rows then move into the holes, so a decode step never computes
for a sequence that has ended. Each row is drawn its own way (`Sampling`): a training step has one way for all, a server
as many as it has guests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from scratchwork.rollout.decoder import Decoder
from scratchwork.rollout.sampling import Sampling, draw, uniforms
from scratchwork.types import Completion


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished sequence and the (prompt, sample) it belongs to."""

    owner: tuple[int, int]
    completion: Completion


class Rows:
    """Fixed arrays of `slots` rows, of which the first `count` are active; up to `longest` tokens are drawn in one."""

    def __init__(self, decoder: Decoder, slots: int, longest: int) -> None:
        self.decoder, self.count = decoder, 0
        self.owners = np.zeros((slots, 2), dtype=np.int64)
        self.seeds = np.zeros(slots, dtype=np.uint64)
        self.samplings = np.empty(slots, dtype=object)  # of Sampling
        self.caps = np.zeros(slots, dtype=np.int64)  # max_tokens
        self.last = np.zeros(slots, dtype=np.int64)  # the token to feed next
        self.positions = np.zeros(slots, dtype=np.int64)  # where it goes
        self.sampled = np.zeros(slots, dtype=np.int64)  # tokens drawn so far
        self.ids = np.zeros((slots, longest), dtype=np.int32)
        self.logprobs = np.zeros((slots, longest), dtype=np.float32)
        self.ways: list[Sampling] = []  # all that active rows have, and perhaps some that have left

    def enter(self, owner: int, seeds: tuple[int, ...], last: int, position: int, sampling: Sampling) -> Tensor:
        """Activate one row a seed, to be fed token `last` at `position`; their indices (len(seeds),)."""
        rows = np.arange(self.count, self.count + len(seeds))
        self.owners[rows, 0], self.owners[rows, 1] = owner, np.arange(len(seeds))
        self.seeds[rows] = np.array([seed % 2**64 for seed in seeds], dtype=np.uint64)
        self.samplings[rows], self.caps[rows] = sampling, sampling.max_tokens
        self.last[rows], self.positions[rows], self.sampled[rows] = last, position, 0
        self.count += len(seeds)
        self.ways = list(dict.fromkeys(self.samplings[: self.count]))
        return torch.from_numpy(rows)

    def inputs(self) -> tuple[Tensor, Tensor]:
        """The next ids (B,) and positions (B,) of the active rows."""
        return torch.from_numpy(self.last[: self.count]), torch.from_numpy(self.positions[: self.count])

    def draw(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """From logits (B, V) each row's token (B,), drawn its own way, and the log-prob of that (B,)."""
        u = torch.from_numpy(uniforms(self.seeds[: self.count], self.sampled[: self.count].astype(np.uint64)))  # (B,)
        if len(self.ways) == 1:
            return draw(logits, self.ways[0], u)
        ids, logprobs = torch.zeros(self.count, dtype=torch.long), torch.zeros(self.count)  # (B,), (B,)
        for way, rows in self.by_way():
            own = torch.from_numpy(rows)
            ids[own], logprobs[own] = draw(logits[own], way, u[own])
        return ids, logprobs

    def by_way(self) -> Iterator[tuple[Sampling, np.ndarray]]:
        """The ways of drawing, each with the indices of its active rows."""
        for way in self.ways:
            rows = np.flatnonzero([own == way for own in self.samplings[: self.count]])
            if len(rows):
                yield way, rows

    def extend(self, ids: Tensor, logprobs: Tensor) -> list[Ended]:
        """Take the drawn tokens (B,) and their log-probs (B,); the sequences that ended with them leave."""
        active, new = slice(self.count), ids.numpy()
        rows = np.arange(self.count)
        self.ids[rows, self.sampled[active]] = new
        self.logprobs[rows, self.sampled[active]] = logprobs.numpy()
        self.last[active] = new
        self.positions[active] += 1
        self.sampled[active] += 1
        stopped = self.stopped(new)
        done = stopped | (self.sampled[active] >= self.caps[active])
        if not done.any():
            return []
        ended = [self.completed(int(row), bool(stopped[row])) for row in np.flatnonzero(done)]
        self.close_holes(done)
        return ended

    def stopped(self, new: np.ndarray) -> np.ndarray:
        """Which of the new tokens (B,) are stop tokens of their rows (B,)."""
        if len(self.ways) == 1:
            return np.isin(new, self.ways[0].stop_ids)
        stopped = np.zeros(self.count, dtype=bool)
        for way, rows in self.by_way():
            stopped[rows] = np.isin(new[rows], way.stop_ids)
        return stopped

    def leave(self, owner: int, sample: int) -> None:
        """Drop the row of a sample, if it is still there, without a completion."""
        self.close_holes((self.owners[: self.count] == (owner, sample)).all(axis=1))

    def completed(self, row: int, stopped: bool) -> Ended:
        n = self.sampled[row]
        owner, sample = self.owners[row]
        ids, logprobs = tuple(self.ids[row, :n].tolist()), tuple(self.logprobs[row, :n].tolist())
        return Ended((int(owner), int(sample)), Completion(ids, logprobs, "stop" if stopped else "length"))

    def sort(self) -> None:
        """Put the longest in front, so that neighbours are of like lengths (see `model.cache.blocks`)."""
        order = np.argsort(-self.positions[: self.count], kind="stable")
        self.take(np.arange(self.count), order, int(self.positions[: self.count].max()))

    def close_holes(self, done: np.ndarray) -> None:
        """Move the last active rows into the places of those that are done (B,)."""
        left = int((~done).sum())
        holes = np.flatnonzero(done[:left])
        movers = left + np.flatnonzero(~done[left:])
        if len(holes):
            self.take(holes, movers, int(self.positions[movers].max()))
        self.count = left

    def take(self, to: np.ndarray, source: np.ndarray, length: int) -> None:
        """Copy rows `source`, the first `length` positions of their cache, over rows `to`."""
        for array in (
            *(self.owners, self.seeds, self.samplings, self.caps),
            *(self.last, self.positions, self.sampled, self.ids, self.logprobs),
        ):
            array[to] = array[source]
        self.decoder.move(torch.from_numpy(to), torch.from_numpy(source), length)
