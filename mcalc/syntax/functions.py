"""Which operation a call means, and how many arguments it takes."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import mcalc.ops  # noqa: F401 - fills the table
from mcalc.core.op import OPS, Op
from mcalc.errors import ParseError, ShapeError, UnknownName
from mcalc.ops.further import abstract, from_sympy
from mcalc.ops.reductions import ALONG_AXIS, MAXIMUM, MINIMUM
from mcalc.ops.shaping import DIAG, DIAGONAL
from mcalc.syntax.characters import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.core.shape import Shape
    from mcalc.syntax.surface import Node

CHANGE = re.compile("d([2-9]?)")
"""d(X), the change of a variable; d2(X) that of a second differentiation."""
SIZED = {
    "ones": (1, 2),
    "zeros": (1, 2),
    "eye": (1, 1),
    "commutation": (2, 2),
    "duplication": (1, 1),
    "elimination": (1, 1),
}
"""Functions whose arguments are sizes, with the number of them."""
_SYNONYMS = {"ln": "log", "logarithm": "log", "eig": "eigvals", "svd": "svdvals", "norm": "norm2"}


def meant(node: Node, functions: Mapping[str, Op], first: Shape | None) -> Op:
    """The operation that a call means, its first argument being of that shape.

    functions are the request's own.
    Raises: UnknownName; ParseError for a wrong number of arguments.
    """
    name = node.text
    own = _own(name, functions)
    if own is not None:
        assert own.signature is not None
        arity(node, len(own.signature.arguments), len(own.signature.arguments))
        return own
    if name not in OPS:
        known = [n for n in (*OPS, *SIZED, "vector", "matrix") if " " not in n]
        near = difflib.get_close_matches(_SYNONYMS.get(name, name), known, 1, 0.6)
        hint = f"did you mean {near[0]}?" if near else "`mcalc functions` lists them all"
        raise UnknownName(f"there is no function {quote(name)}", hint=hint)
    op = OPS[name]
    assert op.signature is not None
    if name in ("sum", "mean"):
        arity(node, 1, 2)
        if len(node.args) == 1:
            return op
        axis = node.args[1].text if node.args[1].kind == "number" else ""
        if axis not in ("1", "2"):
            raise ShapeError(
                f"the second argument of {name} is 1 or 2",
                hint=f"{name}(X, 1) works down the columns, {name}(X, 2) along the rows",
            )
        return ALONG_AXIS[name, int(axis)]
    if name in ("max", "min"):
        arity(node, 1, 2)
        if len(node.args) == 2:
            return MAXIMUM if name == "max" else MINIMUM
    arity(node, len(op.signature.arguments), len(op.signature.arguments))
    if op is DIAG and first is not None and first.is_matrix:
        return DIAGONAL
    return op


def _own(name: str, functions: Mapping[str, Op]) -> Op | None:
    """A function of the request's, or one that only SymPy knows."""
    plain = name.rstrip("'")
    found = functions.get(plain)
    if found is not None and found.abstract:
        return abstract(plain, len(name) - len(plain))
    if found is not None or name in OPS:
        return found if name == plain else None
    return from_sympy(name)


def arity(node: Node, least: int, most: int) -> None:
    """Raises: ParseError for another number of arguments."""
    if not least <= len(node.args) <= most:
        count = str(least) if least == most else f"{least} or {most}"
        raise ParseError(
            f"{node.text} takes {count} argument{'s' if count != '1' else ''}, not {len(node.args)}"
        )
