"""Names for the shared parts of a long expression, and of one too deep to be written out."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from mcalc.core.expr import Expr, intern, postorder
from mcalc.core.leaves import VARIABLE, named, variable_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.printers.base import Printer
    from mcalc.printers.forms import Part

LONGEST = 4000
"""Characters of a formula that is written out; the language reads no longer texts."""

LONG = 300
"""Characters of a formula that is better read with names in it."""

DEEPEST = 120
"""Brackets within brackets of a formula that is written out; the language reads 200."""

_SHORTEST_NAMED = 16
_WORTHWHILE = Fraction(3, 4)
"""What names leave of the length of a long formula that is better read with them."""

Folded: TypeAlias = "tuple[Expr, list[tuple[str, Expr]]]"


def fold(e: Expr, layout: Printer, *, readily: bool) -> Folded:
    """The expression with names in it, and what these stand for, each in terms of those before.

    readily is to name the shared parts of a long one where that makes it clearly shorter; else
    nothing is named but in what the printer lays out too long or too deep for the language.
    """
    root = layout.lay_out(e)
    lengths = layout.lengths()
    length = lengths[root]
    if length < DEEPEST:
        return e, []
    if readily and LONG < length <= LONGEST:
        found = _folded(e, layout, _shared(layout, root, lengths))
        return found if _length(found, layout) < _WORTHWHILE * length else _folded(e, layout, set())
    return _folded(e, layout, _shared(layout, root, lengths) if length > LONGEST else set())


def _folded(e: Expr, layout: Printer, chosen: set[Expr]) -> Folded:
    _add_deep(layout, chosen)
    chosen.discard(e)
    return _named(e, chosen) if chosen else (e, [])


def _length(folded: Folded, layout: Printer) -> int:
    """The characters of an expression and of what the names in it stand for."""
    body, definitions = folded
    roots = [layout.lay_out(part) for part in (body, *[value for _, value in definitions])]
    lengths = layout.lengths()
    return sum(lengths[root] for root in roots)


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


def _named(e: Expr, chosen: set[Expr]) -> Folded:
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
            new = named(name, node)
        made[node] = new
    return made[e], definitions
