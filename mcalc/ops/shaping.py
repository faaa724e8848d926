"""Rearranging entries: diagonals, triangles, vec, Kronecker products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    build,
    call,
    eye,
    fill_value,
    filled,
    hadamard,
    inverse,
    is_zero,
    mul,
    number,
    number_value,
    power,
    scale,
    transpose,
    zeros,
)
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import EYE, commutation, ones
from mcalc.core.op import Linear, Op, op
from mcalc.core.products import chain, take_scalars
from mcalc.core.shape import Shape, signature
from mcalc.core.sums import ONE, TRANSPOSE, add, coefficients, split, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from fractions import Fraction

    from mcalc.core.index import Factor, Index, Slot, Slots
    from mcalc.core.size import Axis, Size


# ---------------------------------------------------------------- diagonals
def _simpler_diag(node: Expr) -> Expr | None:
    v = node.args[0]
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
    """diag(x*y') = x.*y, diag(diag(v)*A) = v.*diag(A)."""
    links = chain(X)
    cut = next((i for i, f in enumerate(links) if f.shape.cols is None), None)
    if cut is not None:
        return hadamard(mul(*links[: cut + 1]), transpose(mul(*links[cut + 1 :])))
    if links[0].op is DIAG:
        return hadamard(links[0].args[0], diagonal(mul(*links[1:])))
    if links[-1].op is DIAG:
        return hadamard(links[-1].args[0], diagonal(mul(*links[:-1])))
    flipped = tuple([transpose(f) for f in reversed(links)])
    if sum(f.op is TRANSPOSE for f in flipped) < sum(f.op is TRANSPOSE for f in links):
        return diagonal(mul(*flipped))
    return None


# `diag` of a matrix: printed as the language has it, an operation of its own within.
DIAGONAL = Op(
    name="diag",
    signature=signature("[n,n]->[n]"),
    doc="The diagonal of a square matrix.",
    linear={
        0: Linear(
            adjoint=lambda node, i, c: diag(c),
            matrix=lambda node, i: _diagonal_matrix(node),
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


def _diagonal_matrix(node: Expr) -> Expr:
    """The transpose of the matrix of `diag` of a vector."""
    (n,) = node.shape.axes
    return mul(kron(transpose(ones(n)), eye(n)), diag(vec(eye(n))))


def diagonal(X: Expr) -> Expr:
    """The diagonal of a square matrix as a column."""
    return X if X.shape.is_scalar else call(DIAGONAL, X)


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


# ---------------------------------------------------------------- vec
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
    if A.op is DIAG and B.op is DIAG:
        return diag(kron(A.args[0], B.args[0]))
    if fill_value(node.args[0]) is not None and fill_value(node.args[1]) is not None:
        return filled(node.shape)
    return None


def _kron_before(node: Expr, right: Expr) -> Expr | None:
    """kron(A, B)*kron(C, D) = kron(A*C, B*D), and kron(A, B)*vec(X) = vec(B*X*A')."""
    A, B = node.args
    if right.op is KRON:
        C, D = right.args
        if A.shape.cols == C.shape.rows and B.shape.cols == D.shape.rows:
            return kron(mul(A, C), mul(B, D))
    if right.op is VEC:
        X = right.args[0]
        if (B.shape.cols, A.shape.cols) == X.shape:
            return vec(mul(B, X, transpose(A)))
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
)


def kron(A: Expr, B: Expr) -> Expr:
    """The Kronecker product of any two expressions."""
    return call(KRON, A, B)
