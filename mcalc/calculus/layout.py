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

from mcalc.core.algebra import transpose

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
