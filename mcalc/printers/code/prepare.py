"""Expressions as code wants them: not the shortest to read, but the cheapest to compute.

(A+B)*x becomes A*x+B*x, since a sum of matrices that meets a vector need not be formed, and
(a*eye-B)*C becomes a*C-B*C, where the identity is no factor and B*C is bracketed as a whole. What
would overflow or lose digits gets another form first (`stable`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    MUL,
    TRANSPOSE,
    add,
    mul,
    rebuilt,
    scale,
    transpose,
)
from mcalc.core.expr import postorder
from mcalc.core.leaves import EYE
from mcalc.core.products import chain, scalars
from mcalc.core.sums import terms
from mcalc.ops.shaping import DIAG
from mcalc.printers.code.stable import finite

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

Links = tuple["Expr", ...]


def prepared(e: Expr, known: dict[Expr, Expr]) -> Expr:
    """An equal expression, cheaper to compute; `known` has what was found before."""
    for node in postorder(e):
        if node not in known:
            made = finite(rebuilt(node, tuple([known[a] for a in node.args])))
            known[node] = _distributed(made) if made.op is MUL else made
    return known[e]


def _distributed(node: Expr) -> Expr:
    """Products of sums opened, where that is cheaper."""
    links, front = chain(node), scalars(node)
    if len(links) < 2:
        return node
    cut = next((i + 1 for i, f in enumerate(links) if f.shape.cols is None), None)
    if cut is None and links[0].shape.rows is not None:
        opened = _around_identity(links)
        return node if opened is None else mul(*front, opened)
    column, row = links[: cut or 0], links[cut or 0 :]
    found = (*_applied(column), *_flipped(_applied(_flipped(row))))
    return node if found == links else mul(*front, *found)


def _flipped(links: Links) -> Links:
    return tuple([transpose(f) for f in reversed(links)])


def _applied(links: Links) -> Links:
    """A chain that ends in a column, its sums of matrices applied term by term."""
    if len(links) < 2:
        return links
    done: Links = links[-1:]
    for f in reversed(links[:-1]):
        if f.shape.is_matrix and _is_sum(f):
            vector = mul(*done)
            done = (add(*[scale(c, mul(t, vector)) for t, c in terms(f)]),)
        else:
            done = (f, *done)
    return done


def _is_sum(f: Expr) -> bool:
    return f.op is ADD or (f.op is TRANSPOSE and f.args[0].op is ADD)


def _around_identity(links: Links) -> Expr | None:
    """A product with a sum opened, where that takes no more products: None where there is none.

    So it is with one that has the identity in it at an end of the chain, and with one of
    diagonal matrices and products of vectors.
    """
    sums = [i for i, f in enumerate(links) if _is_sum(f) and _opens(f, i in (0, len(links) - 1))]
    if len(sums) != 1:
        return None
    (i,) = sums
    left, right = links[:i], links[i + 1 :]
    return add(*[scale(c, mul(*left, t, *right)) for t, c in terms(links[i])])


def _opens(f: Expr, at_end: bool) -> bool:
    parts = [t for t, _ in terms(f)]
    return (at_end and any(_last(t).op is EYE for t in parts)) or all(map(_is_thin, parts))


def _last(t: Expr) -> Expr:
    return chain(t)[-1] if t.op is MUL else t


def _is_thin(t: Expr) -> bool:
    """Whether a product with it costs no more than its entries."""
    links = chain(t) if t.op is MUL else (t,)
    return any(f.shape.cols is None for f in links) or all(f.op in (EYE, DIAG) for f in links)
