"""Complete squares, and what sin(x)^2+cos(x)^2 and its like make."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    MATPOW,
    MUL,
    POWER,
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
    transpose,
)
from mcalc.core.leaves import ONE
from mcalc.core.op import OPS
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, scalars
from mcalc.core.sums import NOTHING, linear_combination, split, terms
from mcalc.ops.elementwise import SIGMOID
from mcalc.ops.linear import trace, trace_op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcalc.core.expr import Expr
    from mcalc.core.sums import Terms

    Product = Callable[[Expr, Expr], Expr]

MOST_TERMS = 64
"""Longer sums are left as they are: pairs of terms are looked at."""


def completed(e: Expr) -> Expr | None:
    """u^2+2*u*v+v^2 = (u+v)^2 for numbers and entries, and so for u'*S*u and tr(U'*S*U)."""
    if e.op is not ADD or not 3 <= len(e.args) <= MOST_TERMS:
        return None
    found: Terms = dict(terms(e))
    squares = [(t, *square) for t in found for square in _roots(t)]
    best: Expr | None = None
    for i, (s, u, product) in enumerate(squares):
        for t, v, other in squares[i + 1 :]:
            if s is t or u.shape != v.shape or other(u, v) is not product(u, v):
                continue
            whole = _with_square(e, found, (s, u), (t, v), product)
            if whole is not None and (
                best is None or (whole.size, whole.content) < (best.size, best.content)
            ):
                best = whole
    return best


def _with_square(
    e: Expr, found: Terms, first: tuple[Expr, Expr], second: tuple[Expr, Expr], product: Product
) -> Expr | None:
    """The sum with one square for the squares of u and v and their product; None without it."""
    (s, u), (t, v) = first, second
    k, cross = split(product(u, v))
    if cross not in found or cross in (s, t):
        return None
    c = found[s]
    ratio = found[cross] / (2 * k * c)
    if found[t] != c * ratio * ratio:
        return None
    root = add(u, scale(ratio, v))
    rest = [(k, term) for term, k in found.items() if term not in (s, t, cross)]
    return linear_combination([(c, product(root, root)), *rest], e.shape)


def _roots(t: Expr) -> Iterator[tuple[Expr, Product]]:
    """Each u and product for which the term is product(u, u)."""
    if t.op is trace_op and t.args[0].op is MUL:
        links = chain(t.args[0])
        for i in range(len(links)):
            yield from _halves(links[i:] + links[:i], lambda e: trace(e))
    elif t.op is trace_op and t.args[0].op is MATPOW:
        S, k = t.args[0].args
        if number_value(k) == 2 and transpose(S) is S:
            yield S, lambda u, v: trace(mul(u, v))
    elif t.op is MUL and chain(t):
        if t.shape.is_scalar and not scalars(t):
            yield from _halves(chain(t), lambda e: e)
    else:
        root = _entrywise_root(t)
        if root is not None:
            yield root, hadamard


def _halves(
    links: tuple[Expr, ...], close: Callable[[Expr], Expr]
) -> Iterator[tuple[Expr, Product]]:
    """u and (u, v) ↦ u'*S*v where the links are those of u'*S*u, S symmetric."""
    n = len(links)
    half = n // 2
    if any(transpose(links[i]) is not links[n - 1 - i] for i in range(half)):
        return
    middle = links[half : n - half]
    if any(transpose(S) is not S for S in middle):
        return
    yield mul(*links[n - half :]), lambda u, v: close(mul(transpose(u), *middle, v))


def _entrywise_root(t: Expr) -> Expr | None:
    """u where the term is u.^2 written as a power, a product of such, or one."""
    if t is number(1) or (fill_value(t) is not None and is_filled_with_one(t)):
        return t
    factors = t.args if t.op is MUL or t.op.name == "hadamard" else (t,)
    roots = []
    for f in factors:
        base, exponent = base_and_exponent(f)
        n = number_value(exponent)
        if n is None or n.denominator != 1 or n % 2:
            return None
        roots.append(power(base, number(n / 2)))
    return hadamard(*roots)


# ---------------------------------------------------------------- functions whose squares add up
_UNIT = (("cos", "sin", 1), ("cosh", "sinh", -1))
"""(f, g, s) with f(x)^2 + s*g(x)^2 = 1."""


def united(e: Expr) -> Expr | None:
    """cos(x)^2+sin(x)^2 = 1 and cosh(x)^2-sinh(x)^2 = 1, solved for each of the three terms."""
    if e.op is not ADD or len(e.args) > MOST_TERMS:
        return None
    found: Terms = dict(terms(e))
    best: Expr | None = None
    for term in found:
        x = _squared_argument(term)
        if x is None:
            continue
        one = filled(e.shape)
        for f, g, s in _UNIT:
            first, second = (power(call(OPS[h], x), number(2)) for h in (f, g))
            parts = (first, ONE), (second, Fraction(s)), (one, -ONE)
            for part, sign in parts:
                c = found.get(part, NOTHING)
                if not c:
                    continue
                zero = [(-c / sign * k, p) for p, k in parts]
                whole = linear_combination([(ONE, e), *zero], e.shape)
                if best is None or (whole.size, whole.content) < (best.size, best.content):
                    best = whole
    return best


def _squared_argument(term: Expr) -> Expr | None:
    """x where the term is the square of one of the functions at x."""
    if term.op is not POWER or number_value(term.args[1]) != 2:
        return None
    inner = term.args[0]
    return inner.args[0] if inner.op.name in ("cos", "sin", "cosh", "sinh") else None


def hyperbolic(e: Expr) -> Expr | None:
    """2*sigmoid(x)-1 = tanh(x/2)."""
    if e.op is not ADD or len(e.args) > MOST_TERMS:
        return None
    found: Terms = dict(terms(e))
    for term, c in found.items():
        if term.op is SIGMOID and found.get(one := filled(e.shape)) == -c / 2:
            turned = call(OPS["tanh"], scale(ONE / 2, term.args[0]))
            rest = [(k, t) for t, k in found.items() if t not in (term, one)]
            return linear_combination([(c / 2, turned), *rest], e.shape)
    return None
