"""Decoding under way: sequences that enter, grow by a token a step together, and leave.

The engine drives it until its prompts are answered; a server drives it for as long as it runs, with guests that come
and go between any two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from scratchwork.errors import UserError
from scratchwork.model.cache import KVCache, blocks
from scratchwork.model.transformer import Transformer
from scratchwork.rollout.rows import Ended, Rows
from scratchwork.rollout.sampling import Sampling

SORTED = 128  # steps after which rows of mixed lengths are put in order
Steer = Callable[[np.ndarray, np.ndarray], None]  # owners (B, 2) and drawn ids (B,), which it may replace in place


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids, and one seed for each completion wanted."""

    ids: tuple[int, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A prompt that enters: whose it is (any number), and how its samples are drawn."""

    owner: int
    prompt: Prompt
    sampling: Sampling


class Decoding:
    """Up to `slots` sequences of at most `room` tokens, prompt included, on one model."""

    def __init__(self, model: Transformer, slots: int, room: int) -> None:
        self.model = model
        self.cache = KVCache(model.config, slots, room)
        self.rows = Rows(self.cache, slots, room)
        self.steps = 0

    @property
    def count(self) -> int:
        """Sequences under way."""
        return self.rows.count

    def holds(self, slots: int, room: int) -> bool:
        """Whether there is memory for so many sequences of such a length."""
        return self.cache.keys.shape[1] >= slots and self.cache.keys.shape[3] >= room

    @torch.inference_mode()
    def enter(self, entries: Sequence[Entry]) -> None:
        """Prefill the prompts, each once, and copy each to its samples' rows; there must be rows for all.

        All but the last token is prefilled; the last is each row's first decode, which gives the first logits.
        """
        if not entries:
            return
        prompts = [entry.prompt for entry in entries]
        longest = max(len(prompt.ids) for prompt in prompts) - 1
        ids = torch.zeros(len(prompts), max(longest, 1), dtype=torch.long)  # (P, T)
        for i, prompt in enumerate(prompts):
            ids[i, : len(prompt.ids) - 1] = torch.tensor(prompt.ids[:-1])
        prefilled = KVCache(self.model.config, *ids.shape)
        self.model.hidden_states(ids, prefilled)
        for i, (entry, prompt) in enumerate(zip(entries, prompts, strict=True)):
            length = len(prompt.ids) - 1
            new = self.rows.enter(entry.owner, prompt.seeds, prompt.ids[-1], length, entry.sampling)  # (G,)
            self.cache.fill(new, prefilled, torch.full_like(new, i), length)

    @torch.inference_mode()
    def step(self, steer: Steer | None = None) -> list[Ended]:
        """One more token in every row; what ended with it. `steer` sees the drawn tokens before they count."""
        self.steps += 1
        if self.steps % SORTED == 0 and len(blocks(self.rows.inputs()[1].sort().values)) > 1:
            self.rows.sort()
        ids, positions = self.rows.inputs()  # (B,), (B,)
        drawn, logprobs = self.rows.draw(self.model.decode(ids, self.cache, positions))  # (B,), (B,)
        if steer is not None:
            steer(self.rows.owners[: self.count], drawn.numpy())
        return self.rows.extend(drawn, logprobs)

    def leave(self, owner: int, sample: int) -> None:
        """Give up the row of a sample, if it is still there."""
        self.rows.leave(owner, sample)

    def clear(self) -> None:
        """Give up all rows."""
        self.rows.count = 0


def room_for(prompts: Sequence[Prompt], max_tokens: int, limit: int) -> int:
    """The longest sequence there can be. Raises UserError when it passes `limit`, the model's, or a prompt is empty."""
    if any(not prompt.ids for prompt in prompts):
        raise UserError("a prompt is empty; it needs at least one token")
    room = max((len(prompt.ids) for prompt in prompts), default=0) + max_tokens
    if room > limit:
        raise UserError(
            f"max_tokens is {max_tokens}, which with the longest prompt makes {room} tokens; the model "
            f"ends at {limit} (max_position_embeddings): shorten one"
        )
    return room
