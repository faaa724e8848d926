"""The domain of a question: whether it is convex, and what it says of signs."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from mcalc.convexity.affine import Degree, Degrees
from mcalc.convexity.claims import ALWAYS, NEVER, Claim, both, either, suffices
from mcalc.convexity.composition import Composition
from mcalc.convexity.rules import RULES
from mcalc.convexity.signs import Assumptions, Signs
from mcalc.core import facts
from mcalc.core.algebra import HADAMARD, MUL, hadamard, number_value
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import postorder
from mcalc.core.intervals import INSIDE_UNIT, NONNEGATIVE, POSITIVE, REALS, Interval
from mcalc.core.leaves import Variable
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

_CONVEX_STRUCTURES = {
    "symmetric", "skew", "diagonal", "lower", "upper", "spd", "psd", "positive",
    "sparse",
}  # fmt: skip
_MOST_PASSES = 4

_HALF_LINES: dict[Property, Interval] = {
    Property.POSITIVE: POSITIVE,
    Property.ENTRIES_POSITIVE: POSITIVE,
    Property.NONNEGATIVE: NONNEGATIVE,
    Property.ENTRIES_NONNEGATIVE: NONNEGATIVE,
    Property.ABOVE_ONE: Interval(1.0, inf, low_open=True, high_open=True),
    Property.ENTRIES_ABOVE_ONE: Interval(1.0, inf, low_open=True, high_open=True),
    Property.GREATER_THAN_MINUS_ONE: Interval(-1.0, inf, low_open=True, high_open=True),
    Property.ENTRIES_GREATER_THAN_MINUS_ONE: Interval(-1.0, inf, low_open=True, high_open=True),
}
_INSIDE = (Property.INSIDE_UNIT, Property.ENTRIES_INSIDE_UNIT)
_NOT_ZERO = (Property.NONZERO, Property.ENTRIES_NONZERO)
_REGULAR = (
    Property.INVERTIBLE,
    Property.FULL_RANK,
    Property.CONSTANT_RANK,
    Property.POSITIVE_DETERMINANT,
    Property.NO_NEGATIVE_EIGENVALUE,
)


def is_convex_space(X: Expr) -> bool:
    """Whether the values that the variable may have by declaration are a convex set."""
    return isinstance(X.data, Variable) and _CONVEX_STRUCTURES.issuperset(X.data.structure)


class Domain:
    """Where an expression has a value, for each value of its constants.

    Where its conditions keep a concave expression positive, or an affine one in an interval, the
    domain is convex, and what is computed within it may use the sign.
    """

    def __init__(self, f: Expr, X: Expr) -> None:
        self.X = X
        self.degrees = Degrees(X)
        self.known = Assumptions()
        asked: list[Condition] = []
        for node in postorder(f):
            for condition in _conditions(node, smooth=False):
                if self.degrees.of(condition.subject) is Degree.CONSTANT:
                    self._assume(condition)
                else:
                    asked.append(condition)
        for _ in range(_MOST_PASSES):
            before = len(self.known)
            self.signs = Signs(self.known, self.degrees.is_simple)
            self.composition = Composition(X, self.signs, RULES)
            for condition in asked:
                if ALWAYS in self._convex_under(condition):
                    self._assume(condition)
            if len(self.known) == before:
                break

    def convex(self, claim: Claim, f: Expr, *, smooth: bool = False) -> Claim:
        """The claim with what makes the domain of f convex, or f smooth in a convex one."""
        if claim is None:
            return NEVER
        for node in postorder(f):
            if self.degrees.of(node) is Degree.CONSTANT:
                continue
            for condition in _conditions(node, smooth=smooth):
                if self.degrees.of(condition.subject) is Degree.CONSTANT:
                    continue
                if claim is not None and not suffices(claim, condition):
                    ways = self._convex_under(condition)
                    claim = either(*[both(claim, way) for way in ways])
        return claim

    def _assume(self, condition: Condition) -> None:
        """Note where a condition keeps the entries of its subject."""
        property_, subject = condition
        if property_ is Property.INVERTIBLE:
            self.known.regular.add(subject)
        inside = INSIDE_UNIT if property_ in _INSIDE else _HALF_LINES.get(property_)
        if inside is None:
            return
        entries = self.known.entries
        entries[subject] = entries.get(subject, REALS) & inside
        if inside is POSITIVE:
            self._tie(subject)

    def _tie(self, product: Expr) -> None:
        """Of a positive product one factor changes: it has the sign of the others."""
        if product.op is not HADAMARD and (product.op is not MUL or chain(product)):
            return
        changing = [a for a in product.args if self.degrees.of(a) is not Degree.CONSTANT]
        if len(changing) == 1:
            base, n = base_and_exponent(changing[0])
            if number_value(n) in (1, -1):
                others = [a for a in product.args if a is not changing[0]]
                self.known.signs[base] = hadamard(*others)

    def _convex_under(self, condition: Condition) -> tuple[Claim, ...]:
        """When the points where the condition holds are a convex set, within a convex set.

        One claim for each reason: the condition holds everywhere, or it keeps a concave expression
        positive, or an affine one between bounds.
        """
        property_, subject = condition
        signs, known = self.signs, self.composition.of(subject)
        sign, form = signs.sign(subject), signs.form(subject)
        if property_ in _HALF_LINES:
            inside = _HALF_LINES[property_]
            if signs.entries(subject) <= inside:
                return (ALWAYS,)
            if subject.op.name == "det":
                return (signs.form(subject.args[0]).positive,)
            holds = {POSITIVE: sign.positive, NONNEGATIVE: sign.nonnegative}.get(inside)
            return known.entries.down.plain, holds
        if property_ in _INSIDE:
            holds_anyway = signs.entries(subject) <= INSIDE_UNIT
            return (ALWAYS if holds_anyway or known.entries.is_affine else NEVER,)
        if property_ in _NOT_ZERO:
            return sign.positive, sign.negative
        if property_ is Property.NO_POLE_OF_GAMMA:
            return (sign.positive,)
        if property_ is Property.POSITIVE_DEFINITE:
            return form.positive, known.loewner.down.plain
        if property_ is Property.INVERTIBLE and subject.has(facts.INVERTIBLE):
            return (ALWAYS,)
        if property_ is Property.INVERTIBLE and form.nonnegative == ALWAYS:
            # Where it is semidefinite, it is definite just where it is invertible.
            return form.positive, known.loewner.down.plain
        return (form.positive,) if property_ in _REGULAR else (NEVER,)


def _conditions(node: Expr, *, smooth: bool) -> list[Condition]:
    """Where an operation has a value, or a differential too."""
    asked = node.op.domain if smooth else node.op.exists or node.op.domain
    return asked(node) if asked else []
