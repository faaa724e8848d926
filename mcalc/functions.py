"""The functions of the language, as the table of operations has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mcalc import ops
from mcalc.calculus.conditions import conditions
from mcalc.core.algebra import call
from mcalc.core.leaves import variable
from mcalc.core.op import OPS, Op
from mcalc.core.shape import Shape, Signature
from mcalc.core.size import Axis, Size
from mcalc.printers.text import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcalc.core.expr import Expr

__all__ = ["functions"]

_SOURCE = re.compile(r"Source: (.+?)\.?\s*$", re.MULTILINE | re.DOTALL)


def functions() -> list[dict[str, Any]]:
    """Each function: its names, shapes, documentation, group, conditions, sources, an example.

    The example is a request for its derivative.
    """
    found = []
    group = ""
    for name, op in OPS.items():
        if name != op.name or not name.isidentifier() or op.signature is None:
            continue
        group = _group(op) or group
        found.append(
            {
                "name": name,
                "aliases": list(op.aliases),
                "signature": _written(op.signature),
                "doc": op.doc,
                "group": group,
                "conditions": _conditions(op, op.signature),
                "sources": sorted(_sources(op)),
                "example": _example(op, op.signature),
            }
        )
    return found


def _rules(op: Op) -> Iterator[Callable[..., Any]]:
    """The functions that a declaration gives."""
    yield from op.differential.values()
    for linear in op.linear.values():
        yield linear.adjoint
    for rule in (op.domain, op.build, op.define, op.canonical):
        if rule is not None:
            yield rule


def _group(op: Op) -> str:
    """The module that declares it; empty where all its rules are from elsewhere.

    The table is in the order of the modules, so that its neighbours tell.
    """
    prefix = ops.__name__ + "."
    modules = {rule.__module__ for rule in _rules(op)}
    found = sorted(name.removeprefix(prefix) for name in modules if name.startswith(prefix))
    return found[0].replace("_", " ") if found else ""


def _sources(op: Op) -> set[str]:
    """Where its rules are proved: as it declares them, and as the rules themselves say."""
    declared = {op.source, *[linear.source for linear in op.linear.values()]} - {""}
    told = [text for rule in _rules(op) for text in _SOURCE.findall(rule.__doc__ or "")]
    return declared | {" ".join(text.split()) for text in told}


def _written(signature: Signature) -> str:
    """The signature in the notation in which it is declared."""
    arguments = (
        f"[{_axes(rows, cols)}]" if present else f"({_axes(rows, cols)})"
        for rows, cols, present in signature.arguments
    )
    return f"{','.join(arguments)}->({_axes(*signature.result)})"


def _axes(rows: str, cols: str) -> str:
    if cols == "_":
        return "" if rows == "_" else rows
    return f"{rows},{cols}"


def _conditions(op: Op, signature: Signature) -> list[str]:
    """Where the function and its differential exist, for arguments of the most general shape."""
    structure = ("symmetric",) if op.needs_symmetric else ()
    arguments = [
        _argument(place, Shape(_size(rows, op), _size(cols, op)), structure)
        for place, (rows, cols, _) in enumerate(signature.arguments)
    ]
    node = call(op, *arguments)
    found = conditions([(node, arguments)], node)
    return [condition.property.format(text(condition.subject)) for condition in found]


# Where the first argument has no derivative, or says nothing.
_EXAMPLES: Final = {"polygamma": ("polygamma(1,x)", "x")}


def _example(op: Op, signature: Signature) -> dict[str, Any]:
    """The request for the derivative of the function, by the first of letters that suit it."""
    letters = _letters(signature)
    call, wrt = _EXAMPLES.get(op.name, (f"{op.name}({','.join(letters)})", letters[0]))
    variables: dict[str, Any] = {}
    if op.needs_symmetric:
        variables[wrt] = {"structure": ["spd" if op.name == "chol" else "symmetric"]}
    if op.length:
        variables |= {letter: {"kind": "vector", "shape": [op.length]} for letter in letters}
    return {"expression": call, "wrt": wrt, "variables": variables}


def _letters(signature: Signature) -> list[str]:
    found = []
    for place, (rows, cols, axes) in enumerate(signature.arguments):
        entrywise = (rows, cols) == signature.result and rows != cols and not axes
        vector = cols == "_" or entrywise
        found.append(("abc" if rows == "_" else "xyz" if vector else "XYZ")[place])
    return found


def _argument(place: int, shape: Shape, structure: tuple[str, ...]) -> Expr:
    letters = "XYZ" if shape.is_matrix else "abc" if shape.is_scalar else "xyz"
    return variable(letters[place], shape, structure)


def _size(letter: str, op: Op) -> Axis:
    if letter == "_":
        return None
    return Size.of(op.length) if op.length else Size.symbol(letter)
