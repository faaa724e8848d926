"""The intermediate language of the code generators: values, each computed once.

A value is an operation on earlier values with the shape of its array; equal ones are one. Vectors
are arrays of rank 1, whether columns or rows.

    input name · size s · number q · pi · eye n · ones n · zeros shape
    add · sub · mul · div · pow      entry by entry, with broadcasting
    neg · sqrt · norm · sum · transpose · column (x[:, None])
    matmul · outer · vdot (the sum of A.*B) · diagonal product (the diagonal of A*B)
    add diagonal (A, v)              A + diag(v), or A + v*eye for a scalar
    solve (A, b) · inverse A         of a matrix that nothing else is asked of
    lu A                             the factor of a square matrix, for these:
        lu solve (F, b) transposed · lu inverse · lu det · lu sign (of the determinant)
        lu logdet                    the logarithm of the absolute value of the determinant
    cholesky S                       the factor of a positive definite matrix, for these:
        cholesky solve (F, b) · cholesky inverse · cholesky logdet
    triangular solve (T, b) side, transposed
    call op                          an operation of the table
    contract spec                    a sum of products, as einsum has it
    assemble shape, patterns         an array, each argument added at the entries of its pattern
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mcalc.core.size import Size

if TYPE_CHECKING:
    from collections.abc import Hashable

Axes = tuple[Size, ...]
UNIT = Size.of(1)
LARGEST_DIVISOR = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value of a program; `number` is its place in the order of computation."""

    kind: str
    args: tuple[Value, ...]
    data: Any
    shape: Axes
    number: int

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)


class Program:
    """Values in the order in which they can be computed, and the simplest of ways to make them."""

    def __init__(self) -> None:
        self._values: dict[tuple[object, ...], Value] = {}

    def value(self, kind: str, *args: Value, data: Hashable = None, shape: Axes = ()) -> Value:
        """The one value of this content."""
        key = (kind, args, data)
        if key not in self._values:
            self._values[key] = Value(kind, args, data, shape, len(self._values))
        return self._values[key]

    def number(self, c: Fraction | int) -> Value:
        """A rational constant."""
        return self.value("number", data=Fraction(c))

    def times(self, a: Value, b: Value) -> Value:
        """The product entry by entry; one and minus one are no factors."""
        for x, y in ((a, b), (b, a)):
            if x.kind == "number" and x.data == 1:
                return y
            if x.kind == "number" and x.data == -1:
                return self.negative(y)
        if a.kind == b.kind == "number":
            return self.number(a.data * b.data)
        return self.value("mul", a, b, shape=broadcast(a.shape, b.shape))

    def multiple(self, c: Fraction, v: Value) -> Value:
        """c*v, by a division where c is 1/q."""
        if c.numerator == 1 and 1 < c.denominator < LARGEST_DIVISOR:
            return self.over(v, self.number(c.denominator))
        return self.times(self.number(c), v)

    def over(self, a: Value, b: Value) -> Value:
        """The quotient entry by entry."""
        return self.value("div", a, b, shape=broadcast(a.shape, b.shape))

    def plus(self, a: Value, b: Value) -> Value:
        """The sum, with broadcasting."""
        if b.kind == "neg":
            return self.minus(a, b.args[0])
        return self.value("add", a, b, shape=broadcast(a.shape, b.shape))

    def minus(self, a: Value, b: Value) -> Value:
        """The difference, with broadcasting."""
        return self.value("sub", a, b, shape=broadcast(a.shape, b.shape))

    def negative(self, a: Value) -> Value:
        """-a."""
        if a.kind == "number":
            return self.number(-a.data)
        return a.args[0] if a.kind == "neg" else self.value("neg", a, shape=a.shape)

    def matmul(self, a: Value, b: Value) -> Value:
        """The product of arrays of rank 1 or 2."""
        return self.value("matmul", a, b, shape=(*a.shape[:-1], *b.shape[1:]))

    def outer(self, a: Value, b: Value) -> Value:
        """All products of entries of two vectors."""
        return self.value("outer", a, b, shape=(*a.shape, *b.shape))

    def transposed(self, a: Value) -> Value:
        """The transpose of a matrix; a vector is its own, and what is symmetric by its making."""
        if a.rank < 2 or _is_symmetric(a):
            return a
        if a.kind == "transpose":
            return a.args[0]
        return self.value("transpose", a, shape=a.shape[::-1])

    def column(self, a: Value) -> Value:
        """A vector as the one column of a matrix; a scalar as a vector of one entry."""
        return self.value("column", a, shape=(*a.shape, UNIT))

    def again(self, v: Value, args: tuple[Value, ...]) -> Value:
        """The same operation on other arguments."""
        if v.kind == "transpose":
            return self.transposed(args[0])
        return self.value(v.kind, *args, data=v.data, shape=v.shape)


def _is_symmetric(a: Value) -> bool:
    """Whether a matrix is W*W', an inverse of a positive definite one, or a multiple of such."""
    while a.kind in ("mul", "div", "neg"):
        below = [x for x in a.args if x.rank == 2]
        if len(below) != 1 or any(x.rank == 1 for x in a.args):
            return False
        (a,) = below
    if a.kind == "matmul":
        x, y = a.args
        return y.args == (x,) if y.kind == "transpose" else x.kind == "transpose" and x.args == (y,)
    return a.kind in ("cholesky inverse", "eye")


def broadcast(a: Axes, b: Axes) -> Axes:
    """The shape of what is combined entry by entry."""
    if len(a) < len(b):
        a, b = b, a
    spread = (*(UNIT,) * (len(a) - len(b)), *b)
    return tuple([y if x == UNIT else x for x, y in zip(a, spread, strict=True)])


def live(roots: tuple[Value, ...]) -> list[Value]:
    """What has to be computed for the roots, in order."""
    found: set[Value] = set()
    stack = list(roots)
    while stack:
        value = stack.pop()
        if value not in found:
            found.add(value)
            stack.extend(value.args)
    return sorted(found, key=lambda v: v.number)


def uses(roots: tuple[Value, ...]) -> dict[Value, int]:
    """How often each value is an argument of a live one, or a root."""
    return Counter([*roots, *[a for v in live(roots) for a in v.args]])
