"""The forward pass of a few tokens, compiled: from ids and a cache to the last hidden states, or to logits.

The same sums as model/transformer.py, for the Llama family that it covers. Rows are tokens: one of each of many
sequences (a decode step), or many of one (a prompt). No row's arithmetic depends on which others are there, so a
sequence's numbers are the same to the last bit whoever shares its batch.

Matrices are in panels (pieces.py), and attention is two products with such: with keys in panels of sixteen positions
(S/16, D, 16) and values in panels of sixteen channels (D/16, S, 16).

Sizes: R rows, C hidden_size, H heads, H_kv key-value heads, G = H / H_kv, D head_dim, I intermediate_size, S positions.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from scratchwork.native import lanes
from scratchwork.native.compiling import compiled
from scratchwork.native.lanes import LANES, exp, greatest, load, splat, store
from scratchwork.native.pieces import FAR, TILE, Floats, accumulate, clear, gated, normed, softmax, turned

BLOCK = 128  # rows that read each layer's weights together; what they are on the way still fits a core's cache


class Weights(NamedTuple):
    """A model's weights as the kernels read them; of the norms on heads there are none where D is 0."""

    embed: Floats  # (V, C)
    input_norm: Floats  # (L, C)
    qkv: Floats  # panels (L, (H + 2 H_kv) D / 16, C, 16)
    qkv_bias: Floats  # (L, (H + 2 H_kv) D), zeros where the model has none
    q_norm: Floats  # (L, D)
    k_norm: Floats  # (L, D)
    o: Floats  # panels (L, C / 16, H D, 16)
    post_norm: Floats  # (L, C)
    gate_up: Floats  # panels (L, 2 I / 16, C, 16)
    down: Floats  # panels (L, C / 16, I, 16)
    norm: Floats  # (C,)
    head: Floats  # panels (V / 16, C, 16)
    cos: Floats  # (S, D)
    sin: Floats  # (S, D), negative in the first half
    eps: np.float32


class Scratch(NamedTuple):
    """What BLOCK rows need on the way; what stands in it between two calls means nothing."""

    x: Floats  # (R, C)
    n: Floats  # (R, C)
    qkv: Floats  # (R, (H + 2 H_kv) D)
    attended: Floats  # (R, H D)
    gate_up: Floats  # (R, 2 I)
    hidden: Floats  # (R, I)
    heads: Floats  # (G, D), G a multiple of TILE here and below
    scores: Floats  # (G S,)
    mixed: Floats  # (G, D)
    logits: Floats  # (R, V), V a multiple of 16


@compiled
def attend(q: Floats, keys: Floats, values: Floats, position: int, s: Scratch, out: Floats) -> None:
    """Attention of heads that share keys, q (G, D), over positions 0 .. `position`, to out (G, D).

    A product of q with keys, panels (S / 16, D, 16), and one of the shares with values, panels (D / 16, S, 16).
    """
    G, D = q.shape
    S = (position // LANES + 1) * LANES
    R = len(s.heads)
    scores = s.scores[: R * S].reshape(R, S)
    scale = np.float32(1 / math.sqrt(D))
    for g in range(G):
        for d in range(D):
            s.heads[g, d] = q[g, d] * scale
    clear(scores)
    accumulate(s.heads, keys, scores)
    for g in range(G):
        for later in range(position + 1, S):
            scores[g, later] = FAR
        softmax(scores[g])
    clear(s.mixed)
    accumulate(scores, values, s.mixed)
    for g in range(G):
        for d in range(D):
            out[g, d] = s.mixed[g, d]


@compiled
def forward(
    ids: Any, positions: Any, rows: Any, keys: Floats, values: Floats, w: Weights, s: Scratch, out: Floats
) -> None:
    """Feed ids (R,) at `positions` (R,) of the cache's `rows` (R,); a row's own tokens in the order of their positions.

    Keys (L, rows, H_kv, S/16, D, 16) and values (L, rows, H_kv, D/16, S, 16) are written; out (R, V) holds the logits
    afterwards, or is left alone if it is (0, V).
    """
    for start in range(0, len(ids), BLOCK):
        own = slice(start, min(start + BLOCK, len(ids)))
        count = own.stop - start
        R = (count + TILE - 1) // TILE * TILE
        x = s.x[:R]
        for r in range(count):
            for c in range(x.shape[1]):
                x[r, c] = w.embed[ids[start + r], c]
        for layer in range(len(keys)):
            attention(layer, positions[own], rows[own], keys, values, w, s, R)
            mlp(layer, w, s, R)
        if len(out):
            for r in range(count):
                normed(x[r], w.norm, w.eps, s.n[r])
            clear(s.logits[:R])
            accumulate(s.n[:R], w.head, s.logits[:R])
            for r in range(count):
                for v in range(out.shape[1]):
                    out[start + r, v] = s.logits[r, v]


@compiled
def attention(
    layer: int, positions: Any, rows: Any, keys: Floats, values: Floats, w: Weights, s: Scratch, R: int
) -> None:
    """Of one layer, added to the first R of s.x; keys and values of len(rows) tokens are written, then read."""
    H_kv, D = keys.shape[2], keys.shape[4]
    H = s.attended.shape[1] // D
    G = H // H_kv
    for r in range(R):
        normed(s.x[r], w.input_norm[layer], w.eps, s.n[r])
        for c in range(s.qkv.shape[1]):
            s.qkv[r, c] = w.qkv_bias[layer, c]
    accumulate(s.n[:R], w.qkv[layer], s.qkv[:R])
    for r in range(len(rows)):
        position = positions[r]
        heads, attended = s.qkv[r].reshape(-1, D), s.attended[r].reshape(-1, D)
        for h in range(H):
            turned(heads[h], w.q_norm[layer], w.eps, w.cos[position], w.sin[position])
        for h in range(H_kv):
            own_keys, own_values = keys[layer, rows[r], h], values[layer, rows[r], h]
            key, value = heads[H + h], heads[H + H_kv + h]
            turned(key, w.k_norm[layer], w.eps, w.cos[position], w.sin[position])
            for d in range(D):
                own_keys[position // LANES, d, position % LANES] = key[d]
                own_values[d // LANES, position, d % LANES] = value[d]
            group = slice(h * G, (h + 1) * G)
            attend(heads[group], own_keys, own_values, position, s, attended[group])
    accumulate(s.attended[:R], w.o[layer], s.x[:R])


@compiled
def mlp(layer: int, w: Weights, s: Scratch, R: int) -> None:
    """Of one layer, added to the first R of s.x."""
    for r in range(R):
        normed(s.x[r], w.post_norm[layer], w.eps, s.n[r])
    clear(s.gate_up[:R])
    accumulate(s.n[:R], w.gate_up[layer], s.gate_up[:R])
    gated(s.gate_up[:R], s.hidden[:R])
    accumulate(s.hidden[:R], w.down[layer], s.x[:R])


@compiled
def draw(logits: Floats, u: Any, temperature: np.float32, ids: Any, logprobs: Floats) -> None:
    """A token of each row of logits (R, V) / temperature, where u (R,) in [0, 1) falls in the cumulative distribution.

    ids (R,) and the log-probs (R,) of the drawn tokens are written.
    """
    R, V = logits.shape
    padded = (V + LANES - 1) // LANES * LANES
    scaled, e = np.full(padded, np.float32(FAR)), np.zeros(padded, np.float32)
    for r in range(R):
        for v in range(V):
            scaled[v] = logits[r, v] / temperature
        high = load(scaled, 0)
        for v in range(LANES, padded, LANES):
            high = lanes.greater(high, load(scaled, v))
        peak = greatest(high)
        for v in range(0, padded, LANES):
            store(e, v, exp(lanes.subtract(load(scaled, v), splat(peak))))
        mass = 0.0
        for v in range(V):
            mass += e[v]
        target, below, token = u[r] * mass, 0.0, 0
        for v in range(V):
            below += e[v]
            if below > target:
                token = v
                break
        ids[r], logprobs[r] = token, scaled[token] - peak - np.float32(np.log(mass))
