"""The numeric check of a derivative, and the comparison of two answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mcalc.core.leaves import Variable, variable_name
from mcalc.numeric.differences import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcalc.core.expr import Expr
    from mcalc.numeric.evaluate import Array, Sizes, Values
    from mcalc.numeric.sample import Point

Function: TypeAlias = "Callable[[Point], Array]"

_TOLERANCE = 5e-5
_NOISE = 10.0  # times the estimated error, which is no bound
_LAST_DIGITS = (4e-16, -7e-16, 1.1e-15)
_ROUNDING = 20
_UNRELIABLE = 1e-4
_MOST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a derivative agrees with differences of the value, and how well at worst."""

    passed: bool
    max_relative_error: float
    points: int
    sizes: Sizes


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether two answers agree; where they do not, how far apart they are, and at which point.

    entry  where they differ most at that point, and what ours and theirs are there
    note   in which way theirs is laid out, where that is another one
    """

    equal: bool
    max_relative_error: float
    at: Values | None = None
    entry: tuple[int, ...] | None = None
    ours: float | None = None
    theirs: float | None = None
    up_to: str | None = None
    note: str = ""


def check(
    value: Function, derivative: Function, variable: Expr, points: Sequence[Point]
) -> Check | None:
    """The derivative of `value` by the variable against differences, at points of its domain.

    For a higher order, `value` is the derivative of one order less. None where no point allows a
    judgement: there is none, or the differences themselves are not known well enough.

    Shapes: `derivative` gives value.shape + variable.shape.
    """
    judged = [
        judgement
        for point in points
        if (judgement := _judge(value, derivative, variable, point)) is not None
    ]
    if not judged:
        return None
    return Check(
        passed=all(passed for passed, _ in judged),
        max_relative_error=max(error for _, error in judged),
        points=len(judged),
        sizes=points[0].sizes,
    )


def _judge(
    value: Function, derivative: Function, variable: Expr, point: Point
) -> tuple[bool, float] | None:
    """(agreement, relative error) at one point."""
    assert isinstance(variable.data, Variable)
    name = variable_name(variable)

    def moved(X: Array) -> Array:
        return value(point._replace(values={**point.values, name: X}))

    found = differences(moved, point.values[name], variable.data.structure)
    ours = np.asarray(derivative(point))
    if ours.shape != found.derivative.shape or not np.isfinite(ours).all():
        return False, _MOST
    noise = _NOISE * _largest(found.error) + _ROUNDING * _rounding(derivative, ours, point)
    distance = _largest(np.abs(ours - found.derivative))
    size = _largest(np.abs(found.derivative))
    if noise > _UNRELIABLE * max(size, 1.0):
        return None
    if size <= noise:  # as far as differences can tell the derivative is zero
        agrees = distance <= 2 * noise
        return agrees, 0.0 if agrees else min(distance / max(size, sys.float_info.min), _MOST)
    if noise > _UNRELIABLE * size:
        return None
    return distance <= _TOLERANCE * size + noise, min(distance / size, _MOST)


def _rounding(derivative: Function, ours: Array, point: Point) -> float:
    """How much the formula changes where its variables change in their last digits.

    Where it cancels to nothing, as the tangent part of a gradient may, that is all it amounts to.
    """
    changes = []
    for t in _LAST_DIGITS:
        nearby = {name: np.asarray(v) * (1 + t) for name, v in point.values.items()}
        changes.append(_largest(np.abs(derivative(point._replace(values=nearby)) - ours)))
    return max(changes)


def _largest(errors: Array) -> float:
    """The largest entry; what is no number is the worst."""
    if not errors.size:
        return 0.0
    largest = float(errors.max())
    return largest if np.isfinite(largest) else _MOST


def compare(ours: Function, theirs: Function, points: Sequence[Point]) -> Comparison | None:
    """Two answers at the same points; None where there is no point at which both have a value."""
    worst: Comparison | None = None
    for point in points:
        a, b = np.asarray(ours(point)), np.asarray(theirs(point))
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            continue
        found = _compared(a, b, point)
        if worst is None or found.max_relative_error > worst.max_relative_error:
            worst = found
    if worst is not None and worst.max_relative_error <= _TOLERANCE:
        return Comparison(True, worst.max_relative_error)
    return worst


def _compared(a: Array, b: Array, point: Point) -> Comparison:
    """Two arrays at one point, as if they differed."""
    if a.shape != b.shape:
        return Comparison(False, _MOST, point.values)
    size = max(_largest(np.abs(a)), _largest(np.abs(b)), sys.float_info.min)
    apart = np.abs(a - b)
    error = _largest(apart) / size
    if not a.size:
        return Comparison(False, error, point.values)
    place = np.unravel_index(int(apart.argmax()), a.shape)
    entry = tuple(int(i) for i in place)
    return Comparison(False, error, point.values, entry, float(a[place]), float(b[place]))
