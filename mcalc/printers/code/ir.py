"""The intermediate language of the code generators: values, each computed once.

A value is an operation on earlier values with the rank of its array; equal ones are one. Vectors
are arrays of rank 1, whether columns or rows.

    input name · size s · number q · pi · eye n · ones n · zeros shape
    add · sub · mul · div · pow      entry by entry, with broadcasting
    neg · sqrt · norm · sum · transpose · column (x[:, None])
    matmul · outer · solve · inverse
    call op                          an operation of the table
    contract spec                    a sum of products, as einsum has it
    assemble shape, patterns         an array, each argument added at the entries of its pattern
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value of a program; `number` is its place in the order of computation."""

    kind: str
    args: tuple[Value, ...]
    data: Any
    rank: int
    number: int


class Program:
    """Values in the order in which they can be computed."""

    def __init__(self) -> None:
        self._values: dict[tuple[object, ...], Value] = {}

    def value(self, kind: str, *args: Value, data: Hashable = None, rank: int = 0) -> Value:
        """The one value of this content."""
        key = (kind, args, data)
        if key not in self._values:
            self._values[key] = Value(kind, args, data, rank, len(self._values))
        return self._values[key]


def live(roots: tuple[Value, ...]) -> list[Value]:
    """What has to be computed for the roots, in order."""
    found: set[Value] = set()
    stack = list(roots)
    while stack:
        value = stack.pop()
        if value not in found:
            found.add(value)
            stack.extend(value.args)
    return sorted(found, key=lambda v: v.number)
