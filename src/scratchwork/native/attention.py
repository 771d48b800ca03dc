"""Causal attention of the training pass, compiled: from q, k and v as projected to the heads' output, and back.

The norm of each head and its rotary positions are part of it, so between the two projections nothing is copied apart,
turned or put together. A block of queries has its scores whole, in a core's cache. Of them only the log of their sums
is kept for the way back, which computes them again (FlashAttention, arXiv:2205.14135, 3.1).

Each key-value head of each sequence is computed alone, so threads that share them change no bit.

Sizes: B sequences, T tokens, P = T rounded up to a multiple of QUERIES, H heads, H_kv key-value heads, D head_dim,
W = (H + 2 H_kv) D.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from scratchwork.native import lanes
from scratchwork.native.compiling import compiled
from scratchwork.native.lanes import LANES, exp, load, multiply, multiply_add, splat, store, total
from scratchwork.native.pieces import (
    FAR,
    Floats,
    accumulate,
    accumulate_transposed,
    clear,
    exponentials,
    normed_back,
    rotated,
    scale,
    turned,
)

QUERIES = 16  # whose scores are in memory together


class Heads(NamedTuple):
    """What is done to q and k, and how many there are; of the norms there are none where D is 0."""

    q_norm: Floats  # (D,)
    k_norm: Floats  # (D,)
    eps: np.float32
    cos: Floats  # (S, D)
    sin: Floats  # (S, D), negative in the first half
    back: Floats  # (S, D), -sin
    heads: int
    kv_heads: int


class Room(NamedTuple):
    """Where a thread works; rows beyond T are 0, so they add nothing to any sum."""

    x: Floats  # (P, D): a head, as read
    keys: Floats  # (P / 16, D, 16): k in panels of positions
    values: Floats  # (P / 16, D, 16): v likewise
    key_channels: Floats  # (D / 16, P, 16): k in panels of channels
    value_channels: Floats  # (D / 16, P, 16)
    scores: Floats  # (QUERIES P,)
    sums: Floats  # (QUERIES,): of the exponentials of each query's scores, and their logs
    logs: Floats  # (QUERIES,)
    mixed: Floats  # (QUERIES, D)


@compiled
def room_for(T: int, D: int) -> Room:
    P = (T + QUERIES - 1) // QUERIES * QUERIES
    return Room(
        np.zeros((P, D), np.float32),
        np.zeros((P // LANES, D, LANES), np.float32),
        np.zeros((P // LANES, D, LANES), np.float32),
        np.zeros((D // LANES, P, LANES), np.float32),
        np.zeros((D // LANES, P, LANES), np.float32),
        np.zeros(QUERIES * P, np.float32),
        np.zeros(QUERIES, np.float32),
        np.zeros(QUERIES, np.float32),
        np.zeros((QUERIES, D), np.float32),
    )


@compiled
def attend(qkv: Floats, h: Heads, out: Floats, logs: Floats, first: int, last: int) -> None:
    """Of the key-value heads first .. last of all B H_kv: qkv (B, T, W) to out (B, T, H D) and logs (B, H, T)."""
    T, D, G = qkv.shape[1], h.cos.shape[1], h.heads // h.kv_heads
    room = room_for(T, D)
    for part in range(first, last):
        b, own = part // h.kv_heads, part % h.kv_heads
        read_keys(qkv[b], own, h, room)
        for head in range(own * G, (own + 1) * G):
            read_queries(qkv[b], head, h, room.x)
            for start in range(0, T, QUERIES):
                scores = scored(room, start)
                clear(room.mixed)
                for r in range(QUERIES):
                    peak, room.sums[r] = exponentials(scores[r])
                    room.logs[r] = peak + np.log(room.sums[r])
                accumulate(scores, room.value_channels, room.mixed)
                for r in range(min(QUERIES, T - start)):
                    logs[b, head, start + r] = room.logs[r]
                    scale(room.mixed[r], np.float32(1) / room.sums[r])
                write(room.mixed, out[b], start, head * D)


@compiled
def attend_back(
    qkv: Floats,
    h: Heads,
    out: Floats,
    logs: Floats,
    to_out: Floats,
    to_qkv: Floats,
    to_norms: Floats,
    first: int,
    last: int,
) -> None:
    """Of the same heads: from the gradient of out, to_out (B, T, H D), to that of qkv, to_qkv (B, T, W), and of the
    norms' weights, one sum for each head of q and k, to_norms (B, H + H_kv, D).
    """
    T, D, G = qkv.shape[1], h.cos.shape[1], h.heads // h.kv_heads
    room = room_for(T, D)
    to_scores, block = np.zeros_like(room.scores), np.zeros((D // LANES, QUERIES, LANES), np.float32)
    to_heads, to_q = np.zeros_like(room.x), np.zeros_like(room.x)
    to_k, to_v = np.zeros_like(room.x), np.zeros_like(room.x)
    for part in range(first, last):
        b, own = part // h.kv_heads, part % h.kv_heads
        read_keys(qkv[b], own, h, room)
        clear(to_k)
        clear(to_v)
        for head in range(own * G, (own + 1) * G):
            read_queries(qkv[b], head, h, room.x)
            read(to_out[b], head * D, to_heads)
            clear(to_q)
            for start in range(0, T, QUERIES):
                end = start + QUERIES
                scores, slopes = scored(room, start), to_scores[: QUERIES * end].reshape(QUERIES, end)
                clear(slopes)
                accumulate(to_heads[start:end], room.values, slopes)  # the gradient of the shares
                for r in range(min(QUERIES, T - start)):
                    t = start + r
                    softmax_back(scores[r], slopes[r], logs[b, head, t], dot(to_heads[t], out[b, t], head * D))
                for r in range(T - start, QUERIES):
                    scores[r], slopes[r] = 0, 0
                accumulate(slopes, room.key_channels, to_q[start:end])
                by_channels(to_heads[start:end], block)
                accumulate_transposed(scores, block, to_v[:end])
                by_channels(room.x[start:end], block)
                accumulate_transposed(slopes, block, to_k[:end])
            scale(to_q.reshape(-1), np.float32(1 / math.sqrt(D)))
            turn_back(to_q, qkv[b], head * D, h.q_norm, h, to_qkv[b], to_norms[b, head])
        turn_back(to_k, qkv[b], (h.heads + own) * D, h.k_norm, h, to_qkv[b], to_norms[b, h.heads + own])
        write(to_v, to_qkv[b], 0, (h.heads + h.kv_heads + own) * D)


@compiled
def read(x: Floats, at: int, out: Floats) -> None:
    """The columns of x (T, W) from `at` on to out (P, D)."""
    (T, W), D = x.shape, out.shape[1]
    x_flat, out_flat = x.reshape(-1), out.reshape(-1)
    for t in range(T):
        for d in range(0, D, LANES):
            store(out_flat, t * D + d, load(x_flat, t * W + at + d))


@compiled
def write(x: Floats, out: Floats, start: int, at: int) -> None:
    """x (P, D), as far as it goes, to the columns of out (T, W) from `at` on, from row `start` on."""
    (T, W), (P, D) = out.shape, x.shape
    x_flat, out_flat = x.reshape(-1), out.reshape(-1)
    for t in range(min(P, T - start)):
        for d in range(0, D, LANES):
            store(out_flat, (start + t) * W + at + d, load(x_flat, t * D + d))


@compiled
def read_keys(qkv: Floats, own: int, h: Heads, room: Room) -> None:
    """A head of keys, normed and turned, and its values, from qkv (T, W) to all the panels they are read in."""
    D = h.cos.shape[1]
    read(qkv, (h.heads + own) * D, room.x)
    for t in range(len(qkv)):
        turned(room.x[t], h.k_norm, h.eps, h.cos[t], h.sin[t])
    by_positions(room.x, room.keys)
    by_channels(room.x, room.key_channels)
    read(qkv, (h.heads + h.kv_heads + own) * D, room.x)
    by_positions(room.x, room.values)
    by_channels(room.x, room.value_channels)


@compiled
def read_queries(qkv: Floats, head: int, h: Heads, out: Floats) -> None:
    """A head of queries from qkv (T, W), normed, turned and divided by the root of D, to out (P, D)."""
    D = h.cos.shape[1]
    read(qkv, head * D, out)
    for t in range(len(qkv)):
        turned(out[t], h.q_norm, h.eps, h.cos[t], h.sin[t])
    scale(out.reshape(-1), np.float32(1 / math.sqrt(D)))


@compiled
def by_positions(x: Floats, panels: Floats) -> None:
    """x (P, D) to (P / 16, D, 16)."""
    for panel in range(len(panels)):
        for d in range(x.shape[1]):
            for lane in range(LANES):
                panels[panel, d, lane] = x[panel * LANES + lane, d]


@compiled
def by_channels(x: Floats, panels: Floats) -> None:
    """x (P, D) to (D / 16, P, 16)."""
    P, D = x.shape
    x_flat, panels_flat = x.reshape(-1), panels.reshape(-1)
    for panel in range(len(panels)):
        for t in range(P):
            store(panels_flat, (panel * P + t) * LANES, load(x_flat, t * D + panel * LANES))


@compiled
def scored(room: Room, start: int) -> Floats:
    """The scores (QUERIES, end) of the queries from `start` on, with those of later positions FAR off."""
    end = start + QUERIES
    scores = room.scores[: QUERIES * end].reshape(QUERIES, end)
    clear(scores)
    accumulate(room.x[start:end], room.keys, scores)
    for r in range(QUERIES):
        for later in range(start + r + 1, end):
            scores[r, later] = FAR
    return scores


@compiled
def softmax_back(scores: Floats, slopes: Floats, log: np.float32, mean: np.float32) -> None:
    """Scores (S,) become shares, and slopes (S,), the gradient of the shares, whose weighted `mean` is given, becomes
    that of the scores.
    """
    for i in range(0, len(scores), LANES):
        share = exp(lanes.subtract(load(scores, i), splat(log)))
        store(scores, i, share)
        store(slopes, i, multiply(share, lanes.subtract(load(slopes, i), splat(mean))))


@compiled
def dot(x: Floats, y: Floats, at: int) -> np.float32:
    """Of x (D,) and the entries of y from `at` on."""
    products = splat(np.float32(0))
    for d in range(0, len(x), LANES):
        products = multiply_add(load(x, d), load(y, at + d), products)
    return total(products)


@compiled
def turn_back(grad: Floats, qkv: Floats, at: int, weight: Floats, h: Heads, to_qkv: Floats, to_weight: Floats) -> None:
    """The way back through `turned`: from the gradient of a head (P, D), which is spent, to that of its columns of
    qkv (T, W) and, added to what is there, of the norm's weight (D,).
    """
    W, D, x = qkv.shape[1], grad.shape[1], qkv.reshape(-1)
    for t in range(len(qkv)):
        g = grad[t]
        rotated(g, h.cos[t], h.back[t])
        if len(weight):
            normed_back(g, x[t * W + at : t * W + at + D], weight, h.eps, to_weight)
    write(grad, to_qkv, 0, at)
