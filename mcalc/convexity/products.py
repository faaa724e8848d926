"""The rules of matrix products: linear maps, congruences, quadratic forms, matrix fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.convexity import bends
from mcalc.convexity.bends import AFFINE, Bend, Curvature, bent_up, scaled
from mcalc.convexity.claims import ALWAYS, NEVER, POSITIVE, UNKNOWN, Claim, Sign, both
from mcalc.convexity.composition import NOTHING, Changing, Composition, Judgement
from mcalc.convexity.entrywise import AN_AFFINE, monotone, product_of, weighted, without_zeros
from mcalc.core import facts
from mcalc.core.algebra import add, hadamard, mul, number_value, transpose
from mcalc.core.condition import Condition, Property
from mcalc.core.graph import power_graph
from mcalc.core.leaves import ONE
from mcalc.core.matrix_powers import matrix_power_parts
from mcalc.core.products import chain, scalars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.core.expr import Expr

TWO = Fraction(2)


def is_constant(composition: Composition, e: Expr) -> bool:
    """Whether the variable does not occur."""
    return composition.of(e).is_constant


def form_of(composition: Composition, M: Expr) -> Sign:
    """Claims on u'*M*u, which depends on the symmetric part of M alone."""
    if M.shape != M.shape.T:
        return UNKNOWN
    return composition.signs.form(M if M.has(facts.SYMMETRIC) else add(M, transpose(M)))


# ---------------------------------------------------------------- products
def product(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """Scalar factors and a chain of vectors and matrices."""
    front = [s for s in scalars(node) if not is_constant(composition, s)]
    weights = [s for s in scalars(node) if is_constant(composition, s)]
    links = chain(node)
    moving_links = [f for f in links if not is_constant(composition, f)]
    if front and moving_links:
        return NOTHING
    if moving_links:
        found = of_chain(composition, links)
    else:
        found = composition.of(front[0]) if len(front) == 1 else product_of(composition, front)
        weights += [mul(*links)] if links else []
    if not weights:
        return found
    return _with_weights(composition, node, found, weights, front or moving_links)


def _with_weights(
    composition: Composition, node: Expr, found: Judgement, weights: list[Expr], parts: list[Expr]
) -> Judgement:
    """Constant factors in front, or a constant array that a scalar is multiplied with."""
    sign = POSITIVE
    for w in weights:
        sign = sign.times(composition.signs.sign(w))
    bounded = all(composition.is_bounded(w) for w in weights)
    injective = both(found.injective, *[without_zeros(composition, w) for w in weights])
    made = weighted(found, sign, keeps=True, injective=injective, bounded=bounded)
    if sign.positive == ALWAYS:
        made = made._replace(log=found.log)
    if all(w.shape.is_scalar for w in weights):
        made = made._replace(loewner=scaled(found.loewner, sign, bounded=bounded))
    elif not made.entries.is_affine:  # a scalar times a matrix
        form = POSITIVE
        for w in weights:
            form = form.times(composition.signs.form(w))
        made = made._replace(loewner=scaled(found.entries, form, bounded=bounded))
    rule = found.rule if len(parts) > 1 else "a multiple of {0}"
    return made.because(rule, *(found.parts if len(parts) > 1 else parts))


def of_chain(composition: Composition, links: Sequence[Expr]) -> Judgement:
    """A product of vectors and matrices."""
    changing = [i for i, f in enumerate(links) if not is_constant(composition, f)]
    if len(changing) == 1:
        return _around(composition, links, changing[0])
    pairs = matched(links)
    inner = range(pairs, len(links) - pairs)
    if pairs and not any(i in inner for i in changing):
        return _quadratic(composition, links, pairs)
    if pairs and len(changing) == 3 and changing[1] in inner and len(inner) == 1:
        return _fractional(composition, links, pairs)
    if len(links) == 2 and links[0].shape.rows is None and links[1].shape.cols is None:
        return _inner_product(composition, links)
    return NOTHING


def matched(links: Sequence[Expr]) -> int:
    """How many links at the left are the transposes of those at the right."""
    n = len(links)
    count = 0
    while count < n // 2 and transpose(links[count]) is links[n - 1 - count]:
        count += 1
    return count


def _around(composition: Composition, links: Sequence[Expr], i: int) -> Judgement:
    """L*M*R, constant around M: by the signs of L and R, and as a congruence."""
    known = composition.of(links[i])
    left, right = links[:i], links[i + 1 :]
    if known.entries.is_affine:
        injective = both(known.injective, _full_rank(composition, left, turned=False),
                         _full_rank(composition, right, turned=True))  # fmt: skip
        return Judgement(AFFINE, injective=injective).because(AN_AFFINE)
    sign = POSITIVE
    for f in (*left, *right):
        sign = sign.times(composition.signs.sign(f))
    keeps = sign.positive == ALWAYS or sign.negative == ALWAYS
    bounded = all(composition.is_bounded(f) for f in (*left, *right))
    found = weighted(known, sign, keeps=keeps, injective=NEVER, bounded=bounded)
    if len(left) == len(right) and matched(links) == len(left):
        regular = all(f.has(facts.INVERTIBLE) for f in left) and not any(
            composition.moving(f) for f in left
        )
        up, down = known.loewner
        loewner = known.loewner if regular else Curvature(Bend(up.plain), Bend(down.plain))
        whole = mul(*links)
        if whole.shape.is_scalar:
            found = found._replace(entries=found.entries.or_else(loewner))
        found = found._replace(loewner=loewner, root=max(found.root, known.root))
    return found.because("a linear map of {0}", links[i])


def _full_rank(composition: Composition, factors: Sequence[Expr], *, turned: bool) -> Claim:
    """When nothing is lost in the product: L of full column rank, R of full row rank."""
    if not factors:
        return ALWAYS
    M = transpose(mul(*factors)) if turned else mul(*factors)
    if M.has(facts.INVERTIBLE):
        return ALWAYS
    if M.shape.is_matrix and not composition.moving(M):
        return (Condition(Property.FULL_COLUMN_RANK, M),)
    return NEVER


def _quadratic(composition: Composition, links: Sequence[Expr], pairs: int) -> Judgement:
    """U'*M*U for an affine U and a constant M, as large a U as there is."""
    n = len(links)
    U = mul(*links[n - pairs :])
    known = composition.of(U)
    if not known.entries.is_affine:
        return _square(composition, U, links)
    middle = links[pairs : n - pairs]
    M = mul(*middle) if middle else None
    form = POSITIVE if M is None else form_of(composition, M)
    curvature = of_form(form, known.injective, strong=not any(composition.moving(f) for f in links))
    parts = (U,) if M is None else (U, M)
    rule = "the square of {0}" if M is None else "a quadratic form in {0}, of {1}"
    return _self_transposed(links, curvature).because(rule, *parts)


def of_form(form: Sign, injective: Claim, *, strong: bool) -> Curvature:
    """Of a quadratic form in an affine expression."""
    positive, negative = both(form.positive, injective), both(form.negative, injective)
    return Curvature(
        Bend(form.nonnegative, positive, positive if strong else NEVER),
        Bend(form.nonpositive, negative, negative if strong else NEVER),
    )


def _self_transposed(links: Sequence[Expr], curvature: Curvature) -> Judgement:
    """The judgement of a product that is its own transpose."""
    if links[0].shape.rows is None:
        return Judgement(curvature, root=TWO)
    return Judgement(loewner=curvature, root=TWO)


def _square(composition: Composition, U: Expr, links: Sequence[Expr]) -> Judgement:
    """u'*u for a vector that is convex and not negative, or concave and not positive."""
    if len(links) != 2 or links[0].shape.rows is not None:
        return NOTHING
    entries = bends.composed(power_graph(TWO), composition.argument(U))
    return Judgement(entries, root=TWO * composition.of(U).root).because("the square of {0}", U)


def _fractional(composition: Composition, links: Sequence[Expr], pairs: int) -> Judgement:
    """U'*inv(S)*U for an affine U and a concave positive definite S.

    Source: Boyd & Vandenberghe, Convex Optimization, example 3.4 and sec. 3.6.2.
    """
    S, k = matrix_power_parts(links[pairs])
    U = mul(*links[pairs + 1 :])
    known = composition.of(S)
    if number_value(k) != -1 or not composition.of(U).entries.is_affine:
        return NOTHING
    claim = both(composition.signs.form(S).positive, known.loewner.down.plain)
    return (
        _self_transposed(links, bent_up(claim))
        ._replace(root=ONE)
        .because("{0} over {1}, a matrix fraction", U, S)
    )


def _inner_product(composition: Composition, links: Sequence[Expr]) -> Judgement:
    """u'*v, the sum of the entries of u.*v."""
    whole = hadamard(transpose(links[0]), links[1])
    known = composition.of(whole)
    return weighted(known, POSITIVE, keeps=True, injective=NEVER).because("the sum of {0}", whole)


def kronecker(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """kron(A, M) for a constant A."""
    if len(changing) > 1:
        return NOTHING
    u, a = node.args[changing[0]], node.args[1 - changing[0]]
    known = composition.of(u)
    found = weighted(known, composition.signs.sign(a), keeps=True, injective=NEVER)
    plain = scaled(known.loewner, composition.signs.form(a))
    if not found.entries.is_affine:
        loewner = Curvature(Bend(plain.up.plain), Bend(plain.down.plain))
        found = found._replace(loewner=loewner)
    return found.because("a linear map of {0}", u)


def diagonal_matrix(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """diag(v) is bent as the entries of v."""
    found = monotone(composition, node, changing)
    return found._replace(loewner=composition.of(node.args[0]).entries)


def diagonal_entries(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """The diagonal of M: entry by entry, and e'*M*e in the Loewner order."""
    known = composition.of(node.args[0])
    found = monotone(composition, node, changing)
    up, down = known.loewner
    return found._replace(
        entries=found.entries.or_else(
            Curvature(Bend(up.plain, up.strict), Bend(down.plain, down.strict))
        )
    )
