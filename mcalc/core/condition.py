"""What has to hold for a formula to hold: a property of an expression, kept symbolic."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from mcalc.core import facts

if TYPE_CHECKING:
    from mcalc.core.expr import Expr


class Property(StrEnum):
    """The properties that conditions and declarations speak of; `{0}` stands for the expression."""

    INVERTIBLE = "{0} is invertible"
    NONZERO = "{0} ≠ 0"
    ENTRIES_NONZERO = "entries of {0} ≠ 0"
    FREE_ENTRIES_NONZERO = "entries of {0} ≠ 0, but for those that its structure makes 0"
    POSITIVE = "{0} > 0"
    ENTRIES_POSITIVE = "entries of {0} > 0"
    NONNEGATIVE = "{0} ≥ 0"
    ENTRIES_NONNEGATIVE = "entries of {0} ≥ 0"
    NEGATIVE = "{0} < 0"
    ENTRIES_NEGATIVE = "entries of {0} < 0"
    NONPOSITIVE = "{0} ≤ 0"
    ENTRIES_NONPOSITIVE = "entries of {0} ≤ 0"
    INSIDE_UNIT = "-1 < {0} < 1"
    ENTRIES_INSIDE_UNIT = "entries of {0} lie strictly between -1 and 1"
    ABOVE_ONE = "{0} > 1"
    ENTRIES_ABOVE_ONE = "entries of {0} > 1"
    GREATER_THAN_MINUS_ONE = "{0} > -1"
    ENTRIES_GREATER_THAN_MINUS_ONE = "entries of {0} > -1"
    NO_POLE_OF_TAN = "cos({0}) ≠ 0"
    NO_POLE_OF_GAMMA = "entries of {0} are not 0, -1, -2, …"
    POSITIVE_DETERMINANT = "det({0}) > 0"
    POSITIVE_DEFINITE = "{0} is positive definite"
    POSITIVE_SEMIDEFINITE = "{0} is positive semidefinite"
    NEGATIVE_DEFINITE = "{0} is negative definite"
    NEGATIVE_SEMIDEFINITE = "{0} is negative semidefinite"
    SYMMETRIC = "{0} is symmetric"
    FULL_COLUMN_RANK = "{0} has full column rank"
    FULL_RANK = "{0} has full rank"
    CONSTANT_RANK = "the rank of {0} is constant near it"
    SIMPLE_LARGEST = "the largest eigenvalue of {0} is simple"
    SIMPLE_SMALLEST = "the smallest eigenvalue of {0} is simple"
    SIMPLE_SPECTRUM = "the eigenvalues of {0} are distinct"
    SIMPLE_SINGULAR = "the singular values of {0} are distinct and positive"
    NO_NEGATIVE_EIGENVALUE = "{0} has no eigenvalue on the closed negative real axis"
    UNIQUE_LARGEST = "the largest entry of {0} is unique"
    UNIQUE_SMALLEST = "the smallest entry of {0} is unique"
    INTEGER = "{0} is an integer"


class Condition(NamedTuple):
    """A property that an expression must have."""

    property: Property
    subject: Expr


def away_from_zero(x: Expr) -> Condition:
    """No entry is at a kink that lies at 0, unless its structure keeps it there."""
    if x.shape.is_scalar:
        return Condition(Property.NONZERO, x)
    structural = x.has(facts.LOWER | facts.UPPER | facts.SKEW)
    return Condition(Property.FREE_ENTRIES_NONZERO if structural else Property.ENTRIES_NONZERO, x)
