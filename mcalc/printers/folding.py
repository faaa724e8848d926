"""Names for the parts of an expression that is too long or too deep to be written out."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from mcalc.core.expr import Expr, intern, postorder
from mcalc.core.leaves import VARIABLE, variable_name
from mcalc.printers.reading import NAMED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.printers.base import Printer
    from mcalc.printers.forms import Part

LONGEST = 4000
"""Characters of a formula that is written out; the language reads no longer texts."""

DEEPEST = 120
"""Brackets within brackets of a formula that is written out; the language reads 200."""

_SHORTEST_NAMED = 16


def fold(e: Expr, layout: Printer) -> tuple[Expr, list[tuple[str, Expr]]]:
    """The expression with names in it, and what these stand for, each in terms of those before.

    Nothing is named where the expression is short and flat as the printer lays it out.
    """
    root = layout.lay_out(e)
    lengths = layout.lengths()
    chosen = _shared(layout, root, lengths) if lengths[root] > LONGEST else set()
    _add_deep(layout, chosen)
    chosen.discard(e)
    return _named(e, chosen) if chosen else (e, [])


def _shared(layout: Printer, root: Part, lengths: Mapping[Part, int]) -> set[Expr]:
    """The expressions worth a name: long, and written more than once."""
    times: Counter[Part] = Counter([root])
    uses: Counter[Expr] = Counter()
    for part in reversed(layout.spelled):
        uses[part.node] += times[part]
        worth = lengths[part] >= _SHORTEST_NAMED
        for piece in layout.spelled[part].pieces:
            if not isinstance(piece, str):
                # What stands in a named part is written once with it, however often the name is.
                times[piece] += 1 if worth else times[part]
    return {
        part.node
        for part, length in lengths.items()
        if length >= _SHORTEST_NAMED and uses[part.node] > 1
    }


def _add_deep(layout: Printer, chosen: set[Expr]) -> None:
    """Choose as well what has too many brackets within brackets, from the inside."""
    depths: dict[Part, int] = {}
    for part, spelled in layout.spelled.items():
        opened = deepest = 0
        for piece in spelled.pieces:
            if isinstance(piece, str):
                opened += piece.count("(") - piece.count(")") + piece.count("[") - piece.count("]")
                deepest = max(deepest, opened)
            elif piece.node not in chosen:
                deepest = max(deepest, opened + depths[piece])
        depths[part] = deepest
        if deepest >= DEEPEST:
            chosen.add(part.node)


def _named(e: Expr, chosen: set[Expr]) -> tuple[Expr, list[tuple[str, Expr]]]:
    taken = {variable_name(node) for node in postorder(e) if node.op is VARIABLE}
    names = (name for i in count(1) if (name := f"T{i}") not in taken)
    definitions: list[tuple[str, Expr]] = []
    made: dict[Expr, Expr] = {}
    for node in postorder(e):
        args = tuple([made[a] for a in node.args])
        new = node
        if args != node.args:
            new = intern(node.op, args, node.shape, node.data, written=True)
        if node in chosen:
            name = next(names)
            definitions.append((name, new))
            new = intern(NAMED, (), node.shape, name, name=name)
        made[node] = new
    return made[e], definitions
