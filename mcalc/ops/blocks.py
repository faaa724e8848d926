"""Block matrices `[A, B; C, D]`, and the selections of rows and columns that take them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcalc.core import facts
from mcalc.core.algebra import eye, is_zero, mul, number, transpose, zeros
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import ONE
from mcalc.core.op import EACH, Linear, Op
from mcalc.core.shape import Shape
from mcalc.core.size import Axis, Size
from mcalc.core.sums import TRANSPOSE
from mcalc.ops.vectorize import kron

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from fractions import Fraction

    from mcalc.core.index import Factor, Index, Slot, Slots


class Span(NamedTuple):
    """Entries along an axis: as many before, the part (absent: a single entry), as many after."""

    before: Size
    part: Axis
    after: Size


def _spelled(node: Expr) -> Expr:
    """The selection as blocks: zeros, an identity (or a one), zeros."""
    span = node.data
    assert isinstance(span, Span)
    middle = number(1) if span.part is None else eye(span.part)
    pieces = [
        [_nothing(span.before, span.part)] if span.before.terms else [],
        [middle],
        [_nothing(span.after, span.part)] if span.after.terms else [],
    ]
    return blocks([row for row in pieces if row], node.shape)


def _nothing(rows: Size, cols: Axis) -> Expr:
    """Zeros; a single one is a number."""
    return zeros(Shape(None if cols is None and rows.value == 1 else rows, cols))


def _selected_twice(node: Expr, left: Expr) -> Expr | None:
    """E'*E = eye, and E'*F = 0 for selections of other entries."""
    mine, other = node.data, left.args[0].data if left.op is TRANSPOSE else None
    if not isinstance(mine, Span) or not isinstance(other, Span) or mine.part is None:
        return None
    if mine == other:
        return eye(mine.part)
    if other.part is not None and other.before + other.part == mine.before:
        return zeros(Shape(other.part, mine.part))
    if other.part is not None and mine.before + mine.part == other.before:
        return zeros(Shape(other.part, mine.part))
    return None


SELECTION = Op(name="selection", spelled=_spelled, after=_selected_twice)


def selection(span: Span) -> Expr:
    """E with E'*x the part of x: zeros, an identity, zeros, stacked."""
    length = Size.of(1) if span.part is None else span.part
    whole = span.before + length + span.after
    if span.part == whole:
        return eye(whole)
    known = facts.NONNEGATIVE | facts.INTEGER
    return intern(SELECTION, (), Shape(whole, span.part), span, facts=known)


def _spans(lengths: Sequence[Axis]) -> list[Span]:
    sizes = [Size.of(1) if axis is None else axis for axis in lengths]
    return [
        Span(sum(sizes[:i], Size.of(0)), axis, sum(sizes[i + 1 :], Size.of(0)))
        for i, axis in enumerate(lengths)
    ]


def blocks(rows: Sequence[Sequence[Expr]], shape: Shape) -> Expr:
    """The block matrix, or the stacked vector, of that shape."""
    if len(rows) == 1 and len(rows[0]) == 1 and rows[0][0].shape == shape:
        return rows[0][0]
    entries = tuple([e for row in rows for e in row])
    return _build(entries, (shape, tuple([len(row) for row in rows])))


def grid(node: Expr) -> list[tuple[Expr, ...]]:
    """The blocks, row by row."""
    assert isinstance(node.data, tuple)
    found, start = [], 0
    for length in node.data[1]:
        found.append(node.args[start : start + length])
        start += length
    return found


def _build(args: tuple[Expr, ...], data: Hashable) -> Expr:
    assert isinstance(data, tuple)
    shape, lengths = data
    assert isinstance(shape, Shape)
    if all(is_zero(e) for e in args):
        return zeros(shape)
    known = args[0].facts & (facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER)
    for e in args[1:]:
        known &= e.facts
    n = len(lengths)
    if shape.rows == shape.cols and lengths == (n,) * n:
        square = [args[i * n : (i + 1) * n] for i in range(n)]
        if all(transpose(square[i][j]) is square[j][i] for i in range(n) for j in range(n)):
            known |= facts.SYMMETRIC
    return intern(BLOCKS, args, shape, data, facts=known)


def _rows_selected(node: Expr, left: Expr) -> Expr | None:
    """E'*[A; B] = A where the selection E takes whole blocks."""
    span = left.args[0].data if left.op is TRANSPOSE else None
    if not isinstance(span, Span):
        return None
    rows = grid(node)
    for row, mine in zip(rows, _spans([row[0].shape.rows for row in rows]), strict=True):
        if mine == span:
            return blocks([row], Shape(span.part, node.shape.cols))
    return None


def _columns_selected(node: Expr, right: Expr) -> Expr | None:
    """[A, B]*E = A where the selection E takes whole blocks."""
    rows, span = grid(node), right.data
    if not isinstance(span, Span):
        return None
    places = {row_spans.index(span) if span in row_spans else -1
              for row_spans in (_spans([e.shape.cols for e in row]) for row in rows)}  # fmt: skip
    if len(places) != 1 or places == {-1}:
        return None
    (place,) = places
    return blocks([[row[place]] for row in rows], Shape(node.shape.rows, span.part))


def _transposed(node: Expr) -> Expr:
    """Blocks transpose one by one where all rows have as many; else the whole is marked."""
    rows = grid(node)
    if len({len(row) for row in rows}) > 1:
        return intern(TRANSPOSE, (node,), node.shape.T)
    columns = [[transpose(row[j]) for row in rows] for j in range(len(rows[0]))]
    return blocks(columns, node.shape.T)


def _selections(node: Expr, i: int) -> tuple[Expr | None, Expr | None]:
    """E and F with block i standing at E*block*F'; None where an axis is absent."""
    rows = grid(node)
    place = 0
    r = 0
    while place + len(rows[r]) <= i:
        place += len(rows[r])
        r += 1
    row, c = rows[r], i - place
    vertical = _spans([row[0].shape.rows for row in rows])[r]
    horizontal = _spans([e.shape.cols for e in row])[c]
    E = None if node.shape.rows is None else selection(vertical)
    F = None if node.shape.cols is None else selection(horizontal)
    return E, F


def _adjoint(node: Expr, i: int, c: Expr) -> Expr:
    """The block of c."""
    E, F = _selections(node, i)
    return mul(*([] if E is None else [transpose(E)]), c, *([] if F is None else [F]))


def _matrix(node: Expr, i: int) -> Expr:
    E, F = _selections(node, i)
    return kron(F or number(1), E or number(1))


def _indices(
    node: Expr, i: int, out: Slots, new: Callable[[Size], Index]
) -> tuple[list[Factor], Slots, Fraction]:
    found: list[Factor] = []
    slots: list[Slot] = []
    for selected, slot in zip(_selections(node, i), out, strict=True):
        if selected is None:
            slots.append(None)
            continue
        inner = None if selected.shape.cols is None else new(selected.shape.cols)
        found.append((selected, (slot, inner)))
        slots.append(inner)
    return found, (slots[0], slots[1]), ONE


BLOCKS = Op(
    name="blocks",
    doc="The matrix of the given blocks; blocks in a row have one height.",
    linear={EACH: Linear(adjoint=_adjoint, matrix=_matrix, indices=_indices)},
    joint=True,
    build=_build,
    transpose=_transposed,
    before=_columns_selected,
    after=_rows_selected,
)
