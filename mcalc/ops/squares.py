"""Squares of norms: U'*U for vectors, tr(U'*U) for matrices, however they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import MATPOW, MUL, TRANSPOSE, matpow, number, number_value, transpose
from mcalc.ops.blocks import BLOCKS
from mcalc.ops.linear import trace_op

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

_LONGEST_ROTATED = 16


def square_root(node: Expr) -> tuple[Expr, ...] | None:
    """The factors of U where the expression is U'*U or U*U' for a vector, or tr(U'*U)."""
    if node.op is MUL and node.shape.is_scalar:
        return None if any(e.shape.is_scalar for e in node.args) else _half(node.args)
    if node.op is not trace_op:
        return None
    inner = node.args[0]
    links = inner.args if inner.op is MUL else (inner,)
    if any(e.shape.is_scalar for e in links) or len(links) > _LONGEST_ROTATED:
        return None
    for i in range(len(links) // 2 + 1):
        half = _half(links[i:] + links[:i])
        if half is not None:
            return half
    return None


def _half(links: tuple[Expr, ...]) -> tuple[Expr, ...] | None:
    """One half of a product whose other half is its transpose, that with fewer transposes.

    Both have a root of what stands in the middle, where that is an even power.
    """
    n = len(links) // 2
    if not all(_opposite(links[i], links[-1 - i]) for i in range(n)):
        return None
    middle = links[n : len(links) - n]
    roots = [_root(S) for S in middle]
    if None in roots:
        return None
    root = tuple([S for S in roots if S is not None])
    return min((*root, *links[len(links) - n :]), (*links[:n], *root), key=_transposes)


def _root(S: Expr) -> Expr | None:
    """S^k where the expression is S^(2*k) and symmetric."""
    if S.op is not MATPOW or not S.args[0].has(facts.SYMMETRIC):
        return None
    n = number_value(S.args[1])
    return None if n is None or n.denominator != 1 or n % 2 else matpow(S.args[0], number(n / 2))


def _opposite(a: Expr, b: Expr) -> bool:
    if a.op is BLOCKS:
        return transpose(a) is b
    return (a.op is TRANSPOSE and a.args[0] is b) or (b.op is TRANSPOSE and b.args[0] is a)


def _transposes(links: tuple[Expr, ...]) -> int:
    return sum(e.op is TRANSPOSE for e in links)
