"""The pseudoinverse recognised, and inverses of sums where the matrix inversion lemma shortens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    MUL,
    add,
    eye,
    inverse,
    mul,
    number,
    number_value,
    power,
    scale,
    subtract,
    transpose,
)
from mcalc.core.leaves import EYE
from mcalc.core.matrix_powers import matrix_power_parts
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, scalars
from mcalc.core.sums import terms
from mcalc.ops.pseudoinverse import pinv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from mcalc.core.expr import Expr

MOST_TERMS = 16
"""Longer sums are left as they are: pairs of terms are looked at."""


# ---------------------------------------------------------------- the pseudoinverse
def pseudoinverse(e: Expr) -> Expr | None:
    """inv(X'*X)*X' = pinv(X), and X'*inv(X*X') = pinv(X)."""
    if e.op is not MUL:
        return None
    links = chain(e)
    for i in range(len(links) - 1):
        found = _pair(links[i], links[i + 1])
        if found is None:
            flipped = _pair(transpose(links[i + 1]), transpose(links[i]))
            found = None if flipped is None else transpose(flipped)
        if found is not None:
            return mul(number(1), *scalars(e), *links[:i], found, *links[i + 2 :])
    return None


def _pair(first: Expr, factor: Expr) -> Expr | None:
    """pinv(X) for inv(X'*X) and X', X' for a matrix of full rank."""
    base = _inverted(first)
    if base is None or base.op is not MUL or not factor.shape.is_matrix:
        return None
    if chain(base) == (factor, transpose(factor)) and not scalars(base):
        return pinv(transpose(factor))
    return None


def _inverted(e: Expr) -> Expr | None:
    """X where the expression is inv(X)."""
    base, exponent = matrix_power_parts(e)
    return base if base.shape.is_matrix and number_value(exponent) == -1 else None


# ---------------------------------------------------------------- the matrix inversion lemma
def inversion_lemma(e: Expr) -> Expr | None:
    """inv(A)-inv(A)*U*inv(inv(C)+V*inv(A)*U)*V*inv(A) = inv(A+U*C*V), where it is shorter.

    Of rank one too: inv(A)-inv(A)*u*v'*inv(A)/(1+v'*inv(A)*u) = inv(A+u*v').
    """
    if e.op is not ADD or not e.shape.is_matrix or not 2 <= len(e.args) <= MOST_TERMS:
        return None
    found = dict(terms(e))
    for first, c in found.items():
        if first.op is not EYE and _inverted(first) is None:
            continue
        for second, d in found.items():
            if second.op is not MUL:
                continue
            for changed in _inverse_of_sum(first, second, d / c):
                rest = [scale(k, t) for t, k in found.items() if t not in (first, second)]
                whole = add(scale(c, changed), *rest)
                if whole.size < e.size:
                    return whole
    return None


def _inverse_of_sum(M: Expr, term: Expr, r: Fraction) -> Iterator[Expr]:
    """inv(inv(M)+U*C*V) for M+r*term, the term M*U*inv(K)*V*M with -K/r = inv(C)+V*M*U."""
    links, front = chain(term), scalars(term)
    if M.op is not EYE:
        if len(links) < 3 or links[0] is not M or links[-1] is not M:
            return
        links = links[1:-1]
    for i, K in enumerate(links if not front else ()):
        inside = _inverted(K)
        if inside is None or not 0 < i < len(links) - 1:
            continue
        U, V = mul(*links[:i]), mul(*links[i + 1 :])
        C = _inverse_of(subtract(scale(-1 / r, inside), mul(V, M, U)))
        if C is not None:
            yield inverse(add(inverse(M), mul(U, C, V)))
    cut = next((i for i, f in enumerate(links) if f.shape.cols is None), None)
    if cut is None or not front:
        return
    u, v = mul(*links[: cut + 1]), mul(*links[cut + 1 :])
    for j, s in enumerate(front):
        base, exponent = base_and_exponent(s)
        if number_value(exponent) != -1:
            continue
        other = scale(-r, mul(number(1), *front[:j], *front[j + 1 :]))
        p = subtract(base, mul(other, v, M, u))
        if p.has(facts.POSITIVE) or number_value(p):
            yield inverse(add(inverse(M), mul(other, power(p, number(-1)), u, v)))


def _inverse_of(K: Expr) -> Expr | None:
    """The inverse, where it is written without an inversion and known to exist."""
    if K.op is EYE:
        return K
    base = _inverted(K)
    if base is not None:
        return base
    return inverse(K) if K.has(facts.INVERTIBLE) else None


# ---------------------------------------------------------------- pushing through
def pushed_through(e: Expr) -> Expr | None:
    """A*inv(c*eye+B*A) = inv(c*eye+A*B)*A, where it is shorter; A may be a vector."""
    if e.op is not MUL:
        return None
    links, front = chain(e), scalars(e)
    for i, K in enumerate(links):
        inside = _inverted(K)
        if inside is None or len(list(terms(inside))) < 2:
            continue
        candidates = []
        if i > 0:
            A = links[i - 1]
            turned = _turned(A, inside)
            if turned is not None:
                candidates.append((*links[: i - 1], inverse(turned), A, *links[i + 1 :]))
        if i < len(links) - 1:
            A = links[i + 1]
            turned = _turned(transpose(A), transpose(inside))
            if turned is not None:
                candidates.append((*links[:i], A, inverse(transpose(turned)), *links[i + 2 :]))
        for candidate in candidates:
            whole = mul(number(1), *front, *candidate)
            if whole.size < e.size:
                return whole
    return None


def _turned(A: Expr, K: Expr) -> Expr | None:
    """c*eye+A*B for K = c*eye+B*A with c known not to be zero; None where K is no such sum.

    Then both are invertible or none is: det(c*eye+A*B) and det(c*eye+B*A) differ by a power of c.
    """
    if A.shape.cols is None:
        return None
    one = number(1) if A.shape.rows is None else eye(A.shape.rows)
    parts, multiples = [], 0
    for t, c in terms(K):
        links, front = (chain(t), scalars(t)) if t.op is MUL else ((t,), ())
        if links == (eye(A.shape.cols),):
            multiples += 1
            if not all(s.has(facts.POSITIVE) for s in front):
                return None
            links = (one,)
        elif links[-1] is A:
            links = (A, *links[:-1])
        else:
            return None
        parts.append(scale(c, mul(number(1), *front, *links)))
    return add(*parts) if multiples == 1 and len(parts) > 1 else None
