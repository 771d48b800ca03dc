"""The rollout engine: prompts in, completions out, on the very module that trains.

Each prompt is prefilled once and its keys and values are copied to the rows of its samples; rows decode together, leave
when they end, and waiting prompts take their place (continuous batching). Sampler and trainer share weights, code and
dtype, so the importance ratio of an on-policy step is 1 up to rounding.

Left out: paged memory (a static block is simpler and as fast at these lengths), chunked prefill, speculative decoding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from scratchwork.errors import UserError
from scratchwork.model.cache import KVCache
from scratchwork.model.transformer import Transformer
from scratchwork.rollout.rows import Rows
from scratchwork.rollout.sampling import Sampling, draw
from scratchwork.types import Completion


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids, and one seed for each completion wanted."""

    ids: tuple[int, ...]
    seeds: tuple[int, ...]


class Engine(Protocol):
    """Who answers. Every engine passes tests/rollout/engine_contract.py."""

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """The completions of each prompt, in the order of its seeds."""
        ...

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        """Answer with these weights from now on."""
        ...


class TorchEngine:
    """An Engine on a `Transformer` in this process. `slots`: sequences decoded together."""

    def __init__(self, model: Transformer, slots: int = 256) -> None:
        self.model, self.slots = model, slots
        self.cache: KVCache | None = None

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        self.model.load_state_dict(state)

    @torch.inference_mode()
    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Raises UserError for an empty prompt or one that leaves no room for `max_tokens`."""
        done: list[list[Completion | None]] = [[None] * len(p.seeds) for p in prompts]
        waiting = deque((i, prompt) for i, prompt in enumerate(prompts) if prompt.seeds)
        slots = min(max(self.slots, max((len(p.seeds) for p in prompts), default=0)), sum(map(len, done)))
        cache = self.memory(slots, self.room(prompts, sampling))
        rows = Rows(cache, slots, sampling)
        while waiting or rows.count:
            self.admit(waiting, rows, slots)
            ids, positions = rows.inputs()  # (B,), (B,)
            logits = self.model.decode(ids, cache, positions)  # (B, V)
            for ended in rows.extend(*draw(logits, sampling, rows.randoms())):
                prompt, sample = ended.owner
                done[prompt][sample] = ended.completion
        return [[c for c in completions if c is not None] for completions in done]

    def memory(self, slots: int, room: int) -> KVCache:
        """The cache of the last call where it is large enough: fresh memory costs a fault for every page of it."""
        if self.cache is None or not self.cache.holds(slots, room):
            self.cache = None  # the old one goes before the new one comes
            self.cache = KVCache(self.model.config, slots, room)
        return self.cache

    def room(self, prompts: Sequence[Prompt], sampling: Sampling) -> int:
        """The longest sequence there can be, checked against the model's."""
        if any(not p.ids for p in prompts):
            raise UserError("a prompt is empty; it needs at least one token")
        room = max((len(p.ids) for p in prompts), default=0) + sampling.max_tokens
        limit = self.model.config.max_position_embeddings
        if room > limit:
            raise UserError(
                f"max_tokens is {sampling.max_tokens}, which with the longest prompt makes {room} tokens; the model "
                f"ends at {limit} (max_position_embeddings): shorten one"
            )
        return room

    def admit(self, waiting: deque[tuple[int, Prompt]], rows: Rows, slots: int) -> None:
        """Prefill as many waiting prompts as there is room for, each once, and copy it to its samples' rows.

        All but the last token is prefilled; the last is each row's first decode, which gives the first logits.
        """
        entering: list[tuple[int, Prompt]] = []
        free = slots - rows.count
        while waiting and len(waiting[0][1].seeds) <= free:
            entering.append(waiting.popleft())
            free -= len(entering[-1][1].seeds)
        if not entering:
            return
        longest = max(len(p.ids) for _, p in entering) - 1
        ids = torch.zeros(len(entering), max(longest, 1), dtype=torch.long)  # (P, T)
        for i, (_, prompt) in enumerate(entering):
            ids[i, : len(prompt.ids) - 1] = torch.tensor(prompt.ids[:-1])
        prefilled = KVCache(self.model.config, *ids.shape)
        self.model.hidden_states(ids, prefilled)
        for i, (owner, prompt) in enumerate(entering):
            new = rows.enter(owner, prompt.seeds, prompt.ids[-1], len(prompt.ids) - 1)  # (G,)
            rows.cache.fill(new, prefilled, torch.full_like(new, i), len(prompt.ids) - 1)
