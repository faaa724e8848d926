"""What declarations say of shapes, before anything is unified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mcalc.core.shape import Shape
from mcalc.core.size import Size, SizeMismatch
from mcalc.errors import ShapeError
from mcalc.syntax.names import default_kind
from mcalc.syntax.parser import parse
from mcalc.syntax.sizes import size_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.size import Unifier

SQUARE = (
    "symmetric",
    "skew",
    "diagonal",
    "lower",
    "upper",
    "orthogonal",
    "spd",
    "psd",
    "projector",
)
_TOGETHER = ({"symmetric", "spd", "psd", "diagonal"}, {"symmetric", "psd", "projector"})


class Declaration(Protocol):
    """What a request says of a variable; None and the empty tuple where it says nothing."""

    @property
    def kind(self) -> str | None:
        """scalar, vector, row_vector or matrix."""

    @property
    def shape(self) -> tuple[str | int, ...] | None:
        """Sizes, by name or number."""

    @property
    def structure(self) -> tuple[str, ...]:
        """Words as `symmetric` and `positive`."""


def _blank(name: str, said: Declaration | None, fresh: Callable[[], Size]) -> Shape:
    kind = said.kind if said else None
    if kind is None:
        kind = default_kind(name)
        if said is not None and any(word in SQUARE for word in said.structure):
            kind = "matrix"
        elif said is not None and said.shape is not None:
            by_length = {0: "scalar", 1: kind if kind == "row_vector" else "vector", 2: "matrix"}
            kind = by_length.get(len(said.shape), kind)
    rows = fresh() if kind in ("vector", "matrix") else None
    cols = fresh() if kind in ("row_vector", "matrix") else None
    return Shape(rows, cols)


def declared_shape(name: str, said: Declaration | None, sizes: Unifier) -> Shape:
    """The shape of a variable as declared, unknown sizes where nothing is said.

    Raises: ShapeError for a declaration that contradicts itself.
    """
    structure = said.structure if said else ()
    shape = _blank(name, said, sizes.fresh)
    axes = shape.axes
    if said is not None and said.shape is not None:
        if len(said.shape) != len(axes):
            raise ShapeError(
                f"{name} is declared a {shape.kind.replace('_', ' ')} "
                f"with {len(said.shape)} sizes; it has {len(axes)}"
            )
        written = [Size.of(s) if isinstance(s, int) else size_of(parse(s)) for s in said.shape]
        for axis, size in zip(axes, written, strict=True):
            sizes.unify(axis, size)
    square = [word for word in structure if word in SQUARE]
    if len(square) > 1 and not any(set(square) <= words for words in _TOGETHER):
        raise ShapeError(f"{name} cannot be {' and '.join(square)} at once")
    if square:
        if not shape.is_matrix:
            raise ShapeError(f"{name} is {shape.describe()}; only a matrix is {square[0]}")
        try:
            sizes.unify(*axes)
        except SizeMismatch:
            rows, cols = (sizes.resolve(axis) for axis in axes)
            raise ShapeError(
                f"{name} is declared {rows}×{cols} and {square[0]}, but only a square matrix can be"
            ) from None
    return shape
