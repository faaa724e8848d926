"""Sums over all eigenvalues, as traces of functions of the matrix.

They are smooth where eigenvalues meet, too, and need no eigenvectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import ADD, HADAMARD, MUL, POWER, add, call, fill_value, matpow, mul, number
from mcalc.core.leaves import eye, number_value
from mcalc.core.op import OPS
from mcalc.core.products import chain, scalars
from mcalc.core.sums import coefficients, scale
from mcalc.ops.linear import trace

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.size import Size

_EIGVALS, _EXP, _LOG = OPS["eigvals"], OPS["exp"], OPS["log"]
_OF_MATRIX = {_EXP: OPS["expm"], _LOG: OPS["logm"]}


def spectral_sum(x: Expr) -> Expr | None:
    """tr(F(S)) for the sum of f(eigvals(S)), where F is made of functions of the language.

    Source: Lewis, Derivatives of spectral functions (1996).
    """
    if not x.shape.is_column:
        return None
    order: list[Expr] = []  # what x is made of, entry by entry, each before its parts
    spectra: set[Expr] = set()
    stack = [x]
    while stack:
        node = stack.pop()
        order.append(node)
        if node.op is _EIGVALS:
            spectra.add(node.args[0])
        elif fill_value(node) is None:
            parts = _parts(node)
            if not parts:
                return None
            stack += parts
    if len(spectra) != 1:
        return None
    (S,) = spectra
    found: dict[Expr, Expr] = {}
    for node in reversed(order):
        found[node] = S if node.op is _EIGVALS else _matrix_of(node, found, S.shape.axes[0])
    return trace(found[x])


def _parts(node: Expr) -> tuple[Expr, ...]:
    """The columns that the entries are computed from, if functions of a matrix can follow."""
    if node.op is POWER:
        exponent = number_value(node.args[1])
        return node.args[:1] if exponent is not None and exponent.denominator < 3 else ()
    if node.op is MUL:
        return chain(node) if len(chain(node)) == 1 else ()
    return node.args if node.op in (ADD, HADAMARD, *_OF_MATRIX) else ()


def _matrix_of(node: Expr, found: dict[Expr, Expr], n: Size) -> Expr:
    """The function of the matrix whose eigenvalues are the entries."""
    filling = fill_value(node)
    if filling is not None:
        return mul(filling, eye(n))
    parts = [found[part] for part in _parts(node)]
    if node.op is POWER:
        exponent = number_value(node.args[1])
        assert exponent is not None
        root = parts[0] if exponent.denominator == 1 else call(OPS["sqrtm"], *parts)
        return matpow(root, number(exponent.numerator))
    if node.op is ADD:
        return add(*[scale(c, F) for c, F in zip(coefficients(node), parts, strict=True)])
    if node.op in (HADAMARD, MUL):
        return mul(*scalars(node), *parts)
    return call(_OF_MATRIX[node.op], *parts)
