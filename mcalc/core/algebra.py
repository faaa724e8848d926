"""The algebra of matrix expressions: the one door to its constructors, and calls of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.expr import Expr, intern
from mcalc.core.hadamard import HADAMARD, hadamard
from mcalc.core.leaves import extent, eye, is_zero, number, number_value, ones, zeros
from mcalc.core.matrix_powers import MATPOW, inverse, matpow
from mcalc.core.powers import POWER, power
from mcalc.core.products import (
    MUL,
    fill_value,
    filled,
    is_filled_with_one,
    mul,
)
from mcalc.core.shape import strictly_equal
from mcalc.core.size import SizeMismatch
from mcalc.core.sums import ADD, TRANSPOSE, add, scale, split, subtract, transpose, upright
from mcalc.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from mcalc.core.op import Op

__all__ = [
    "ADD", "HADAMARD", "MATPOW", "MUL", "POWER", "TRANSPOSE",
    "add", "build", "call", "extent", "eye", "fill_value", "filled", "hadamard",
    "inverse", "is_filled_with_one", "is_zero", "matpow", "mul", "number", "number_value", "ones",
    "power", "rebuilt", "scale", "split", "subtract", "transpose", "upright", "with_argument",
    "zeros",
]  # fmt: skip


def call(op: Op, *args: Expr, data: Hashable = None) -> Expr:
    """The operation on arguments, in normal form.

    Raises: ShapeError where the shapes do not fit the signature.
    """
    if op.define is not None:
        return op.define(*args)
    if op.transposed and len(args) == 1:
        argument, flipped = upright(args[0])
        if flipped:
            result = call(op, argument, data=data)
            return transpose(result) if op.transposed == "commutes" else result
    assert op.signature is not None
    try:
        shape = op.signature.apply([a.shape for a in args], strictly_equal)
    except SizeMismatch:
        given = " and ".join(a.shape.describe() for a in args)
        raise ShapeError(f"{op.name} does not take {given}") from None
    known = op.facts(args, data, shape) if op.facts else 0
    if shape.is_scalar or (op.transposed == "commutes" and args[0].has(facts.SYMMETRIC)):
        known |= facts.SYMMETRIC
    node = intern(op, args, shape, data, facts=known)
    simpler = op.canonical(node) if op.canonical else None
    return node if simpler is None else simpler


def build(op: Op, args: tuple[Expr, ...], data: Hashable = None) -> Expr:
    """The node of any operation, in normal form, from arguments in normal form."""
    return op.build(args, data) if op.build else call(op, *args, data=data)


def with_argument(node: Expr, i: int, value: Expr) -> Expr:
    """The node with another argument at place i."""
    return build(node.op, (*node.args[:i], value, *node.args[i + 1 :]), node.data)


def rebuilt(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The node on other arguments; the node itself where they are the same."""
    return node if args == node.args else build(node.op, args, node.data)
