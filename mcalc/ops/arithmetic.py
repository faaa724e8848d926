"""The rules of the algebra's own operations: sum, transpose, products and powers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    POWER,
    TRANSPOSE,
    eye,
    filled,
    hadamard,
    mul,
    number,
    number_value,
    power,
    scale,
    subtract,
    transpose,
)
from mcalc.core.index import Factor, Index, Slots
from mcalc.core.leaves import ONE, commutation
from mcalc.core.op import EACH, Linear, give_rules
from mcalc.core.size import Axis, Size
from mcalc.core.sums import coefficients
from mcalc.ops.elementwise import log
from mcalc.ops.linear import inner
from mcalc.ops.shaping import diag
from mcalc.ops.vectorize import kron, vec

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

NewIndex = Callable[[Size], Index]
Read = tuple[list[Factor], Slots, Fraction]


# ---------------------------------------------------------------- sum and transpose
def _multiple_of_identity(node: Expr, i: int) -> Expr:
    entries = vec(node).shape.rows
    return scale(coefficients(node)[i], number(1) if entries is None else eye(entries))


def _transpose_matrix(node: Expr, i: int) -> Expr:
    """vec(dX') = commutation*vec(dX); a vector and its transpose have the same entries in order."""
    shape = node.args[i].shape
    if shape.rows is None or shape.cols is None:
        return eye(shape.axes[0])
    return commutation(shape.rows, shape.cols)


give_rules(
    ADD,
    linear={
        EACH: Linear(
            adjoint=lambda node, i, c: scale(coefficients(node)[i], c),
            matrix=_multiple_of_identity,
            indices=lambda node, i, out, new: ([], out, coefficients(node)[i]),
        )
    },
)
give_rules(
    TRANSPOSE,
    linear={
        0: Linear(
            adjoint=lambda node, i, c: transpose(c),
            matrix=_transpose_matrix,
            indices=lambda node, i, out, new: ([], (out[1], out[0]), ONE),
            source="Magnus & Neudecker, Matrix Differential Calculus, ch. 3, sec. 7",
        )
    },
)


# ---------------------------------------------------------------- the matrix product
def _around(node: Expr, i: int) -> tuple[Expr, Expr | None, Expr | None]:
    """Around a vector or matrix argument: the scalar in front, what stands left, what right."""
    front = [a for a in node.args if a.shape.is_scalar]
    left = [a for a in node.args[:i] if not a.shape.is_scalar]
    right = node.args[i + 1 :]
    return (
        mul(number(1), *front),
        mul(*left) if left else None,
        mul(*right) if right else None,
    )


def _without(node: Expr, i: int) -> Expr:
    """The product without its scalar factor i."""
    return mul(number(1), *[a for j, a in enumerate(node.args) if j != i])


def _product_adjoint(node: Expr, i: int, c: Expr) -> Expr:
    """⟨c, s*L*dX*R⟩ = ⟨s*L'*c*R', dX⟩, and ⟨c, ds*M⟩ = ⟨c, M⟩*ds."""
    if node.args[i].shape.is_scalar:
        return inner(c, _without(node, i))
    s, left, right = _around(node, i)
    parts = [s, *([transpose(left)] if left else []), c, *([transpose(right)] if right else [])]
    return mul(*parts)


def _product_matrix(node: Expr, i: int) -> Expr:
    """vec(L*dX*R) = kron(R', L)*vec(dX)."""
    if node.args[i].shape.is_scalar:
        return vec(_without(node, i))
    s, left, right = _around(node, i)
    shape = node.args[i].shape
    return mul(
        s,
        kron(
            _identity(shape.cols) if right is None else transpose(right),
            _identity(shape.rows) if left is None else left,
        ),
    )


def _identity(axis: Axis) -> Expr:
    return number(1) if axis is None else eye(axis)


def _product_indices(node: Expr, i: int, out: Slots, new: NewIndex) -> Read:
    """F_ij = s*L_ik*X_kl*R_lj."""
    if node.args[i].shape.is_scalar:
        return [(_without(node, i), out)], (None, None), ONE
    s, left, right = _around(node, i)
    found: list[Factor] = [] if number_value(s) == 1 else [(s, (None, None))]
    shape = node.args[i].shape
    rows, cols = out
    if left is not None:
        rows = None if shape.rows is None else new(shape.rows)
        found.append((left, (out[0], rows)))
    if right is not None:
        cols = None if shape.cols is None else new(shape.cols)
        found.append((right, (cols, out[1])))
    return found, (rows, cols), ONE


give_rules(
    MUL,
    linear={
        EACH: Linear(
            adjoint=_product_adjoint,
            matrix=_product_matrix,
            indices=_product_indices,
            source="Magnus & Neudecker, Matrix Differential Calculus, ch. 2, sec. 4, eq. (5)",
        )
    },
)


# ---------------------------------------------------------------- the element-wise product
def _others(node: Expr, i: int) -> Expr:
    return hadamard(*[a for j, a in enumerate(node.args) if j != i])


give_rules(
    HADAMARD,
    linear={
        EACH: Linear(
            adjoint=lambda node, i, c: hadamard(_others(node, i), c),
            matrix=lambda node, i: diag(vec(_others(node, i))),
            indices=lambda node, i, out, new: ([(_others(node, i), out)], out, ONE),
        )
    },
)


# ---------------------------------------------------------------- powers
def _power_by_base(node: Expr, i: int, dX: Expr) -> Expr:
    base, exponent = node.args
    lowered = power(base, subtract(exponent, filled(exponent.shape)))
    return hadamard(hadamard(exponent, lowered), dX)


def _power_by_exponent(node: Expr, i: int, dX: Expr) -> Expr:
    return hadamard(hadamard(node, log(node.args[0])), dX)


give_rules(POWER, differential={0: _power_by_base, 1: _power_by_exponent})
