"""Functions recognised where they are written out: tanh and tan, softmax, logarithms of both.

What is recognised is exact wherever what was written has a value, and it does not overflow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    POWER,
    TRANSPOSE,
    add,
    call,
    fill_value,
    filled,
    hadamard,
    is_filled_with_one,
    mul,
    number,
    number_value,
    power,
    scale,
    subtract,
    transpose,
)
from mcalc.core.leaves import ONE
from mcalc.core.op import OPS, give_rules
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import SCALAR_RULES
from mcalc.core.sums import DIFFERENCE, coefficients, linear_combination, terms
from mcalc.ops.elementwise import EXP, SIGMOID, SOFTPLUS
from mcalc.ops.reductions import LOGSUMEXP, SOFTMAX
from mcalc.ops.shaping import DIAG, diag

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

_RATIOS = {"sinh": ("cosh", "tanh"), "sin": ("cos", "tan")}


# ---------------------------------------------------------------- hyperbolic tangent and tangent
def _ratio(node: Expr, other: Expr) -> Expr | None:
    """sinh(x)/cosh(x) = tanh(x), sin(x)/cos(x) = tan(x), and tanh in exponentials; powers too.

    And y'*exp(x)/sum(exp(x)) = y'*softmax(x).
    """
    shared = _weighted_share(node, other)
    if shared is not None:
        return shared
    below, k = node.args
    above, n = base_and_exponent(other)
    exponent = number_value(n)
    if exponent is None or exponent <= 0 or number_value(k) != -exponent:
        return None
    names = _RATIOS.get(above.op.name)
    if names is not None:
        same = below.op is OPS[names[0]] and below.args == above.args
        return power(call(OPS[names[1]], *above.args), n) if same else None
    u = _difference_of_exponentials(above, below)
    return None if u is None else power(call(OPS["tanh"], u), n)


def _difference_of_exponentials(above: Expr, below: Expr) -> Expr | None:
    """u where the first is exp(u)-exp(-u) and the second exp(u)+exp(-u)."""
    if above.op is not ADD or below.op is not ADD or set(above.args) != set(below.args):
        return None
    if coefficients(below) != (ONE, ONE) or coefficients(above) != DIFFERENCE:
        return None
    a, b = above.args
    if a.op is not EXP or b.op is not EXP or scale(-1, a.args[0]) is not b.args[0]:
        return None
    return a.args[0]


give_rules(POWER, beside=_ratio)


# ---------------------------------------------------------------- softmax
def _share_of_sum(factor: Expr, link: Expr) -> tuple[Expr | None, Expr] | None:
    """exp(x)/sum(exp(x)) = softmax(x), also as a factor of the entries or on a diagonal."""
    parts = _reciprocal_of_sum(factor)
    if parts is None:
        return None
    e, left = parts
    found = _with_softmax(link, e)
    return None if found is None else ((None if number_value(left) == 1 else left), found)


def _reciprocal_of_sum(factor: Expr) -> tuple[Expr, Expr] | None:
    """(exp(x), what is left) of sum(exp(x))^-n when one such divisor is taken away."""
    total, k = base_and_exponent(factor)
    n = number_value(k)
    if n is None or n >= 0 or n.denominator != 1 or total.op is not MUL or len(total.args) != 2:
        return None
    one, e = total.args
    if not is_filled_with_one(one) or e.op is not EXP:
        return None
    return e, power(total, number(n + 1))


def _weighted_share(node: Expr, other: Expr) -> Expr | None:
    """y'*exp(x)/sum(exp(x)) = y'*softmax(x)."""
    parts = _reciprocal_of_sum(node) if other.op is MUL and other.shape.is_scalar else None
    if parts is None:
        return None
    e, left = parts
    for i, link in enumerate(other.args):
        found = _with_softmax(link, e)
        if found is not None:
            return mul(left, *other.args[:i], found, *other.args[i + 1 :])
    return None


def _with_softmax(link: Expr, e: Expr) -> Expr | None:
    """A link divided by sum(exp(x)), where e = exp(x) is a factor of it; None where it is not."""
    if link is e:
        return call(SOFTMAX, *e.args)
    if link.op is HADAMARD and e in link.args:
        return hadamard(call(SOFTMAX, *e.args), *[f for f in link.args if f is not e])
    if link.op in (TRANSPOSE, DIAG):
        inner = _with_softmax(link.args[0], e)
        if inner is not None:
            return diag(inner) if link.op is DIAG else transpose(inner)
    return None


SCALAR_RULES.append(_share_of_sum)


def without_shift(x: Expr) -> tuple[Expr, Expr] | None:
    """(c, u) where the vector is u plus c in every entry; None where no such c is written."""
    shifts, rest = [], []
    for t, c in terms(x):
        value = fill_value(t)
        if value is None:
            rest.append((c, t))
        else:
            shifts.append(scale(c, value))
    return (add(*shifts), linear_combination(rest, x.shape)) if shifts else None


# ---------------------------------------------------------------- logarithms
def log_of_share(x: Expr) -> Expr | None:
    """log(softmax(u)) = u-logsumexp(u), log(sigmoid(u)) = -softplus(-u), log(1-sigmoid(u))."""
    if x.op is SOFTMAX:
        (u,) = x.args
        return subtract(u, mul(call(LOGSUMEXP, u), filled(u.shape)))
    if x.op is SIGMOID:
        return scale(-1, call(SOFTPLUS, scale(-1, x.args[0])))
    if x.op is ADD and coefficients(x) == DIFFERENCE and x.args[1].op is SIGMOID:
        one, share = x.args
        if number_value(one) == 1 or is_filled_with_one(one):
            return scale(-1, call(SOFTPLUS, share.args[0]))
    return None
