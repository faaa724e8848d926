"""Functions of matrices written by eigenvectors or singular vectors, without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    POWER,
    add,
    call,
    eye,
    fill_value,
    matpow,
    mul,
    number,
    number_value,
    power,
    scale,
    transpose,
)
from mcalc.core.expr import dependents, postorder
from mcalc.core.hadamard import hadamard_factors
from mcalc.core.op import OPS
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, scalars, take_scalars
from mcalc.core.sums import coefficients, terms
from mcalc.ops.shaping import DIAG

if TYPE_CHECKING:
    from mcalc.core.expr import Expr

_OF_MATRICES = {"exp": "expm", "log": "logm", "sqrt": "sqrtm"}
"""Functions of numbers, and the same of matrices."""


def without_vectors(e: Expr) -> Expr | None:
    """eigvecs(S)*diag(f(eigvals(S)))*eigvecs(S)' = f(S); so for svdu, svdv and odd functions."""
    if e.op is not MUL:
        return None
    links = chain(e)
    for i in range(len(links) - 2):
        left, middle, right = links[i : i + 3]
        if middle.op is DIAG:
            made = _joined(left, middle.args[0], transpose(right))
            if made is not None:
                return mul(number(1), *scalars(e), *links[:i], made, *links[i + 3 :])
    return None


def _joined(left: Expr, values: Expr, right: Expr) -> Expr | None:
    """left*diag(values)*right' without the vectors on both sides."""
    if left.op is OPS["eigvecs"] and left is right:
        S = left.args[0]
        return _of_matrix(values, call(OPS["eigvals"], S), S)
    if left.op is OPS["svdu"] and right.op is OPS["svdv"] and left.args == right.args:
        return _odd(values, left.args[0])
    return None


def _odd(values: Expr, X: Expr) -> Expr | None:
    """X*g(X'*X) where the values are s.*g(s.^2) for the singular values s of X."""
    s = call(OPS["svdvals"], X)
    parts = []
    for term, c in terms(values):
        factor, array = take_scalars(term)
        rest, k = [], number(0)
        for f in hadamard_factors(array):
            base, exponent = base_and_exponent(f)
            if base is s:
                k = exponent
            else:
                rest.append(f)
        n = number_value(k)
        if n is None or n.denominator != 1 or n < 1 or n % 2 == 0:
            return None
        square, gram = power(s, number(2)), mul(transpose(X), X)
        around = [_of_matrix(f, square, gram) for f in rest]
        if None in around:
            return None
        inner = [matpow(gram, number((n - 1) / 2)), *[M for M in around if M is not None]]
        parts.append(scale(c, mul(factor, X, *inner)))
    return add(*parts) if parts else None


def _of_matrix(values: Expr, spectrum: Expr, M: Expr) -> Expr | None:
    """f(M) where the values are f(spectrum), entry by entry."""
    identity = eye(M.shape.axes[0])
    changing = dependents(values, (spectrum,))
    made: dict[Expr, Expr | None] = {spectrum: M}
    for node in postorder(values):
        if node not in changing:
            value = node if node.shape.is_scalar else fill_value(node)
            made[node] = value if node.shape.is_scalar or value is None else mul(value, identity)
        elif node not in made:
            args = [made[a] for a in node.args]
            made[node] = None if None in args else _step(node, [a for a in args if a is not None])
    return made[values]


def _step(node: Expr, args: list[Expr]) -> Expr | None:
    """An operation on entries, done with matrices that commute; None where there is none such."""
    if node.op is ADD:
        return add(*[scale(c, M) for c, M in zip(coefficients(node), args, strict=True)])
    if node.op is HADAMARD or (node.op is MUL and len(chain(node)) == 1):
        return mul(*args)
    if node.op is POWER:
        n = number_value(args[1])
        if n is None or n.denominator > 2:
            return None
        base = args[0] if n.denominator == 1 else call(OPS["sqrtm"], args[0])
        return matpow(base, number(n.numerator))
    name = _OF_MATRICES.get(node.op.name)
    return None if name is None else call(OPS[name], args[0])
