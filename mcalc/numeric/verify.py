"""A derivative held against differences of its value, or against somebody's own answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcalc.calculus.derivative import Derivative, derive
from mcalc.calculus.readings import Reading, readings
from mcalc.calculus.structure import is_structured
from mcalc.core import facts
from mcalc.core.expr import postorder
from mcalc.core.leaves import TANGENT, Variable, variable, variable_name
from mcalc.core.shape import SCALAR
from mcalc.errors import ShapeError
from mcalc.numeric.check import Check, Comparison, check, compare
from mcalc.numeric.evaluate import Array, evaluate
from mcalc.numeric.sample import Point, points
from mcalc.numeric.spaces import directions

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr

_POINTS = 5
_SATURATED = 1e-7
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
    whole = [lower, result, derivative.value, *derivative.wrt, *derivative.along]
    sampled = points(whole, _POINTS, by=derivative.wrt)
    sampled = [at for at in sampled if _is_clear(derivative.value, lower, at)]
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


def _is_clear(value: Expr, lower: Expr, at: Point) -> bool:
    """Whether the lower derivative is more than the rounding of the function leaves of it.

    Where tanh(x) is all but one, 1-tanh(x)^2 has few digits that are right, or none.
    """
    if lower is value:
        return True
    f, slope = (np.abs(found).max() for found in evaluate([value, lower], at.values, at.sizes))
    return bool(slope == 0 or slope > _SATURATED * f)


# ---------------------------------------------------------------- somebody's own answer
class _Convention(NamedTuple):
    """How the derivative by a structured variable may be meant: what theirs becomes in ours."""

    note: str
    ours: Callable[[Array, Point], Array]


def against(
    derivative: Derivative, result: Expr, theirs: Expr, layout: str = "mixed"
) -> Comparison | None:
    """Another answer against the derivative; None where both have no value at any point.

    `result` is the formula of the derivative. Theirs may be in any usual layout; where none of
    these makes it equal it is taken to be in the one asked for, if its shape allows.

    Raises: ShapeError where its shape is that of no layout.
    """
    fitting = [r for r in readings(derivative, layout) if r.fits(theirs.shape)]
    if not fitting:
        raise ShapeError(
            f"yours is {theirs.shape.describe()}, "
            f"the derivative {readings(derivative, layout)[0].shape.describe()}",
            hint="a transpose, vec or vech of the derivative can be compared, too",
        )
    if any(node.op.abstract or node.op is TANGENT for node in postorder(derivative.value, theirs)):
        return None
    whole = [derivative.value, result, theirs, *derivative.wrt]
    sampled = points(whole, _POINTS, by=derivative.wrt)
    first: Comparison | None = None
    for convention in _conventions(derivative):
        for reading in fitting:
            if convention is not None and reading.triangular:
                continue
            found = _read_so(derivative, result, theirs, reading, convention, sampled)
            if found is None or found.equal:
                return found
            first = first or found
    return first


def _read_so(
    derivative: Derivative,
    result: Expr,
    theirs: Expr,
    reading: Reading,
    convention: _Convention | None,
    sampled: list[Point],
) -> Comparison | None:
    """The comparison where theirs is laid out so, by this convention."""

    def ours(at: Point) -> Array:
        found = _array(derivative, result, at)
        return _by_triangle(found) if reading.triangular else found

    def arranged(at: Point) -> Array:
        (found,) = evaluate([theirs], at.values, at.sizes)
        axes = reading.rows + reading.cols
        sizes = [reading.axes[axis].evaluate(at.sizes) for axis in axes]
        array = np.reshape(found, sizes, order="F").transpose(np.argsort(axes))
        return array if convention is None else convention.ours(array, at)

    found = compare(ours, arranged, sampled)
    notes = [reading.note] if reading.note else []
    up_to = "layout" if notes else None
    if convention is not None:
        notes.append(convention.note)
    elif reading.triangular:
        notes.append("yours is by the entries of the lower triangle, vech")
    if found is None or not found.equal or not notes:
        return found
    if len(notes) > 1 or convention is not None:
        up_to = "structure"
    return replace(found, up_to=up_to, note="; ".join(notes))


def _conventions(derivative: Derivative) -> list[_Convention | None]:
    """None for ours, then what others have for the derivative by a structured variable."""
    structured = [X for X in derivative.free if is_structured(X)]
    if not structured:
        return [None]
    names = " and ".join(dict.fromkeys(variable_name(X) for X in structured))
    found = [
        None,
        _Convention(
            f"yours is as if {names} had no structure, and ours its projection",
            lambda array, at: _projected(derivative, array, at),
        ),
    ]
    (X, *others) = derivative.free
    if not others and X.has(facts.SYMMETRIC) and not X.has(facts.DIAGONAL):
        note = f"yours counts each entry off the diagonal of {names} twice, as 2*G-diag(diag(G))"
        found.append(_Convention(note, lambda array, at: array * _weights(array, 0.5)))
    return found


def _projected(derivative: Derivative, array: Array, at: Point) -> Array:
    """The projection to the space of each variable along the axes of that variable."""
    axis = len(derivative.value.shape.axes)
    for X in derivative.free:
        rank = len(X.shape.axes)
        if is_structured(X):
            assert isinstance(X.data, Variable)
            basis = directions(at.values[variable_name(X)], X.data.structure)
            parts = np.tensordot(array, basis, axes=((axis, axis + 1), (1, 2)))
            array = np.moveaxis(np.tensordot(parts, basis, axes=1), (-2, -1), (axis, axis + 1))
        axis += rank
    return array


def _weights(array: Array, off_diagonal: float) -> Array:
    """One on the diagonal of the last two axes."""
    n = array.shape[-1]
    return np.where(np.eye(n, dtype=bool), 1.0, off_diagonal)


def _by_triangle(array: Array) -> Array:
    """By the entries of the lower triangle, column by column: each off the diagonal is two."""
    cols, rows = np.triu_indices(array.shape[-1])
    return (array * _weights(array, 2.0))[..., rows, cols]


def _array(derivative: Derivative | None, result: Expr, at: Point) -> Array:
    """The array of all entries, from the matrix that stands for it."""
    (found,) = evaluate([result], at.values, at.sizes)
    if derivative is None or derivative.notation == "matrix":
        return found
    shape = tuple([size.evaluate(at.sizes) for size in derivative.axes])
    return np.reshape(found, shape, order="F") if found.size == np.prod(shape, dtype=int) else found
