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
from mcalc.core.condition import Condition, Property, away_from_zero
from mcalc.core.leaves import ONE
from mcalc.core.op import OPS, Op, everywhere, give_rules, op
from mcalc.core.powers import POWER
from mcalc.core.products import MUL, chain
from mcalc.core.sums import DIFFERENCE, coefficients
from mcalc.errors import DomainError
from mcalc.ops.graphs import GRAPHS

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
    numbers; value evaluates at a number, where the function does not exist everywhere. What is
    kinked is linear on both sides of 0.
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
        if kinked:
            return [away_from_zero(node.args[0])]
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
        domain=conditions if domain or kinked else None,
        transposed="commutes",
        canonical=canonical,
        elementwise=True,
        facts=known,
        aliases=aliases,
        sample=sample,
        power=power_rule,
        beside=beside,
        exists=everywhere if kinked else None,
        graph=GRAPHS[name],
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


def positive(x: Expr) -> int:
    """The facts of a function that is positive everywhere."""
    return _BOTH


def keeps_sign(x: Expr) -> int:
    """The facts of a function that has the sign of its argument."""
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
    if x.op in (SIGMOID, ADD) or x.op.name == "softmax":
        from mcalc.ops.quotients import log_of_share  # it builds on this module

        return log_of_share(x)
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
    facts_of=positive,
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
    facts_of=keeps_sign,
    sample="positive",
)
elementwise(
    "expm1",
    "exp(x)-1 of each entry, accurate near 0.",
    lambda x, y: exp(x),
    numpy="np.expm1({0})",
    exact={0: 0},
    value=math.expm1,
    facts_of=keeps_sign,
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
def _sign_beside(node: Expr, other: Expr) -> Expr | None:
    """sign(x)*x = |x|, sign(x)*|x| = x and sign(x)/|x| = 1/x."""
    (x,) = node.args
    if other is x:
        return call(ABS, x)
    base, exponent = other.args if other.op is POWER else (other, number(1))
    n = number_value(exponent)
    return power(x, exponent) if base.op is ABS and base.args[0] is x and n in (1, -1) else None


def _simpler_sign(node: Expr) -> Expr | None:
    from mcalc.ops.reductions import sign_at_extremum  # it builds on this module

    (x,) = node.args
    return one_like(x) if x.has(facts.POSITIVE) else sign_at_extremum(x)


SIGN: Op = elementwise(
    "sign",
    "The sign of each entry: -1, 0 or 1.",
    lambda x, y: scale(0, x),
    numpy="np.sign({0})",
    kinked=True,
    exact={-1: -1, 0: 0, 1: 1},
    odd=True,
    facts_of=lambda x: keeps_sign(x) | facts.INTEGER,
    simpler=_simpler_sign,
    beside=_sign_beside,
)
ABS: Op = elementwise(
    "abs",
    "The absolute value of each entry; its derivative is taken to be 0 at 0.",
    lambda x, y: call(SIGN, x),
    numpy="np.abs({0})",
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


def _root_of_square(node: Expr, exponent: Expr) -> Expr | None:
    """(x^2)^(k/2) = |x|^k."""
    base, inner = node.args
    n = number_value(exponent)
    if number_value(inner) == 2 and n is not None and n.denominator == 2:
        return power(call(ABS, base), number(n.numerator))
    return None


give_rules(POWER, power=_root_of_square)


def step(x: Expr) -> Expr:
    """1 where x > 0, else 0: relu(sign(x))."""
    return call(RELU, call(SIGN, x))


RELU: Op = elementwise(
    "relu",
    "max(x, 0) of each entry; its derivative is taken to be 0 at 0.",
    lambda x, y: step(x),
    numpy="np.maximum({0}, 0.0)",
    kinked=True,
    exact={-1: 0, 0: 0, 1: 1},
    facts_of=lambda x: facts.NONNEGATIVE | x.facts & (facts.POSITIVE | facts.INTEGER),
    simpler=lambda node: node.args[0] if node.args[0].has(facts.NONNEGATIVE) else None,
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
    """exp(x)*sigmoid(-x) = sigmoid(x), and (1-exp(x))*sigmoid(-x) = -tanh(x/2)."""
    minus = scale(-1, node.args[0])
    if other.op is EXP and other.args[0] is minus:
        return call(SIGMOID, minus)
    if other.op is ADD and coefficients(other) == DIFFERENCE and other.args[1] is exp(minus):
        one = other.args[0]
        if number_value(one) == 1 or is_filled_with_one(one):
            return scale(-1, call(OPS["tanh"], scale(ONE / 2, minus)))
    return None


SIGMOID: Op = elementwise(
    "sigmoid",
    "1/(1+exp(-x)) of each entry.",
    lambda x, y: hadamard(y, subtract(one_like(x), y)),
    numpy="scipy.special.expit({0})",
    facts_of=positive,
    latex=r"\sigma",
    beside=_sigmoid_beside,
)
SOFTPLUS: Op = elementwise(
    "softplus",
    "log(1+exp(x)) of each entry.",
    lambda x, y: call(SIGMOID, x),
    numpy="np.logaddexp(0.0, {0})",
    facts_of=positive,
)
