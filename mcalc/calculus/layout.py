"""Layouts: how books arrange the axes of a derivative, and how to get from ours to theirs.

| layout      | scalar by vector, matrix | vector by scalar | vector by vector          |
|-------------|--------------------------|------------------|---------------------------|
| mixed       | as the variable          | as the value     | value by variable         |
| numerator   | its transpose            | as the value     | value by variable         |
| denominator | as the variable          | its transpose    | variable by value         |

Mixed is ours: the gradient has the shape of the variable, the Jacobian a row for each entry of the
value. The Jacobian of vec(value) by vec(variable) goes as that of a vector by a vector, and so does
its array: where the Jacobian is transposed, the axes of its variable come first. That is the last
variable, where there are several; what is differentiated by it has the other axes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.calculus.indices import Tensor, Term, entries_of
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


def axes_in(derivative: Derivative, layout: str) -> tuple[int, ...]:
    """The axes of the derivative, by their numbers in the mixed layout, as a layout orders them."""
    axes = tuple(range(len(derivative.axes)))
    if not is_transposed(derivative, layout):
        return axes
    if derivative.notation == "matrix":
        return axes[::-1]
    last = len(axes) - len(derivative.free[-1].shape.axes)
    return axes[last:] + axes[:last]


def axes_in_words(derivative: Derivative, layout: str) -> str:
    """The order of the axes, in words."""
    if not is_transposed(derivative, layout):
        return "the value's, then the variables'"
    if layout == "numerator":
        return "the variable's, transposed"
    rest = "the value's" if len(derivative.free) == 1 else "the value's and the other variables'"
    return f"the last variable's, then {rest}"


def entries_in(derivative: Derivative, layout: str) -> Tensor:
    """The entries of the derivative, its axes as the layout orders them."""
    tensor = entries_of(derivative)
    order = axes_in(derivative, layout)
    terms = [
        Term(t.coefficient, t.factors, tuple([t.free[k] for k in order])) for t in tensor.terms
    ]
    return Tensor(tuple([tensor.free[k] for k in order]), tuple(terms))


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
