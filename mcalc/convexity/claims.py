"""Claims: under which conditions something holds; none needed, some, or not shown at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mcalc.core.condition import Condition, Property

if TYPE_CHECKING:
    from collections.abc import Iterable

Claim: TypeAlias = tuple[Condition, ...] | None
"""The conditions that suffice for a statement, all of them together; None where it is not shown."""

ALWAYS: Claim = ()
NEVER: Claim = None

MOST_CONDITIONS = 3
"""A statement under more conditions helps nobody."""

IMPLIED = {
    Property.POSITIVE: (Property.NONNEGATIVE, Property.NONZERO),
    Property.NEGATIVE: (Property.NONPOSITIVE, Property.NONZERO),
    Property.ENTRIES_POSITIVE: (Property.ENTRIES_NONNEGATIVE, Property.ENTRIES_NONZERO),
    Property.ENTRIES_NEGATIVE: (Property.ENTRIES_NONPOSITIVE, Property.ENTRIES_NONZERO),
    Property.POSITIVE_DEFINITE: (
        Property.POSITIVE_SEMIDEFINITE,
        Property.INVERTIBLE,
        Property.SYMMETRIC,
        Property.FULL_COLUMN_RANK,
        Property.NO_NEGATIVE_EIGENVALUE,
        Property.POSITIVE_DETERMINANT,
    ),
    Property.NEGATIVE_DEFINITE: (
        Property.NEGATIVE_SEMIDEFINITE,
        Property.INVERTIBLE,
        Property.SYMMETRIC,
        Property.FULL_COLUMN_RANK,
    ),
    Property.POSITIVE_SEMIDEFINITE: (Property.SYMMETRIC,),
    Property.NEGATIVE_SEMIDEFINITE: (Property.SYMMETRIC,),
}
"""What else holds of an expression that has a property."""

_OPPOSED = [
    {Property.NONNEGATIVE, Property.NONPOSITIVE},
    {Property.ENTRIES_NONNEGATIVE, Property.ENTRIES_NONPOSITIVE},
    {Property.POSITIVE_SEMIDEFINITE, Property.NEGATIVE_SEMIDEFINITE},
    {Property.POSITIVE, Property.NEGATIVE},
    {Property.POSITIVE, Property.NONPOSITIVE},
    {Property.NONNEGATIVE, Property.NEGATIVE},
    {Property.ENTRIES_POSITIVE, Property.ENTRIES_NEGATIVE},
    {Property.ENTRIES_POSITIVE, Property.ENTRIES_NONPOSITIVE},
    {Property.ENTRIES_NONNEGATIVE, Property.ENTRIES_NEGATIVE},
    {Property.POSITIVE_DEFINITE, Property.NEGATIVE_DEFINITE},
    {Property.POSITIVE_DEFINITE, Property.NEGATIVE_SEMIDEFINITE},
    {Property.POSITIVE_SEMIDEFINITE, Property.NEGATIVE_DEFINITE},
]


def both(*claims: Claim) -> Claim:
    """Under which conditions all of them hold."""
    found: dict[Condition, None] = {}
    for claim in claims:
        if claim is None:
            return NEVER
        found |= dict.fromkeys(claim)
    if len(found) < 2:
        return tuple(found)
    weaker = {Condition(w, c.subject) for c in found for w in IMPLIED.get(c.property, ())}
    kept = tuple([c for c in found if c not in weaker])
    return NEVER if len(kept) > MOST_CONDITIONS or _contradictory(kept) else kept


def either(*claims: Claim) -> Claim:
    """Of several ways to a statement the one with the fewest conditions, the first of such."""
    shown = [claim for claim in claims if claim is not None]
    return min(shown, key=len) if shown else NEVER


def suffices(claim: Iterable[Condition], asked: Condition) -> bool:
    """Whether the conditions imply another."""
    return any(
        c.subject is asked.subject
        and (c.property is asked.property or asked.property in IMPLIED.get(c.property, ()))
        for c in claim
    )


def _contradictory(conditions: tuple[Condition, ...]) -> bool:
    said: dict[object, set[Property]] = {}
    for c in conditions:
        said.setdefault(c.subject, set()).add(c.property)
    return any(pair <= properties for properties in said.values() for pair in _OPPOSED)


# ---------------------------------------------------------------- signs
@dataclass(frozen=True, slots=True)
class Sign:
    """Claims about what is compared with zero: all entries, or a symmetric matrix as a form."""

    nonnegative: Claim = NEVER
    positive: Claim = NEVER
    nonpositive: Claim = NEVER
    negative: Claim = NEVER

    @property
    def is_known(self) -> bool:
        """Whether it is one sign without further conditions."""
        return ALWAYS in (self.nonnegative, self.nonpositive)

    @property
    def flipped(self) -> Sign:
        """That of the negative."""
        return Sign(self.nonpositive, self.negative, self.nonnegative, self.positive)

    def times(self, other: Sign) -> Sign:
        """That of a product whose sign is the product of the signs."""
        return Sign(
            either(
                both(self.nonnegative, other.nonnegative),
                both(self.nonpositive, other.nonpositive),
            ),
            either(both(self.positive, other.positive), both(self.negative, other.negative)),
            either(
                both(self.nonnegative, other.nonpositive),
                both(self.nonpositive, other.nonnegative),
            ),
            either(both(self.positive, other.negative), both(self.negative, other.positive)),
        )

    def plus(self, other: Sign) -> Sign:
        """That of a sum."""
        return Sign(
            both(self.nonnegative, other.nonnegative),
            either(both(self.positive, other.nonnegative), both(self.nonnegative, other.positive)),
            both(self.nonpositive, other.nonpositive),
            either(both(self.negative, other.nonpositive), both(self.nonpositive, other.negative)),
        )

    def or_else(self, other: Sign) -> Sign:
        """Each claim in the shorter of two ways."""
        return Sign(
            either(self.nonnegative, other.nonnegative),
            either(self.positive, other.positive),
            either(self.nonpositive, other.nonpositive),
            either(self.negative, other.negative),
        )


UNKNOWN = Sign()
POSITIVE = Sign(ALWAYS, ALWAYS)
ZERO = Sign(nonnegative=ALWAYS, nonpositive=ALWAYS)
