"""Shapes: two axes, each a size or absent, so that one rule serves vectors and matrices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mcalc.core.size import Axis, Size, SizeMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Shape(NamedTuple):
    """Rows and columns; a column vector has no second axis, a row no first, a scalar neither.

    A column is no matrix of one column: its absent axis equals an absent axis only.
    """

    rows: Axis = None
    cols: Axis = None

    @property
    def T(self) -> Shape:
        """The shape of the transpose."""
        return Shape(self.cols, self.rows)

    @property
    def is_scalar(self) -> bool:
        """No axis."""
        return self.rows is None and self.cols is None

    @property
    def is_column(self) -> bool:
        """A column vector."""
        return self.rows is not None and self.cols is None

    @property
    def is_row(self) -> bool:
        """A row vector."""
        return self.rows is None and self.cols is not None

    @property
    def is_matrix(self) -> bool:
        """Two axes."""
        return self.rows is not None and self.cols is not None

    @property
    def axes(self) -> tuple[Size, ...]:
        """The sizes that are there, as the shape of the array in code."""
        return tuple(axis for axis in self if axis is not None)

    @property
    def kind(self) -> str:
        """The word for it in requests, answers and messages."""
        if self.is_scalar:
            return "scalar"
        if self.is_matrix:
            return "matrix"
        return "vector" if self.is_column else "row_vector"

    def describe(self) -> str:
        """In a sentence: `a scalar`, `a vector of n entries`, `an m×n matrix`."""
        if self.is_scalar:
            return "a scalar"
        if self.is_matrix:
            return f"a {self.rows}×{self.cols} matrix"
        word = "vector" if self.is_column else "row vector"
        return f"a {word} of {self.axes[0]} entries"


SCALAR = Shape()


def axis_product(a: Axis, b: Axis) -> Axis:
    """The size of a Kronecker product's axis: an absent axis is the unit."""
    if a is None:
        return b
    return a if b is None else a * b


@dataclass(frozen=True, slots=True)
class Signature:
    """Shape rule of an operation, `(m,k),(k,n)->(m,n)`.

    `()` is a scalar, `(n)` a column, `(_,n)` a row. A letter stands for an axis, also an absent one
    (so a scalar fits `(n,n)`); in square brackets, `[n,n]`, the axes have to be there. Results may
    be products of letters, and `min` is the lesser of m and n.
    """

    arguments: tuple[tuple[str, str, bool], ...]
    result: tuple[str, str]

    def apply(
        self,
        shapes: Sequence[Shape],
        equal: Callable[[Axis, Axis], None],
    ) -> Shape:
        """The result's shape; `equal` is told each equation between axes.

        Raises: SizeMismatch, from `equal` or where an axis is missing.
        """
        letters: dict[str, Axis] = {}
        for (rows, cols, present), shape in zip(self.arguments, shapes, strict=True):
            for letter, axis in ((rows, shape.rows), (cols, shape.cols)):
                if letter == "_":
                    equal(None, axis)
                elif letter in letters:
                    equal(letters[letter], axis)
                else:
                    letters[letter] = axis
                if present and letter != "_" and axis is None:
                    raise SizeMismatch
        return Shape(*(self._result_axis(part, letters) for part in self.result))

    @staticmethod
    def _result_axis(part: str, letters: dict[str, Axis]) -> Axis:
        if part == "_":
            return None
        if part == "min":
            m, n = letters["m"], letters["n"]
            assert m is not None
            assert n is not None
            return Size.smaller(m, n)
        axis: Axis = None
        for letter in part.split("*"):
            axis = axis_product(axis, letters[letter])
        return axis


_GROUP = re.compile(r"([(\[])([^)\]]*)[)\]]")


@cache
def signature(text: str) -> Signature:
    """The shape rule written as text.

    Raises: ValueError where the text is no signature.
    """
    left, arrow, right = text.replace(" ", "").partition("->")
    groups = [_axes(match) for match in _GROUP.finditer(left)]
    results = [_axes(match) for match in _GROUP.finditer(right)]
    if not arrow or len(results) != 1:
        raise ValueError(f"not a signature: {text!r}")
    return Signature(tuple(groups), results[0][:2])


def _axes(match: re.Match[str]) -> tuple[str, str, bool]:
    parts = [part for part in match.group(2).split(",") if part]
    rows, cols = [*parts, "_", "_"][:2]
    return rows, cols, match.group(1) == "["


def strictly_equal(a: Axis, b: Axis) -> None:
    """Two axes of finished expressions agree only when they are the same size.

    Raises: SizeMismatch.
    """
    if a != b:
        raise SizeMismatch
