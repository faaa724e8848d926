"""Where a formula holds: the domains of its operations, without what declarations prove."""

from __future__ import annotations

from mcalc.core import facts
from mcalc.core.algebra import MUL, TRANSPOSE, split, transpose
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, postorder
from mcalc.core.leaves import number_value
from mcalc.core.products import chain, scalars

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
    Property.SIMPLE_SPECTRUM: (Property.SIMPLE_LARGEST, Property.SIMPLE_SMALLEST),
}
_NOT_ZERO = (Property.NONZERO, Property.ENTRIES_NONZERO)
_POSITIVE = (Property.POSITIVE, Property.ENTRIES_POSITIVE)


def conditions(*formulas: Expr) -> list[Condition]:
    """What has to hold for all the formulas, each condition once, weaker ones left out."""
    found: dict[Condition, None] = {}
    for node in postorder(*formulas):
        if node.op.domain is not None:
            for condition in node.op.domain(node):
                for simpler in _simplified(condition):
                    found[simpler] = None
    implied = {
        Condition(weaker, c.subject) for c in found for weaker in _WEAKER.get(c.property, ())
    }
    return [c for c in found if c not in implied]


def _simplified(condition: Condition) -> list[Condition]:
    """The condition on the innermost expression that decides it; none where it is proven."""
    property_, subject = condition
    if property_ in _NOT_ZERO and subject.op.name == "det":
        return _simplified(Condition(Property.INVERTIBLE, subject.args[0]))
    c, rest = split(subject)
    if rest.op is TRANSPOSE:
        return _simplified(Condition(property_, transpose(rest)))
    if subject.has(_PROOFS.get(property_, 0)):
        return []
    if property_ in _NOT_ZERO:
        if number_value(rest) is None and c != 1:
            return _simplified(Condition(property_, rest))
        inner = _zero_with(rest)
        if inner is not None:
            entries = property_ is Property.ENTRIES_NONZERO
            return [s for e in inner for s in _simplified(_nonzero(e, entries=entries))]
    if property_ in _POSITIVE and _is_square(rest) and c > 0:
        return _simplified(_nonzero(rest.args[-1], entries=False))
    return [condition]


def _nonzero(e: Expr, *, entries: bool) -> Condition:
    return Condition(Property.ENTRIES_NONZERO if entries else Property.NONZERO, e)


def _zero_with(e: Expr) -> list[Expr] | None:
    """The expressions whose zeros are those of e, where they are simpler."""
    if e.op.name in ("sign", "abs", "power"):
        return [e.args[0]]
    if e.op is MUL and not chain(e):
        return list(scalars(e))
    if _is_square(e):
        return [e.args[-1]]
    return None


def _is_square(e: Expr) -> bool:
    """u'*u."""
    return (
        e.op is MUL
        and e.shape.is_scalar
        and len(e.args) == 2
        and not e.args[0].shape.is_scalar
        and transpose(e.args[0]) is e.args[1]
    )
