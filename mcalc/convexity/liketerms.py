"""Like terms of a sum of scalars: one expression that changes, and all its constant weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcalc.convexity.bends import UNKNOWN, Curvature, added, scaled
from mcalc.convexity.products import form_of, matched, of_form
from mcalc.core.algebra import (
    MUL,
    add,
    eye,
    filled,
    hadamard,
    mul,
    number,
    power,
    scale,
    transpose,
)
from mcalc.core.hadamard import hadamard_factors
from mcalc.core.products import chain, scalars, take_scalars
from mcalc.core.sums import terms
from mcalc.ops.linear import inner
from mcalc.ops.shaping import diag

if TYPE_CHECKING:
    from mcalc.convexity.composition import Composition
    from mcalc.core.expr import Expr


class Like(NamedTuple):
    """What changes in a term: a scalar; entries that are summed; a vector u of u'*M*u."""

    kind: str
    core: Expr


def collected(composition: Composition, node: Expr) -> tuple[Curvature, Expr]:
    """The curvature of a scalar, the like terms of its sum taken together, and that sum."""
    weights: dict[Like, list[Expr]] = {}
    for t, c in terms(node):
        if not composition.of(t).is_constant:
            like, weight = _parts(composition, t)
            weights.setdefault(like, []).append(scale(c, weight))
    _join_squares(weights)
    if not weights:
        return UNKNOWN, node
    parts = [(like, add(*w)) for like, w in weights.items()]
    curvature = added([_weighted(composition, like, weight) for like, weight in parts])
    return curvature, add(*[_written(like, weight) for like, weight in parts])


def _written(like: Like, weight: Expr) -> Expr:
    """The term."""
    if like.kind == "form":
        return mul(transpose(like.core), weight, like.core)
    return inner(weight, like.core)


def _parts(composition: Composition, t: Expr) -> tuple[Like, Expr]:
    """A term as what changes in it, and its weight: a scalar, a column, or a matrix."""
    if t.op is not MUL:
        return Like("scalar", t), number(1)
    links = chain(t)
    front = [s for s in scalars(t) if composition.of(s).is_constant]
    changing = [s for s in scalars(t) if not composition.of(s).is_constant]
    if not links and len(changing) == 1 and changing[0].op is MUL and chain(changing[0]):
        like, weight = _parts(composition, changing[0])
        return like, hadamard(mul(number(1), *front), weight)
    if not links:
        return Like("scalar", mul(*changing)), mul(number(1), *front)
    if len(links) == 2:
        return _sum_of_entries(composition, links)
    n, m = len(links), matched(links)
    if m and all(composition.of(f).is_constant for f in links[m : n - m]):
        u = mul(*links[n - m :])
        middle = links[m : n - m]
        if composition.of(u).entries.is_affine:
            return Like("form", u), mul(*middle) if middle else eye(u.shape.axes[0])
    return Like("scalar", t), number(1)


def _sum_of_entries(composition: Composition, links: tuple[Expr, ...]) -> tuple[Like, Expr]:
    """u'*v as the weighted sum of entries that change."""
    factor, whole = take_scalars(hadamard(transpose(links[0]), links[1]))
    factors = hadamard_factors(whole)
    changing = [f for f in factors if not composition.of(f).is_constant]
    fixed = [f for f in factors if composition.of(f).is_constant]
    if not changing or not composition.of(factor).is_constant:
        return Like("scalar", mul(*links)), number(1)
    weight = hadamard(factor, filled(whole.shape), *fixed)
    return Like("entries", hadamard(*changing)), weight


def _join_squares(weights: dict[Like, list[Expr]]) -> None:
    """The sum of w.*u.^2 joins u'*M*u, as u'*diag(w)*u."""
    for like in [k for k in weights if k.kind == "form"]:
        square = Like("entries", power(like.core, number(2)))
        if square in weights:
            weights[like] += [diag(w) for w in weights.pop(square)]


def _weighted(composition: Composition, like: Like, weight: Expr) -> Curvature:
    known = composition.of(like.core)
    if like.kind == "form":
        fixed = not composition.moving(weight) and not composition.moving(like.core)
        return of_form(form_of(composition, weight), known.injective, strong=fixed)
    bounded = composition.is_bounded(weight)
    return scaled(known.entries, composition.signs.sign(weight), bounded=bounded)
