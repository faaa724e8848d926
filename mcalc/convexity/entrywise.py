"""The rules that work entry by entry: sums, multiples, powers, products, extremes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.convexity import bends
from mcalc.convexity.bends import (
    AFFINE,
    UNKNOWN,
    Bend,
    Curvature,
    added,
    bent_down,
    bent_up,
    scaled,
)
from mcalc.convexity.claims import ALWAYS, NEVER, POSITIVE, Claim, Sign, both, either
from mcalc.convexity.composition import NOTHING, Changing, Composition, Judgement
from mcalc.core import facts, intervals
from mcalc.core.algebra import POWER, TRANSPOSE, number_value
from mcalc.core.condition import Condition, Property
from mcalc.core.graph import power_graph
from mcalc.core.leaves import ONE
from mcalc.core.sums import coefficients
from mcalc.ops.shaping import DIAG
from mcalc.ops.vectorize import UNVEC, VEC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction

    from mcalc.core.expr import Expr

AN_AFFINE = "an affine expression"
_KEEPING = (TRANSPOSE, VEC, UNVEC, DIAG)
"""What moves entries and drops none."""


# ---------------------------------------------------------------- linear maps with weights
def weighted(
    known: Judgement, sign: Sign, *, keeps: bool, injective: Claim, bounded: bool = True
) -> Judgement:
    """A linear map whose matrix has entries of one sign.

    keeps  whether every entry of the argument counts in it with a weight that is not zero
    """
    if known.entries.is_affine:
        return Judgement(AFFINE, injective=injective, rule=AN_AFFINE)
    entries = scaled(known.entries, sign, bounded=bounded)
    if not keeps:
        entries = Curvature(Bend(entries.up.plain), Bend(entries.down.plain))
    if sign.nonnegative != ALWAYS:
        return Judgement(entries)
    return Judgement(entries, log=Curvature(up=Bend(known.log.up.plain)), root=known.root)


def monotone(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """A linear operation that moves, drops or adds entries."""
    (u,) = node.args
    known = composition.of(u)
    keeps = node.op in _KEEPING
    injective = known.injective if keeps else NEVER
    return weighted(known, POSITIVE, keeps=keeps, injective=injective).because("entries of {0}", u)


def blocks(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """Blocks side by side."""
    known = [composition.of(node.args[i]) for i in changing]
    entries = added([k.entries for k in known])
    injective = either(*[k.injective for k in known]) if entries.is_affine else NEVER
    return Judgement(entries, injective=injective).because(
        "block by block", *[node.args[i] for i in changing]
    )


# ---------------------------------------------------------------- sums
def total(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """A sum of multiples."""
    terms = [node.args[i] for i in changing]
    known = [composition.of(t) for t in terms]
    cs = [coefficients(node)[i] for i in changing]

    def summed(parts: Iterable[Curvature]) -> Curvature:
        return added([part if c > 0 else part.flipped for c, part in zip(cs, parts, strict=True)])

    entries = summed(k.entries for k in known)
    found = Judgement(entries, summed(k.loewner for k in known))
    if entries.is_affine and len(known) == 1:
        found = found._replace(injective=known[0].injective)
    if all(c > 0 for c in cs) and _only_adds(composition, node, changing):
        up = Bend(both(*[k.log.up.plain for k in known]))
        found = found._replace(log=Curvature(up=up), root=min(k.root for k in known))
    if len(node.args) > 1:
        return found.because("a sum", *terms)
    if cs[0] < 0:
        return found.because("the negative of {0}", *terms)
    return found._replace(log=known[0].log).because("a multiple of {0}", *terms)


def _only_adds(composition: Composition, node: Expr, changing: Changing) -> bool:
    """Whether the constants of a sum are not negative: of a square matrix, as forms."""
    square = node.shape.is_matrix and node.shape.rows == node.shape.cols
    for i, (a, c) in enumerate(zip(node.args, coefficients(node), strict=True)):
        if i not in changing:
            sign = composition.signs.form(a) if square else composition.signs.sign(a)
            if (sign.nonnegative if c > 0 else sign.nonpositive) != ALWAYS:
                return False
    return True


# ---------------------------------------------------------------- powers
def powered(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """u^n, and c^u = exp(u*log(c)) for c > 0, which its domain asks for."""
    base, exponent = node.args
    if changing == (1,):
        u = composition.of(exponent).entries
        log = AFFINE if u.is_affine else UNKNOWN
        return Judgement(log=log).because("a power of a constant, its exponent {0}", exponent)
    n = number_value(exponent)
    if n is None:
        return NOTHING
    known = composition.of(base)
    entries = bends.composed(power_graph(n), composition.argument(base))
    root = max(n, ONE) if entries.up.plain is not NEVER else ONE
    if known.root > 1 and known.root * n >= 1:
        entries = entries.or_else(bent_up(known.entries.up.plain))
        root = known.root * n
    log = UNKNOWN
    if composition.signs.entries(base) <= intervals.POSITIVE:
        log = known.log if n > 0 else known.log.flipped
    rule = f"the power {n} of {{0}}"
    if known.root > 1 and n < 1:
        rule += f", which is the power {known.root} of a convex expression that is not negative"
    return Judgement(entries, log=log, root=root).because(rule, base)


# ---------------------------------------------------------------- products
def product_of(composition: Composition, factors: Sequence[Expr]) -> Judgement:
    """The entry-wise product of expressions that all change."""
    log = added([composition.of(f).log for f in factors])
    up, down = _one_over_others(composition, factors)
    entries = Curvature(Bend(up), Bend(either(down, _mean(composition, factors))))
    return Judgement(entries, log=log).because("a product", *factors)


def _split(f: Expr) -> tuple[Expr, Fraction]:
    n = number_value(f.args[1]) if f.op is POWER else None
    return (f, ONE) if n is None else (f.args[0], n)


def _one_over_others(composition: Composition, factors: Sequence[Expr]) -> tuple[Claim, Claim]:
    """g^p/(s^a*t^b) is convex for convex g ≥ 0, concave s, t > 0 and p ≥ 1+a+b.

    So g^p/s^a is concave for a convex s < 0 and odd a: claims for both.
    Source: Boyd & Vandenberghe, Convex Optimization, exercise 3.36 (quadratic over linear: p = 2)
        with the perspective of g^p, sec. 3.2.6.
    """
    upper = [f for f in factors if _split(f)[1] > 0]
    lower = [(base, n) for base, n in map(_split, factors) if n < 0]
    if len(upper) != 1 or composition.of(upper[0]).root < ONE - sum(n for _, n in lower):
        return NEVER, NEVER
    numerator = composition.of(upper[0]).entries.up.plain
    known = [(composition.signs.sign(b), composition.of(b).entries) for b, _ in lower]
    up = both(numerator, *[claim for sign, e in known for claim in (sign.positive, e.down.plain)])
    if len(lower) > 1 or lower[0][1].denominator != 1 or lower[0][1] % 2 == 0:
        return up, NEVER
    ((sign, e),) = known
    return up, both(numerator, sign.negative, e.up.plain)


def _mean(composition: Composition, factors: Sequence[Expr]) -> Claim:
    """s^a*t^b is concave for concave s, t ≥ 0 and a, b ≥ 0 of sum ≤ 1: a weighted mean.

    Source: Boyd & Vandenberghe, Convex Optimization, sec. 3.1.5 (the geometric mean).
    """
    parts = [_split(f) for f in factors]
    if any(n < 0 for _, n in parts) or sum(n for _, n in parts) > 1:
        return NEVER
    if not all(composition.signs.entries(b) <= intervals.NONNEGATIVE for b, _ in parts):
        return NEVER
    return both(*[composition.of(b).entries.down.plain for b, _ in parts])


def entrywise_product(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """x.*y: constants are weights."""
    factors = [node.args[i] for i in changing]
    constants = [a for i, a in enumerate(node.args) if i not in changing]
    known = composition.of(factors[0]) if len(factors) == 1 else product_of(composition, factors)
    sign, form = POSITIVE, POSITIVE
    for a in constants:
        sign = sign.times(composition.signs.sign(a))
        form = form.times(composition.signs.form(a))
    bounded = all(composition.is_bounded(a) for a in constants)
    injective = both(known.injective, *[without_zeros(composition, a) for a in constants])
    found = weighted(known, sign, keeps=True, injective=injective, bounded=bounded)
    if sign.positive == ALWAYS and known.log.down.plain is not NEVER:
        found = found._replace(log=known.log)
    if len(factors) == 1 and not found.entries.is_affine:
        # Source: Schur's product theorem.
        loewner = scaled(known.loewner, form)
        plain = Curvature(Bend(loewner.up.plain), Bend(loewner.down.plain))
        found = found._replace(loewner=plain)
    return found.because(known.rule if len(factors) > 1 else "{0} with weights", *factors)


def without_zeros(composition: Composition, constant: Expr) -> Claim:
    """When no entry is zero."""
    sign = composition.signs.sign(constant)
    if ALWAYS in (sign.positive, sign.negative):
        return ALWAYS
    sparse = constant.facts & (facts.LOWER | facts.UPPER | facts.SKEW) or constant.size == 0
    if sparse or composition.moving(constant):
        return NEVER
    scalar = constant.shape.is_scalar
    return (Condition(Property.NONZERO if scalar else Property.ENTRIES_NONZERO, constant),)


# ---------------------------------------------------------------- extremes
def _joined(part: Callable[[Judgement], Bend], judgements: Sequence[Judgement]) -> Claim:
    return both(*[part(k).plain for k in judgements])


def largest(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """max(a, b), max(x), logsumexp(x): convex and rising in all entries."""
    parts = [node.args[i] for i in changing]
    up = _joined(lambda k: k.entries.up, [composition.of(p) for p in parts])
    return Judgement(bent_up(up)).because(f"{_short(node)} is convex and rising", *parts)


def _short(node: Expr) -> str:
    return node.op.name.split()[0]


def smallest(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """min(a, b), min(x): concave and rising in all entries."""
    parts = [node.args[i] for i in changing]
    down = _joined(lambda k: k.entries.down, [composition.of(p) for p in parts])
    return Judgement(bent_down(down)).because(f"{_short(node)} is concave and rising", *parts)


def product_of_entries(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """prod(x): its logarithm is a sum."""
    (x,) = node.args
    if not composition.signs.entries(x) <= intervals.POSITIVE:
        return NOTHING
    return Judgement(log=composition.of(x).log).because("the product of the entries of {0}", x)


def softmax(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """log(softmax(x)) = x-logsumexp(x), entry by entry."""
    (x,) = node.args
    affine = composition.of(x).entries.is_affine
    log = bent_down(ALWAYS if affine else NEVER)
    return Judgement(log=log).because("every entry of softmax is log-concave", x)
