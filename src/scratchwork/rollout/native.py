"""A model as the kernels run it: its weights in panels, its sequences' memory, and threads that share the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scratchwork.model.transformer import Transformer
from scratchwork.native.kernels import BLOCK, Scratch, Weights, forward
from scratchwork.native.lanes import LANES
from scratchwork.native.pieces import TILE, Floats

LARGEST = 32_000_000  # weights; beyond, a step is spent on reading them, and all cores should read each matrix together


def runs(model: Transformer) -> bool:
    """Whether the kernels can and should: in fp32 on a CPU, and small enough for calls to cost more than arithmetic."""
    c, weights = model.config, list(model.parameters())
    whole = all(size % LANES == 0 for size in (c.hidden_size, c.intermediate_size, c.head_dim))
    plain = all(p.dtype == torch.float32 and p.device.type == "cpu" for p in weights)
    # A subclass may compute something else, of which the kernels know nothing.
    return type(model) is Transformer and whole and plain and sum(p.numel() for p in weights) <= LARGEST


class NativeDecoder:
    """A Decoder of `slots` sequences of up to `room` tokens, for a model that `runs`.

    `threads` share the rows; 0 = as many as torch computes with, where it is asked to decode.
    """

    def __init__(self, model: Transformer, slots: int, room: int, threads: int = 0) -> None:
        c, chunks = model.config, -(-room // LANES)
        heads = (c.num_hidden_layers, slots, c.num_key_value_heads)
        self.model, self.slots, self.wanted = model, slots, threads
        self.room = min(chunks * LANES, c.max_position_embeddings)
        self.keys = np.zeros((*heads, chunks, c.head_dim, LANES), dtype=np.float32)
        self.values = np.zeros((*heads, c.head_dim // LANES, chunks * LANES, LANES), dtype=np.float32)
        self.scratch: list[Scratch] = []
        self.team = ThreadPoolExecutor(256, thread_name_prefix="decode")  # which starts as many as are needed
        self.refresh()

    @property
    def threads(self) -> int:
        return self.wanted or torch.get_num_threads()

    def refresh(self) -> None:
        self.weights = pack(self.model)

    def enter(self, prompts: Sequence[tuple[Sequence[int], Tensor]]) -> None:
        nothing = np.empty((0, self.model.config.vocab_size), dtype=np.float32)
        self.run(
            [
                (np.array(ids), np.arange(len(ids)), np.full(len(ids), int(rows[0])), nothing)
                for ids, rows in prompts
                if ids
            ]
        )
        for ids, rows in prompts:
            self.move(rows[1:], rows[:1].expand(len(rows) - 1), len(ids))

    def decode(self, ids: Tensor, positions: Tensor) -> Tensor:
        B = len(ids)
        logits = np.empty((B, self.model.config.vocab_size), dtype=np.float32)
        size = -(-B // (self.threads * TILE)) * TILE
        given = (ids.numpy(), positions.numpy(), np.arange(B), logits)
        self.run([tuple(array[at : at + size] for array in given) for at in range(0, B, size)])
        return torch.from_numpy(logits)

    def run(self, parts: Sequence[tuple[Any, ...]]) -> None:
        """The kernel on each part, side by side; this thread does its share."""
        threads = min(self.threads, len(parts))
        while len(self.scratch) < threads:
            self.scratch.append(scratch(self.model, self.values.shape[-2]))

        def share(thread: int) -> None:
            for ids, positions, rows, logits in parts[thread::threads]:
                self.check(ids, positions, rows)
                forward(ids, positions, rows, self.keys, self.values, self.weights, self.scratch[thread], logits)

        waiting = [self.team.submit(share, thread) for thread in range(1, threads)]
        if parts:
            share(0)
        for one in waiting:
            one.result()

    def check(self, ids: Any, positions: Any, rows: Any) -> None:
        """Raises IndexError for what the kernels, which do not look, would read or write beyond their memory."""
        limits = {"token": len(self.weights.embed), "position": self.room, "row": self.slots}
        for (what, limit), values in zip(limits.items(), (ids, positions, rows), strict=True):
            if values.min() < 0 or values.max() >= limit:
                raise IndexError(f"a {what} is {values.min()} or {values.max()}, of {limit}")

    def move(self, to: Tensor, source: Tensor, length: int) -> None:
        chunks = -(-length // LANES)
        self.keys[:, to, :, :chunks] = self.keys[:, source, :, :chunks]
        self.values[:, to, :, :, :length] = self.values[:, source, :, :, :length]

    def mixed(self, positions: Tensor) -> bool:
        return False  # each row is read at its own length


def scratch(model: Transformer, room: int) -> Scratch:
    """Memory for one thread to work in."""
    c, (V, _) = model.config, model.lm_head.weight.shape
    group = -(-c.num_attention_heads // (c.num_key_value_heads * TILE)) * TILE
    width, qkv = c.num_attention_heads * c.head_dim, model.layers[0].attention.qkv_proj.out_features

    def rows(columns: int, count: int = BLOCK) -> Floats:
        return np.zeros((count, columns), dtype=np.float32)

    return Scratch(
        x=rows(c.hidden_size),
        n=rows(c.hidden_size),
        qkv=rows(qkv),
        attended=rows(width),
        gate_up=rows(2 * c.intermediate_size),
        hidden=rows(c.intermediate_size),
        heads=rows(c.head_dim, group),
        scores=np.zeros(group * room, dtype=np.float32),
        mixed=rows(c.head_dim, group),
        logits=rows(-(-V // LANES) * LANES),
    )


@torch.no_grad()
def pack(model: Transformer) -> Weights:
    """Copies of a model's weights, as the kernels read them."""
    layers = list(model.layers)
    width = layers[0].attention.qkv_proj.out_features
    heads_normed = model.config.architecture == "qwen3"
    none = torch.zeros(0)

    def of_layers(weights: Iterable[Tensor]) -> Floats:
        return torch.stack(list(weights)).numpy()

    return Weights(
        embed=model.embed.weight.clone().numpy(),
        input_norm=of_layers(b.input_norm.weight for b in layers),
        qkv=panels([b.attention.qkv_proj.weight for b in layers]),
        qkv_bias=of_layers(
            torch.zeros(width) if b.attention.qkv_proj.bias is None else b.attention.qkv_proj.bias for b in layers
        ),
        q_norm=of_layers(b.attention.q_norm.weight if heads_normed else none for b in layers),  # type: ignore[misc]
        k_norm=of_layers(b.attention.k_norm.weight if heads_normed else none for b in layers),  # type: ignore[misc]
        o=panels([b.attention.o_proj.weight for b in layers]),
        post_norm=of_layers(b.post_norm.weight for b in layers),
        gate_up=panels([b.gate_up_proj.weight for b in layers]),
        down=panels([b.down_proj.weight for b in layers]),
        norm=model.norm.weight.clone().numpy(),
        head=panels([model.lm_head.weight])[0],
        cos=model.cos.numpy(),
        sin=model.sin.numpy(),
        eps=np.float32(model.config.rms_norm_eps),
    )


def panels(matrices: Sequence[Tensor]) -> Floats:
    """Matrices (N, K) to (L, N / 16, K, 16), filled up with zeros where N is no multiple of 16.

    >>> panels([torch.arange(32.0).view(16, 2)])[0, 0, 1].tolist()[:4]  # the second column
    [1.0, 3.0, 5.0, 7.0]
    """
    whole = torch.stack(list(matrices))  # (L, N, K)
    padded = torch.nn.functional.pad(whole, (0, 0, 0, -whole.shape[1] % LANES))
    return padded.unflatten(1, (-1, LANES)).transpose(2, 3).contiguous().numpy()
