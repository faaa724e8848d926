"""Matrix functions: exponential, logarithm, roots and powers, pseudoinverse, Cholesky factor.

All primary matrix functions share one rule. The derivative L(A, E) of f at A in the direction E
stands in the corner of f([A, E; 0, A]) (Higham, Functions of Matrices, eq. (3.16)); its adjoint
is L(A', ·) (ch. 3, thm. 3.9 for the trace form), and the same identity one level up gives every
further derivative.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    MATPOW,
    MUL,
    TRANSPOSE,
    add,
    build,
    call,
    eye,
    hadamard,
    inverse,
    is_zero,
    matpow,
    mul,
    number,
    number_value,
    power,
    scale,
    subtract,
    transpose,
    zeros,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import EYE, ONE
from mcalc.core.op import Linear, Op, give_rules, op
from mcalc.core.products import CHAIN_RULES, chain, scalars
from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.errors import LimitError
from mcalc.ops.blocks import Span, blocks, selection
from mcalc.ops.elementwise import exp, log
from mcalc.ops.shaping import lower_part
from mcalc.ops.vectorize import kron

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from mcalc.core.index import Factor, Index, Slots


class Function(NamedTuple):
    """A primary matrix function: an operation, and its further arguments (a power's exponent)."""

    op: Op
    parameters: tuple[Expr, ...] = ()

    def at(self, A: Expr) -> Expr:
        """f(A)."""
        return build(self.op, (A, *self.parameters))

    def slope_at(self, A: Expr) -> Expr:
        """f'(A), for which tr(L(A, E)) = tr(f'(A)*E); Source: Higham, thm. 3.2 and problem 3.7."""
        if self.op is MATPOW:
            (k,) = self.parameters
            return mul(k, matpow(A, subtract(k, number(1))))
        if self.op is _logm:
            return inverse(A)
        if self.op is _sqrtm:
            return scale(ONE / 2, inverse(self.at(A)))
        return self.at(A)

    def root_at(self, A: Expr) -> Expr | None:
        """f(A) where f is the square root."""
        is_root = self.op is _sqrtm or (
            self.op is MATPOW and number_value(self.parameters[0]) == ONE / 2
        )
        return self.at(A) if is_root else None

    def __str__(self) -> str:
        return f"{self.op.name}({','.join(p.label for p in self.parameters)})"


def _corner(f: Function, P: Expr, E: Expr, Q: Expr) -> Expr:
    """The corner of f([P, E; 0, Q]), written out."""
    m, n = E.shape.axes
    whole = blocks([[P, E], [zeros(Shape(n, m)), Q]], Shape(m + n, m + n))
    top = selection(Span(Size.of(0), m, n))
    right = selection(Span(m, n, Size.of(0)))
    return mul(transpose(top), f.at(whole), right)


def commute(A: Expr, B: Expr) -> bool:
    """Whether A and B are seen to be polynomials in, or functions of, one and the same matrix."""
    return any(len(_made_of((A, B), split_products=split)) < 2 for split in (False, True))


def _made_of(roots: tuple[Expr, ...], *, split_products: bool) -> set[Expr]:
    """What is left of matrices that are taken apart: sums, powers, functions, or products too."""
    found: set[Expr] = set()
    stack, seen = list(roots), set(roots)
    while stack:
        e = stack.pop()
        whole = e.args[0] if e.op is TRANSPOSE else e
        if whole.op is ADD:
            parts: tuple[Expr, ...] = whole.args
        elif whole.op is MATPOW or whole.op in (_expm, _logm, _sqrtm):
            parts = whole.args[:1]
        elif whole.op is MUL and (split_products or scalars(whole)):
            parts = chain(whole) if split_products else (mul(*chain(whole)),)
        else:
            parts = ()
            if e.op is not EYE:
                found.add(e)
        if e is not whole:
            parts = tuple([transpose(part) for part in parts])
        stack += [part for part in parts if part not in seen]
        seen.update(parts)
    return found


# ---------------------------------------------------------------- the derivative in a direction
def frechet(f: Function, A: Expr, E: Expr) -> Expr:
    """L(A, E), the derivative of f at A in the direction E; linear in E."""
    return build(FRECHET, (A, E, *f.parameters), f.op)


def frechet_matrix(f: Function, A: Expr) -> Expr:
    """M with vec(L(A, E)) = M*vec(E).

    For a square root S that solves S*L+L*S = E; Source: Higham, Functions of Matrices, eq. (6.2).
    """
    root = f.root_at(A)
    if root is None:
        return build(FRECHET_MATRIX, (A, *f.parameters), f.op)
    return inverse(_kronecker_sum(root))


def _kronecker_sum(S: Expr) -> Expr:
    """M with vec(S*L+L*S) = M*vec(L)."""
    (n, _) = S.shape.axes
    return add(kron(eye(n), S), kron(transpose(S), eye(n)))


def sum_of_roots(A: Expr) -> Expr:
    """The Kronecker sum of sqrtm(A), invertible: principal roots have a positive real part."""
    return _kronecker_sum(call(_sqrtm, A))


def function_of(node: Expr) -> Function:
    """The function that a node is the derivative of, with its parameters."""
    assert isinstance(node.data, Op)
    return Function(node.data, node.args[2:] if node.op is FRECHET else node.args[1:])


def _build_frechet(args: tuple[Expr, ...], data: Hashable) -> Expr:
    A, E = args[:2]
    if is_zero(E):
        return zeros(E.shape)
    if commute(A, E) and not is_zero(A):  # where a root has no slope
        assert isinstance(data, Op)
        return mul(Function(data, args[2:]).slope_at(A), E)
    known = facts.SYMMETRIC if A.has(facts.SYMMETRIC) and E.has(facts.SYMMETRIC) else 0
    return intern(FRECHET, args, A.shape, data, facts=known)


def _second(node: Expr, i: int, dA: Expr) -> Expr:
    """The change of L(A, E) with A: a corner of the derivative at [A, E; 0, A] along diag."""
    A, E = node.args[:2]
    (n, _) = A.shape.axes
    none = zeros(A.shape)
    shape = Shape(n + n, n + n)
    larger = blocks([[A, E], [none, A]], shape)
    direction = blocks([[dA, none], [none, dA]], shape)
    top, right = selection(Span(Size.of(0), n, n)), selection(Span(n, n, Size.of(0)))
    return mul(transpose(top), frechet(function_of(node), larger, direction), right)


def _by_exponent(node: Expr, i: int, dk: Expr) -> Expr:
    """The change of L(A, E) with the exponent of A^k: a corner of d M^k = M^k*logm(M)*dk."""
    k = node.args[-1]
    A, E = node.args[:2] if node.op is FRECHET else (None, None)
    if A is None or E is None:
        raise LimitError("the Jacobian of a matrix power cannot be differentiated by the exponent")
    m, n = E.shape.axes
    M = blocks([[A, E], [zeros(Shape(n, m)), A]], Shape(m + n, m + n))
    top, right = selection(Span(Size.of(0), m, n)), selection(Span(m, n, Size.of(0)))
    return mul(dk, transpose(top), matpow(M, k), logm(M), right)


def _frechet_indices(
    node: Expr, i: int, out: Slots, new: Callable[[Size], Index]
) -> tuple[list[Factor], Slots, Fraction]:
    (n, _) = node.shape.axes
    k, m = new(n), new(n)
    matrix = frechet_matrix(function_of(node), node.args[0])
    return [(matrix, ((out[1], out[0]), (m, k)))], (k, m), ONE


FRECHET = Op(
    name="derivative of a matrix function",
    doc="The derivative of a primary matrix function at the first argument along the second.",
    linear={
        1: Linear(
            adjoint=lambda node, i, c: frechet(function_of(node), transpose(node.args[0]), c),
            matrix=lambda node, i: frechet_matrix(function_of(node), node.args[0]),
            indices=_frechet_indices,
        )
    },
    differential={0: _second, 2: _by_exponent},
    build=_build_frechet,
    spelled=lambda node: _corner(function_of(node), node.args[0], node.args[1], node.args[0]),
)


def _frechet_matrix_spelled(node: Expr) -> Expr:
    """vec(L(A, E)) = M*vec(E), M the corner of f([kron(eye, A), eye; 0, kron(A', eye)]).

    Source: Higham, Functions of Matrices, sec. 3.2, with kron(eye, A) and kron(A', eye) commuting.
    """
    A = node.args[0]
    (n, _) = A.shape.axes
    return _corner(function_of(node), kron(eye(n), A), eye(n * n), kron(transpose(A), eye(n)))


def _frechet_matrix_change(node: Expr, i: int, dA: Expr) -> Expr:
    A = node.args[0]
    (n, _) = A.shape.axes
    f, N = function_of(node), n * n
    none = zeros(Shape(N, N))
    larger = blocks(
        [[kron(eye(n), A), eye(N)], [none, kron(transpose(A), eye(n))]], Shape(N + N, N + N)
    )
    direction = blocks(
        [[kron(eye(n), dA), none], [none, kron(transpose(dA), eye(n))]], Shape(N + N, N + N)
    )
    top, right = selection(Span(Size.of(0), N, N)), selection(Span(N, N, Size.of(0)))
    return mul(transpose(top), frechet(f, larger, direction), right)


def _build_frechet_matrix(args: tuple[Expr, ...], data: Hashable) -> Expr:
    (n, _) = args[0].shape.axes
    return intern(FRECHET_MATRIX, args, Shape(n * n, n * n), data)


FRECHET_MATRIX: Op = Op(
    name="matrix of the derivative of a matrix function",
    doc="M with vec(L(A, E)) = M*vec(E).",
    differential={0: _frechet_matrix_change, 1: _by_exponent},
    build=_build_frechet_matrix,
    spelled=_frechet_matrix_spelled,
)


def _primary(
    name: str,
    doc: str,
    numpy: str,
    *,
    scalar: Callable[[Expr], Expr],
    domain: Property | None = None,
    at_identity: Callable[[Expr], Expr] | None = None,
    facts_of: Callable[[Expr], int],
    sample: str = "normal",
) -> Op:
    def canonical(node: Expr) -> Expr | None:
        X = node.args[0]
        if X.shape.is_scalar:
            return scalar(X)
        if at_identity is not None and (X.op.name == "eye" or is_zero(X)):
            return at_identity(X)
        return None

    made: Op = op(
        name,
        "(n,n)->(n,n)",
        doc,
        differential={0: lambda node, i, dX: frechet(Function(made), node.args[0], dX)},
        source="Higham, Functions of Matrices, eq. (3.16)",
        numpy=numpy,
        latex=rf"\operatorname{{{name}}}",
        domain=(lambda node: [Condition(domain, node.args[0])]) if domain else None,
        transposed="commutes",
        canonical=canonical,
        facts=lambda args, data, shape: facts_of(args[0]),
        sample=sample,
    )
    return made


_LASTING = facts.DECLARED["diagonal"]


_expm = _primary(
    "expm",
    "The matrix exponential.",
    "scipy.linalg.expm({0})",
    scalar=exp,
    at_identity=lambda X: (
        eye(X.shape.axes[0]) if is_zero(X) else mul(exp(number(1)), eye(X.shape.axes[0]))
    ),
    facts_of=lambda X: (
        X.facts & _LASTING
        | facts.INVERTIBLE
        | (facts.PSD | facts.PD if X.has(facts.SYMMETRIC) else 0)
        | (facts.ORTHOGONAL if X.has(facts.SKEW) else 0)
    ),
)
_logm = _primary(
    "logm",
    "The principal matrix logarithm.",
    "np.real(scipy.linalg.logm({0}))",
    scalar=log,
    domain=Property.NO_NEGATIVE_EIGENVALUE,
    facts_of=lambda X: X.facts & _LASTING,
    sample="spd",
)
_sqrtm = _primary(
    "sqrtm",
    "The principal square root of a matrix.",
    "np.real(scipy.linalg.sqrtm({0}))",
    scalar=lambda x: power(x, number(Fraction(1, 2))),
    domain=Property.NO_NEGATIVE_EIGENVALUE,
    facts_of=lambda X: X.facts & (_LASTING | facts.PSD | facts.PD | facts.INVERTIBLE),
    sample="spd",
)


def logm(X: Expr) -> Expr:
    """The principal logarithm of a matrix."""
    return call(_logm, X)


# ---------------------------------------------------------------- powers
MOST_TERMS = 32
"""The differential of a higher power is not written out term by term."""


def _power_by_base(node: Expr, i: int, dX: Expr) -> Expr:
    """d X^n = Σ X^i*dX*X^(n-1-i), d inv(X) = -inv(X)*dX*inv(X); other powers as any function."""
    X, exponent = node.args
    n = number_value(exponent)
    if n is None or n.denominator != 1:
        return frechet(Function(MATPOW, (exponent,)), X, dX)
    k = abs(n.numerator)
    if k > MOST_TERMS:
        return frechet(Function(MATPOW, (exponent,)), X, dX)
    if n > 0:
        parts = [mul(matpow(X, number(j)), dX, matpow(X, number(k - 1 - j))) for j in range(k)]
        return add(*parts)
    parts = [mul(matpow(X, number(-j)), dX, matpow(X, number(j - k - 1))) for j in range(1, k + 1)]
    return scale(-1, add(*parts))


give_rules(
    MATPOW,
    differential={
        0: _power_by_base,
        1: lambda node, i, dk: mul(dk, node, logm(node.args[0])),
    },
    source="Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 4 and ch. 9, sec. 14",
)


# ---------------------------------------------------------------- the Cholesky factor
def _chol_change(node: Expr, i: int, dS: Expr) -> Expr:
    """dL = L*Φ(inv(L)*dS*inv(L)'), Φ the lower triangle with half the diagonal."""
    L = node
    (n, _) = L.shape.axes
    inner = mul(inverse(L), dS, transpose(inverse(L)))
    halved = scale(ONE / 2, hadamard(eye(n), inner))
    return mul(L, subtract(lower_part(inner), halved))


def _cholesky_in(e: Expr) -> Expr | None:
    """The Cholesky factor that this is, or the transpose, the inverse or another power of."""
    while e.op in (TRANSPOSE, MATPOW):
        e = e.args[0]
    return e if e.op is _chol else None


def _cholesky_product(links: tuple[Expr, ...]) -> tuple[int, Expr] | None:
    """L*L' = S for L = chol(S), and what follows from it, where S is known to have a factor."""
    a, b = links[-2:]
    L = _cholesky_in(a) or _cholesky_in(b)
    if L is None or not L.args[0].has(facts.PD):
        return None
    S, Lt = L.args[0], transpose(L)
    products = {
        (L, Lt): S,
        (inverse(Lt), inverse(L)): inverse(S),
        (inverse(L), S): Lt,
        (S, inverse(Lt)): L,
        (inverse(S), L): inverse(Lt),
        (Lt, inverse(S)): inverse(L),
    }
    made = products.get((a, b))
    return None if made is None else (2, made)


CHAIN_RULES.append(_cholesky_product)

_chol = op(
    "chol",
    "(n,n)->(n,n)",
    "The lower Cholesky factor of a symmetric positive definite matrix.",
    differential={0: _chol_change},
    source="Murray, Differentiation of the Cholesky decomposition (2016), eq. (7)",
    numpy="np.linalg.cholesky({0})",
    latex=r"\operatorname{chol}",
    domain=lambda node: [Condition(Property.POSITIVE_DEFINITE, node.args[0])],
    canonical=lambda node: (
        power(node.args[0], number(Fraction(1, 2)))
        if node.args[0].shape.is_scalar
        else node.args[0]
        if node.args[0].op.name == "eye"
        else None
    ),
    facts=lambda args, data, shape: facts.LOWER | facts.INVERTIBLE | args[0].facts & facts.DIAGONAL,
    needs_symmetric=True,
    sample="spd",
)
