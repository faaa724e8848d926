"""Sums and means, over all entries or along one axis; both abbreviate products with ones."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    add,
    call,
    extent,
    fill_value,
    filled,
    hadamard,
    is_filled_with_one,
    mul,
    number,
    number_value,
    ones,
    power,
    scale,
    subtract,
    transpose,
    zeros,
)
from mcalc.core.condition import Condition, Property, away_from_zero
from mcalc.core.expr import intern
from mcalc.core.op import Op, everywhere, op
from mcalc.core.shape import signature
from mcalc.core.sums import terms
from mcalc.ops.elementwise import ABS, SIGN, one_like
from mcalc.ops.linear import inner

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
    "The sum of all entries; sum(X, 1) adds up each column, sum(X, 2) each row.",
    define=total,
    numpy="np.sum({0})",
    latex=r"\operatorname{sum}",
)
op(
    "mean",
    "(m,n)->()",
    "The mean of all entries; mean(X, 1) is that of columns.",
    define=lambda X: _over(total(X), *X.shape),
    numpy="np.mean({0})",
    latex=r"\operatorname{mean}",
)


# ---------------------------------------------------------------- product and extreme entries
op(
    "prod",
    "[n]->()",
    "The product of the entries of a vector.",
    differential={
        0: lambda node, i, dx: mul(node, mul(transpose(power(node.args[0], number(-1))), dx))
    },
    numpy="np.prod({0})",
    domain=lambda node: [Condition(Property.ENTRIES_NONZERO, node.args[0])],
    exists=everywhere,
    canonical=lambda node: _determinant_of_spectrum(node),
    facts=lambda args, data, shape: (
        args[0].facts & (facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER)
    ),
)


def _determinant_of_spectrum(node: Expr) -> Expr | None:
    """prod(eigvals(S)) = det(S)."""
    from mcalc.ops.linear import det

    x = node.args[0]
    return det(x.args[0]) if x.op.name == "eigvals" else None


def _extremum(name: str, word: str, unique: Property, numpy: str, sign: int) -> Op:
    def change(node: Expr, i: int, dX: Expr) -> Expr:
        """The change of the extreme entry: 1-sign(max(x)-x) is 1 there and 0 elsewhere."""
        return inner(call(indicator, node.args[0]), dX)

    def spelled(node: Expr) -> Expr:
        X = node.args[0]
        there = filled(X.shape)
        distance = scale(sign, subtract(mul(call(made, X), there), X))
        # Not by `call`, which makes it the indicator again.
        return subtract(there, intern(SIGN, (distance,), X.shape, facts=facts.INTEGER))

    # One at the extreme entry, else zero; it has no name in the language, and does not change.
    indicator = Op(
        name=f"indicator of the {word} entry",
        signature=signature("(m,n)->(m,n)"),
        differential={0: lambda node, i, dX: zeros(node.shape)},
        numpy=f"({{0}} == np.{name}({{0}})) * 1.0",
        domain=lambda node: [Condition(unique, node.args[0])],
        exists=everywhere,
        transposed="commutes",
        facts=lambda args, data, shape: facts.NONNEGATIVE | facts.INTEGER,
        spelled=spelled,
    )
    made = op(
        name,
        "(m,n)->()",
        f"The {word} entry; max(a, b) and min(a, b) with two arguments work entry by entry.",
        differential={0: change},
        numpy=numpy,
        latex=rf"\{name}",
        domain=lambda node: [Condition(unique, node.args[0])],
        exists=everywhere,
        canonical=lambda node: node.args[0] if node.args[0].shape.is_scalar else None,
        transposed="invariant",
        facts=lambda args, data, shape: (
            args[0].facts & (facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER)
        ),
    )
    _INDICATORS[made] = (indicator, sign)
    return made


_INDICATORS: dict[Op, tuple[Op, int]] = {}


def sign_at_extremum(distance: Expr) -> Expr | None:
    """sign(max(x)-x), which is 0 at the largest entry, rounding or not, and 1 elsewhere."""
    if distance.op is not ADD:
        return None
    there = filled(distance.shape)
    for term, c in terms(distance):
        extreme = fill_value(term)
        if extreme is None or extreme.op not in _INDICATORS or abs(c) != 1:
            continue
        indicator, sign = _INDICATORS[extreme.op]
        for X in (extreme.args[0], transpose(extreme.args[0])):
            if X.shape == distance.shape and scale(c, subtract(term, X)) is distance:
                return scale(c * sign, subtract(there, call(indicator, X)))
    return None


LARGEST = _extremum("max", "largest", Property.UNIQUE_LARGEST, "np.max({0})", 1)
_extremum("min", "smallest", Property.UNIQUE_SMALLEST, "np.min({0})", -1)


# ---------------------------------------------------------------- the larger and the smaller
def _larger(name: str, doc: str, numpy: str, sign: int) -> Op:
    def share(node: Expr, i: int, dX: Expr) -> Expr:
        """Half each where both are equal."""
        a, b = node.args if i == 0 else reversed(node.args)
        ahead = scale(sign, subtract(a, b))
        return hadamard(scale(Fraction(1, 2), add(one_like(a), call(SIGN, ahead))), dX)

    def canonical(node: Expr) -> Expr | None:
        a, b = node.args
        if a is b:
            return a
        m, n = number_value(a), number_value(b)
        if m is not None and n is not None:
            return number(max(m, n) if sign > 0 else min(m, n))
        if a.sort_key > b.sort_key:
            return call(made, b, a)
        return None

    made = op(
        name,
        "(m,n),(m,n)->(m,n)",
        doc,
        differential={0: share, 1: share},
        numpy=numpy,
        latex=rf"\{name[:3]}",
        domain=lambda node: [away_from_zero(subtract(*node.args))],
        canonical=canonical,
        exists=everywhere,
        elementwise=True,
        facts=lambda args, data, shape: (
            args[0].facts & args[1].facts & ((facts.NONNEGATIVE | facts.POSITIVE) | facts.INTEGER)
        ),
    )
    return made


MAXIMUM = _larger(
    "max of two",
    "The larger of two, entry by entry; equal entries share the derivative.",
    "np.maximum({0}, {1})",
    1,
)
MINIMUM = _larger(
    "min of two",
    "The smaller of two, entry by entry; equal entries share the derivative.",
    "np.minimum({0}, {1})",
    -1,
)

op(
    "norminf",
    "(m,n)->()",
    "The largest absolute value of the entries.",
    define=lambda X: call(LARGEST, call(ABS, X)),
    numpy="np.max(np.abs({0}))",
)

# ---------------------------------------------------------------- softmax
SOFTMAX = op(
    "softmax",
    "[n]->[n]",
    "exp(x)/sum(exp(x)) of a vector.",
    differential={
        0: lambda node, i, dx: subtract(hadamard(node, dx), mul(mul(transpose(node), dx), node))
    },
    numpy="scipy.special.softmax({0})",
    facts=lambda args, data, shape: facts.NONNEGATIVE | facts.POSITIVE,
    canonical=lambda node: _without_shift(node),
    after=lambda node, left: number(1) if left.shape.is_row and is_filled_with_one(left) else None,
)
LOGSUMEXP = op(
    "logsumexp",
    "[n]->()",
    "log(sum(exp(x))) of a vector.",
    differential={0: lambda node, i, dx: mul(transpose(call(SOFTMAX, node.args[0])), dx)},
    numpy="scipy.special.logsumexp({0})",
    canonical=lambda node: _without_shift(node),
)


def _without_shift(node: Expr) -> Expr | None:
    """softmax(x+c) = softmax(x) and logsumexp(x+c) = c+logsumexp(x) for a number c."""
    from mcalc.ops.quotients import without_shift  # it builds on this module

    found = without_shift(node.args[0])
    if found is None:
        return None
    shift, x = found
    return add(shift, call(LOGSUMEXP, x)) if node.op is LOGSUMEXP else call(SOFTMAX, x)


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
