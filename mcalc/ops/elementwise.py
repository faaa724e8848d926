"""Element-wise functions, one line each: name, derivative, domain."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    add,
    call,
    fill_value,
    filled,
    hadamard,
    is_filled_with_one,
    is_zero,
    mul,
    number,
    number_value,
    power,
    scale,
    split,
    subtract,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.leaves import pi
from mcalc.core.op import Op, everywhere, give_rules, op
from mcalc.core.powers import POWER
from mcalc.core.products import MUL, chain
from mcalc.core.sums import ONE, coefficients
from mcalc.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from mcalc.core.expr import Expr
    from mcalc.core.shape import Shape

Derivative = Callable[["Expr", "Expr"], "Expr"]
"""(x, y) ↦ f'(x), where y = f(x) is at hand."""

_BOTH = facts.NONNEGATIVE | facts.POSITIVE


def one_like(x: Expr) -> Expr:
    """Ones of the same shape."""
    return filled(x.shape)


def elementwise(
    name: str,
    doc: str,
    derivative: Derivative,
    *,
    numpy: str,
    domain: tuple[Property, Property] | None = None,
    exact: Mapping[int, int] = {},
    value: Callable[[float], float] | None = None,
    facts_of: Callable[[Expr], int] = lambda x: 0,
    simpler: Callable[[Expr], Expr | None] = lambda node: None,
    odd: bool = False,
    even: bool = False,
    latex: str = "",
    aliases: tuple[str, ...] = (),
    sample: str = "normal",
    power_rule: Callable[[Expr, Expr], Expr | None] | None = None,
    beside: Callable[[Expr, Expr], Expr | None] | None = None,
    kinked: bool = False,
) -> Op:
    """An element-wise function of one argument.

    domain is the condition for a scalar and for the entries of an array; exact are values at whole
    numbers; value evaluates at a number, where the function does not exist everywhere.
    """

    def canonical(node: Expr) -> Expr | None:
        x = node.args[0]
        filling = fill_value(x)
        if filling is not None:
            return mul(call(made, filling), one_like(x))
        at = Fraction(0) if is_zero(x) else number_value(x)
        if at is not None and kinked:  # piecewise linear: exact at every number
            return mul(number(_piecewise(name, at)), one_like(x))
        if at is not None and at.denominator == 1 and at.numerator in exact:
            return mul(number(exact[at.numerator]), one_like(x))
        if at is not None and value is not None:
            _defined(name, value, at)
        if odd or even:
            c, rest = split(x)
            if c < 0 and number_value(rest) is None:
                turned = call(made, scale(-c, rest))
                return scale(-1, turned) if odd else turned
        return simpler(node)

    def known(args: tuple[Expr, ...], data: Hashable, shape: Shape) -> int:
        mine = facts_of(args[0])
        if args[0].has(facts.SKEW) and (odd or even):
            mine |= facts.SKEW if odd else facts.SYMMETRIC
        return mine

    def conditions(node: Expr) -> list[Condition]:
        assert domain is not None
        return [Condition(domain[not node.shape.is_scalar], node.args[0])]

    made = op(
        name,
        "(m,n)->(m,n)",
        doc,
        differential={
            0: lambda node, i, dX: hadamard(derivative(node.args[0], node), dX),
        },
        numpy=numpy,
        latex=latex or rf"\operatorname{{{name}}}",
        domain=conditions if domain else None,
        transposed="commutes",
        canonical=canonical,
        elementwise=True,
        facts=known,
        aliases=aliases,
        sample=sample,
        power=power_rule,
        beside=beside,
        exists=everywhere if kinked else None,
    )
    return made


def _piecewise(name: str, at: Fraction) -> Fraction:
    return {"sign": Fraction((at > 0) - (at < 0)), "abs": abs(at), "relu": max(at, Fraction(0))}[
        name
    ]


def _defined(name: str, value: Callable[[float], float], at: Fraction) -> None:
    try:
        result = value(float(at))
    except (ValueError, OverflowError, ZeroDivisionError):
        result = math.nan
    if not math.isfinite(result):
        raise DomainError(f"{name}({float(at):g}) has no value")


def _positive(x: Expr) -> int:
    return _BOTH


def _keeps_sign(x: Expr) -> int:
    return x.facts & _BOTH


# ---------------------------------------------------------------- exponentials and logarithms
def _log_of_exp(node: Expr) -> Expr | None:
    """log(exp(x)) = x, log(1+exp(x)) = softplus(x), log(sum(exp(x))) = logsumexp(x).

    The logarithm of a positive product or power is a sum.
    """
    x = node.args[0]
    u = exponent_beside_one(x)
    if u is not None:
        return call(SOFTPLUS, u)
    if x.op is MUL and len(x.args) == 2 and is_filled_with_one(x.args[0]) and x.args[1].op is EXP:
        from mcalc.ops.reductions import LOGSUMEXP  # reductions build on this module

        return call(LOGSUMEXP, x.args[1].args[0])
    if x.op is EXP:
        return x.args[0]
    if x.op is POWER and x.args[0].has(facts.POSITIVE):
        return hadamard(x.args[1], log(x.args[0]))
    if x.op is MUL and not chain(x) and all(s.has(facts.POSITIVE) for s in x.args):
        return add(*[log(s) for s in x.args])
    c, rest = split(x)
    if c not in (0, 1) and c > 0 and rest.shape.is_scalar and number_value(rest) is None:
        return add(log(number(c)), log(rest)) if rest.has(facts.POSITIVE) else None
    return None


def _exp_of_log(node: Expr) -> Expr | None:
    return node.args[0].args[0] if node.args[0].op is LOG else None


EXP: Op = elementwise(
    "exp",
    "The exponential of each entry; the matrix exponential is expm.",
    lambda x, y: y,
    numpy="np.exp({0})",
    exact={0: 1},
    value=math.exp,
    facts_of=_positive,
    simpler=_exp_of_log,
    latex=r"\exp",
    power_rule=lambda node, k: (
        call(EXP, scale(n, node.args[0])) if (n := number_value(k)) is not None else None
    ),
)
LOG: Op = elementwise(
    "log",
    "The natural logarithm of each entry.",
    lambda x, y: power(x, number(-1)),
    numpy="np.log({0})",
    domain=(Property.POSITIVE, Property.ENTRIES_POSITIVE),
    exact={1: 0},
    value=math.log,
    simpler=_log_of_exp,
    latex=r"\log",
    sample="positive",
)


def exp(x: Expr) -> Expr:
    """The exponential of each entry."""
    return call(EXP, x)


def log(x: Expr) -> Expr:
    """The logarithm of each entry."""
    return call(LOG, x)


def sign_free_log(x: Expr) -> Expr:
    """log|x|, written log(x) where x is known to be positive."""
    return log(x) if x.has(facts.POSITIVE) else log(call(ABS, x))


elementwise(
    "log1p",
    "log(1+x) of each entry, accurate near 0.",
    lambda x, y: power(add(one_like(x), x), number(-1)),
    numpy="np.log1p({0})",
    domain=(Property.GREATER_THAN_MINUS_ONE, Property.ENTRIES_GREATER_THAN_MINUS_ONE),
    exact={0: 0},
    value=math.log1p,
    facts_of=_keeps_sign,
    sample="positive",
)
elementwise(
    "expm1",
    "exp(x)-1 of each entry, accurate near 0.",
    lambda x, y: exp(x),
    numpy="np.expm1({0})",
    exact={0: 0},
    value=math.expm1,
    facts_of=_keeps_sign,
)
op(
    "sqrt",
    "(m,n)->(m,n)",
    "The square root of each entry.",
    define=lambda x: power(x, number(Fraction(1, 2))),
    numpy="np.sqrt({0})",
    sample="positive",
)
op(
    "square",
    "(m,n)->(m,n)",
    "The square of each entry.",
    define=lambda x: power(x, number(2)),
    numpy="np.square({0})",
)

# ---------------------------------------------------------------- sign and absolute value
SIGN: Op = elementwise(
    "sign",
    "The sign of each entry: -1, 0 or 1.",
    lambda x, y: scale(0, x),
    numpy="np.sign({0})",
    domain=(Property.NONZERO, Property.ENTRIES_NONZERO),
    kinked=True,
    exact={-1: -1, 0: 0, 1: 1},
    odd=True,
    facts_of=lambda x: _keeps_sign(x) | facts.INTEGER,
    simpler=lambda node: one_like(node) if node.args[0].has(facts.POSITIVE) else None,
)
ABS: Op = elementwise(
    "abs",
    "The absolute value of each entry; its derivative is taken to be 0 at 0.",
    lambda x, y: call(SIGN, x),
    numpy="np.abs({0})",
    domain=(Property.NONZERO, Property.ENTRIES_NONZERO),
    kinked=True,
    exact={0: 0},
    even=True,
    facts_of=lambda x: facts.NONNEGATIVE | x.facts & (facts.POSITIVE | facts.INTEGER),
    simpler=lambda node: node.args[0] if node.args[0].has(facts.NONNEGATIVE) else None,
    power_rule=lambda node, k: (
        power(node.args[0], k)
        if (n := number_value(k)) is not None and n.denominator == 1 and n % 2 == 0
        else None
    ),
)


def step(x: Expr) -> Expr:
    """1 where x > 0, else 0: relu(sign(x))."""
    return call(RELU, call(SIGN, x))


RELU: Op = elementwise(
    "relu",
    "max(x, 0) of each entry; its derivative is taken to be 0 at 0.",
    lambda x, y: step(x),
    numpy="np.maximum({0}, 0.0)",
    domain=(Property.NONZERO, Property.ENTRIES_NONZERO),
    kinked=True,
    exact={-1: 0, 0: 0, 1: 1},
    facts_of=lambda x: facts.NONNEGATIVE | x.facts & (facts.POSITIVE | facts.INTEGER),
    simpler=lambda node: node.args[0] if node.args[0].has(facts.NONNEGATIVE) else None,
)

# ---------------------------------------------------------------- circular functions
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
    facts_of=_keeps_sign,
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
    facts_of=_keeps_sign,
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
    facts_of=_positive,
    latex=r"\cosh",
)
elementwise(
    "tanh",
    "The hyperbolic tangent of each entry.",
    lambda x, y: _one_minus_square(y),
    numpy="np.tanh({0})",
    exact={0: 0},
    odd=True,
    facts_of=_keeps_sign,
    latex=r"\tanh",
)
elementwise(
    "arcsinh",
    "The inverse hyperbolic sine of each entry.",
    lambda x, y: _reciprocal_root(add(one_like(x), power(x, number(2)))),
    numpy="np.arcsinh({0})",
    exact={0: 0},
    odd=True,
    facts_of=_keeps_sign,
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
    facts_of=_keeps_sign,
    aliases=("atanh",),
    sample="unit",
)


# ---------------------------------------------------------------- of machine learning
def exponent_beside_one(e: Expr) -> Expr | None:
    """x where the expression is 1+exp(x)."""
    if e.op is not ADD or coefficients(e) != (ONE, ONE):
        return None
    for one, other in (e.args, e.args[::-1]):
        if other.op is EXP and (number_value(one) == 1 or is_filled_with_one(one)):
            return other.args[0]
    return None


def _power_of_sum(node: Expr, exponent: Expr) -> Expr | None:
    """1/(1+exp(x)) = sigmoid(-x), and its powers."""
    n = number_value(exponent)
    u = exponent_beside_one(node)
    if u is None or n is None or n >= 0 or n.denominator != 1:
        return None
    return power(call(SIGMOID, scale(-1, u)), number(-n))


give_rules(ADD, power=_power_of_sum)


def _sigmoid_beside(node: Expr, other: Expr) -> Expr | None:
    """exp(x)*sigmoid(-x) = sigmoid(x)."""
    if other.op is EXP and scale(-1, other.args[0]) is node.args[0]:
        return call(SIGMOID, other.args[0])
    return None


SIGMOID: Op = elementwise(
    "sigmoid",
    "1/(1+exp(-x)) of each entry.",
    lambda x, y: hadamard(y, subtract(one_like(x), y)),
    numpy="scipy.special.expit({0})",
    facts_of=_positive,
    latex=r"\sigma",
    beside=_sigmoid_beside,
)
SOFTPLUS: Op = elementwise(
    "softplus",
    "log(1+exp(x)) of each entry.",
    lambda x, y: call(SIGMOID, x),
    numpy="np.logaddexp(0.0, {0})",
    facts_of=_positive,
)


# ---------------------------------------------------------------- special functions
elementwise(
    "erf",
    "The error function of each entry.",
    lambda x, y: scale(
        2, mul(power(pi(), number(Fraction(-1, 2))), exp(scale(-1, power(x, number(2)))))
    ),
    numpy="scipy.special.erf({0})",
    exact={0: 0},
    odd=True,
    facts_of=_keeps_sign,
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


# ---------------------------------------------------------------- the larger and the smaller
def _larger(name: str, doc: str, numpy: str, sign: int) -> Op:
    def share(node: Expr, i: int, dX: Expr) -> Expr:
        """Half each where both are equal."""
        a, b = node.args if i == 0 else reversed(node.args)
        ahead = scale(sign, subtract(a, b))
        return hadamard(scale(Fraction(1, 2), add(one_like(a), call(SIGN, ahead))), dX)

    def canonical(node: Expr) -> Expr | None:
        a, b = node.args
        if a is b:
            return a
        m, n = number_value(a), number_value(b)
        if m is not None and n is not None:
            return number(max(m, n) if sign > 0 else min(m, n))
        if a.sort_key > b.sort_key:
            return call(made, b, a)
        return None

    made = op(
        name,
        "(m,n),(m,n)->(m,n)",
        doc,
        differential={0: share, 1: share},
        numpy=numpy,
        latex=rf"\{name[:3]}",
        domain=lambda node: [
            Condition(
                Property.NONZERO if node.shape.is_scalar else Property.ENTRIES_NONZERO,
                subtract(*node.args),
            )
        ],
        canonical=canonical,
        exists=everywhere,
        elementwise=True,
        facts=lambda args, data, shape: args[0].facts & args[1].facts & (_BOTH | facts.INTEGER),
    )
    return made


MAXIMUM = _larger(
    "max of two",
    "The larger of two, entry by entry; equal entries share the derivative.",
    "np.maximum({0}, {1})",
    1,
)
MINIMUM = _larger(
    "min of two",
    "The smaller of two, entry by entry; equal entries share the derivative.",
    "np.minimum({0}, {1})",
    -1,
)
