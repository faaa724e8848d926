"""The pseudoinverse, and the projectors that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    MUL,
    TRANSPOSE,
    add,
    call,
    eye,
    inverse,
    mul,
    scale,
    subtract,
    transpose,
    zeros,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.leaves import EYE
from mcalc.core.op import everywhere, op
from mcalc.core.product_facts import PROJECTIONS
from mcalc.core.products import CHAIN_RULES
from mcalc.core.shape import Shape
from mcalc.core.sums import DIFFERENCE, coefficients

if TYPE_CHECKING:
    from mcalc.core.expr import Expr


def _pinv_change(node: Expr, i: int, dX: Expr) -> Expr:
    """dP = -P*dX*P + P*P'*dX'*(eye-X*P) + (eye-P*X)*dX'*P'*P, while the rank stays."""
    X, P = node.args[0], node
    m, n = X.shape.axes
    left = subtract(eye(m), mul(X, P))
    right = subtract(eye(n), mul(P, X))
    return add(
        scale(-1, mul(P, dX, P)),
        mul(P, transpose(P), transpose(dX), left),
        mul(right, transpose(dX), transpose(P), P),
    )


def _simpler_pinv(node: Expr) -> Expr | None:
    X = node.args[0]
    if X.has(facts.INVERTIBLE):
        return inverse(X)
    return X.args[0] if X.op is _pinv else None


_pinv = op(
    "pinv",
    "[m,n]->[n,m]",
    "The Moore-Penrose pseudoinverse; its derivative holds where the rank is constant.",
    differential={0: _pinv_change},
    source="Golub & Pereyra (1973), thm. 4.3",
    numpy="np.linalg.pinv({0})",
    latex=r"\operatorname{pinv}",
    domain=lambda node: [Condition(Property.CONSTANT_RANK, node.args[0])],
    exists=everywhere,
    transposed="commutes",
    canonical=_simpler_pinv,
)


def pinv(X: Expr) -> Expr:
    """The pseudoinverse of a matrix."""
    return call(_pinv, X)


def _pinv_of(e: Expr) -> Expr | None:
    """X where the expression is pinv(X), or its transpose."""
    if e.op is _pinv:
        return e.args[0]
    turned = e.op is TRANSPOSE and e.args[0].op is _pinv
    return transpose(e.args[0].args[0]) if turned else None


def _is_pair(a: Expr, b: Expr) -> bool:
    """Whether one is the pseudoinverse of the other: a*b is then an orthogonal projector."""
    return _pinv_of(a) is b or _pinv_of(b) is a


def _projected(links: tuple[Expr, ...]) -> tuple[int, Expr] | None:
    """X*pinv(X)*X = X and its like; pinv(X)'*X' = X*pinv(X); what a projector takes away.

    Source: the conditions of Penrose, Golub & Van Loan, Matrix Computations, sec. 5.5.2.
    """
    a, b = links[-2:]
    if _is_pair(a, b):
        if len(links) == 3 and links[0] in (b, transpose(a)):
            return 3, links[0]
        if a.op is TRANSPOSE and b.op is TRANSPOSE:
            return 2, mul(transpose(b), transpose(a))
    if len(links) == 3 and _is_pair(links[0], a) and b in (links[0], transpose(a)):
        return 3, b
    if _takes_away(a, b) or (a.op is ADD and _takes_away(transpose(b), transpose(a))):
        return 2, zeros(Shape(a.shape.rows, b.shape.cols))
    return None


def _takes_away(a: Expr, b: Expr) -> bool:
    """Whether b is eye-X*pinv(X) or eye-pinv(X)*X, and a*b = 0."""
    if b.op is not ADD or len(b.args) != 2 or coefficients(b) != DIFFERENCE:
        return False
    one, other = b.args
    if one.op is not EYE or other.op is not MUL or len(other.args) != 2:
        return False
    u, v = other.args
    return _is_pair(u, v) and a in (v, transpose(u))


CHAIN_RULES.append(_projected)
PROJECTIONS.append(_is_pair)
