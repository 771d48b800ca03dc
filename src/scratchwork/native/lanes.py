"""Sixteen floats at once for numba: a vector type and the few operations that the kernels are written in.

LLVM makes of <16 x float> what the processor has: one register of AVX-512, two of AVX2, four of NEON. So a kernel is
written once, and says itself what is done side by side, instead of hoping that a loop will be vectorised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import Signature, signature
from numba.extending import intrinsic, models, register_model

LANES = 16
FLOAT, INT, INDEX = ir.FloatType(), ir.IntType(32), types.intp
FLOATS, INTS = ir.VectorType(FLOAT, LANES), ir.VectorType(INT, LANES)
Typed = tuple[Signature, Callable[..., Any]]


class Float32x16(types.Type):
    """The type of sixteen floats in a kernel."""

    def __init__(self) -> None:
        super().__init__(name="float32x16")


floats = Float32x16()


@register_model(Float32x16)
class Float32x16Model(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, FLOATS)


def constant(value: float) -> ir.Constant:
    return ir.Constant(FLOATS, [value] * LANES)


def call(builder: Any, name: str, *args: Any, returns: Any = FLOATS) -> Any:
    """One of LLVM's own functions."""
    kind = ir.FunctionType(returns, [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)


def in_all_lanes(builder: Any, value: Any) -> Any:
    empty = ir.Constant(FLOATS, ir.Undefined)
    first = builder.insert_element(empty, value, INT(0))
    return builder.shuffle_vector(first, empty, ir.Constant(INTS, [0] * LANES))


def address(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Of the element of a flat array; no index is negative, so none is wrapped round."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [index])


@intrinsic
def load(typingctx: Any, array: Any, index: Any) -> Typed:
    """array[index : index + 16] of a flat array."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        at = builder.bitcast(address(context, builder, sig.args[0], *args), FLOATS.as_pointer())
        return builder.load(at, align=4)

    return signature(floats, array, INDEX), codegen


@intrinsic
def store(typingctx: Any, array: Any, index: Any, value: Any) -> Typed:
    """array[index : index + 16] = value, of a flat array."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        at = builder.bitcast(address(context, builder, sig.args[0], *args[:2]), FLOATS.as_pointer())
        builder.store(args[2], at, align=4)
        return context.get_dummy_value()

    return signature(types.void, array, INDEX, floats), codegen


@intrinsic
def broadcast(typingctx: Any, array: Any, index: Any) -> Typed:
    """array[index] of a flat array, in all lanes."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        return in_all_lanes(builder, builder.load(address(context, builder, sig.args[0], *args)))

    return signature(floats, array, INDEX), codegen


@intrinsic
def splat(typingctx: Any, value: Any) -> Typed:
    """A float32 in all lanes."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        return in_all_lanes(builder, args[0])

    return signature(floats, types.float32), codegen


def binary(name: str) -> Any:
    """An operation of two operands, lane by lane."""

    def typed(typingctx: Any, a: Any, b: Any) -> Typed:
        def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
            return getattr(builder, name)(*args)

        return signature(floats, floats, floats), codegen

    return intrinsic(typed)


add, subtract, multiply, divide = binary("fadd"), binary("fsub"), binary("fmul"), binary("fdiv")


@intrinsic
def multiply_add(typingctx: Any, a: Any, b: Any, c: Any) -> Typed:
    """a * b + c, rounded once."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        return call(builder, "llvm.fma.v16f32", *args)

    return signature(floats, floats, floats, floats), codegen


@intrinsic
def greater(typingctx: Any, a: Any, b: Any) -> Typed:
    """The greater of two, lane by lane."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return signature(floats, floats, floats), codegen


@intrinsic
def total(typingctx: Any, a: Any) -> Typed:
    """The sum of the lanes, as a tree of pairs."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        (value,) = args
        for distance in (8, 4, 2, 1):
            shifted = ir.Constant(INTS, [(lane + distance) % LANES for lane in range(LANES)])
            value = builder.fadd(value, builder.shuffle_vector(value, value, shifted))
        return builder.extract_element(value, INT(0))

    return signature(types.float32, floats), codegen


@intrinsic
def greatest(typingctx: Any, a: Any) -> Typed:
    """The greatest of the lanes."""

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        return call(builder, "llvm.vector.reduce.fmax.v16f32", args[0], returns=FLOAT)

    return signature(types.float32, floats), codegen


@intrinsic
def exp(typingctx: Any, x: Any) -> Typed:
    """e to the power of x, to about two units in the last place: 0 below -87, and above 88 no more than there.

    2^n e^r with |r| <= log(2) / 2, and for e^r the polynomial of Cephes' expf (Moshier).
    """

    def codegen(context: Any, builder: Any, sig: Signature, args: Any) -> Any:
        def fma(a: Any, b: Any, c: Any) -> Any:
            return call(builder, "llvm.fma.v16f32", a, b, c)

        (x,) = args
        nothing = builder.fcmp_ordered("<", x, constant(-87.0))
        x = builder.select(nothing, constant(-87.0), x)
        x = builder.select(builder.fcmp_ordered(">", x, constant(88.0)), constant(88.0), x)
        n = call(builder, "llvm.rint.v16f32", builder.fmul(x, constant(math.log2(math.e))))
        r = fma(n, constant(2.12194440e-4), fma(n, constant(-0.693359375), x))  # log(2) in two parts
        p = constant(1.9875691500e-4)
        for factor in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
            p = fma(p, r, constant(factor))
        p = fma(p, builder.fmul(r, r), builder.fadd(r, constant(1.0)))
        exponent = builder.add(builder.fptosi(n, INTS), ir.Constant(INTS, [127] * LANES))
        power = builder.bitcast(builder.shl(exponent, ir.Constant(INTS, [23] * LANES)), FLOATS)
        return builder.select(nothing, constant(0.0), builder.fmul(p, power))

    return signature(floats, floats), codegen
