"""The rollout engine: prompts in, completions out, with the weights that train.

Each prompt is prefilled once and its keys and values are copied to the rows of its samples; rows decode together, leave
when they end, and waiting prompts take their place (continuous batching). Sampler and trainer share weights and dtype,
so the importance ratio of an on-policy step is 1 up to rounding. Small models on a CPU decode by kernels of our own
(`native/`), all others through the module itself.

Left out: paged memory (a static block is simpler and as fast at these lengths), chunked prefill, speculative decoding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor

from scratchwork.model.transformer import Transformer
from scratchwork.rollout.decoding import Decoding, Entry, Prompt, room_for
from scratchwork.rollout.sampling import Sampling
from scratchwork.types import Completion


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
        self.kept: Decoding | None = None

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        self.model.load_state_dict(state)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Raises UserError for an empty prompt or one that leaves no room for `max_tokens`."""
        done: list[list[Completion | None]] = [[None] * len(p.seeds) for p in prompts]
        waiting = deque(Entry(i, prompt, sampling) for i, prompt in enumerate(prompts) if prompt.seeds)
        slots = min(max(self.slots, max((len(p.seeds) for p in prompts), default=0)), sum(map(len, done)))
        decoding = self.decoding(
            slots, room_for(prompts, sampling.max_tokens, self.model.config.max_position_embeddings)
        )
        while waiting or decoding.count:
            decoding.enter(first_that_fit(waiting, slots - decoding.count))
            for ended in decoding.step():
                prompt, sample = ended.owner
                done[prompt][sample] = ended.completion
        return [[c for c in completions if c is not None] for completions in done]

    def decoding(self, slots: int, room: int) -> Decoding:
        """The last call's, emptied, where it is large enough: fresh memory costs a fault for every page of it."""
        if self.kept is None or not self.kept.holds(slots, room):
            self.kept = None  # the old one goes before the new one comes
            self.kept = Decoding(self.model, slots, room)
        self.kept.clear()  # a call may have been broken off
        return self.kept


def first_that_fit(waiting: deque[Entry], free: int) -> list[Entry]:
    """Take the entries from the front whose samples together have at most `free` rows to go to."""
    entering: list[Entry] = []
    while waiting and len(waiting[0].prompt.seeds) <= free:
        entering.append(waiting.popleft())
        free -= len(entering[-1].prompt.seeds)
    return entering
