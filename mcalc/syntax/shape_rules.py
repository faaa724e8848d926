"""The shapes that operators make, as equations between sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.shape import Shape, axis_product
from mcalc.core.size import SizeMismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.size import Unifier


class Rules:
    """The shape of what an operator makes of two; SizeMismatch where they do not fit."""

    def __init__(self, sizes: Unifier) -> None:
        self.sizes = sizes

    def same(self, a: Shape, b: Shape) -> Shape:
        """Both of one shape."""
        self.sizes.unify(a.rows, b.rows)
        self.sizes.unify(a.cols, b.cols)
        return a

    def spread(self, a: Shape, b: Shape) -> Shape:
        """One of them a scalar, or both of one shape."""
        if a.is_scalar:
            return b
        return a if b.is_scalar else self.same(a, b)

    def times(self, a: Shape, b: Shape) -> Shape:
        """The matrix product; a scalar scales."""
        if a.is_scalar:
            return b
        if b.is_scalar:
            return a
        self.sizes.unify(a.cols, b.rows)
        return Shape(a.rows, b.cols)

    def square(self, a: Shape) -> None:
        """See to it that a matrix is square."""
        if not a.is_matrix:
            raise SizeMismatch
        self.sizes.unify(a.rows, a.cols)

    def over(self, a: Shape, b: Shape) -> Shape:
        """The left side over a scalar or a square matrix."""
        if b.is_scalar:
            return a
        self.square(b)
        return self.times(a, b)

    def under(self, a: Shape, b: Shape) -> Shape:
        """What a square matrix or a scalar is solved for."""
        if a.is_scalar:
            return b
        self.square(a)
        return self.times(a, b)

    def raised(self, a: Shape, b: Shape) -> Shape:
        """A scalar or a square matrix to a scalar power."""
        if not b.is_scalar:
            raise SizeMismatch
        if not a.is_scalar:
            self.square(a)
        return a

    def kron(self, a: Shape, b: Shape) -> Shape:
        """The Kronecker product: axes multiply."""
        return Shape(axis_product(a.rows, b.rows), axis_product(a.cols, b.cols))


OPERATORS: dict[str, Callable[[Rules, Shape, Shape], Shape]] = {
    "+": Rules.same,
    "-": Rules.same,
    "*": Rules.times,
    ".*": Rules.spread,
    "./": Rules.spread,
    "/": Rules.over,
    "\\": Rules.under,
    "^": Rules.raised,
    ".^": Rules.spread,
    "kron": Rules.kron,
}
