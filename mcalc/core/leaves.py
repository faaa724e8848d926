"""Expressions without arguments: variables, tangents, numbers and constants."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from mcalc.core import facts
from mcalc.core.expr import Expr, intern
from mcalc.core.op import Op
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.size import Size
from mcalc.errors import DomainError

VARIABLE = Op(name="variable")
TANGENT = Op(name="tangent")
NAMED = Op(name="named")
NUMBER = Op(name="number")
EXTENT = Op(name="extent")
PI = Op(name="pi")
ONES = Op(name="ones", power=lambda node, exponent: node)
ZEROS = Op(name="zeros")
EYE = Op(name="eye", power=lambda node, exponent: _identity_power(node, exponent))
COMMUTATION = Op(name="commutation", transpose=lambda node: _commutation_back(node))

_LARGEST_FLOAT = Fraction(int(1.7976931348623157e308))
_MOST_BITS = 1020
_SMALL: dict[int, Expr] = {}

ONE = Fraction(1)
"""The one that most coefficients are: the same object, so that it is known at a glance."""

DUPLICATION = Op(name="duplication")
ELIMINATION = Op(name="elimination")


class Variable(NamedTuple):
    """What a variable is besides its shape; `structure` in alphabetical order."""

    name: str
    structure: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((self.name, *self.structure))


def variable(name: str, shape: Shape, structure: tuple[str, ...] = ()) -> Expr:
    """The variable of that name."""
    known = facts.SYMMETRIC if shape.is_scalar else 0
    for word in structure:
        known |= facts.DECLARED[word]
    if known & facts.PROJECTOR and known & facts.SYMMETRIC:
        known |= facts.PSD
    return intern(
        VARIABLE, (), shape, Variable(name, tuple(sorted(structure))), name=name, facts=known
    )


def variable_name(node: Expr) -> str:
    """The name of a variable node."""
    assert isinstance(node.data, Variable)
    return node.data.name


def structure(node: Expr) -> tuple[str, ...]:
    """The words of the declaration of a variable node."""
    assert isinstance(node.data, Variable)
    return node.data.structure


class Direction(NamedTuple):
    """Which change of which variable a tangent is; the orders of differentiation are numbered.

    The structure keeps the tangents of variables apart that have one name in different questions.
    """

    variable: str
    number: int
    structure: tuple[str, ...] = ()


_KEPT_BY_CHANGE = facts.SYMMETRIC | facts.SKEW | facts.DIAGONAL | facts.LOWER | facts.UPPER


def tangent(of: Expr, number: int = 0) -> Expr:
    """d(X): a change of the variable X, in the space of its structure."""
    assert isinstance(of.data, Variable)
    known = of.facts & _KEPT_BY_CHANGE
    return intern(
        TANGENT,
        (),
        of.shape,
        Direction(variable_name(of), number, of.data.structure),
        name="d",
        facts=known,
    )


class Alias(NamedTuple):
    """What an expression is called for short, and the facts known of it."""

    name: str
    facts: int

    def __str__(self) -> str:
        return self.name


def named(name: str, e: Expr) -> Expr:
    """A name that stands for an expression, and of which the same is known."""
    return intern(NAMED, (), e.shape, Alias(name, e.facts), name=name, facts=e.facts)


def named_tangent(of: Expr, number: int = 0) -> Expr:
    """d(u), the change of what is called u."""
    assert isinstance(of.data, Alias)
    known = of.facts & _KEPT_BY_CHANGE
    direction = Direction(of.data.name, number, (f"facts {known}",))
    return intern(TANGENT, (), of.shape, direction, name="d", facts=known)


def number(value: int | Fraction) -> Expr:
    """The exact number.

    Raises: DomainError where it is too large for a float.
    """
    if value.__class__ is int and value in _SMALL:
        return _SMALL[value]
    value = ONE if value == 1 else Fraction(value)
    whole = value.numerator.bit_length() - value.denominator.bit_length()
    if whole >= _MOST_BITS and abs(value) > _LARGEST_FLOAT:
        raise DomainError("a number too large for a float (the largest is about 1.8e308)")
    known = facts.SYMMETRIC
    if value.numerator >= 0:
        known |= facts.NONNEGATIVE
    if value.numerator > 0:
        known |= facts.POSITIVE
    if value.denominator == 1:
        known |= facts.INTEGER
    return intern(NUMBER, (), SCALAR, value, name="", facts=known, cost=0)


_SMALL.update({value: number(value) for value in range(-8, 9)})


def number_value(node: Expr) -> Fraction | None:
    """The value of a number node, None for any other."""
    if node.op is NUMBER:
        assert isinstance(node.data, Fraction)
        return node.data
    return None


def extent(size: Size) -> Expr:
    """A size as a scalar: the number of entries along an axis."""
    if size.value is not None:
        return number(size.value)
    known = facts.SYMMETRIC | facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER
    return intern(EXTENT, (), SCALAR, size, facts=known)


def pi() -> Expr:
    """The number π."""
    return intern(PI, (), SCALAR, facts=facts.SYMMETRIC | facts.NONNEGATIVE | facts.POSITIVE)


def ones(size: Size) -> Expr:
    """The column of ones."""
    known = facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER
    return intern(ONES, (), Shape(size), facts=known, cost=0)


def zeros(shape: Shape) -> Expr:
    """Zero, of any shape."""
    if shape.is_scalar:
        return number(0)
    known = facts.NONNEGATIVE
    if shape.rows == shape.cols:
        known |= facts.SYMMETRIC | facts.PSD | facts.DIAGONAL | facts.LOWER | facts.UPPER
    return intern(ZEROS, (), shape, facts=known, cost=0)


def eye(size: Size) -> Expr:
    """The identity matrix."""
    known = (
        facts.DECLARED["diagonal"] | facts.DECLARED["spd"] | facts.ORTHOGONAL | facts.NONNEGATIVE
    )
    known |= facts.PROJECTOR
    return intern(EYE, (), Shape(size, size), facts=known, cost=0)


def _identity_power(node: Expr, exponent: Expr) -> Expr | None:
    """eye.^k = eye for k > 0."""
    n = number_value(exponent)
    return node if n is not None and n > 0 else None


def commutation(m: Size, n: Size) -> Expr:
    """K with K*vec(X) = vec(X') for m×n X; mn×mn.

    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 3, sec. 7.
    """
    one = {1}
    if {m.value, n.value} & one:
        return eye(m * n)
    known = facts.ORTHOGONAL | facts.INVERTIBLE | facts.NONNEGATIVE
    if m == n:
        known |= facts.SYMMETRIC
    return intern(COMMUTATION, (), Shape(m * n, m * n), (m, n), facts=known)


def duplication(n: Size) -> Expr:
    """D with D*vech(S) = vec(S) for symmetric n×n S, vech its lower triangle column by column.

    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 3, sec. 8.
    """
    shape = Shape(n * n, Size.triangle(n))
    return intern(DUPLICATION, (), shape, n, facts=facts.NONNEGATIVE | facts.INTEGER)


def elimination(n: Size) -> Expr:
    """L with L*vec(X) = vech(X) for n×n X.

    Source: Magnus, Linear Structures (1988), ch. 5.
    """
    shape = Shape(Size.triangle(n), n * n)
    return intern(ELIMINATION, (), shape, n, facts=facts.NONNEGATIVE | facts.INTEGER)


def _commutation_back(node: Expr) -> Expr:
    """commutation(m, n)' = commutation(n, m)."""
    m, n = commutation_sizes(node)
    return commutation(n, m)


def commutation_sizes(node: Expr) -> tuple[Size, Size]:
    """The m and n of commutation(m, n)."""
    assert isinstance(node.data, tuple)
    m, n = node.data
    return m, n


def is_zero(node: Expr) -> bool:
    """Whether this is the zero of its shape."""
    return node.op is ZEROS or node is _SMALL[0]
