"""Sizes as they are written, in `eye(n)` and in declarations, and names for those not written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.size import UNKNOWN, Size
from mcalc.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcalc.core.shape import Shape
    from mcalc.syntax.surface import Node

LARGEST_SIZE = 10**9


def size_of(node: Node) -> Size:
    """The size written as an argument of eye, ones, zeros.

    Whole numbers, names, sums, products, the lesser of two as min(m, n), and n*(n+1)/2.

    Raises: ShapeError.
    """
    made: dict[Node, Size] = {}
    stack = [node]
    while stack:
        top = stack[-1]
        missing = [a for a in _size_parts(top) if a not in made]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        made[top] = _size(top, [made[a] for a in _size_parts(top)])
    return made[node]


def _size_parts(node: Node) -> tuple[Node, ...]:
    """The arguments that are sizes themselves."""
    if node.kind == "binary" and node.text in ("+", "*"):
        return node.args
    if node.kind == "binary" and node.text == "/" and node.args[1].text == "2":
        return node.args[:1]
    return node.args if node.kind == "call" and node.text == "min" else ()


def _size(node: Node, parts: list[Size]) -> Size:
    if node.kind == "name":
        return Size.symbol(node.text)
    if node.kind == "number" and node.text.isdigit() and 0 < int(node.text) < LARGEST_SIZE:
        return Size.of(int(node.text))
    if parts and node.text == "+":
        return parts[0] + parts[1]
    if parts and node.text == "*":
        return parts[0] * parts[1]
    if node.text == "min" and len(parts) == 2:
        return Size.smaller(*parts)
    if node.text == "/" and parts:
        value = parts[0].value
        if value is not None and value % 2 == 0:
            return Size.of(value // 2)
        for name in dict.fromkeys(parts[0].symbols):
            n = Size.symbol(name)
            if parts[0] == n * n + n:
                return Size.triangle(n)
    raise ShapeError("a size is a whole number, a name, or a sum or product of sizes").at(
        node.start, node.end - node.start
    )


# ---------------------------------------------------------------- names of sizes
def names_of_sizes(shapes: Iterable[Shape], taken: set[str]) -> dict[str, Size]:
    """A name for each unknown size in shapes, in their order."""
    names: dict[str, Size] = {}
    pool = _pool(taken)
    for rows, cols in shapes:
        for axis, first in ((rows, True), (cols, False)):
            for symbol in axis.symbols if axis is not None else ():
                if not symbol.startswith(UNKNOWN) or symbol in names:
                    continue
                wide = first and rows is not None and cols is not None and rows != cols
                names[symbol] = Size.symbol(pool(wide))
    return names


def _pool(taken: set[str]) -> Callable[[bool], str]:
    """Names for sizes: m for the rows of a matrix that is not square, else n, p, q, …."""
    letters = iter([c for c in "npqrstuvw" if c not in taken])
    numbered = iter(f"n{i}" for i in range(1, 10_000) if f"n{i}" not in taken)
    first = ["m"] if "m" not in taken else []

    def take(wide: bool) -> str:
        if wide and first:
            return first.pop()
        return next(letters, "") or next(numbered)

    return take
