"""Structured variables: the subspace in which they change, and the projection onto it."""

from __future__ import annotations

from mcalc.core import facts
from mcalc.core.algebra import add, eye, hadamard, mul, rebuilt, scale, subtract, transpose
from mcalc.core.expr import Expr, intern, rebuild
from mcalc.core.leaves import ONE, TANGENT, Direction, variable_name
from mcalc.errors import RequestError
from mcalc.ops.shaping import lower_part, symmetric_part, upper_part


def project(G: Expr, X: Expr) -> Expr:
    """The orthogonal projection of G onto the space in which X changes (Frobenius inner product).

    symmetric (G+G')/2, skew (G-G')/2, triangular and diagonal: the entries that may change;
    orthogonal: the tangent space at X, G - X*(G'*X+X'*G)/2.
    Source: for the last, Edelman, Arias & Smith (1998), sec. 2.2.1.
    """
    if X.has(facts.DIAGONAL):
        return hadamard(eye(X.shape.axes[0]), G)
    if X.shape.is_scalar:
        return G
    if X.has(facts.SYMMETRIC):
        return symmetric_part(G)
    if X.has(facts.SKEW):
        return scale(ONE / 2, subtract(G, transpose(G)))
    if X.has(facts.LOWER):
        return lower_part(G)
    if X.has(facts.UPPER):
        return upper_part(G)
    if X.has(facts.ORTHOGONAL):
        bent = add(mul(transpose(G), X), mul(transpose(X), G))
        return subtract(G, scale(ONE / 2, mul(X, bent)))
    return G


def check_space(X: Expr) -> None:
    """Refuse a variable that has no space to change in here.

    Raises: RequestError.
    """
    if X.has(facts.PROJECTOR):
        raise RequestError(
            f"a derivative by the projector {variable_name(X)} is not supported",
            hint="write the projector out, as X*pinv(X), and differentiate by X",
        )


def is_structured(X: Expr) -> bool:
    """Whether X changes in a proper subspace only."""
    restricting = (
        facts.DIAGONAL | facts.SYMMETRIC | facts.SKEW | facts.LOWER | facts.UPPER | facts.ORTHOGONAL
    )
    return X.shape.is_matrix and X.has(restricting)


def released(form: Expr, X: Expr, dX: Expr) -> tuple[Expr, Expr]:
    """The form with the projection of an unrestricted tangent in place of dX, and that tangent.

    So the structure enters the matrix of a linear map, or its entries, with no rule of its own.
    """
    if not is_structured(X):
        return form, dX
    assert isinstance(dX.data, Direction)
    free = intern(TANGENT, (), dX.shape, Direction(dX.data.variable, -1 - dX.data.number), name="d")
    projected = project(free, X)
    return rebuild(form, lambda node, args: projected if node is dX else rebuilt(node, args)), free
