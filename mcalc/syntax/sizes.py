"""Sizes as they are written: in `eye(n)`, and in declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.size import Size
from mcalc.errors import ShapeError

if TYPE_CHECKING:
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
