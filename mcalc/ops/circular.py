"""Circular and hyperbolic functions and their inverses, element by element."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import add, call, number, power, scale, subtract
from mcalc.core.condition import Property
from mcalc.ops.elementwise import elementwise, keeps_sign, one_like, positive

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op


SIN: Op = elementwise(
    "sin",
    "The sine of each entry.",
    lambda x, y: call(COS, x),
    numpy="np.sin({0})",
    exact={0: 0},
    odd=True,
    latex=r"\sin",
)
COS: Op = elementwise(
    "cos",
    "The cosine of each entry.",
    lambda x, y: scale(-1, call(SIN, x)),
    numpy="np.cos({0})",
    exact={0: 1},
    even=True,
    latex=r"\cos",
)
elementwise(
    "tan",
    "The tangent of each entry.",
    lambda x, y: add(one_like(x), power(y, number(2))),
    numpy="np.tan({0})",
    domain=(Property.NO_POLE_OF_TAN, Property.NO_POLE_OF_TAN),
    exact={0: 0},
    odd=True,
    latex=r"\tan",
    sample="unit",
)


def _one_minus_square(x: Expr) -> Expr:
    return subtract(one_like(x), power(x, number(2)))


def _reciprocal_root(x: Expr) -> Expr:
    return power(x, number(Fraction(-1, 2)))


elementwise(
    "arcsin",
    "The inverse sine of each entry.",
    lambda x, y: _reciprocal_root(_one_minus_square(x)),
    numpy="np.arcsin({0})",
    domain=(Property.INSIDE_UNIT, Property.ENTRIES_INSIDE_UNIT),
    exact={0: 0},
    value=math.asin,
    odd=True,
    latex=r"\arcsin",
    aliases=("asin",),
    sample="unit",
)
elementwise(
    "arccos",
    "The inverse cosine of each entry.",
    lambda x, y: scale(-1, _reciprocal_root(_one_minus_square(x))),
    numpy="np.arccos({0})",
    domain=(Property.INSIDE_UNIT, Property.ENTRIES_INSIDE_UNIT),
    exact={1: 0},
    value=math.acos,
    facts_of=lambda x: facts.NONNEGATIVE,
    latex=r"\arccos",
    aliases=("acos",),
    sample="unit",
)
elementwise(
    "arctan",
    "The inverse tangent of each entry.",
    lambda x, y: power(add(one_like(x), power(x, number(2))), number(-1)),
    numpy="np.arctan({0})",
    exact={0: 0},
    odd=True,
    facts_of=keeps_sign,
    latex=r"\arctan",
    aliases=("atan",),
)

# ---------------------------------------------------------------- hyperbolic functions
SINH: Op = elementwise(
    "sinh",
    "The hyperbolic sine of each entry.",
    lambda x, y: call(COSH, x),
    numpy="np.sinh({0})",
    exact={0: 0},
    value=math.sinh,
    odd=True,
    facts_of=keeps_sign,
    latex=r"\sinh",
)
COSH: Op = elementwise(
    "cosh",
    "The hyperbolic cosine of each entry.",
    lambda x, y: call(SINH, x),
    numpy="np.cosh({0})",
    exact={0: 1},
    value=math.cosh,
    even=True,
    facts_of=positive,
    latex=r"\cosh",
)
elementwise(
    "tanh",
    "The hyperbolic tangent of each entry.",
    lambda x, y: _one_minus_square(y),
    numpy="np.tanh({0})",
    exact={0: 0},
    odd=True,
    facts_of=keeps_sign,
    latex=r"\tanh",
)
elementwise(
    "arcsinh",
    "The inverse hyperbolic sine of each entry.",
    lambda x, y: _reciprocal_root(add(one_like(x), power(x, number(2)))),
    numpy="np.arcsinh({0})",
    exact={0: 0},
    odd=True,
    facts_of=keeps_sign,
    aliases=("asinh",),
)
elementwise(
    "arccosh",
    "The inverse hyperbolic cosine of each entry.",
    lambda x, y: _reciprocal_root(subtract(power(x, number(2)), one_like(x))),
    numpy="np.arccosh({0})",
    domain=(Property.ABOVE_ONE, Property.ENTRIES_ABOVE_ONE),
    exact={1: 0},
    value=math.acosh,
    facts_of=lambda x: facts.NONNEGATIVE,
    aliases=("acosh",),
    sample="above one",
)
elementwise(
    "arctanh",
    "The inverse hyperbolic tangent of each entry.",
    lambda x, y: power(_one_minus_square(x), number(-1)),
    numpy="np.arctanh({0})",
    domain=(Property.INSIDE_UNIT, Property.ENTRIES_INSIDE_UNIT),
    exact={0: 0},
    value=math.atanh,
    odd=True,
    facts_of=keeps_sign,
    aliases=("atanh",),
    sample="unit",
)
