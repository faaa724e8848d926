"""Indices: how a linear operation reads entry by entry.

A slot is an index, or a tuple of slots for an axis whose size is a product (slowest first), or None
for an absent axis. An identity matrix between two slots is the Kronecker delta.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from fractions import Fraction

    from mcalc.core.expr import Expr
    from mcalc.core.size import Size


class Index(NamedTuple):
    """An index by its number, running over `size` values."""

    number: int
    size: Size


Slot: TypeAlias = Index | tuple["Slot", ...] | None
Slots: TypeAlias = tuple[Slot, Slot]

Factor: TypeAlias = "tuple[Expr, Slots]"
"""A value and the slots at its rows and columns."""

IndexRule: TypeAlias = Callable[
    ["Expr", int, Slots, Callable[["Size"], Index]],
    "tuple[list[Factor], Slots, Fraction]",
]
"""(node, i, slots of the result, new index) ↦ (other factors, slots of argument i, coefficient)."""
