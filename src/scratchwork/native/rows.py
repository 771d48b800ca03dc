"""What the training pass does to each row of a matrix, compiled: RMSNorm and SwiGLU, there and back.

Rows are done in blocks of BLOCK, whose bounds do not hang on the threads that share them: a sum over rows is made for
each block, so its bits do not either.

Sizes: R rows, C their width, I half the width of what is gated.
"""

from __future__ import annotations

import numpy as np

from scratchwork.native.compiling import compiled
from scratchwork.native.lanes import LANES, add, divide, exp, load, multiply, multiply_add, splat, store, subtract
from scratchwork.native.pieces import Floats, gated, normed, normed_back

BLOCK = 1024


def blocks(count: int) -> int:
    """How many there are in `count` rows."""
    return -(-count // BLOCK)


@compiled
def norm(x: Floats, weight: Floats, eps: np.float32, out: Floats, first: int, last: int) -> None:
    """RMSNorm of each row of x (R, C) to out (R, C)."""
    for r in range(first * BLOCK, min(last * BLOCK, len(x))):
        normed(x[r], weight, eps, out[r])


@compiled
def norm_back(
    grad: Floats, x: Floats, weight: Floats, eps: np.float32, to_x: Floats, to_weight: Floats, first: int, last: int
) -> None:
    """From the gradient (R, C) of what `norm` made of x to that of x, and of the weight, to_weight (blocks, C)."""
    for r in range(first * BLOCK, min(last * BLOCK, len(x))):
        to_x[r] = grad[r]
        normed_back(to_x[r], x[r], weight, eps, to_weight[r // BLOCK])


@compiled
def gate(gate_up: Floats, out: Floats, first: int, last: int) -> None:
    """silu of the first half of each row of gate_up (R, 2 I) times the second, to out (R, I)."""
    own = slice(first * BLOCK, min(last * BLOCK, len(out)))
    gated(gate_up[own], out[own])


@compiled
def gate_back(grad: Floats, gate_up: Floats, to_gate_up: Floats, first: int, last: int) -> None:
    """From the gradient (R, I) of what `gate` made of gate_up (R, 2 I) to that of gate_up."""
    width = grad.shape[1]
    one, minus = splat(np.float32(1)), splat(np.float32(-1))
    g_flat, x_flat, out = grad.reshape(-1), gate_up.reshape(-1), to_gate_up.reshape(-1)
    for r in range(first * BLOCK, min(last * BLOCK, len(grad))):
        for i in range(0, width, LANES):
            at = 2 * r * width + i
            g, x, up = load(g_flat, r * width + i), load(x_flat, at), load(x_flat, at + width)
            open_by = divide(one, add(one, exp(multiply(x, minus))))  # sigmoid
            silu = multiply(x, open_by)
            slope = multiply(open_by, multiply_add(x, subtract(one, open_by), one))
            store(out, at, multiply(multiply(g, up), slope))
            store(out, at + width, multiply(g, silu))
