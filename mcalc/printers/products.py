"""How matrix products read: sums of entries for products with ones, and outer products."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import TRANSPOSE
from mcalc.core.leaves import EXTENT, ONES
from mcalc.core.op import OPS
from mcalc.core.shape import Shape
from mcalc.ops.elementwise import ABS
from mcalc.printers.forms import Call, Elementwise, Filled, Item, Part, Product, Transposed
from mcalc.printers.powers import ONE, inverted, squared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.core.expr import Expr
    from mcalc.core.size import Size
    from mcalc.printers.places import Places


def entries_of_one(links: Sequence[Part]) -> Filled | Transposed | None:
    """A product of ones as a vector or matrix filled with ones."""
    if not all(p.node.op is ONES or _is_row_of_ones(p.node) for p in links):
        return None
    first, last = links[0], links[-1]
    axes = Shape(first.node.shape.rows, last.node.shape.cols).axes
    sized = not (first.rows and last.cols)
    if len(links) == 1:
        filled = Filled(ONE, axes, sized)
        return filled if first.node.op is ONES else Transposed(filled)
    if len(links) == len(axes):
        return Filled(ONE, axes, sized)
    return None


def _is_row_of_ones(node: Expr) -> bool:
    return node.op is TRANSPOSE and node.args[0].op is ONES


def read_chain(places: Places, links: Sequence[Part]) -> list[Item]:
    """The factors of a product of vectors and matrices."""
    found: list[Item] = []
    start = 0
    for i, link in enumerate(links):
        # After a column a new product begins: the row of an outer one.
        if link.node.shape.cols is None or i == len(links) - 1:
            found += _segment(places, list(links[start : i + 1]), follows=start > 0)
            start = i + 1
    return found


def _segment(places: Places, links: list[Part], *, follows: bool) -> list[Item]:
    first, last = links[0].node, links[-1].node
    begins = len(links) > 1 and _is_row_of_ones(first)
    ends = len(links) > 1 and last.op is ONES
    if first.shape.rows is None and last.shape.cols is None:
        return _scalar(places, links, begins=begins, ends=ends)
    if begins:
        return [_column_sums(places, links[1]), *links[2:]]
    if ends:
        return [*links[:-2], _row_sums(places, links[-2])]
    return _grouped(places, links) if follows else list(links)


def _scalar(places: Places, links: list[Part], *, begins: bool, ends: bool) -> list[Item]:
    square = _square(places, links)
    if square is not None:
        return [square]
    if begins:
        return [_total(places, links[1:-1] if ends and len(links) > 2 else links[1:])]  # noqa: PLR2004
    if ends:
        rest = links[:-1]
        return [*rest[:-1], _row_sums(places, rest[-1])] if rest[1:] else [_total(places, rest)]
    quotient = _sum_of_quotients(places, links) if len(links) == 2 else None  # noqa: PLR2004
    return list(links) if quotient is None else [quotient]
