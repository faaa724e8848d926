"""Special functions, element by element."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.algebra import add, call, hadamard, mul, number, power, scale
from mcalc.core.condition import Condition, Property
from mcalc.core.leaves import pi
from mcalc.core.op import Op, op
from mcalc.errors import DomainError
from mcalc.ops.elementwise import elementwise, exp, keeps_sign

if TYPE_CHECKING:
    from mcalc.core.expr import Expr


elementwise(
    "erf",
    "The error function of each entry.",
    lambda x, y: scale(
        2, mul(power(pi(), number(Fraction(-1, 2))), exp(scale(-1, power(x, number(2)))))
    ),
    numpy="scipy.special.erf({0})",
    exact={0: 0},
    odd=True,
    facts_of=keeps_sign,
)
elementwise(
    "lgamma",
    "The logarithm of the absolute value of the gamma function of each entry.",
    lambda x, y: call(_DIGAMMA, x),
    numpy="scipy.special.gammaln({0})",
    domain=(Property.NO_POLE_OF_GAMMA, Property.NO_POLE_OF_GAMMA),
    exact={1: 0, 2: 0},
    value=math.lgamma,
    sample="positive",
)
_DIGAMMA: Op = elementwise(
    "digamma",
    "The derivative of lgamma at each entry.",
    lambda x, y: call(_POLYGAMMA, number(1), x),
    numpy="scipy.special.digamma({0})",
    domain=(Property.NO_POLE_OF_GAMMA, Property.NO_POLE_OF_GAMMA),
    sample="positive",
)


def _polygamma_by_order(node: Expr, i: int, dX: Expr) -> Expr:
    raise DomainError("the order of polygamma is a whole number; it has no derivative by it")


_POLYGAMMA: Op = op(
    "polygamma",
    "(),(m,n)->(m,n)",
    "The k-th derivative of digamma at each entry, polygamma(k, x) for a whole number k.",
    differential={
        0: _polygamma_by_order,
        1: lambda node, i, dX: hadamard(
            call(_POLYGAMMA, add(node.args[0], number(1)), node.args[1]), dX
        ),
    },
    numpy="scipy.special.polygamma(int({0}), {1})",
    domain=lambda node: [
        Condition(Property.INTEGER, node.args[0]),
        Condition(Property.NO_POLE_OF_GAMMA, node.args[1]),
    ],
    elementwise=True,
    sample="positive",
)
