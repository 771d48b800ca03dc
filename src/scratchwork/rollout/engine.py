"""The rollout engine: prompts in, completions out, with the weights that train.

Each prompt is prefilled once and its keys and values are copied to the rows of its samples; rows decode together, leave
when they end, and waiting prompts take their place (continuous batching). Sampler and trainer share weights and dtype,
so the importance ratio of an on-policy step is 1 up to rounding. Small models on a CPU decode by kernels of our own
(`native/`), each thread a share of the prompts at its own pace, all others through the module itself.

Left out: paged memory (a static block is simpler and as fast at these lengths), chunked prefill, speculative decoding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Protocol

import torch
from torch import Tensor

from scratchwork.model.transformer import Transformer
from scratchwork.rollout.decoding import Decoding, Entry, Prompt, room_for
from scratchwork.rollout.native import runs
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
    """An Engine on a `Transformer` in this process. `slots`: sequences decoded together.

    `told` hears how many completions have ended since it was last told: from any thread, one at a time.
    """

    def __init__(self, model: Transformer, slots: int = 256, told: Callable[[int], None] | None = None) -> None:
        self.model, self.slots, self.told = model, slots, told
        self.kept: list[Decoding] = []

    def load_weights(self, state: Mapping[str, Tensor]) -> None:
        self.model.load_state_dict(state)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Raises UserError for an empty prompt or one that leaves no room for `max_tokens`."""
        done: list[list[Completion | None]] = [[None] * len(p.seeds) for p in prompts]
        waiting = deque(Entry(i, prompt, sampling) for i, prompt in enumerate(prompts) if prompt.seeds)
        door, stop = Lock(), Event()

        def drive(decoding: Decoding, slots: int) -> None:
            while (waiting or decoding.count) and not stop.is_set():
                with door:
                    entering = first_that_fit(waiting, slots - decoding.count)
                decoding.enter(entering)
                ended = decoding.step() if decoding.count else []
                for one in ended:
                    prompt, sample = one.owner
                    done[prompt][sample] = one.completion
                if ended and self.told:
                    with door:
                        self.told(len(ended))

        first, *others = self.decodings(prompts, sampling)
        with ThreadPoolExecutor(1 + len(others)) as pool:
            driven = [pool.submit(drive, *other) for other in others]
            try:
                drive(*first)
                for one in driven:
                    one.result()
            finally:
                stop.set()  # Ctrl-C reaches this thread alone
        return [[c for c in completions if c is not None] for completions in done]

    def decodings(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[tuple[Decoding, int]]:
        """Who decodes them, and how many slots each has; empty, with the weights that the model has now.

        The kernels of a small model decode on one thread each. The last call's memory is used again where it is large
        enough: fresh memory costs a fault for every page of it.
        """
        groups = [len(prompt.seeds) for prompt in prompts if prompt.seeds]
        largest = max(groups, default=0)
        room = room_for(prompts, sampling.max_tokens, self.model.config.max_position_embeddings)
        shares = max(1, min(torch.get_num_threads(), len(groups))) if runs(self.model) else 1
        slots = max(largest, -(-min(self.slots, sum(groups)) // shares))
        if len(self.kept) != shares or not all(decoding.holds(slots, room) for decoding in self.kept):
            self.kept = []  # the old memory goes before the new comes
            self.kept = [Decoding(self.model, slots, room, threads=int(shares > 1)) for _ in range(shares)]
        for decoding in self.kept:
            decoding.clear()  # a call may have been broken off
        return [(decoding, slots) for decoding in self.kept]


def first_that_fit(waiting: deque[Entry], free: int) -> list[Entry]:
    """Take the entries from the front whose samples together have at most `free` rows to go to."""
    entering: list[Entry] = []
    while waiting and len(waiting[0].prompt.seeds) <= free:
        entering.append(waiting.popleft())
        free -= len(entering[-1].prompt.seeds)
    return entering
