"""Curvature as claims: bending up or down, plainly, strictly, strongly; and how it composes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcalc.convexity.claims import ALWAYS, NEVER, Claim, Sign, both, either
from mcalc.core.graph import covers
from mcalc.core.intervals import NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.core.graph import Graph


class Bend(NamedTuple):
    """Claims that something bends one way.

    Of a vector or matrix they are about each entry; strictly and strongly it bends where every sum
    of its entries with positive weights does. In the Loewner order they are about ⟨P, M⟩ for
    semidefinite P, and strictly and strongly for definite P.
    """

    plain: Claim = NEVER
    strict: Claim = NEVER
    strong: Claim = NEVER

    def under(self, plain: Claim, strict: Claim, strong: Claim) -> Bend:
        """The claims under further conditions."""
        return Bend(both(self.plain, plain), both(self.strict, strict), both(self.strong, strong))

    def or_else(self, other: Bend) -> Bend:
        """Each claim in the shorter of two ways."""
        return Bend(*[either(a, b) for a, b in zip(self, other, strict=True)])


class Curvature(NamedTuple):
    """Bending up: convex; bending down: concave; both: affine."""

    up: Bend = Bend()
    down: Bend = Bend()

    @property
    def flipped(self) -> Curvature:
        """That of the negative."""
        return Curvature(self.down, self.up)

    @property
    def is_affine(self) -> bool:
        """Whether it bends neither way."""
        return self.up.plain == ALWAYS and self.down.plain == ALWAYS

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is claimed."""
        return self.up.plain is NEVER and self.down.plain is NEVER

    def or_else(self, other: Curvature) -> Curvature:
        """Each claim in the shorter of two ways."""
        return Curvature(self.up.or_else(other.up), self.down.or_else(other.down))


UNKNOWN = Curvature()
AFFINE = Curvature(Bend(ALWAYS), Bend(ALWAYS))


def bent_up(plain: Claim, strict: Claim = NEVER, strong: Claim = NEVER) -> Curvature:
    """Convex, under these conditions."""
    return Curvature(up=Bend(plain, strict, strong))


def bent_down(plain: Claim, strict: Claim = NEVER) -> Curvature:
    """Concave, under these conditions."""
    return Curvature(down=Bend(plain, strict))


# ---------------------------------------------------------------- sums and multiples
def added(parts: Sequence[Curvature]) -> Curvature:
    """That of a sum."""
    if all(c.is_affine for c in parts):
        return AFFINE
    return Curvature(_added([c.up for c in parts]), _added([c.down for c in parts]))


def _added(bends: Sequence[Bend]) -> Bend:
    """A sum bends as its terms do, strictly where one of them does."""
    plain = both(*[b.plain for b in bends])
    if plain is NEVER:
        return Bend()
    return Bend(
        plain,
        either(*[both(plain, b.strict) for b in bends]),
        either(*[both(plain, b.strong) for b in bends]),
    )


def scaled(curvature: Curvature, sign: Sign, *, bounded: bool = True) -> Curvature:
    """That of a multiple whose factor has the sign; `bounded` where it stays away from zero."""
    if curvature.is_affine:
        return curvature
    return Curvature(
        _scaled(curvature, sign, bounded=bounded),
        _scaled(curvature.flipped, sign, bounded=bounded),
    )


def _scaled(curvature: Curvature, sign: Sign, *, bounded: bool) -> Bend:
    strongly = (sign.positive, sign.negative) if bounded else (NEVER, NEVER)
    kept = curvature.up.under(sign.nonnegative, sign.positive, strongly[0])
    turned = curvature.down.under(sign.nonpositive, sign.negative, strongly[1])
    return kept.or_else(turned)


# ---------------------------------------------------------------- functions of one number
class Argument(NamedTuple):
    """What an element-wise function is applied to.

    injective  when the argument is affine, under which conditions no two points have one value
    is_fixed   whether its coefficients are, so that it keeps two points of some distance apart
    """

    entries: Interval
    sign: Sign
    curvature: Curvature
    injective: Claim
    is_fixed: bool


def composed(graph: Graph, u: Argument) -> Curvature:
    """That of φ(u), entry by entry.

    Source: Boyd & Vandenberghe, Convex Optimization, sec. 3.2.4.
    """
    up = _composed(graph, u, graph.convex, u.curvature)
    down = _composed(graph, u, graph.concave, u.curvature.flipped)
    if u.is_fixed and u.curvature.is_affine and covers(graph.strongly_convex, u.entries):
        up = up._replace(strong=u.injective)
    return Curvature(up, down)


def _composed(graph: Graph, u: Argument, parts: tuple[Interval, ...], curvature: Curvature) -> Bend:
    """φ bends up on each part; rising it keeps bending up, falling it turns what bends down."""
    if u.curvature.is_affine:
        strict = u.injective if graph.strict else NEVER
        if covers(parts, u.entries):
            return Bend(ALWAYS, strict)
        conditions = either(*[_inside(part, u.sign) for part in parts])
        return Bend(conditions, both(conditions, strict))
    if not covers(parts, u.entries):
        return Bend()
    if covers(graph.rising, u.entries):
        return Bend(curvature.up.plain, curvature.up.strict)
    if covers(graph.falling, u.entries):
        return Bend(curvature.down.plain, curvature.down.strict)
    return Bend(curvature.up.plain) if covers(graph.flat_rising, u.entries) else Bend()


def _inside(part: Interval, sign: Sign) -> Claim:
    """Under which conditions a value lies in an interval that is one of the signs."""
    return {
        NONNEGATIVE: sign.nonnegative,
        POSITIVE: sign.positive,
        NONPOSITIVE: sign.nonpositive,
        NEGATIVE: sign.negative,
    }.get(part, NEVER)
