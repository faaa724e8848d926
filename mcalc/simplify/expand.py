"""Products of sums multiplied out where what they make meets and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    call,
    filled,
    hadamard,
    mul,
    rebuilt,
    scale,
    subtract,
)
from mcalc.core.expr import rebuild
from mcalc.core.leaves import EYE
from mcalc.core.products import chain
from mcalc.core.sums import linear_combination, split, terms
from mcalc.ops.elementwise import SIGMOID
from mcalc.simplify.factor import factored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from mcalc.core.expr import Expr

MOST_TERMS = 32
"""No more terms are made."""
LARGEST = 300
"""Longer expressions are left as they are."""


def multiplied_out(e: Expr) -> Expr | None:
    """A*(B+C) = A*B+A*C, where terms of the whole sum merge or links of the chain do.

    Only then: sigmoid(x)*(1-sigmoid(x)) stays as it is, whatever is shorter.
    """
    if e.size > LARGEST or not (e.op is ADD or (e.op is MUL and _has_sum_in_chain(e))):
        return None
    opened: list[tuple[Fraction, Expr]] = []
    joined = changed = False
    for term, c in terms(_with_one_sigmoid(e)):
        parts = multiplied(term)
        changed |= len(parts) > 1
        joined |= len(parts) > 1 and _has_joined(term, parts)
        opened += [(c * k, t) for part in parts for t, k in terms(part)]
        if len(opened) > MOST_TERMS:
            return None
    # The terms of one product alone do not merge.
    if not changed or not (joined or e.op is ADD):
        return None
    whole = linear_combination(opened, e.shape)
    if not (joined or len(list(terms(whole))) < len(opened)):
        return None
    whole = factored(whole)
    return whole if whole.size < e.size else None


def _has_sum_in_chain(e: Expr) -> bool:
    return any(len(split(link)[1].args) > 1 and split(link)[1].op is ADD for link in chain(e))


def multiplied(term: Expr) -> list[Expr]:
    """The products that a product is with the first sum among its factors opened, or itself."""
    if term.op not in (MUL, HADAMARD):
        return [term]
    product = mul if term.op is MUL else hadamard
    for i, f in enumerate(term.args):
        inner = list(terms(f))
        if len(inner) > 1:
            before, after = term.args[:i], term.args[i + 1 :]
            return [product(*before, scale(c, t), *after) for t, c in inner]
    return [term]


def _has_joined(term: Expr, parts: Sequence[Expr]) -> bool:
    """Whether links of a chain have merged or gone where a sum in it was opened."""
    opened = next(f for f in term.args if len(list(terms(f))) > 1)
    if opened.shape.is_scalar or term.op is not MUL:
        return False
    around = _length(term.args) - 1
    inside = zip(terms(opened), parts, strict=True)
    return any(_length((part,)) < around + _length((t,)) for (t, _), part in inside)


def _length(factors: Sequence[Expr]) -> int:
    """The number of links in the chain of a product; the identity is none."""
    links = [link for f in factors for t in [split(f)[1]]
             for link in (chain(t) if t.op is MUL else (t,))]  # fmt: skip
    return sum(not link.shape.is_scalar and link.op is not EYE for link in links)


def _with_one_sigmoid(e: Expr) -> Expr:
    """1-sigmoid(x) for sigmoid(-x), where both occur among the factors of the terms."""
    factors = {f for t, _ in terms(e) for f in (t.args if t.op in (MUL, HADAMARD) else (t,))}
    both = {
        f: call(SIGMOID, opposite)
        for f in factors
        if f.op is SIGMOID
        for opposite in [scale(-1, f.args[0])]
        if call(SIGMOID, opposite) in factors
    }
    if not both:
        return e
    replaced = {
        f: subtract(filled(f.shape), other)
        for f, other in both.items()
        if (f.size, f.content) > (other.size, other.content)
    }
    return rebuild(e, lambda node, args: replaced.get(node) or rebuilt(node, args))
