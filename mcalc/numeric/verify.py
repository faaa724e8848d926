"""A derivative held against differences of its value, or against somebody's own answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcalc.calculus.derivative import Derivative, derive
from mcalc.core.expr import postorder
from mcalc.numeric.check import Check, Comparison, check, compare
from mcalc.numeric.evaluate import Array, evaluate
from mcalc.numeric.sample import Point, points

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

_POINTS = 5


def verify(derivative: Derivative, result: Expr) -> Check | None:
    """The derivative against differences of the derivative of one order less.

    `result` is the formula that is shown; None where no point of its domain was found.
    """
    if any(node.op.abstract for node in postorder(derivative.value)):
        return None
    before = derivative.wrt[:-1]
    value = derive(derivative.value, before) if before else None
    lower = derivative.value if value is None else value.result
    sampled = points([lower, result, *derivative.wrt], _POINTS)
    return check(
        lambda at: _array(value, lower, at),
        lambda at: _array(derivative, result, at),
        derivative.wrt[-1],
        sampled,
    )


def against(derivative: Derivative, result: Expr, theirs: Expr) -> Comparison | None:
    """Another answer against the derivative; None where both have no value at any point."""
    sampled = points([derivative.value, result, theirs, *derivative.wrt], _POINTS)
    return compare(
        lambda at: _array(derivative, result, at),
        lambda at: _array(derivative, theirs, at),
        sampled,
    )


def _array(derivative: Derivative | None, result: Expr, at: Point) -> Array:
    """The array of all entries, from the matrix that stands for it."""
    (found,) = evaluate([result], at.values, at.sizes)
    if derivative is None or derivative.notation == "matrix":
        return found
    shape = tuple([size.evaluate(at.sizes) for size in derivative.axes])
    return np.reshape(found, shape, order="F") if found.size == np.prod(shape, dtype=int) else found
