"""Inverses, solutions and determinants of square matrices, by what is known of the matrix.

Diagonal matrices divide, triangular ones are solved with, positive definite ones have a Cholesky
factor, all others an LU factor; what is asked of one matrix shares its factor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import TRANSPOSE
from mcalc.core.op import OPS
from mcalc.ops.elementwise import ABS, LOG
from mcalc.ops.shaping import DIAG, DIAGONAL

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value


def solved(g: Generator, f: Expr, to: Value, *, flipped: bool = False) -> Value:
    """f*to, or f'*to where flipped, for an inverse f, by what is known of the matrix inverted."""
    inner = f.args[0] if f.op is TRANSPOSE else f
    X, turned = inner.args[0], (f.op is TRANSPOSE) != flipped
    if X.op is TRANSPOSE:
        X, turned = X.args[0], not turned
    turned = turned and not X.has(facts.SYMMETRIC)
    if X.has(facts.DIAGONAL):
        d = _diagonal(g, X)
        return g.over(to, g.column(d) if to.rank == 2 else d)
    if X.has(facts.LOWER | facts.UPPER):
        side = "lower" if X.has(facts.LOWER) else "upper"
        data = (side, turned)
        return g.value("triangular solve", g.emit(X), to, data=data, shape=to.shape)
    if X.has(facts.PD):
        return g.value("cholesky solve", cholesky_of(g, X), to, shape=to.shape)
    return g.value("lu solve", lu_of(g, X), to, data=turned or None, shape=to.shape)


def inverse_of(g: Generator, X: Expr) -> Value:
    """inv(X), whole."""
    if X.op is TRANSPOSE:
        return g.transposed(inverse_of(g, X.args[0]))
    shape = X.shape.axes
    if X.has(facts.DIAGONAL):
        below = g.over(g.number(1), _diagonal(g, X))
        return g.call(DIAG, below, shape=shape)
    if X.has(facts.LOWER | facts.UPPER):
        data = ("lower" if X.has(facts.LOWER) else "upper", False)
        one = g.value("eye", data=shape[0], shape=shape)
        return g.value("triangular solve", g.emit(X), one, data=data, shape=shape)
    if X.has(facts.PD):
        return g.value("cholesky inverse", cholesky_of(g, X), shape=shape)
    return g.value("lu inverse", lu_of(g, X), shape=shape)


def cholesky_of(g: Generator, X: Expr) -> Value:
    """The Cholesky factor of a positive definite matrix."""
    return g.value("cholesky", g.emit(X), shape=X.shape.axes)


def lu_of(g: Generator, X: Expr) -> Value:
    """The LU factor of a square matrix."""
    return g.value("lu", g.emit(X), shape=X.shape.axes)


def _diagonal(g: Generator, X: Expr) -> Value:
    """The entries of a diagonal or triangular matrix on the diagonal."""
    if X.op is DIAG:
        return g.emit(X.args[0])
    return g.call(DIAGONAL, g.emit(X), shape=X.shape.axes[:1])


def logdet_of(g: Generator, node: Expr) -> Value:
    """log|det(X)|."""
    X = node.args[0]
    if X.has(facts.LOWER | facts.UPPER):
        d = _diagonal(g, X)
        size = g.call(ABS, d, shape=d.shape)
        return g.value("sum", g.call(LOG, size, shape=d.shape))
    if X.has(facts.PD):
        return g.value("cholesky logdet", cholesky_of(g, X))
    return g.value("lu logdet", lu_of(g, X))


def det_of(g: Generator, node: Expr) -> Value:
    """det(X)."""
    X = node.args[0]
    if X.has(facts.LOWER | facts.UPPER):
        return g.call(OPS["prod"], _diagonal(g, X))
    return g.value("lu det", lu_of(g, X))


def log_of(g: Generator, node: Expr) -> Value:
    """The logarithm, of a determinant without the determinant."""
    (X,) = node.args
    v = g.memo[X]
    if v.kind != "lu det":
        return g.call(LOG, v, shape=v.shape)
    (square,) = X.args
    if square.has(facts.PD):
        return g.value("cholesky logdet", cholesky_of(g, square))
    sign = g.call(LOG, g.value("lu sign", *v.args))
    return g.plus(g.value("lu logdet", *v.args), sign)
