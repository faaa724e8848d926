"""How an answer may be laid out that somebody else has worked out, by another convention."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mcalc.calculus.layout import is_transposed
from mcalc.core import facts
from mcalc.core.shape import Shape
from mcalc.core.size import Size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.size import Axis


Axes: TypeAlias = tuple[int, ...]
"""Axes of the array of entries, by their numbers."""


class Reading(NamedTuple):
    """How an answer may be laid out: the axes that its rows and its columns run over.

    The first of several axes is the fastest, as in vec. `note` says what is different from the
    layout asked for, and is empty where nothing is.

    axes  their sizes; those of a symmetric variable may be the one of its lower triangle, vech
    """

    rows: Axes
    cols: Axes
    axes: tuple[Size, ...]
    note: str = ""
    triangular: bool = False

    @property
    def shape(self) -> Shape:
        """The shape of an answer that is laid out so."""
        return Shape(_length(self.rows, self.axes), _length(self.cols, self.axes))

    def fits(self, shape: Shape) -> bool:
        """Whether an answer of this shape may be laid out so; a single row is as good as none."""
        one = Size.of(1)
        return all((a or one) == (b or one) for a, b in zip(self.shape, shape, strict=True))

    @property
    def turned(self) -> Reading:
        """The transpose."""
        return self._replace(rows=self.cols, cols=self.rows)


def _length(part: Axes, axes: Sequence[Size]) -> Axis:
    length: Axis = None
    for axis in part:
        length = axes[axis] if length is None else length * axes[axis]
    return length


def readings(derivative: Derivative, layout: str) -> list[Reading]:
    """The layout asked for, then what else is usual, each once; none mixes up what is not layout.

    They are the transpose, vec as a column or a row, vec by rows instead of columns, matrices of
    blocks, one for each entry of the variable or of the value, and all of these by vech.
    """
    axes, shapes = derivative.axes, [v.shape for v in (derivative.value, *derivative.free)]
    groups = _consecutive([len(shape.axes) for shape in shapes])
    own = _own(derivative, groups)
    if is_transposed(derivative, layout):
        own = own.turned
    found = [own, own.turned._replace(note=_transposed_note(derivative, layout))]
    if len(axes) == 2:
        note = "yours is a matrix, where ours is its vec"
        found += [Reading((0,), (1,), axes, note), Reading((1,), (0,), axes, note)]
    found += _flat(groups, axes)
    if len(groups) == 2 and len(axes) > 2:
        pairs = zip(groups, shapes, strict=True)
        (a, b), (i, j) = (_rows_and_columns(group, shape) for group, shape in pairs)
        by = "yours has a block for each entry of the"
        found += [
            Reading(a + i, b + j, axes, f"{by} variable"),
            Reading(i + a, j + b, axes, f"{by} value"),
            Reading(a + j, b + i, axes, f"{by} transposed variable"),
            Reading(j + a, i + b, axes, f"{by} value, a transposed one"),
        ]
    if _by_triangle(derivative):
        shorter = (*axes[:-2], Size.triangle(axes[-1]))
        groups = _consecutive([len(axes) - 2, 1])
        found += [r._replace(triangular=True) for r in _flat(groups, shorter)]
    different: dict[object, Reading] = {}
    for reading in found:
        different.setdefault((reading.rows, reading.cols, reading.triangular), reading)
    return list(different.values())


def _consecutive(lengths: Sequence[int]) -> list[Axes]:
    """0, 1, 2, … in groups of these lengths."""
    ends = list(accumulate(lengths, initial=0))
    return [tuple(range(*pair)) for pair in pairwise(ends)]


def _flat(groups: Sequence[Axes], axes: tuple[Size, ...]) -> list[Reading]:
    """All in one column or row, or the last variable against the rest; by columns or by rows."""
    found = []
    for parts, by in ((groups, ""), ([g[::-1] for g in groups], ", rows stacked, not columns")):
        first, last = sum(parts[:-1], ()), parts[-1]
        found += [
            Reading(first + last, (), axes, f"yours is its vec, a column{by}"),
            Reading((), first + last, axes, f"yours is its vec, a row{by}"),
            Reading(first, last, axes, f"yours is the Jacobian of vec by vec{by}"),
            Reading(last, first, axes, f"yours is the transposed Jacobian of vec by vec{by}"),
        ]
    return found


def _by_triangle(derivative: Derivative) -> bool:
    """Whether the one variable is a symmetric matrix."""
    X, *others = derivative.free or (derivative.value,)
    return bool(derivative.free and not others and X.shape.is_matrix and X.has(facts.SYMMETRIC))


def _own(derivative: Derivative, groups: Sequence[Axes]) -> Reading:
    """The layout of the result as it stands in the derivative."""
    shape, axes = derivative.result.shape, derivative.axes
    whole = sum(groups, ())
    if shape.cols is None:
        return Reading(whole, (), axes)
    if shape.rows is None:
        return Reading((), whole, axes)
    if derivative.notation == "matrix":
        return Reading((0,), (1,), axes)
    return Reading(sum(groups[:-1], ()), groups[-1], axes)


def _rows_and_columns(group: Axes, shape: Shape) -> tuple[Axes, Axes]:
    """The axis of the rows and that of the columns, each where it is there."""
    if shape.is_row:
        return (), group
    return group[:1], group[1:]


def _transposed_note(derivative: Derivative, layout: str) -> str:
    mine = is_transposed(derivative, layout)
    for name in ("numerator", "denominator"):
        if is_transposed(derivative, name) != mine:
            return f"yours is the transpose, as in the {name} layout"
    return "yours is the transpose"
