"""Diagonals, triangles, symmetric parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    call,
    eye,
    fill_value,
    filled,
    hadamard,
    is_zero,
    mul,
    number,
    number_value,
    power,
    scale,
    transpose,
    zeros,
)
from mcalc.core.leaves import EYE, ONE, ones
from mcalc.core.op import Linear, Op, give_rules, op
from mcalc.core.products import CHAIN_RULES, chain, take_scalars
from mcalc.core.shape import Shape, signature
from mcalc.core.sums import TRANSPOSE, add, coefficients
from mcalc.ops.vectorize import KRON, VEC, kron, vec

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcalc.core.expr import Expr
    from mcalc.core.index import Factor, Index, Slots
    from mcalc.core.size import Size


# ---------------------------------------------------------------- diagonals
def _simpler_diag(node: Expr) -> Expr | None:
    v = node.args[0]
    if v.op is DIAGONAL and v.args[0].has(facts.DIAGONAL):
        return v.args[0]
    scalar, rest = take_scalars(v)
    if is_zero(v):
        return zeros(node.shape)
    if number_value(scalar) != 1 or fill_value(v) is not None:
        assert v.shape.rows is not None
        if fill_value(v) is not None:
            return mul(scalar, eye(v.shape.rows))
        return mul(scalar, diag(rest))
    return None


def _diag_before(node: Expr, right: Expr) -> Expr | None:
    """diag(v)*x = v.*x and diag(v)*diag(w) = diag(v.*w)."""
    if right.shape.is_column:
        return hadamard(node.args[0], right)
    if right.op is DIAG:
        return diag(hadamard(node.args[0], right.args[0]))
    return None


def _between_diagonals(links: tuple[Expr, ...]) -> tuple[int, Expr] | None:
    """E*kron(A, B)*E = diag(vec(A.*B)) for E = diag(vec(eye)) and a diagonal A.*B.

    Of kron(A, B) the entries in rows and columns (i, i) are left, A.*B in all.
    """
    if len(links) < 3 or links[0] is not links[2] or links[0].op is not DIAG:
        return None
    E, K, _ = links
    if K.op is not KRON or E.args[0].op is not VEC or E.args[0].args[0].op is not EYE:
        return None
    A, B = K.args
    if A.shape != B.shape or A.shape.rows != A.shape.cols:
        return None
    both = hadamard(A, B)
    return (3, diag(vec(both))) if both.has(facts.DIAGONAL) else None


def _diag_after(node: Expr, left: Expr) -> Expr | None:
    """x'*diag(v) = (v.*x)'."""
    if left.shape.is_row:
        return transpose(hadamard(node.args[0], transpose(left)))
    return None


def _diag_beside(node: Expr, other: Expr) -> Expr | None:
    """diag(v).*X = diag(v.*diag(X))."""
    return diag(hadamard(node.args[0], diagonal(other)))


def _diag_power(node: Expr, exponent: Expr) -> Expr | None:
    """diag(v).^k = diag(v.^k) for k > 0."""
    n = number_value(exponent)
    return diag(power(node.args[0], exponent)) if n is not None and n > 0 else None


def _diag_facts(args: tuple[Expr, ...], data: object, shape: Shape) -> int:
    known = facts.DECLARED["diagonal"] | args[0].facts & (facts.NONNEGATIVE | facts.INTEGER)
    if args[0].has(facts.NONNEGATIVE):
        known |= facts.PSD
    if args[0].has(facts.POSITIVE):
        known |= facts.PD | facts.INVERTIBLE
    return known


def _diag_matrix(node: Expr, i: int) -> Expr:
    """vec(diag(v)) = diag(vec(eye))*kron(ones, eye)*v, entry (j, i) being δ_ij v_i."""
    (n,) = node.args[0].shape.axes
    return mul(diag(vec(eye(n))), kron(ones(n), eye(n)))


DIAG = op(
    "diag",
    "[n]->[n,n]",
    "The diagonal matrix of a vector; of a square matrix, the vector of its diagonal.",
    linear={
        0: Linear(
            adjoint=lambda node, i, c: diagonal(c),
            matrix=_diag_matrix,
            indices=lambda node, i, out, new: (
                [(eye(node.args[0].shape.axes[0]), out)],
                (out[0], None),
                ONE,
            ),
        )
    },
    numpy="np.diag({0})",
    latex=r"\operatorname{diag}",
    canonical=_simpler_diag,
    facts=_diag_facts,
    inverse=lambda node: diag(power(node.args[0], number(-1))),
    power=_diag_power,
    before=_diag_before,
    after=_diag_after,
    beside=_diag_beside,
)


CHAIN_RULES.append(_between_diagonals)


def _row_by_row(links: tuple[Expr, ...]) -> tuple[int, Expr] | None:
    """D*kron(A, B) = kron(A, ones').*kron(ones', B) for the matrix D of `diag` on vec.

    Each row is the Kronecker product of a row of A and the same one of B. So is a column of
    kron(A, B)*D', where what stands behind D' = E*kron(ones, eye) may have gone into it.
    Source: Slyusar, A family of face products of matrices (1999).
    """
    if len(links) < 3 or KRON not in (links[0].op, links[2].op):
        return None
    first, middle, last = links
    n = last.args[-1].shape.rows if last.op is KRON else None
    if n is None:
        return None
    D = chain(_matrix_of_diagonal(n))
    if (first, middle) == D and last.args[0].shape.rows == n:
        return 3, _face_product(*last.args)
    if first.op is KRON and middle is D[1]:
        A, B = (transpose(M) for M in first.args)
        head, *behind = chain(last.args[0]) if last.args[0].op is MUL else last.args[:1]
        if A.shape.rows == B.shape.rows == n and head is ones(n):
            rest = kron(mul(number(1), *behind), last.args[1])
            return 3, mul(transpose(_face_product(A, B)), rest)
    return None


def _face_product(A: Expr, B: Expr) -> Expr:
    """The rows of A and B multiplied by Kronecker, each with its own."""
    ones_of_A, ones_of_B = (transpose(filled(Shape(M.shape.cols))) for M in (A, B))
    return hadamard(kron(A, ones_of_B), kron(ones_of_A, B))


CHAIN_RULES.append(_row_by_row)


def diag(v: Expr) -> Expr:
    """The diagonal matrix of a vector; a scalar is its own."""
    if v.shape.is_scalar:
        return v
    return call(DIAG, transpose(v) if v.shape.is_row else v)


def _simpler_diagonal(node: Expr) -> Expr | None:
    X = node.args[0]
    scalar, rest = take_scalars(X)
    if number_value(scalar) != 1:
        return mul(scalar, diagonal(rest))
    if is_zero(X) or X.has(facts.SKEW):
        return zeros(node.shape)
    if X.op is KRON and all(a.shape.rows == a.shape.cols for a in X.args):
        return kron(*[diagonal(a) for a in X.args])
    if X.op is DIAG:
        return X.args[0]
    if X.op is EYE:
        return ones(X.shape.axes[0])
    if X.op is TRANSPOSE:
        return diagonal(X.args[0])
    if X.op is HADAMARD:
        return hadamard(*[diagonal(f) for f in X.args])
    if X.op is ADD:
        parts = zip(coefficients(X), X.args, strict=True)
        return add(*[scale(c, diagonal(t)) for c, t in parts])
    if X.op is MUL:
        return _diagonal_of_product(X)
    return None


def _diagonal_of_product(X: Expr) -> Expr | None:
    """diag(x*y') = x.*y, diag(diag(v)*A) = v.*diag(A), diag(A*diag(v)*B) = (A.*B')*v."""
    links = chain(X)
    cut = next((i for i, f in enumerate(links) if f.shape.cols is None), None)
    if cut is not None:
        return hadamard(mul(*links[: cut + 1]), transpose(mul(*links[cut + 1 :])))
    if links[0].op is DIAG:
        return hadamard(links[0].args[0], diagonal(mul(*links[1:])))
    if links[-1].op is DIAG:
        return hadamard(links[-1].args[0], diagonal(mul(*links[:-1])))
    inner = next((i for i, f in enumerate(links) if f.op is DIAG), None)
    if inner is not None:
        left, right = mul(*links[:inner]), mul(*links[inner + 1 :])
        return mul(hadamard(left, transpose(right)), links[inner].args[0])
    return None


# `diag` of a matrix: printed as the language has it, an operation of its own within.
DIAGONAL = Op(
    name="diag",
    signature=signature("[n,n]->[n]"),
    doc="The diagonal of a square matrix.",
    linear={
        0: Linear(
            adjoint=lambda node, i, c: diag(c),
            matrix=lambda node, i: _matrix_of_diagonal(*node.shape.axes),
            indices=lambda node, i, out, new: ([], (out[0], out[0]), ONE),
        )
    },
    numpy="np.diagonal({0})",
    latex=r"\operatorname{diag}",
    canonical=_simpler_diagonal,
    transposed="invariant",
    facts=lambda args, data, shape: (
        args[0].facts & facts.INTEGER
        | (facts.NONNEGATIVE if args[0].facts & (facts.NONNEGATIVE | facts.PSD) else 0)
        | (facts.POSITIVE if args[0].facts & (facts.POSITIVE | facts.PD) else 0)
    ),
)


def _matrix_of_diagonal(n: Size) -> Expr:
    """D with D*vec(X) = diag(X) for n×n X: the transpose of the matrix of `diag` of a vector."""
    return mul(kron(transpose(ones(n)), eye(n)), diag(vec(eye(n))))


def diagonal(X: Expr) -> Expr:
    """The diagonal of a square matrix as a column."""
    return X if X.shape.is_scalar else call(DIAGONAL, X)


def _identity_beside(node: Expr, other: Expr) -> Expr | None:
    """eye.*X = diag(diag(X)), where that is shorter."""
    kept = diag(diagonal(other))
    return kept if kept.size <= other.size else None


give_rules(EYE, beside=_identity_beside)


# ---------------------------------------------------------------- triangles
def _triangle(name: str, doc: str, mine: int, opposite: int) -> Op:
    def simpler(node: Expr) -> Expr | None:
        X = node.args[0]
        scalar, rest = take_scalars(X)
        if number_value(scalar) != 1:
            return mul(scalar, call(made, rest))
        if X.has(mine) or is_zero(X):
            return X
        if X.has(opposite):
            return hadamard(eye(X.shape.axes[0]), X) if X.shape.rows == X.shape.cols else None
        return None

    def mask(node: Expr) -> Expr:
        return call(made, filled(node.shape))

    def indices(
        node: Expr, i: int, out: Slots, new: Callable[[Size], Index]
    ) -> tuple[list[Factor], Slots, Fraction]:
        return [(mask(node), out)], out, ONE

    made = op(
        name,
        "[m,n]->[m,n]",
        doc,
        linear={
            0: Linear(
                adjoint=lambda node, i, c: call(made, c),
                matrix=lambda node, i: diag(vec(mask(node))),
                indices=indices,
            )
        },
        numpy=f"np.{name}({{0}})",
        latex=rf"\operatorname{{{name}}}",
        canonical=simpler,
        facts=lambda args, data, shape: (
            mine | args[0].facts & (facts.NONNEGATIVE | facts.INTEGER | facts.DIAGONAL)
        ),
    )
    return made


TRIL = _triangle("tril", "The lower triangle, diagonal included.", facts.LOWER, facts.UPPER)
TRIU = _triangle("triu", "The upper triangle, diagonal included.", facts.UPPER, facts.LOWER)


def lower_part(X: Expr) -> Expr:
    """tril(X)."""
    return call(TRIL, X)


def upper_part(X: Expr) -> Expr:
    """triu(X)."""
    return call(TRIU, X)


op(
    "sym",
    "[n,n]->[n,n]",
    "The symmetric part, (X+X')/2.",
    define=lambda X: symmetric_part(X),
    numpy="({0} + {0}.T) / 2",
)


def symmetric_part(X: Expr) -> Expr:
    """(X+X')/2."""
    return scale(_HALF, add(X, transpose(X)))


_HALF = ONE / 2
