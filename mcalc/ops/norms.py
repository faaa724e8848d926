"""Norms of all entries."""

from __future__ import annotations

from fractions import Fraction

from mcalc.core.algebra import call, number, power
from mcalc.core.op import op
from mcalc.ops.elementwise import ABS
from mcalc.ops.linear import inner
from mcalc.ops.reductions import total

op(
    "norm1",
    "(m,n)->()",
    "The sum of the absolute values of all entries.",
    define=lambda X: total(call(ABS, X)),
    numpy="np.sum(np.abs({0}))",
)
op(
    "norm2",
    "(m,n)->()",
    "The Euclidean norm of a vector, the Frobenius norm of a matrix.",
    define=lambda X: power(inner(X, X), number(Fraction(1, 2))),
    numpy="np.linalg.norm({0})",
)
