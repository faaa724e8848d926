"""Variables of every structure as formulas in independent symbols, and the directions they have.

The gradient within the space of a structured variable is the sum over an orthogonal basis B of that
space of `(df along B)/(B·B) * B`; this is its definition, and nothing here projects.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mcalc.core import facts
from mcalc.core.leaves import VARIABLE, Variable
from mcalc.numeric.entries import NoFormula
from mcalc.numeric.evaluate import concrete
from mcalc.numeric.meanings import Formulas, inverse, times
from mcalc.numeric.quotients import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mcalc.core.expr import Expr
    from mcalc.numeric.evaluate import Array, Sizes
    from mcalc.numeric.identity import Formula

_MOST_ENTRIES = 150

Place = tuple[int, ...]


class Direction(NamedTuple):
    """An element of an orthogonal basis of the space in which a variable changes.

    value    its entries
    square   its square, B·B
    rates    how fast the symbols change along it
    """

    value: Formulas
    square: int
    rates: Mapping[Formula, Formula]


class Coordinates(NamedTuple):
    """A variable in independent symbols.

    value       its entries
    directions  an orthogonal basis of the space in which it changes
    at          (array of numbers) ↦ the values of the symbols
    """

    value: Formulas
    directions: tuple[Direction, ...]
    at: Callable[[Array], dict[Formula, Fraction]]


def coordinates(leaf: Expr, sizes: Sizes) -> Coordinates:
    """The symbols of a variable or a tangent.

    Raises: TooLarge; NoFormula for a projector, and for an orthogonal matrix with more structure.
    """
    shape = concrete(leaf.shape, sizes)
    if prod(shape) > _MOST_ENTRIES:
        raise TooLarge
    if leaf.has(facts.PROJECTOR):
        raise NoFormula("a projector has no coordinates here")
    if leaf.shape.is_matrix and leaf.has(facts.ORTHOGONAL):
        return _orthogonal(leaf, shape[0])
    mirrored = _mirrored(leaf)
    value: Formulas = np.full(shape, _integer(0), dtype=object)
    directions, places = [], {}
    for place in np.ndindex(*shape):
        sign, image = mirrored(place)
        if sign is None:
            continue
        symbol = _symbol(leaf, place)
        unit: Formulas = np.full(shape, _integer(0), dtype=object)
        unit[place] = value_at = _integer(1)
        value[place] = symbol
        if image != place:
            unit[image] = sign * value_at
            value[image] = sign * symbol
        places[symbol] = place
        square = 1 if image == place else 2
        directions.append(Direction(unit, square, {symbol: _integer(1)}))

    def at(X: Array) -> dict[Formula, Fraction]:
        return {symbol: Fraction(float(X[place])) for symbol, place in places.items()}

    return Coordinates(value, tuple(directions), at)


def _integer(value: int) -> Formula:
    import sympy

    return sympy.Integer(value)


def _symbol(leaf: Expr, place: Place) -> Formula:
    """The entry of a variable; whole labels keep those of different variables apart."""
    import sympy

    positive = True if leaf.has(facts.POSITIVE) else None
    return sympy.Symbol(f"{leaf.label}{list(place)}", real=True, positive=positive)


def _mirrored(leaf: Expr) -> Callable[[Place], tuple[int | None, Place]]:
    """place ↦ (sign, the place that goes with it), for the first of the two; else (None, …)."""

    def rule(place: Place) -> tuple[int | None, Place]:
        if len(place) < 2:
            return 1, place
        i, j = place
        if leaf.has(facts.DIAGONAL):
            return (1 if i == j else None), place
        if leaf.has(facts.SYMMETRIC):
            return (1 if i >= j else None), (j, i)
        if leaf.has(facts.SKEW):
            return (-1 if i > j else None), (j, i)
        if leaf.has(facts.LOWER):
            return (1 if i >= j else None), place
        if leaf.has(facts.UPPER):
            return (1 if i <= j else None), place
        return 1, place

    return rule


def _skew_units(n: int) -> Iterator[tuple[Place, Formulas]]:
    for i in range(n):
        for j in range(i):
            unit: Formulas = np.full((n, n), _integer(0), dtype=object)
            unit[i, j], unit[j, i] = _integer(1), _integer(-1)
            yield (i, j), unit


def _orthogonal(leaf: Expr, n: int) -> Coordinates:
    """Q = inv(eye+K)*(eye-K) of a skew K, and the directions Q*S of skew S.

    From d(Q) = -2*inv(eye+K)*dK*inv(eye+K), Q changes by Q*S where dK = -(eye-K)*S*(eye+K)/2.
    Source: the Cayley transform, Golub & Van Loan, Matrix Computations, problem 2.1.12.

    Raises: NoFormula.
    """
    assert leaf.op is not VARIABLE or isinstance(leaf.data, Variable)
    if leaf.facts & (facts.SYMMETRIC | facts.SKEW | facts.LOWER | facts.UPPER):
        raise NoFormula("an orthogonal matrix with more structure has no coordinates here")
    K: Formulas = np.full((n, n), _integer(0), dtype=object)
    for place, unit in _skew_units(n):
        K = K + _symbol(leaf, place) * unit
    eye: Formulas = np.full((n, n), _integer(0), dtype=object)
    np.fill_diagonal(eye, _integer(1))
    Q = times(inverse(eye + K), eye - K)
    directions = []
    for _, S in _skew_units(n):
        dK = -times(times(eye - K, S), eye + K) / 2
        rates = {_symbol(leaf, place): dK[place] for place, _ in _skew_units(n)}
        directions.append(Direction(times(Q, S), 2, rates))

    def at(X: Array) -> dict[Formula, Fraction]:
        numbers = np.linalg.solve(np.eye(n) + X, np.eye(n) - X)
        return {
            _symbol(leaf, place): Fraction(float(numbers[place])) for place, _ in _skew_units(n)
        }

    return Coordinates(Q, tuple(directions), at)


def slopes(value: Formulas, by: Coordinates) -> Formulas:
    """The array value.shape + variable.shape of derivatives within the variable's space."""
    import sympy

    shape = by.value.shape
    found: Formulas = np.full(value.shape + shape, _integer(0), dtype=object)
    for place in np.ndindex(*value.shape):
        entry: Any = value[place]
        for direction in by.directions:
            slope = sympy.Add(*(rate * sympy.diff(entry, s) for s, rate in direction.rates.items()))
            if slope == 0:
                continue
            part = direction.value * (slope / direction.square)
            found[place] = found[place] + part
    return found
