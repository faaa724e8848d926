"""Eigenvalues of symmetric matrices, singular values, and the vectors that belong to them.

The derivatives need vectors, which have functions of their own: `eigvecs(S)` are the unit
eigenvectors, as columns in the order of the eigenvalues, and so on. Their signs are not determined;
every derivative has them in pairs.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    add,
    call,
    eye,
    hadamard,
    inverse,
    is_filled_with_one,
    matpow,
    mul,
    number,
    number_value,
    ones,
    power,
    subtract,
    transpose,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.op import OPS, Op, everywhere, op
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import CHAIN_RULES
from mcalc.ops.linear import inner, trace
from mcalc.ops.pseudoinverse import pinv
from mcalc.ops.shaping import diag, diagonal

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr
    from mcalc.core.size import Size


def _condition(property_: Property) -> Callable[[Expr], list[Condition]]:
    return lambda node: [Condition(property_, node.args[0])]


def _order(S: Expr) -> Size:
    return S.shape.axes[0]


# ---------------------------------------------------------------- one eigenvalue
def _extreme(name: str, vector_name: str, word: str, place: int, simple: Property) -> Op:
    def vector_change(node: Expr, i: int, dS: Expr) -> Expr:
        """dv = pinv(λ*eye-S)*dS*v."""
        S = node.args[0]
        shifted = subtract(mul(call(value, S), eye(_order(S))), S)
        return mul(pinv(shifted), dS, node)

    def value_change(node: Expr, i: int, dS: Expr) -> Expr:
        """dλ = v'*dS*v."""
        v = call(vector, node.args[0])
        return mul(transpose(v), dS, v)

    vector = op(
        vector_name,
        "[n,n]->[n]",
        f"The unit eigenvector of a symmetric matrix for its {word} eigenvalue.",
        differential={0: vector_change},
        source="Magnus & Neudecker, Matrix Differential Calculus, ch. 9, sec. 8, thm. 8.9",
        numpy=f"np.linalg.eigh({{0}})[1][:, {place}]",
        latex=rf"v_{{\{name[-3:]}}}",
        domain=_condition(simple),
        exists=everywhere,
        needs_symmetric=True,
        sample="symmetric",
    )
    value = op(
        name,
        "(n,n)->()",
        f"The {word} eigenvalue of a symmetric matrix.",
        differential={0: value_change},
        source="Magnus & Neudecker, Matrix Differential Calculus, ch. 9, sec. 8, eq. (16)",
        numpy=f"np.linalg.eigvalsh({{0}})[{place}]",
        latex=rf"\lambda_{{\{name[-3:]}}}",
        domain=_condition(simple),
        exists=everywhere,
        canonical=lambda node: node.args[0] if node.args[0].shape.is_scalar else None,
        facts=lambda args, data, shape: _sign_of_spectrum(args[0]),
        needs_symmetric=True,
        sample="symmetric",
    )
    return value


def is_ones_row(e: Expr) -> bool:
    """Whether this is the row of ones."""
    return e.shape.is_row and is_filled_with_one(e)


def _sign_of_spectrum(S: Expr) -> int:
    known = 0
    if S.has(facts.PSD):
        known |= facts.NONNEGATIVE
    if S.has(facts.PD):
        known |= facts.NONNEGATIVE | facts.POSITIVE
    return known


LAMBDA_MAX = _extreme("lambda_max", "eigvec_max", "largest", -1, Property.SIMPLE_LARGEST)
_extreme("lambda_min", "eigvec_min", "smallest", 0, Property.SIMPLE_SMALLEST)


# ---------------------------------------------------------------- all eigenvalues
def _reciprocal_gaps(values: Expr) -> Expr:
    """F with F_ij = 1/(λ_j-λ_i) off the diagonal and 0 on it."""
    n = values.shape.axes[0]
    row = mul(ones(n), transpose(values))
    gaps = add(subtract(row, transpose(row)), eye(n))
    return subtract(power(gaps, number(-1)), eye(n))


def _eigvecs_change(node: Expr, i: int, dS: Expr) -> Expr:
    """dV = V*(F.*(V'*dS*V))."""
    V = node
    F = _reciprocal_gaps(call(_eigvals, node.args[0]))
    return mul(V, hadamard(F, mul(transpose(V), dS, V)))


_eigvecs = op(
    "eigvecs",
    "[n,n]->[n,n]",
    "The unit eigenvectors of a symmetric matrix as columns, in the order of eigvals.",
    differential={0: _eigvecs_change},
    source="Giles, Collected matrix derivative results (2008), sec. 3.1",
    numpy="np.linalg.eigh({0})[1]",
    domain=_condition(Property.SIMPLE_SPECTRUM),
    exists=everywhere,
    facts=lambda args, data, shape: facts.ORTHOGONAL | facts.INVERTIBLE,
    needs_symmetric=True,
    sample="symmetric",
)


def _eigvals_change(node: Expr, i: int, dS: Expr) -> Expr:
    V = call(_eigvecs, node.args[0])
    return diagonal(mul(transpose(V), dS, V))


_eigvals = op(
    "eigvals",
    "[n,n]->[n]",
    "The eigenvalues of a symmetric matrix, ascending.",
    differential={0: _eigvals_change},
    source="Giles, Collected matrix derivative results (2008), sec. 3.1",
    numpy="np.linalg.eigvalsh({0})",
    domain=_condition(Property.SIMPLE_SPECTRUM),
    exists=everywhere,
    facts=lambda args, data, shape: _sign_of_spectrum(args[0]),
    after=lambda node, left: trace(node.args[0]) if is_ones_row(left) else None,
    needs_symmetric=True,
    sample="symmetric",
)


def _sum_of_powers(links: tuple[Expr, ...]) -> tuple[int, Expr] | None:
    """The sum of the k-th powers of the eigenvalues is tr(S^k), that of logarithms logdet(S).

    Of a matrix with negative eigenvalues there are no logarithms, whatever its determinant.
    """
    left, right = links[-2:]
    base, exponent = base_and_exponent(right)
    if right.op is OPS["log"] and right.args[0].op is _eigvals and is_ones_row(left):
        S = right.args[0].args[0]
        return (2, call(OPS["logdet"], S)) if S.has(facts.PD) else None
    n = number_value(exponent)
    if base.op is not _eigvals or n is None:
        return None
    if left is transpose(right):
        n *= 2
    elif not is_ones_row(left):
        return None
    return (2, trace(matpow(base.args[0], number(n)))) if n.denominator == 1 else None


CHAIN_RULES.append(_sum_of_powers)


# ---------------------------------------------------------------- singular values
def _singular(name: str, doc: str, shape: str, template: str) -> Op:
    """The thin singular vectors on one side."""
    left = name == "svdu"

    def change(node: Expr, i: int, dX: Expr) -> Expr:
        X = node.args[0]
        U, s, V = call(_svdu, X), call(_svdvals, X), call(_svdv, X)
        inside = mul(transpose(U), dX, V)
        F = _reciprocal_gaps(power(s, number(2)))
        S = diag(s)
        if left:
            turned = add(mul(inside, S), mul(S, transpose(inside)))
            outside, W, along = dX, U, V
        else:
            turned = add(mul(S, inside), mul(transpose(inside), S))
            outside, W, along = transpose(dX), V, U
        rest = subtract(eye(W.shape.axes[0]), mul(W, transpose(W)))
        return add(mul(W, hadamard(F, turned)), mul(rest, outside, along, inverse(S)))

    return op(
        name,
        shape,
        doc,
        differential={0: change},
        source="Townsend, Differentiating the singular value decomposition, eq. (19, 20)",
        numpy=template,
        domain=_condition(Property.SIMPLE_SINGULAR),
        exists=everywhere,
    )


_svdu = _singular(
    "svdu",
    "The left singular vectors as columns, in the order of svdvals.",
    "[m,n]->[m,min]",
    "np.linalg.svd({0}, full_matrices=False)[0]",
)
_svdv = _singular(
    "svdv",
    "The right singular vectors as columns, in the order of svdvals.",
    "[m,n]->[n,min]",
    "np.linalg.svd({0}, full_matrices=False)[2].T",
)
_svdvals = op(
    "svdvals",
    "[m,n]->[min]",
    "The singular values, descending.",
    differential={
        0: lambda node, i, dX: diagonal(
            mul(transpose(call(_svdu, node.args[0])), dX, call(_svdv, node.args[0]))
        )
    },
    numpy="np.linalg.svd({0}, compute_uv=False)",
    domain=_condition(Property.SIMPLE_SINGULAR),
    exists=everywhere,
    transposed="invariant",
    facts=lambda args, data, shape: facts.NONNEGATIVE,
    after=lambda node, left: call(_nucnorm, node.args[0]) if is_ones_row(left) else None,
)


def _nucnorm_change(node: Expr, i: int, dX: Expr) -> Expr:
    """⟨U*V', dX⟩."""
    X = node.args[0]
    return inner(mul(call(_svdu, X), transpose(call(_svdv, X))), dX)


_nucnorm: Op = op(
    "nucnorm",
    "[m,n]->()",
    "The nuclear norm: the sum of the singular values.",
    differential={0: _nucnorm_change},
    source="Watson, Characterization of the subdifferential of some matrix norms (1992)",
    numpy="np.sum(np.linalg.svd({0}, compute_uv=False))",
    latex=r"\lVert\cdot\rVert_{*}",
    domain=_condition(Property.FULL_RANK),
    exists=everywhere,
    transposed="invariant",
    facts=lambda args, data, shape: facts.NONNEGATIVE,
    canonical=lambda node: trace(node.args[0]) if node.args[0].has(facts.PSD) else None,
)

op(
    "specnorm",
    "[m,n]->()",
    "The spectral norm: the largest singular value.",
    # Source: σ_max(X)^2 is the largest eigenvalue of X'*X.
    define=lambda X: power(call(LAMBDA_MAX, mul(transpose(X), X)), number(Fraction(1, 2))),
    numpy="np.linalg.norm({0}, 2)",
)
