"""Where a formula holds: the domains of its operations, without what declarations prove."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    MUL,
    POWER,
    TRANSPOSE,
    fill_value,
    is_filled_with_one,
    mul,
    split,
    transpose,
    upright,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, dependents, postorder
from mcalc.core.leaves import number_value
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, scalars
from mcalc.core.sums import coefficients, terms
from mcalc.ops.coincidence import without_coincidences
from mcalc.ops.matrix_functions import sum_of_roots
from mcalc.ops.squares import square_root

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_PROOFS = {
    Property.INVERTIBLE: facts.INVERTIBLE | facts.PD,
    Property.NONZERO: facts.POSITIVE,
    Property.ENTRIES_NONZERO: facts.POSITIVE,
    Property.POSITIVE: facts.POSITIVE,
    Property.ENTRIES_POSITIVE: facts.POSITIVE,
    Property.NONNEGATIVE: facts.NONNEGATIVE,
    Property.ENTRIES_NONNEGATIVE: facts.NONNEGATIVE,
    Property.GREATER_THAN_MINUS_ONE: facts.NONNEGATIVE,
    Property.ENTRIES_GREATER_THAN_MINUS_ONE: facts.NONNEGATIVE,
    Property.POSITIVE_DEFINITE: facts.PD,
    Property.NO_NEGATIVE_EIGENVALUE: facts.PD,
    Property.INTEGER: facts.INTEGER,
    Property.NO_POLE_OF_GAMMA: facts.POSITIVE,
    Property.CONSTANT_RANK: facts.INVERTIBLE,
    Property.FULL_RANK: facts.INVERTIBLE,
}

# What is implied by a condition on the same expression.
_WEAKER = {
    Property.POSITIVE: (Property.NONZERO, Property.NONNEGATIVE),
    Property.ENTRIES_POSITIVE: (Property.ENTRIES_NONZERO, Property.ENTRIES_NONNEGATIVE),
    Property.POSITIVE_DEFINITE: (Property.INVERTIBLE, Property.NO_NEGATIVE_EIGENVALUE),
    Property.POSITIVE_DETERMINANT: (Property.INVERTIBLE,),
    Property.NO_NEGATIVE_EIGENVALUE: (Property.INVERTIBLE,),
    Property.SIMPLE_SPECTRUM: (Property.SIMPLE_LARGEST, Property.SIMPLE_SMALLEST),
}
_OF_FILLED = {
    Property.ENTRIES_POSITIVE: Property.POSITIVE,
    Property.ENTRIES_NONZERO: Property.NONZERO,
    Property.ENTRIES_NONNEGATIVE: Property.NONNEGATIVE,
}
_NOT_ZERO = (Property.NONZERO, Property.ENTRIES_NONZERO)
_POSITIVE = (Property.POSITIVE, Property.ENTRIES_POSITIVE)


Differentiated: TypeAlias = "tuple[Expr, Collection[Expr]]"
"""An expression and the variables that it is differentiated by."""


def conditions(differentiated: Sequence[Differentiated], result: Expr) -> list[Condition]:
    """Where what is differentiated has a differential and the result a value, the strongest."""
    return strongest(domain_conditions(differentiated, result))


def strongest(asked: Iterable[Condition]) -> list[Condition]:
    """The conditions in their simplest form, without what is proven or implied by others."""
    found: dict[Condition, None] = {}
    for condition in asked:
        for simpler in _simplified(condition):
            found[simpler] = None
    implied = {
        Condition(weaker, c.subject) for c in found for weaker in _WEAKER.get(c.property, ())
    }
    for c in found:
        if c.property is Property.NO_NEGATIVE_EIGENVALUE:
            implied |= set(_simplified(Condition(Property.INVERTIBLE, sum_of_roots(c.subject))))
        if c.property in _POSITIVE:
            entries = c.property is Property.ENTRIES_POSITIVE
            implied |= set(_simplified(_nonzero(c.subject, entries=entries))) - {c}
        # What is not zero since it is positive wherever another condition holds.
        entries = c.property is Property.ENTRIES_NONZERO
        if c.property in _NOT_ZERO:
            stronger = _of_quadratic(_POSITIVE[entries], c.subject)
            if stronger in found:
                implied.add(c)
    return [c for c in found if c not in implied]


def domain_conditions(differentiated: Sequence[Differentiated], *results: Expr) -> list[Condition]:
    """What the operations ask for as they stand: a differential of what changes, else a value."""
    changing = {node for e, variables in differentiated for node in dependents(e, variables)}
    found: dict[Condition, None] = {}
    for node in postorder(*[e for e, _ in differentiated], *results):
        asked = node.op.domain if node in changing else node.op.exists or node.op.domain
        if asked is not None:
            found |= dict.fromkeys(asked(node))
    return without_coincidences(found, results) if results else list(found)


def _of_quadratic(property_: Property, subject: Expr) -> Condition | None:
    """A condition on 1+u or 1-u^2 as the one on u: `-1 < u < 1` for `1-u^2 > 0`."""
    if subject.op is not ADD or len(subject.args) != 2:
        return None
    one, other = subject.args
    a, b = coefficients(subject)
    if not (number_value(one) == 1 or is_filled_with_one(one)) or a != 1:
        return None
    entries = not subject.shape.is_scalar
    base, exponent = base_and_exponent(other)
    if b == -1 and number_value(exponent) == 2:
        strict = property_ in _POSITIVE
        inside = Property.ENTRIES_INSIDE_UNIT if entries else Property.INSIDE_UNIT
        return Condition(inside, base) if strict else None
    if b == 1 and property_ in _POSITIVE:
        above = (
            Property.ENTRIES_GREATER_THAN_MINUS_ONE if entries else Property.GREATER_THAN_MINUS_ONE
        )
        return Condition(above, other)
    return None


def _simplified(condition: Condition) -> list[Condition]:
    """The condition on the innermost expression that decides it; none where it is proven."""
    property_, subject = condition
    if property_ in _NOT_ZERO and subject.op.name == "det":
        return _simplified(Condition(Property.INVERTIBLE, subject.args[0]))
    c, rest = split(subject)
    if rest.op is TRANSPOSE and property_ is not Property.FULL_COLUMN_RANK:
        return _simplified(Condition(property_, transpose(rest)))
    if subject.has(_PROOFS.get(property_, 0)):
        return []
    filling = fill_value(subject) if property_ in _OF_FILLED else None
    if filling is not None:
        return _simplified(Condition(_OF_FILLED[property_], filling))
    if property_ is Property.INTEGER and subject.op is ADD:
        whole = all(k.denominator == 1 for _, k in terms(subject))
        unknown = [(t, k) for t, k in terms(subject) if not t.has(facts.INTEGER)]
        if whole and len(unknown) == 1 and abs(unknown[0][1]) == 1:
            return _simplified(Condition(property_, unknown[0][0]))
    if property_ is Property.INVERTIBLE and rest.op.name == "sqrtm":
        return _simplified(Condition(property_, rest.args[0]))
    if property_ is Property.INVERTIBLE and rest.op is MUL:
        links = chain(rest)
        if len(links) > 1 and all(f.shape.rows == f.shape.cols for f in links):
            parts = [_nonzero(s, entries=False) for s in scalars(rest)]
            parts += [Condition(Property.INVERTIBLE, f) for f in links]
            return [s for part in parts for s in _simplified(part)]
    scales = property_ in (*_NOT_ZERO, Property.FREE_ENTRIES_NONZERO)
    if scales and number_value(rest) is None and c != 1:
        return _simplified(Condition(property_, rest))
    if property_ in _NOT_ZERO:
        inner = _zero_with(rest)
        if inner is not None:
            entries = property_ is Property.ENTRIES_NONZERO
            return [s for e in inner for s in _simplified(_nonzero(e, entries=entries))]
    inner_condition = _of_quadratic(property_, subject)
    if inner_condition is not None:
        return _simplified(inner_condition)
    if property_ is Property.POSITIVE and rest.op.name == "det" and c > 0:
        return [Condition(Property.POSITIVE_DETERMINANT, rest.args[0])]
    if property_ in _POSITIVE and rest.op.name == "abs" and c > 0:
        return _simplified(_nonzero(rest.args[0], entries=property_ is _POSITIVE[1]))
    if property_ in _POSITIVE and rest.op is POWER and c > 0:
        base, exponent = rest.args
        n = number_value(exponent)
        if n is not None:
            if n.denominator != 1 or n % 2:
                return _simplified(Condition(property_, base))
            return _simplified(_nonzero(base, entries=property_ is Property.ENTRIES_POSITIVE))
    squared = _squared(rest)
    if property_ in _POSITIVE and squared is not None and c > 0:
        return _simplified(_nonzero(squared, entries=False))
    return [condition]


def _nonzero(e: Expr, *, entries: bool) -> Condition:
    return Condition(Property.ENTRIES_NONZERO if entries else Property.NONZERO, e)


def _zero_with(e: Expr) -> list[Expr] | None:
    """The expressions whose zeros are those of e, where they are simpler."""
    if e.op.name in ("sign", "abs", "power"):
        return [e.args[0]]
    if e.op is MUL and not chain(e):
        return list(scalars(e))
    squared = _squared(e)
    return None if squared is None else [squared]


def _squared(e: Expr) -> Expr | None:
    """u where the expression is u'*u, or tr(u'*u)."""
    factors = square_root(e)
    return None if factors is None else upright(mul(*factors))[0]
