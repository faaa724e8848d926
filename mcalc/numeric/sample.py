"""Points in the domain of expressions: sizes, and random values that meet every condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcalc.calculus.conditions import domain_conditions
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, postorder
from mcalc.core.leaves import EXTENT, VARIABLE, Variable
from mcalc.core.size import DERIVED, Size
from mcalc.numeric.evaluate import Array, Sizes, Values, concrete, evaluate
from mcalc.numeric.spaces import belongs, structured

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_RESTARTS = 12
_REPAIRS = 16
_MARGINS = (0.1, 0.02, 1e-3)
_SMALLEST_SIZE = 2
_ROUNDING = 1e-12


class Point(NamedTuple):
    """Arrays by variable, and integers by size symbol."""

    values: Values
    sizes: Sizes


def points(
    expressions: Sequence[Expr],
    count: int,
    sizes: Sizes | None = None,
    by: Collection[Expr] = (),
) -> list[Point]:
    """Points of one size in the domain of all expressions, as many as were found up to `count`."""
    first = point(expressions, 0, sizes, by)
    if first is None:
        return []
    others = [point(expressions, seed, first.sizes, by) for seed in range(1, count)]
    return [first, *[found for found in others if found is not None]]


def point(
    expressions: Sequence[Expr],
    seed: int,
    sizes: Sizes | None = None,
    by: Collection[Expr] = (),
) -> Point | None:
    """A random point where all expressions have finite values, conditions hold with a margin.

    The first of them has a differential there by the variables in `by`, or all. The point is the
    same for the same seed; None where none was found. What a condition does not hold for is drawn
    anew, in another range, until all conditions hold.
    """
    nodes = list(postorder(*expressions))
    variables = [node for node in nodes if node.op is VARIABLE]
    conditions = domain_conditions([(expressions[0], by or variables)], *expressions[1:])
    whole = _leaves_of([c.subject for c in conditions if c.property is Property.INTEGER])
    tested = [*[c.subject for c in conditions], *expressions]
    rng = np.random.default_rng(seed)
    for restart in range(_RESTARTS):
        chosen = _draw_sizes(nodes, rng) if sizes is None else sizes
        margin = _MARGINS[restart * len(_MARGINS) // _RESTARTS]
        draw = _Draw(rng, chosen, whole)
        values = {_name(v): draw(v, _RANGES[restart % len(_RANGES)]) for v in variables}
        for _ in range(_REPAIRS):
            at = evaluate(tested, values, chosen)
            failing = _first_failing(conditions, expressions, at, margin)
            if failing is None:
                if all(belongs(values[_name(v)], _structure(v)) for v in variables):
                    return Point(values, dict(chosen))
                break
            for v in sorted(_leaves_of([failing]), key=_name):
                values[_name(v)] = draw(v, _RANGES[rng.integers(len(_RANGES))])
    return None


def _leaves_of(roots: Sequence[Expr]) -> set[Expr]:
    return {node for node in postorder(*roots) if node.op is VARIABLE}


def _name(v: Expr) -> str:
    assert isinstance(v.data, Variable)
    return v.data.name


def _structure(v: Expr) -> tuple[str, ...]:
    assert isinstance(v.data, Variable)
    return v.data.structure


def _first_failing(
    conditions: Sequence[Condition], expressions: Sequence[Expr], at: Sequence[Array], margin: float
) -> Expr | None:
    """The first subject whose condition does not hold, or expression that is not finite."""
    for condition, value in zip(conditions, at, strict=False):
        if not holds(condition.property, value, margin):
            return condition.subject
    for e, value in zip(expressions, at[len(conditions) :], strict=True):
        if not np.isfinite(value).all():
            return e
    return None


# ---------------------------------------------------------------- drawing
def size_symbols(nodes: Sequence[Expr]) -> list[str]:
    """The names of sizes that do not follow from others, in alphabetical order."""
    axes = [axis for node in nodes for axis in node.shape.axes]
    axes += [node.data for node in nodes if node.op is EXTENT and isinstance(node.data, Size)]
    found: set[str] = set()
    while axes:
        fresh = set(axes.pop().symbols) - found
        found |= fresh
        axes += [size for name in fresh if name in DERIVED for size in DERIVED[name].parts]
    return sorted(found - DERIVED.keys())


def _draw_sizes(nodes: Sequence[Expr], rng: np.random.Generator) -> Sizes:
    """Different small integers for the size symbols."""
    symbols = size_symbols(nodes)
    order = rng.permutation(max(len(symbols), 2)) + _SMALLEST_SIZE
    return {name: int(size) for name, size in zip(symbols, order, strict=False)}


def _entries(low: float, high: float) -> Callable[[np.random.Generator, tuple[int, ...]], Array]:
    return lambda rng, shape: rng.uniform(low, high, shape)


def _gram(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Symmetric positive definite where the shape allows it."""
    M = rng.standard_normal(shape)
    is_square = len(shape) == 2 and shape[0] == shape[1]
    return M @ M.T / shape[0] + 0.5 * np.eye(shape[0]) if is_square else M


def _near_identity(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    M = 0.2 * rng.standard_normal(shape)
    return M + np.eye(*shape) if len(shape) == 2 else M + 1


_RANGES: tuple[Callable[[np.random.Generator, tuple[int, ...]], Array], ...] = (
    lambda rng, shape: rng.standard_normal(shape),
    _entries(0.3, 2.0),
    _gram,
    _entries(-0.8, 0.8),
    _entries(0.1, 0.9),
    _near_identity,
    _entries(1.2, 3.0),
    _entries(-2.0, -0.3),
    _entries(-0.15, 0.15),
    _entries(2.0, 8.0),
)


class _Draw(NamedTuple):
    """Draws values of variables from a range."""

    rng: np.random.Generator
    sizes: Sizes
    whole: set[Expr]

    def __call__(
        self, v: Expr, entries: Callable[[np.random.Generator, tuple[int, ...]], Array]
    ) -> Array:
        shape = concrete(v.shape, self.sizes)
        if v in self.whole:
            return self.rng.integers(1, 5, shape).astype(np.float64)
        return structured(np.asarray(entries(self.rng, shape), dtype=np.float64), _structure(v))


# ---------------------------------------------------------------- conditions at numbers
def holds(claim: Property, value: Array, margin: float) -> bool:
    """Whether the value has the property, with a distance from where it has not."""
    return bool(np.isfinite(value).all()) and bool(_HOLDS[claim](np.asarray(value), margin))


def _regular(X: Array, margin: float) -> bool:
    """The smallest singular value is not small beside the largest."""
    singular = np.linalg.svd(np.atleast_2d(X), compute_uv=False)
    return bool(singular[-1] > margin / 10 * max(singular[0], margin))


def _clear_rank(X: Array, margin: float) -> bool:
    """Every singular value is either not small beside the largest, or rounding."""
    singular = np.linalg.svd(np.atleast_2d(X), compute_uv=False)
    small = singular <= margin / 10 * max(singular[0], margin)
    return bool((singular[small] <= _ROUNDING * max(singular[0], margin)).all())


def _separated(ascending: Array, margin: float) -> bool:
    """Neighbours differ, measured by the largest."""
    if ascending.size == 1:
        return True
    return bool(np.diff(ascending).min() > margin / 2 * np.abs(ascending).max())


def _eigenvalues(S: Array) -> Array:
    """Of a symmetric matrix, ascending."""
    return np.linalg.eigvalsh(np.atleast_2d(S))


def _singular_values(X: Array) -> Array:
    """Ascending."""
    return np.linalg.svd(np.atleast_2d(X), compute_uv=False)[::-1]


def _definite(S: Array, margin: float) -> bool:
    S = np.atleast_2d(S)
    return bool(np.allclose(S, S.T)) and _regular(S, margin) and bool(_eigenvalues(S)[0] > 0)


def _semidefinite(S: Array, margin: float) -> bool:
    """Rounding may take a zero eigenvalue below zero."""
    S = np.atleast_2d(S)
    least = -_ROUNDING * np.abs(S).max()
    return bool(np.allclose(S, S.T)) and bool(_eigenvalues(S)[0] >= least)


def _off_negative_axis(X: Array, margin: float) -> bool:
    eigenvalues = np.linalg.eigvals(np.atleast_2d(X))
    size = np.abs(eigenvalues)
    away = (eigenvalues.real > 0) | (np.abs(eigenvalues.imag) > margin * size)
    return bool((away & (size > margin * size.max())).all())


def _above(bound: float) -> Callable[[Array, float], bool]:
    return lambda x, margin: bool((x > bound + margin).all())


def _below_zero(x: Array, margin: float) -> bool:
    return bool((x < -margin).all())


def _nonzero(x: Array, margin: float) -> bool:
    return bool((np.abs(x) > margin).all())


def _inside_unit(x: Array, margin: float) -> bool:
    return bool((np.abs(x) < 1 - margin).all())


_HOLDS: dict[Property, Callable[[Array, float], bool]] = {
    Property.INVERTIBLE: _regular,
    Property.NONZERO: lambda x, margin: bool(np.abs(x).max() > margin),
    Property.ENTRIES_NONZERO: _nonzero,
    # What structure makes zero is zero to the last digit.
    Property.FREE_ENTRIES_NONZERO: lambda x, margin: bool(((np.abs(x) > margin) | (x == 0)).all()),
    Property.POSITIVE: _above(0),
    Property.ENTRIES_POSITIVE: _above(0),
    # On the boundary the function has a value, but only differences from one side.
    Property.NONNEGATIVE: _above(0),
    Property.ENTRIES_NONNEGATIVE: _above(0),
    Property.NEGATIVE: _below_zero,
    Property.ENTRIES_NEGATIVE: _below_zero,
    Property.NONPOSITIVE: _below_zero,
    Property.ENTRIES_NONPOSITIVE: _below_zero,
    Property.INSIDE_UNIT: _inside_unit,
    Property.ENTRIES_INSIDE_UNIT: _inside_unit,
    Property.ABOVE_ONE: _above(1),
    Property.ENTRIES_ABOVE_ONE: _above(1),
    Property.GREATER_THAN_MINUS_ONE: _above(-1),
    Property.ENTRIES_GREATER_THAN_MINUS_ONE: _above(-1),
    Property.NO_POLE_OF_TAN: lambda x, margin: _nonzero(np.cos(x), margin),
    Property.NO_POLE_OF_GAMMA: lambda x, margin: bool(
        ((x > margin) | (np.abs(x - np.round(x)) > margin)).all()
    ),
    Property.POSITIVE_DETERMINANT: lambda X, margin: (
        _regular(X, margin) and bool(np.linalg.det(np.atleast_2d(X)) > 0)
    ),
    Property.POSITIVE_DEFINITE: _definite,
    Property.POSITIVE_SEMIDEFINITE: _semidefinite,
    Property.NEGATIVE_DEFINITE: lambda S, margin: _definite(-S, margin),
    Property.NEGATIVE_SEMIDEFINITE: lambda S, margin: _semidefinite(-S, margin),
    Property.SYMMETRIC: lambda S, margin: bool(np.allclose(S, np.transpose(S))),
    Property.FULL_COLUMN_RANK: lambda X, margin: (
        len(np.atleast_2d(X)) >= np.atleast_2d(X).shape[1] and _regular(X, margin)
    ),
    Property.FULL_RANK: _regular,
    Property.CONSTANT_RANK: _clear_rank,
    Property.SIMPLE_LARGEST: lambda S, margin: _separated(_eigenvalues(S)[-2:], margin),
    Property.SIMPLE_SMALLEST: lambda S, margin: _separated(_eigenvalues(S)[:2], margin),
    Property.SIMPLE_SPECTRUM: lambda S, margin: _separated(_eigenvalues(S), margin),
    Property.SIMPLE_SINGULAR: lambda X, margin: (
        _regular(X, margin) and _separated(_singular_values(X), margin)
    ),
    Property.NO_NEGATIVE_EIGENVALUE: _off_negative_axis,
    Property.UNIQUE_LARGEST: lambda x, margin: _separated(np.sort(x, axis=None)[-2:], margin),
    Property.UNIQUE_SMALLEST: lambda x, margin: _separated(np.sort(x, axis=None)[:2], margin),
    Property.INTEGER: lambda x, margin: bool((np.abs(x - np.round(x)) < 1e-9).all()),
}
