"""Layouts: how books arrange the axes of a derivative, and how to get from ours to theirs.

| layout      | scalar by vector, matrix | vector by scalar | vector by vector          |
|-------------|--------------------------|------------------|---------------------------|
| mixed       | as the variable          | as the value     | value by variable         |
| numerator   | its transpose            | as the value     | value by variable         |
| denominator | as the variable          | its transpose    | variable by value         |

Mixed is ours: the gradient has the shape of the variable, the Jacobian a row for each entry of the
value. The Jacobian of vec(value) by vec(variable) goes as that of a vector by a vector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import mul, transpose
from mcalc.core.leaves import duplication
from mcalc.ops.vectorize import vec

if TYPE_CHECKING:
    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr


def is_transposed(derivative: Derivative, layout: str) -> bool:
    """Whether a layout has the transpose of what the mixed layout has."""
    if layout == "mixed" or not derivative.free:
        return False
    if derivative.notation == "vec":
        return layout == "denominator"
    if derivative.value.shape.is_scalar and len(derivative.free) == 1:
        return layout == "numerator"
    return layout == "denominator"


def arranged(derivative: Derivative, result: Expr, layout: str) -> Expr:
    """The result in another layout."""
    return transpose(result) if is_transposed(derivative, layout) else result


def half_vectorized(derivative: Derivative, result: Expr) -> Expr | None:
    """By a symmetric variable, the derivative by the entries of its lower triangle, vech.

    Of a scalar the column duplication'*vec(G), else the Jacobian times duplication: each entry off
    the diagonal stands for two. None by other variables and for higher orders. `result` is that of
    the derivative, as it is to be read.
    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 3, sec. 8.
    """
    X, *others = derivative.wrt
    if others or derivative.along or not X.shape.is_matrix or not X.has(facts.SYMMETRIC):
        return None
    D = duplication(X.shape.axes[0])
    if not derivative.value.shape.is_scalar:
        return mul(result, D)
    column = transpose(result) if derivative.notation == "vec" else vec(result)
    return mul(transpose(D), column)
