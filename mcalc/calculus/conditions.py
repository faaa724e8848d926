"""Where a formula holds: the domains of its operations, without what declarations prove."""

from __future__ import annotations

from mcalc.core import facts
from mcalc.core.algebra import MATPOW, MUL, TRANSPOSE, split, transpose
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
    Property.POSITIVE_DETERMINANT: (Property.INVERTIBLE,),
    Property.SIMPLE_SPECTRUM: (Property.SIMPLE_LARGEST, Property.SIMPLE_SMALLEST),
}
_NOT_ZERO = (Property.NONZERO, Property.ENTRIES_NONZERO)
_POSITIVE = (Property.POSITIVE, Property.ENTRIES_POSITIVE)


def conditions(value: Expr, *results: Expr) -> list[Condition]:
    """Where the value is differentiable and the results exist, weaker conditions left out."""
    found: dict[Condition, None] = {}
    for condition in domain_conditions(value, *results):
        for simpler in _simplified(condition):
            found[simpler] = None
    implied = {
        Condition(weaker, c.subject) for c in found for weaker in _WEAKER.get(c.property, ())
    }
    return [c for c in found if c not in implied]


def domain_conditions(value: Expr, *results: Expr) -> list[Condition]:
    """What the operations ask for as they stand; of a result, that it exists."""
    inside = set(postorder(value))
    found: dict[Condition, None] = {}
    for node in postorder(value, *results):
        if node.op.domain is not None and (node in inside or not node.op.kinked):
            found |= dict.fromkeys(node.op.domain(node))
    return list(found)


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
    if property_ is Property.POSITIVE and rest.op.name == "det" and c > 0:
        return [Condition(Property.POSITIVE_DETERMINANT, rest.args[0])]
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
    inside = e.args[0] if e.op.name == "tr" else e
    if inside.op is MATPOW and inside.has(facts.SYMMETRIC) and number_value(inside.args[1]) == 2:
        return inside.args[0] if e.op.name == "tr" else None
    if inside.op is MUL and e.shape.is_scalar and len(inside.args) == 2:
        a, b = inside.args
        if not a.shape.is_scalar and transpose(a) is b:
            return a if b.op is TRANSPOSE else b
    return None
