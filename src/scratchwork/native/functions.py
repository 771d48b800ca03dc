"""The kernels of the training pass as torch functions: attention, RMSNorm and SwiGLU, each with its own way back.

For fp32 on a CPU, where torch makes several passes over memory of what is one sum for each row, and where its attention
reaches a fraction of what its matrix products do (docs/performance.md). Everything else goes by torch's operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scratchwork.native import attention as kernels
from scratchwork.native import rows
from scratchwork.native.lanes import LANES
from scratchwork.native.pieces import Floats


def runs(x: Tensor, *widths: int) -> bool:
    """Whether the kernels can take `x`, in rows of these widths."""
    plain = x.device.type == "cpu" and x.dtype == torch.float32 and not torch.compiler.is_compiling()
    return plain and all(width % LANES == 0 for width in widths)


def attention(
    qkv: Tensor, norms: Sequence[Tensor], eps: float, cos: Tensor, sin: Tensor, heads: int, kv_heads: int
) -> Tensor:
    """Causal attention of q, k and v as projected, (B, T, (H + 2 H_kv) D), to (B, T, H D).

    `norms` are the weights (D,) of the RMSNorm on each head of q and of k, or nothing; cos and sin (S, D), S at
    least T, the rotary positions, the first half of the sines negative.
    """
    q_norm, k_norm = norms or (qkv.new_empty(0),) * 2
    out: Tensor = Attention.apply(qkv, q_norm, k_norm, eps, cos, sin, heads, kv_heads)
    return out


class Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, qkv: Tensor, q_norm: Tensor, k_norm: Tensor, eps: float, cos: Tensor, sin: Tensor, H: int, H_kv: int
    ) -> Tensor:
        (B, T, _), D = qkv.shape, cos.shape[-1]
        qkv, cos, sin = qkv.contiguous(), cos[:T], sin[:T]
        out, logs = qkv.new_empty(B, T, H * D), qkv.new_empty(B, H, T)
        h = kernels.Heads(array(q_norm), array(k_norm), np.float32(eps), array(cos), array(sin), array(-sin), H, H_kv)
        given = array(qkv), h, array(out), array(logs)
        share(lambda first, last: kernels.attend(*given, first, last), B * H_kv)
        ctx.save_for_backward(qkv, out, logs)
        ctx.h = h
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (qkv, out, logs), h = ctx.saved_tensors, ctx.h
        B = len(qkv)
        to_qkv, to_norms = torch.empty_like(qkv), qkv.new_zeros(B, h.heads + h.kv_heads, len(h.q_norm))
        given = array(qkv), h, array(out), array(logs), array(grad), array(to_qkv), array(to_norms)
        share(lambda first, last: kernels.attend_back(*given, first, last), B * h.kv_heads)
        to_q, to_k = to_norms.sum(0).split((h.heads, h.kv_heads))  # (H, D), (H_kv, D)
        return to_qkv, to_q.sum(0), to_k.sum(0), None, None, None, None, None


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x (..., C) over the root of its mean square, times weight (C,)."""
    out: Tensor = RMSNorm.apply(x, weight, eps)
    return out


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        given = as_rows(x), array(weight), np.float32(eps), as_rows(out)
        share(lambda first, last: rows.norm(*given, first, last), rows.blocks(len(given[0])))
        ctx.save_for_backward(x, weight)
        ctx.eps = eps
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        x, weight = ctx.saved_tensors
        to_x, blocks = torch.empty_like(x), rows.blocks(x[..., 0].numel())
        to_weight = x.new_zeros(blocks, x.shape[-1])
        given = as_rows(grad), as_rows(x), array(weight), np.float32(ctx.eps), as_rows(to_x), array(to_weight)
        share(lambda first, last: rows.norm_back(*given, first, last), blocks)
        return to_x, to_weight.sum(0), None


def swiglu(gate_up: Tensor) -> Tensor:
    """silu of the first half of gate_up (..., 2 I), times the second: (..., I)."""
    out: Tensor = SwiGLU.apply(gate_up)
    return out


class SwiGLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gate_up: Tensor) -> Tensor:
        gate_up = gate_up.contiguous()
        out = gate_up.new_empty(*gate_up.shape[:-1], gate_up.shape[-1] // 2)
        given = as_rows(gate_up), as_rows(out)
        share(lambda first, last: rows.gate(*given, first, last), rows.blocks(len(given[0])))
        ctx.save_for_backward(gate_up)
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (gate_up,) = ctx.saved_tensors
        to_gate_up = torch.empty_like(gate_up)
        given = as_rows(grad), as_rows(gate_up), as_rows(to_gate_up)
        share(lambda first, last: rows.gate_back(*given, first, last), rows.blocks(len(given[0])))
        return to_gate_up


def array(x: Tensor) -> Floats:
    """The memory of a tensor, or of a copy where it is not in one piece."""
    return x.detach().contiguous().numpy()


def as_rows(x: Tensor) -> Floats:
    return array(x).reshape(-1, x.shape[-1])


def share(work: Callable[[int, int], None], parts: int) -> None:
    """Have `work` do the parts 0 .. `parts`, a stretch of them on each of torch's threads."""
    threads = min(torch.get_num_threads(), parts)
    if threads < 2:
        work(0, parts)
        return
    bounds = [parts * i // threads for i in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, bounds, bounds[1:]))
