"""What kernels are made of: a product with a matrix in panels, and what is done to rows of floats.

A matrix W (N, K) is kept in panels (N/16, K, 16), so that it is read from front to back: four rows times sixteen
columns are summed in registers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scratchwork.native.compiling import compiled
from scratchwork.native.lanes import (
    LANES,
    add,
    broadcast,
    divide,
    exp,
    greater,
    greatest,
    load,
    multiply,
    multiply_add,
    splat,
    store,
    subtract,
    total,
)

Floats = NDArray[np.float32]
TILE = 4  # rows that share a read of the weights
FAR = -1e30  # the score of a position that is not there


@compiled
def accumulate(x: Floats, panels: Floats, out: Floats) -> None:
    """out (R, N) += x (R, K) times the first K of `panels` (N / 16, longest, 16); R a multiple of TILE."""
    products(x.reshape(-1), x.shape[1], 1, x.shape[1], panels, out)


@compiled
def accumulate_transposed(x: Floats, panels: Floats, out: Floats) -> None:
    """out (R, N) += the transpose of x (K, R) times the first K of `panels` (N / 16, longest, 16); R as above."""
    products(x.reshape(-1), 1, x.shape[1], x.shape[0], panels, out)


@compiled
def products(x: Floats, down: int, along: int, K: int, panels: Floats, out: Floats) -> None:
    """out (R, N) += X (R, K) times the first K of `panels`, where X[r, k] is x[r * down + k * along]."""
    (R, N), longest = out.shape, panels.shape[1]
    w_flat, out_flat = panels.reshape(-1), out.reshape(-1)
    for panel in range(N // LANES):
        for row in range(0, R, TILE):
            at, w, to = row * down, panel * longest * LANES, row * N + panel * LANES
            a, b = load(out_flat, to), load(out_flat, to + N)
            c, d = load(out_flat, to + 2 * N), load(out_flat, to + 3 * N)
            for k in range(K):
                weights, first = load(w_flat, w + k * LANES), at + k * along
                a = multiply_add(broadcast(x, first), weights, a)
                b = multiply_add(broadcast(x, first + down), weights, b)
                c = multiply_add(broadcast(x, first + 2 * down), weights, c)
                d = multiply_add(broadcast(x, first + 3 * down), weights, d)
            store(out_flat, to, a)
            store(out_flat, to + N, b)
            store(out_flat, to + 2 * N, c)
            store(out_flat, to + 3 * N, d)


@compiled
def clear(x: Floats) -> None:
    """x (R, N) = 0; N a multiple of 16."""
    flat = x.reshape(-1)
    for i in range(0, len(flat), LANES):
        store(flat, i, splat(np.float32(0)))


@compiled
def normed(x: Floats, weight: Floats, eps: np.float32, out: Floats) -> None:
    """RMSNorm of x (C,) to out (C,), which may be x; C a multiple of 16."""
    squares = splat(np.float32(0))
    for c in range(0, len(x), LANES):
        squares = multiply_add(load(x, c), load(x, c), squares)
    scale = splat(np.float32(1) / np.sqrt(total(squares) / np.float32(len(x)) + eps))
    for c in range(0, len(x), LANES):
        store(out, c, multiply(multiply(load(x, c), scale), load(weight, c)))


@compiled
def normed_back(grad: Floats, x: Floats, weight: Floats, eps: np.float32, to_weight: Floats) -> None:
    """The way back through `normed`: the gradient (C,) of what it made of x becomes, in place, that of x; the weight's
    is added to `to_weight` (C,).
    """
    squares, along = splat(np.float32(0)), splat(np.float32(0))
    for c in range(0, len(x), LANES):
        squares = multiply_add(load(x, c), load(x, c), squares)
        along = multiply_add(multiply(load(grad, c), load(weight, c)), load(x, c), along)
    over = np.float32(1) / np.sqrt(total(squares) / np.float32(len(x)) + eps)
    scale, pull = splat(over), splat(-total(along) * over * over * over / np.float32(len(x)))
    for c in range(0, len(x), LANES):
        own, g = multiply(load(x, c), scale), load(grad, c)
        store(to_weight, c, multiply_add(g, own, load(to_weight, c)))
        store(grad, c, multiply_add(load(x, c), pull, multiply(multiply(g, load(weight, c)), scale)))


@compiled
def turned(x: Floats, weight: Floats, eps: np.float32, cos: Floats, sin: Floats) -> None:
    """A head x (D,), in place: RMSNorm where it has a weight, then rotary positions."""
    if len(weight):
        normed(x, weight, eps, x)
    rotated(x, cos, sin)


@compiled
def rotated(x: Floats, cos: Floats, sin: Floats) -> None:
    """Rotary positions of x (D,), in place; with the sines' sign changed, the way back."""
    half = len(x) // 2
    whole = half // LANES * LANES
    for d in range(0, whole, LANES):
        first, second = load(x, d), load(x, half + d)
        store(x, d, add(multiply(first, load(cos, d)), multiply(second, load(sin, d))))
        store(x, half + d, add(multiply(second, load(cos, half + d)), multiply(first, load(sin, half + d))))
    for d in range(whole, half):
        first, second = x[d], x[half + d]
        x[d] = first * cos[d] + second * sin[d]
        x[half + d] = second * cos[half + d] + first * sin[half + d]


@compiled
def exponentials(x: Floats) -> tuple[np.float32, np.float32]:
    """Of x (S,) less its greatest, in place, S a multiple of 16; what the greatest was, and their sum."""
    high, mass = load(x, 0), splat(np.float32(0))
    for i in range(LANES, len(x), LANES):
        high = greater(high, load(x, i))
    peak = greatest(high)
    for i in range(0, len(x), LANES):
        e = exp(subtract(load(x, i), splat(peak)))
        mass = add(mass, e)
        store(x, i, e)
    return peak, total(mass)


@compiled
def scale(x: Floats, factor: np.float32) -> None:
    """x (N,) *= factor; N a multiple of 16."""
    for i in range(0, len(x), LANES):
        store(x, i, multiply(load(x, i), splat(factor)))


@compiled
def softmax(x: Floats) -> None:
    """Of x (S,), S a multiple of 16, in place."""
    _, whole = exponentials(x)
    scale(x, np.float32(1) / whole)


@compiled
def gated(gate_up: Floats, out: Floats) -> None:
    """SwiGLU: gate_up (R, 2 I) to silu(gate) * up, out (R, I)."""
    R, width = out.shape
    one, minus = splat(np.float32(1)), splat(np.float32(-1))
    flat, out_flat = gate_up.reshape(-1), out.reshape(-1)
    for r in range(R):
        for i in range(0, width, LANES):
            gate, up = load(flat, 2 * r * width + i), load(flat, (2 * r + 1) * width + i)
            store(out_flat, r * width + i, divide(multiply(gate, up), add(one, exp(multiply(gate, minus)))))
