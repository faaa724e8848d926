"""Functions of symmetric matrices by their eigenvalues, which take no other decomposition."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import call, number, power
from mcalc.core.op import OPS
from mcalc.ops.elementwise import exp, log

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value

_ENTRYWISE = {
    OPS["expm"]: (exp, facts.SYMMETRIC),
    OPS["logm"]: (log, facts.SYMMETRIC),
    # Rounding makes an eigenvalue that is zero a negative number.
    OPS["sqrtm"]: (lambda x: power(x, number(Fraction(1, 2))), facts.PD),
}
"""What is done to the eigenvalues, and what has to be known of the matrix."""
MATRIX_FUNCTIONS = tuple(_ENTRYWISE)


def function_of(g: Generator, node: Expr) -> Value:
    """V*diag(f(λ))*V' for a function of a symmetric matrix; of another, the library's."""
    values = _values(g, node)
    if values is None:
        return g.call(node.op, g.memo[node.args[0]], shape=node.shape.axes)
    V = g.emit(call(OPS["eigvecs"], node.args[0]))
    return g.matmul(g.times(V, values), g.transposed(V))


def trace_of(g: Generator, node: Expr) -> Value | None:
    """The sum of f(λ) for the trace of a function of a symmetric matrix."""
    values = _values(g, node) if node.op in _ENTRYWISE else None
    return None if values is None else g.value("sum", values)


def _values(g: Generator, node: Expr) -> Value | None:
    """The eigenvalues of a function of a symmetric matrix."""
    entrywise, needed = _ENTRYWISE[node.op]
    S = node.args[0]
    return g.emit(entrywise(call(OPS["eigvals"], S))) if S.has(needed) else None
