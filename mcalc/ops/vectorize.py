"""Stacking columns and Kronecker products: matrix algebra on vec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    MUL,
    build,
    call,
    eye,
    fill_value,
    filled,
    inverse,
    is_zero,
    mul,
    number,
    number_value,
    scale,
    transpose,
    zeros,
)
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import EYE, ONE, ONES, commutation, ones
from mcalc.core.op import Linear, Op, op
from mcalc.core.products import chain, take_scalars
from mcalc.core.shape import Shape, signature
from mcalc.core.sums import TRANSPOSE, add, coefficients, split, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from fractions import Fraction

    from mcalc.core.index import Factor, Index, Slot, Slots
    from mcalc.core.size import Axis, Size


def _simpler_vec(node: Expr) -> Expr | None:
    X = node.args[0]
    if not X.shape.is_matrix:
        return transpose(X) if X.shape.is_row else X
    if is_zero(X):
        return zeros(node.shape)
    scalar, rest = take_scalars(X)
    if number_value(scalar) != 1:
        return mul(scalar, vec(rest))
    if fill_value(X) is not None:
        return ones(node.shape.axes[0])
    if X.op is UNVEC:
        return X.args[0]
    if X.op is ADD and any(split(t)[1].op is UNVEC for t in X.args):
        parts = zip(coefficients(X), X.args, strict=True)
        return add(*[scale(c, vec(t)) for c, t in parts])
    if X.op is TRANSPOSE and any(split(t)[1].op is UNVEC for t, _ in terms(X.args[0])):
        return mul(commutation(*X.args[0].shape.axes), vec(X.args[0]))
    links = chain(X) if X.op is MUL else ()
    cut = next((i for i, f in enumerate(links) if f.shape.cols is None), None)
    if cut is not None:
        # vec(x*y') = kron(y, x); Source: Magnus & Neudecker, ch. 2, sec. 4, eq. (1).
        return kron(transpose(mul(*links[cut + 1 :])), mul(*links[: cut + 1]))
    return None


def _vec_indices(
    node: Expr, i: int, out: Slots, new: Callable[[Size], Index]
) -> tuple[list[Factor], Slots, Fraction]:
    m, n = node.args[0].shape.axes
    row, column = new(m), new(n)
    return [(eye(m * n), (out[0], (column, row)))], (row, column), ONE


VEC = op(
    "vec",
    "(m,n)->(m*n)",
    "The columns of a matrix, stacked.",
    linear={
        0: Linear(
            adjoint=lambda node, i, c: unvec(c, node.args[0].shape),
            matrix=lambda node, i: eye(node.shape.axes[0]),
            indices=_vec_indices,
        )
    },
    numpy="np.ravel({0}, order='F')",
    latex=r"\operatorname{vec}",
    canonical=_simpler_vec,
    facts=lambda args, data, shape: (
        args[0].facts & (facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER)
    ),
)


def vec(X: Expr) -> Expr:
    """The stacked columns; a vector of either kind gives the column, a scalar itself."""
    return X if X.shape.is_scalar else call(VEC, X)


def _unvec(args: tuple[Expr, ...], data: Hashable) -> Expr:
    (v,), shape = args, data
    assert isinstance(shape, Shape)
    if v.op is VEC and v.args[0].shape == shape:
        return v.args[0]
    if not shape.is_matrix:
        return transpose(v) if shape.is_row else v
    if is_zero(v):
        return zeros(shape)
    scalar, rest = take_scalars(v)
    if number_value(scalar) != 1:
        return mul(scalar, _unvec((rest,), shape))
    if fill_value(v) is not None:
        return filled(shape)
    return intern(UNVEC, (v,), shape, shape, facts=v.facts & (facts.NONNEGATIVE | facts.POSITIVE))


def unvec(v: Expr, shape: Shape) -> Expr:
    """The expression of that shape whose vec is v."""
    return v if shape.is_scalar else build(UNVEC, (v,), shape)


def _unvec_indices(
    node: Expr, i: int, out: Slots, new: Callable[[Size], Index]
) -> tuple[list[Factor], Slots, Fraction]:
    m, n = node.shape.axes
    k = new(m * n)
    return [(eye(m * n), ((out[1], out[0]), k))], (k, None), ONE


def _unvec_spelled(node: Expr) -> Expr:
    """unvec(v) = kron(vec(eye)', eye)*kron(eye, v) for v = vec(X).

    Source: vec(X) = kron(eye, X)*vec(eye) read backwards, Magnus & Neudecker, ch. 2, sec. 4.
    """
    m, n = node.shape.axes
    return mul(kron(transpose(vec(eye(n))), eye(m)), kron(eye(n), node.args[0]))


# The adjoint of vec; it has no name in the language.
UNVEC = Op(
    name="unvec",
    signature=signature("(k)->(m,n)"),
    doc="The matrix whose stacked columns are given.",
    linear={
        0: Linear(
            adjoint=lambda node, i, c: vec(c),
            matrix=lambda node, i: eye(node.args[0].shape.axes[0]),
            indices=_unvec_indices,
        )
    },
    build=_unvec,
    spelled=_unvec_spelled,
)


# ---------------------------------------------------------------- Kronecker products
def _simpler_kron(node: Expr) -> Expr | None:
    A, B = node.args
    if is_zero(A) or is_zero(B):
        return zeros(node.shape)
    if A.shape.is_scalar or B.shape.is_scalar:
        return mul(A, B)
    (s, a), (t, b) = take_scalars(A), take_scalars(B)
    if number_value(s) != 1 or number_value(t) != 1:
        return mul(s, t, kron(a, b))
    if A.shape.is_column and B.shape.is_row:
        return mul(A, B)
    if A.shape.is_row and B.shape.is_column:
        return mul(B, A)
    if A.op is EYE and B.op is EYE:
        return eye(node.shape.axes[0])
    if A.op.name == B.op.name == "diag" and A.args[0].shape.is_column:
        from mcalc.ops.shaping import diag  # diagonals are built on this module

        return diag(kron(A.args[0], B.args[0]))
    if fill_value(node.args[0]) is not None and fill_value(node.args[1]) is not None:
        return filled(node.shape)
    return None


def _kron_before(node: Expr, right: Expr) -> Expr | None:
    """Products of Kronecker products, with vec(X) and with ones; kron(x, eye)*C = kron(x, C).

    Source: kron(A, B)*kron(C, D) = kron(A*C, B*D) and kron(A, B)*vec(X) = vec(B*X*A'), Magnus &
    Neudecker, Matrix Differential Calculus, ch. 2, sec. 2 and 4.
    """
    A, B = node.args
    if right.op is KRON:
        C, D = right.args
        if A.shape.cols == C.shape.rows and B.shape.cols == D.shape.rows:
            return kron(mul(A, C), mul(B, D))
    if right.op is VEC:
        X = right.args[0]
        if (B.shape.cols, A.shape.cols) == X.shape:
            return vec(mul(B, X, transpose(A)))
    if A.shape.cols is None and B.op is EYE:
        return kron(A, right)
    if right.op is ONES:
        return kron(*[mul(a, filled(Shape(a.shape.cols))) for a in node.args])
    return None


def _kron_after(node: Expr, left: Expr) -> Expr | None:
    """vec(X)'*kron(A, B) = vec(B'*X*A)', ones'*kron(A, B), and C*kron(x', eye) = kron(x', C)."""
    if left.op is TRANSPOSE and left.args[0].op in (VEC, ONES):
        c, turned = split(transpose(node))
        found = _kron_before(turned, left.args[0]) if turned.op is KRON else None
        return None if found is None else scale(c, transpose(found))
    if node.args[0].shape.rows is None and node.args[1].op is EYE:
        return kron(node.args[0], left)
    return None


def _kron_facts(args: tuple[Expr, ...], data: object, shape: Shape) -> int:
    both = args[0].facts & args[1].facts & ~facts.SKEW
    if any(a.shape.rows != a.shape.cols for a in args):
        both &= facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER
    return both


def _interleaving(A: Shape, B: Shape) -> Expr:
    """The permutation P with vec(kron(A, B)) = P*kron(vec(A), vec(B)).

    Source: Magnus & Neudecker, ch. 3, sec. 7, eq. (10).
    """
    m, n, p, q = A.rows, A.cols, B.rows, B.cols
    middle = (
        commutation(q, m) if q is not None and m is not None else kron(_identity(q), _identity(m))
    )
    return kron(kron(_identity(n), middle), _identity(p))


def _identity(axis: Axis) -> Expr:
    return number(1) if axis is None else eye(axis)


def _entries(shape: Shape) -> Expr:
    """The identity on the entries of a shape."""
    return kron(_identity(shape.cols), _identity(shape.rows))


def _kron_matrix(A: Expr, B: Expr, i: int) -> Expr:
    """The matrix of A ↦ vec(kron(A, B)) (i = 0) or of B (i = 1)."""
    pair = (_entries(A.shape), vec(B)) if i == 0 else (vec(A), _entries(B.shape))
    return mul(_interleaving(A.shape, B.shape), kron(*pair))


def _kron_adjoint(node: Expr, i: int, c: Expr) -> Expr:
    """From vec(kron(A, B)) = M*vec(A): A* = unvec(M'*vec(c))."""
    matrix = _kron_matrix(node.args[0], node.args[1], i)
    return unvec(mul(transpose(matrix), vec(c)), node.args[i].shape)


def paired_slots(
    A: Shape, B: Shape, whole: Slots, new: Callable[[Size], Index]
) -> tuple[list[Factor], Slots, Slots]:
    """Deltas that split the slots of kron(A, B) into slots of A and of B."""
    deltas: list[Factor] = []
    slots: list[tuple[Slot, Slot]] = []
    for a, b, slot in zip(A, B, whole, strict=True):
        if a is None or b is None:
            slots.append((slot if b is None else None, slot if a is None else None))
            continue
        first, second = new(a), new(b)
        deltas.append((eye(a * b), (slot, (first, second))))
        slots.append((first, second))
    (ra, rb), (ca, cb) = slots
    return deltas, (ra, ca), (rb, cb)


def _kron_indices(
    node: Expr, i: int, out: Slots, new: Callable[[Size], Index]
) -> tuple[list[Factor], Slots, Fraction]:
    A, B = node.args
    deltas, left, right = paired_slots(A.shape, B.shape, out, new)
    if i == 0:
        return [*deltas, (B, right)], left, ONE
    return [*deltas, (A, left)], right, ONE


KRON = op(
    "kron",
    "(m,n),(p,q)->(m*p,n*q)",
    "The Kronecker product.",
    linear={
        0: Linear(
            adjoint=_kron_adjoint,
            matrix=lambda node, i: _kron_matrix(node.args[0], node.args[1], 0),
            indices=_kron_indices,
        ),
        1: Linear(
            adjoint=_kron_adjoint,
            matrix=lambda node, i: _kron_matrix(node.args[0], node.args[1], 1),
            indices=_kron_indices,
        ),
    },
    numpy="np.kron({0}, {1})",
    latex=r"\otimes",
    canonical=_simpler_kron,
    transpose=lambda node: kron(transpose(node.args[0]), transpose(node.args[1])),
    facts=_kron_facts,
    inverse=lambda node: (
        kron(inverse(node.args[0]), inverse(node.args[1]))
        if all(a.shape.rows == a.shape.cols for a in node.args)
        else None
    ),
    before=_kron_before,
    after=_kron_after,
)


def kron(A: Expr, B: Expr) -> Expr:
    """The Kronecker product of any two expressions."""
    return call(KRON, A, B)
