"""A derivative held against differences of its value, or against somebody's own answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcalc.calculus.derivative import Derivative, derive
from mcalc.core.expr import postorder
from mcalc.core.leaves import TANGENT, variable, variable_name
from mcalc.core.shape import SCALAR
from mcalc.numeric.check import Check, Comparison, check, compare
from mcalc.numeric.evaluate import Array, evaluate
from mcalc.numeric.sample import Point, points

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

_POINTS = 5
_STEP = " t"  # of X+t*V; no variable has such a name


def verify(derivative: Derivative, result: Expr) -> Check | None:
    """The derivative against differences of the derivative of one order less.

    `result` is the formula that is shown; None where no point of its domain was found.
    """
    if any(node.op.abstract or node.op is TANGENT for node in postorder(derivative.value)):
        return None  # of which nothing is known
    before = derivative.wrt[:-1]
    value = derive(derivative.value, before, derivative.along[:-1]) if before else None
    lower = derivative.value if value is None else value.result
    sampled = points([lower, result, *derivative.wrt, *derivative.along], _POINTS)
    X = derivative.wrt[-1]

    def ours(at: Point) -> Array:
        return _array(derivative, result, at)

    if not derivative.along:
        return check(lambda at: _array(value, lower, at), ours, X, sampled)
    name, direction = variable_name(X), variable_name(derivative.along[-1])
    t = variable(_STEP, SCALAR)

    def moved(at: Point) -> Array:
        """The value at X+t*V."""
        X_t = at.values[name] + at.values[_STEP] * at.values[direction]
        return _array(value, lower, at._replace(values={**at.values, name: X_t}))

    started = [at._replace(values={**at.values, _STEP: np.zeros(())}) for at in sampled]
    return check(moved, ours, t, started)


def against(derivative: Derivative, result: Expr, theirs: Expr) -> Comparison | None:
    """Another answer against the derivative; None where both have no value at any point."""
    if any(node.op.abstract for node in postorder(derivative.value, theirs)):
        return None
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
