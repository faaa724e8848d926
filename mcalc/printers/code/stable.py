"""Formulas that stay finite and keep their digits at arguments that are large, or nearly zero.

Two kinds of rules: those of `rewritten` give a function another form before it is differentiated,
so that its derivatives are those of the other form, log(exp(a)+exp(b)) = a+softplus(b-a) being one;
those of `finite` are for an expression that is computed as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    TRANSPOSE,
    add,
    call,
    hadamard,
    mul,
    power,
    rebuilt,
    scale,
)
from mcalc.core.expr import postorder
from mcalc.core.leaves import is_zero, number, number_value
from mcalc.core.op import OPS, Op
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, fill_value, filled
from mcalc.core.shape import signature
from mcalc.core.sums import split, terms
from mcalc.ops.elementwise import ABS, EXP, LOG, SIGMOID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from fractions import Fraction

    from mcalc.core.expr import Expr

Rule: TypeAlias = "Callable[[Expr], Expr | None]"
Rules: TypeAlias = "Mapping[Op, Sequence[Rule]]"

COSH, ERF, EXPM1, LOG1P, SINH, SOFTPLUS, TANH = [
    OPS[name] for name in ("cosh", "erf", "expm1", "log1p", "sinh", "softplus", "tanh")
]


def rewritten(e: Expr) -> Expr:
    """An equal expression, of which the derivatives are computed more safely too."""
    return _everywhere(e, _REWRITTEN)


def _everywhere(e: Expr, rules: Rules) -> Expr:
    known: dict[Expr, Expr] = {}
    for node in postorder(e):
        made = rebuilt(node, tuple([known[a] for a in node.args]))
        known[node] = applied(made, rules)
    return known[e]


def applied(node: Expr, rules: Rules) -> Expr:
    """What the first of the rules for a node that says anything makes of it."""
    return next((new for rule in rules.get(node.op, ()) if (new := rule(node)) is not None), node)


def finite(node: Expr) -> Expr:
    """The node in the form in which it is computed."""
    return applied(node, _FINITE)


# ---------------------------------------------------------------- sums
def _terms(e: Expr) -> list[tuple[Fraction, Expr]]:
    """Coefficients and terms, the number one for a fill of ones."""
    found = []
    for t, c in terms(e):
        value = fill_value(t)
        n = None if value is None else number_value(value)
        found.append((c * n, number(1)) if n is not None else (c, t))
    return found


def _like(value: Expr, e: Expr) -> Expr:
    """A scalar at every entry of the shape of e."""
    return mul(value, filled(e.shape))


def _is_one(t: Expr) -> bool:
    return number_value(t) == 1


def _two_terms(e: Expr) -> list[tuple[Fraction, Expr]] | None:
    """±1 and another term of coefficient ±1."""
    found = sorted(_terms(e), key=lambda pair: not _is_one(pair[1]))
    if len(found) != 2 or not _is_one(found[0][1]) or any(abs(c) != 1 for c, _ in found):
        return None
    return found


# ---------------------------------------------------------------- before differentiation
def _log_of_exponentials(node: Expr) -> Expr | None:
    """log(exp(a)+exp(b)) = a+softplus(b-a), log(exp(a)-1) = a+log(1-exp(-a))."""
    (x,) = node.args
    found = sorted(_terms(x), key=lambda pair: _is_one(pair[1]))
    if len(found) != 2 or found[0][1].op is not EXP:
        return None
    (c, first), (d, second) = found
    if c == 1 and d == -1 and _is_one(second):
        a = first.args[0]
        return add(a, _log_of_complement(scale(-1, a)))
    if c <= 0 or d <= 0 or not (second.op is EXP or _is_one(second)):
        return None
    a, b = (
        add(t.args[0] if t.op is EXP else _like(number(0), x), _like(call(LOG, number(k)), x))
        for k, t in found
    )
    return add(b, call(SOFTPLUS, add(a, scale(-1, b))))


def _log_of_complement(a: Expr) -> Expr:
    """log(1-exp(a))."""
    return call(LOG, add(_like(number(1), a), scale(-1, call(EXP, a))))


def _log_of_one(node: Expr) -> Expr | None:
    """log(1+tanh(u)) = log(2)-softplus(-2*u), log(1-tanh(u)^2) of the two signs; log(expm1(u))."""
    (x,) = node.args
    if x.op is EXPM1:
        return add(x.args[0], _log_of_complement(scale(-1, x.args[0])))
    found = _two_terms(x)
    if found is None or found[0][0] != 1:
        return None
    sign, t = found[1]
    base, exponent = base_and_exponent(t)
    if base.op is not TANH:
        return None
    (u,) = base.args
    two = _like(call(LOG, number(2)), u)
    if number_value(exponent) == 1:
        return add(two, scale(-1, call(SOFTPLUS, scale(-2 * sign, u))))
    if number_value(exponent) == 2 and sign == -1:
        sides = [scale(-1, call(SOFTPLUS, scale(s, u))) for s in (2, -2)]
        return add(scale(2, two), *sides)
    return None


def _log1p_of_exponential(node: Expr) -> Expr | None:
    """log1p(exp(u)) = softplus(u)."""
    (x,) = node.args
    return call(SOFTPLUS, x.args[0]) if x.op is EXP else None


def _exponential_beside_sigmoid(node: Expr) -> Expr | None:
    """exp(-u).*sigmoid(u) = sigmoid(-u)."""
    for f in node.args:
        base, exponent = base_and_exponent(f)
        if base.op is not SIGMOID or (number_value(exponent) or 0) < 1:
            continue
        opposite = call(EXP, scale(-1, base.args[0]))
        if opposite in node.args:
            others = [a for a in node.args if a is not f and a is not opposite]
            lower = power(base, add(exponent, number(-1)))
            both = [call(SIGMOID, scale(-1, base.args[0])), lower, *others]
            return mul(*both) if node.op is MUL else hadamard(*both)
    return None


_REWRITTEN: Rules = {
    LOG: (_log_of_exponentials, _log_of_one),
    LOG1P: (_log1p_of_exponential,),
    MUL: (_exponential_beside_sigmoid,),
    HADAMARD: (_exponential_beside_sigmoid,),
}


# ---------------------------------------------------------------- as they stand
ERFC = Op(
    name="erfc",
    signature=signature("(m,n)->(m,n)"),
    numpy="scipy.special.erfc({0})",
    elementwise=True,
)
"""1-erf, which has no derivative where it is made."""


def _complement(node: Expr) -> Expr | None:
    """1-sigmoid(t) = sigmoid(-t), 1-erf(t) = erfc(t), 1-exp(t) = -expm1(t)."""
    found = _two_terms(node)
    if found is None:
        return None
    (one, _), (sign, t) = found
    if t.op is ERF and one == 1:
        return call(ERFC, scale(-sign, t.args[0]))
    if one == sign:
        return None
    if t.op is SIGMOID and sign == -1:
        return call(SIGMOID, scale(-1, t.args[0]))
    return scale(sign, call(EXPM1, t.args[0])) if t.op is EXP else None


def _like_powers(node: Expr) -> Expr | None:
    """c*s.^p+d*y.*s.^(p-1) = (c*s+d*y).*s.^(p-1) where that is one term, as for s = 1+y."""
    pairs = list(terms(node))
    if len(pairs) != 2:
        return None
    (t, c), (u, d) = pairs
    others = _powers_of_sums(u)
    for s, (p, left) in _powers_of_sums(t).items():
        q, right = others.get(s, (p, left))
        if abs(p - q) != 1:
            continue
        first, second = (left, _times(s, right)) if p < q else (_times(s, left), right)
        total = add(scale(c, first), scale(d, second))
        if len(list(terms(total))) == 1:
            return _times(power(s, number(min(p, q))), total)
    return None


def _times(s: Expr, rest: Expr) -> Expr:
    return mul(s, rest) if s.shape.is_scalar else hadamard(s, rest)


def _powers_of_sums(t: Expr) -> dict[Expr, tuple[Fraction, Expr]]:
    """The sums that a term has powers of, with the exponents and the other factors."""
    factors = t.args if t.op in (HADAMARD, MUL) else (t,)
    found = {}
    for f in factors:
        base, exponent = base_and_exponent(f)
        n = number_value(exponent)
        if base.op is ADD and n is not None and (t.op is not MUL or base.shape.is_scalar):
            rest = [g for g in factors if g is not f] or [_like(number(1), t)]
            found[base] = (n, mul(*rest) if t.op is MUL else hadamard(*rest))
    return found


def _log(x: Expr) -> Expr:
    """The logarithm, in the form in which it is computed."""
    return finite(call(LOG, x))


def _log_of_cosh(node: Expr) -> Expr | None:
    """log(cosh(u)) = |u|+softplus(-2*|u|)-log(2)."""
    (x,) = node.args
    if x.op is not COSH:
        return None
    size = call(ABS, *x.args)
    two = _like(call(LOG, number(2)), size)
    return add(size, call(SOFTPLUS, scale(-2, size)), scale(-1, two))


def _log_of_product(node: Expr) -> Expr | None:
    """The logarithms of factors that over- or underflow, as log(c*softmax(x)) = log(c)+x-…."""
    (x,) = node.args
    c, rest = split(x)
    if c <= 0:
        return None
    factors = rest.args if rest.op in (HADAMARD, MUL) else (rest,)
    if any(f.shape != x.shape for f in factors):
        factors = (rest,)
    found, left = [], []
    for f in factors:
        base, exponent = base_and_exponent(f)
        n, logarithm = number_value(exponent), None
        if n is not None and base is not x and (base.has(facts.POSITIVE) or factors == (base,)):
            logarithm = _log(base)
        if n is None or logarithm is None or logarithm.op is LOG or is_zero(logarithm):
            left.append(f)
        else:
            found.append(scale(n, logarithm))
    if not found:
        return None
    remaining = scale(c, mul(*left) if x.shape.is_scalar else hadamard(*left)) if left else None
    if remaining is None and c != 1:
        remaining = _like(number(c), x)
    return add(*found, *([_log(remaining)] if remaining is not None else []))


def _opened_at_logarithms(node: Expr) -> Expr | None:
    """p.*(log(q)+r) = p.*log(q)+p.*r, of which the first is zero where p and q are."""
    links = chain(node) if node.op is MUL else ()
    if node.op is MUL and not (node.shape.is_scalar and len(links) in (0, 2)):
        return None
    for i, f in enumerate(node.args):
        if f.op is ADD and any(t.op is LOG for t in _upright_terms(f)) and len(node.args) > 1:
            before, behind = node.args[:i], node.args[i + 1 :]
            product = mul if node.op is MUL else hadamard
            return add(*[scale(c, product(*before, t, *behind)) for t, c in terms(f)])
    return None


def _upright_terms(f: Expr) -> list[Expr]:
    return [t.args[0] if t.op is TRANSPOSE else t for t, _ in terms(f)]


def _tangent_in_product(node: Expr) -> Expr | None:
    """sinh(u)./cosh(u).^k = tanh(u)./cosh(u).^(k-1)."""
    for f in node.args:
        base, exponent = base_and_exponent(f)
        above = call(SINH, *base.args) if base.op is COSH else None
        if above in node.args and (number_value(exponent) or 0) < 0:
            others = [a for a in node.args if a is not f and a is not above]
            found = [call(TANH, *base.args), power(base, add(exponent, number(1))), *others]
            return mul(*found) if node.op is MUL else hadamard(*found)
    return None


_FINITE: Rules = {
    ADD: (_complement, _like_powers),
    LOG: (_log_of_cosh, _log_of_product),
    MUL: (_tangent_in_product, _opened_at_logarithms),
    HADAMARD: (_tangent_in_product, _opened_at_logarithms),
}
