"""Whether a scalar function of a variable is convex, concave, affine; or what would decide it.

First its expression is composed from the leaves up (`mcalc.convexity.composition`). What that
leaves open is decided by the second differential, a quadratic form in d(X): f is convex on a convex
domain just where that form is not negative, which is to say, convex in d(X); so the same rules
decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mcalc.calculus.linearize import linearize
from mcalc.convexity.affine import Degree, Degrees
from mcalc.convexity.bends import UNKNOWN as UNKNOWN_CURVATURE
from mcalc.convexity.bends import Bend, Curvature, added
from mcalc.convexity.claims import ALWAYS
from mcalc.convexity.composition import Composition
from mcalc.convexity.domain import Domain, is_convex_space
from mcalc.convexity.liketerms import collected
from mcalc.convexity.phrases import Phrase
from mcalc.convexity.rules import RULES
from mcalc.convexity.signs import Signs
from mcalc.convexity.words import OF_FORMS, Cases, gathered_step, said, sentence, steps
from mcalc.core.algebra import add, scale
from mcalc.core.expr import postorder
from mcalc.core.leaves import Direction, tangent
from mcalc.core.op import OPS
from mcalc.core.sums import terms
from mcalc.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.core.expr import Expr

MOST_NODES = 2_000
"""Of a larger expression the second differential is not taken."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a function is, and what it would be under conditions on its constants and its domain.

    kind     "constant", "affine", "unknown"; "convex" or "concave", with "strictly" or "strongly"
    when     (kind, conditions): what it is besides wherever the conditions hold
    reasons  the steps of the proof, each building on those before it
    """

    kind: str
    when: Cases = ()
    reasons: tuple[Phrase, ...] = ()

    @property
    def sentence(self) -> Phrase:
        """In words: `convex`, `convex if {0} is positive semidefinite`."""
        return sentence(self.kind, self.when)


class _Finding(NamedTuple):
    """A curvature, and the steps that prove it."""

    curvature: Curvature = UNKNOWN_CURVATURE
    steps: tuple[Phrase, ...] = ()


def curvature(f: Expr, X: Expr) -> Verdict:
    """The verdict on the scalar f as a function of X, all else being constant.

    Raises: RequestError where f is no scalar.
    """
    if not f.shape.is_scalar:
        raise RequestError("only a function whose value is a scalar can be convex or concave")
    if Degrees(X).of(f) is Degree.CONSTANT:
        return Verdict("constant")
    if not is_convex_space(X):
        reason = Phrase("by its declaration {0} lies in a set that is not convex", (X,))
        return Verdict("unknown", reasons=(reason,))
    domain = Domain(f, X)
    found = _composed(domain.composition, f, {})
    found = found._replace(curvature=_on_domain(domain, found.curvature, f))
    if ALWAYS not in (found.curvature.up.plain, found.curvature.down.plain):
        other = _by_second_differential(domain, f, X)
        better = found.curvature.or_else(other.curvature)
        if better != found.curvature:
            found = _Finding(better, other.steps)
    kind, when = said(found.curvature)
    return Verdict(kind, when, () if found.curvature.is_unknown else found.steps)


def _composed(composition: Composition, e: Expr, words: Mapping[str, str]) -> _Finding:
    """By composition, like terms taken together where that tells more."""
    plain = composition.of(e).entries
    alike, gathered = collected(composition, e)
    proof = steps(composition, e, words)
    found = alike.or_else(plain)
    if found == plain:
        return _Finding(plain, tuple(proof))
    return _Finding(found, (*proof[:-1], gathered_step(gathered, found, words)))


def _on_domain(domain: Domain, found: Curvature, f: Expr, *, smooth: bool = False) -> Curvature:
    """The claims with what makes the domain of f convex."""
    return Curvature(*[Bend(*[domain.convex(c, f, smooth=smooth) for c in b]) for b in found])


# ---------------------------------------------------------------- the second differential
def _by_second_differential(domain: Domain, f: Expr, X: Expr) -> _Finding:
    """Of the terms that composition leaves open, together; failing that, of all."""
    settled, kept, rest = [], [], []
    for t, c in terms(f):
        bent = domain.composition.of(t).entries
        if bent.is_unknown:
            rest.append(scale(c, t))
        else:
            kept.append(scale(c, t))
            settled.append(bent if c > 0 else bent.flipped)
    if kept and rest:
        of_rest = _second(domain, add(*rest), X)
        found = _on_domain(domain, added([of_rest.curvature, *settled]), f)
        if not found.is_unknown:
            composed = [step for t in kept for step in steps(domain.composition, t, {})]
            return _Finding(found, (*dict.fromkeys(composed), *of_rest.steps))
    return _second(domain, f, X)


def _second(domain: Domain, f: Expr, X: Expr) -> _Finding:
    """By the sign of the second differential."""
    nodes = list(postorder(f))
    if len(nodes) > MOST_NODES or not all(_is_known(domain, node) for node in nodes):
        return _Finding()
    taken = [n.data.number for n in nodes if isinstance(n.data, Direction)]
    dX = tangent(X, max(taken, default=-1) + 1)
    q = linearize(linearize(f, X, dX), X, dX)
    signs = Signs(domain.known, Degrees(X, excluded=dX).is_simple)
    depends = Degrees(X)
    composition = Composition(
        dX, signs, RULES, question=X, moving=lambda e: depends.of(e) is not Degree.CONSTANT
    )
    found = _composed(composition, q, OF_FORMS)
    start = Phrase("the second differential is {0}, a form in {1}", (q, dX))
    return _Finding(_on_domain(domain, found.curvature, f, smooth=True), (start, *found.steps))


def _is_known(domain: Domain, node: Expr) -> bool:
    """Whether the domain of an operation is on record, where its argument changes."""
    if domain.degrees.of(node) is Degree.CONSTANT or node.op.abstract is not None:
        return node.op.abstract is None
    return not node.op.doc or OPS.get(node.op.name) is not None
