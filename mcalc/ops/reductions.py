"""Sums and means, over all entries or along one axis; both abbreviate products with ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import extent, mul, number, ones, power, transpose
from mcalc.core.op import op

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.size import Axis


def _ones(axis: Axis) -> Expr:
    return number(1) if axis is None else ones(axis)


def column_sums(X: Expr) -> Expr:
    """ones'*X, a row."""
    return mul(transpose(_ones(X.shape.rows)), X)


def row_sums(X: Expr) -> Expr:
    """X*ones, a column."""
    return mul(X, _ones(X.shape.cols))


def total(X: Expr) -> Expr:
    """The sum of all entries."""
    return row_sums(column_sums(X))


def _count(*axes: Axis) -> Expr:
    return mul(number(1), *[extent(axis) for axis in axes if axis is not None])


def _over(s: Expr, *axes: Axis) -> Expr:
    return mul(power(_count(*axes), number(-1)), s)


op(
    "sum",
    "(m,n)->()",
    "The sum of all entries; sum(X, 1) are the column sums, a row, and sum(X, 2) the row sums, a column.",
    define=total,
    numpy="np.sum({0})",
    latex=r"\operatorname{sum}",
)
op(
    "mean",
    "(m,n)->()",
    "The mean of all entries; mean(X, 1) are the means of the columns, mean(X, 2) of the rows.",
    define=lambda X: _over(total(X), *X.shape),
    numpy="np.mean({0})",
    latex=r"\operatorname{mean}",
)
ALONG_AXIS = {
    ("sum", 1): op(
        "sum along 1",
        "(m,n)->(_,n)",
        "The column sums, a row.",
        define=column_sums,
        numpy="np.sum({0}, axis=0)",
    ),
    ("sum", 2): op(
        "sum along 2",
        "(m,n)->(m,_)",
        "The row sums, a column.",
        define=row_sums,
        numpy="np.sum({0}, axis=1)",
    ),
    ("mean", 1): op(
        "mean along 1",
        "(m,n)->(_,n)",
        "The means of the columns, a row.",
        define=lambda X: _over(column_sums(X), X.shape.rows),
        numpy="np.mean({0}, axis=0)",
    ),
    ("mean", 2): op(
        "mean along 2",
        "(m,n)->(m,_)",
        "The means of the rows, a column.",
        define=lambda X: _over(row_sums(X), X.shape.cols),
        numpy="np.mean({0}, axis=1)",
    ),
}
"""What a function with an axis as second argument means."""
