"""Conditions that hold nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import add, fill_value, is_zero, scale, subtract
from mcalc.core.condition import Condition, Property
from mcalc.core.leaves import number_value
from mcalc.ops.blocks import BLOCKS, grid
from mcalc.ops.elementwise import one_like

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcalc.core.expr import Expr


def is_impossible(condition: Condition) -> bool:
    """Whether what is known of the expression denies that the condition ever holds."""
    property_, subject = condition
    if is_zero(subject):
        return property_ in _NOT_OF_ZERO
    denied = _DENIED.get(property_)
    return denied is not None and denied(subject)


def _negative(x: Expr) -> bool:
    return scale(-1, x).has(facts.POSITIVE)


def _not_positive(x: Expr) -> bool:
    return scale(-1, x).has(facts.NONNEGATIVE)


def _above_one(x: Expr) -> bool:
    return subtract(x, one_like(x)).has(facts.POSITIVE)


def _negative_semidefinite(S: Expr) -> bool:
    return scale(-1, S).has(facts.PSD)


def _is_pole(x: Expr) -> bool:
    n = number_value(x)
    return n is not None and n <= 0 and n.denominator == 1


def _is_broken(x: Expr) -> bool:
    n = number_value(x)
    return n is not None and n.denominator != 1


def _singular(X: Expr) -> bool:
    """A matrix of equal entries, or of numbers whose rows are dependent."""
    size = X.shape.rows
    if fill_value(X) is not None:
        return size is not None and size.value is not None and size.value > 1
    if X.op is not BLOCKS:
        return False
    rows: list[list[Fraction]] = []
    for row in grid(X):
        numbers = [n for e in row if (n := number_value(e)) is not None]
        if len(numbers) < len(row):
            return False
        rows.append(numbers)
    return _dependent(rows)


def _dependent(rows: list[list[Fraction]]) -> bool:
    """Whether rows, as many as they are long, are linearly dependent, by elimination."""
    while rows:
        pivot = next((row for row in rows if row[0]), None)
        if pivot is None:
            return True
        rows.remove(pivot)
        rows = [
            [a - row[0] / pivot[0] * b for a, b in zip(row[1:], pivot[1:], strict=True)]
            for row in rows
        ]
    return False


_DENIED: dict[Property, Callable[[Expr], bool]] = {
    **dict.fromkeys((Property.POSITIVE, Property.ENTRIES_POSITIVE), _not_positive),
    **dict.fromkeys((Property.NONNEGATIVE, Property.ENTRIES_NONNEGATIVE), _negative),
    # At 1 itself there is a value, if no derivative.
    **dict.fromkeys(
        (Property.INSIDE_UNIT, Property.ENTRIES_INSIDE_UNIT),
        lambda x: _above_one(x) or _above_one(scale(-1, x)),
    ),
    **dict.fromkeys(
        (Property.ABOVE_ONE, Property.ENTRIES_ABOVE_ONE),
        lambda x: subtract(one_like(x), x).has(facts.POSITIVE),
    ),
    **dict.fromkeys(
        (Property.GREATER_THAN_MINUS_ONE, Property.ENTRIES_GREATER_THAN_MINUS_ONE),
        lambda x: _not_positive(add(x, one_like(x))),
    ),
    Property.POSITIVE_DEFINITE: _negative_semidefinite,
    Property.NO_NEGATIVE_EIGENVALUE: lambda X: scale(-1, X).has(facts.PD),
    Property.INVERTIBLE: _singular,
    Property.NO_POLE_OF_GAMMA: _is_pole,
    Property.INTEGER: _is_broken,
}
_NOT_OF_ZERO = {
    Property.POSITIVE, Property.ENTRIES_POSITIVE, Property.NONZERO, Property.ENTRIES_NONZERO,
    Property.INVERTIBLE, Property.POSITIVE_DEFINITE, Property.FULL_COLUMN_RANK,
    Property.ABOVE_ONE, Property.ENTRIES_ABOVE_ONE,
    Property.NO_POLE_OF_GAMMA,
}  # fmt: skip
