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
from scratchwork.model.transformer import Transformer
from scratchwork.rollout.decoder import Decoder, TorchDecoder
from scratchwork.rollout.native import NativeDecoder, runs
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
    """Up to `slots` sequences of at most `room` tokens, prompt included, on one model.

    `threads` share the kernels' work; 0 = as many as torch computes with.
    """

    def __init__(self, model: Transformer, slots: int, room: int, threads: int = 0) -> None:
        self.decoder: Decoder = (
            NativeDecoder(model, slots, room, threads) if runs(model) else TorchDecoder(model, slots, room)
        )
        self.rows = Rows(self.decoder, slots, room)
        self.steps = 0

    @property
    def count(self) -> int:
        """Sequences under way."""
        return self.rows.count

    def holds(self, slots: int, room: int) -> bool:
        """Whether there is memory for so many sequences of such a length."""
        return self.decoder.slots >= slots and self.decoder.room >= room

    @torch.inference_mode()
    def enter(self, entries: Sequence[Entry]) -> None:
        """Prefill the prompts, each once for all of its samples; there must be rows for all.

        All but the last token is prefilled; the last is each row's first decode, which gives the first logits.
        """
        if not entries:
            return
        prompts = []
        for entry in entries:
            *ids, last = entry.prompt.ids
            prompts.append((ids, self.rows.enter(entry.owner, entry.prompt.seeds, last, len(ids), entry.sampling)))
        self.decoder.enter(prompts)

    @torch.inference_mode()
    def step(self, steer: Steer | None = None) -> list[Ended]:
        """One more token in every row; what ended with it. `steer` sees the drawn tokens before they count."""
        self.steps += 1
        if self.steps % SORTED == 0 and self.decoder.mixed(self.rows.inputs()[1]):
            self.rows.sort()
        drawn, logprobs = self.rows.draw(self.decoder.decode(*self.rows.inputs()))  # (B,), (B,)
        if steer is not None:
            steer(self.rows.owners[: self.count], drawn.numpy())
        return self.rows.extend(drawn, logprobs)

    def leave(self, owner: int, sample: int) -> None:
        """Give up the row of a sample, if it is still there."""
        self.rows.leave(owner, sample)

    def clear(self) -> None:
        """Give up all rows, and go on with the weights that the model has now."""
        self.rows.count = 0
        self.decoder.refresh()


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
