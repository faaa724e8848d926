"""The adjoint of a linear map: from the differential of a scalar to its gradient."""

from __future__ import annotations

from mcalc.core.algebra import add, zeros
from mcalc.core.expr import Expr, dependents, postorder
from mcalc.errors import InternalError


def transpose(df: Expr, dX: Expr, seed: Expr) -> Expr:
    """The adjoint of the linear map dX ↦ df, applied to `seed`.

    Shapes: seed as df, the result as dX.
    Raises: InternalError where df is not linear in dX.
    Source: Radul et al., You Only Linearize Once (2022), sec. 5.

    >>> import mcalc.ops
    >>> from mcalc.core.leaves import number, tangent, variable
    >>> from mcalc.core.shape import Shape
    >>> from mcalc.core.size import Size
    >>> n = Size.symbol("n")
    >>> X, A = variable("X", Shape(n, n)), variable("A", Shape(n, n))
    >>> transpose(mcalc.ops.linear.trace(A @ tangent(X)), tangent(X), number(1)) is A.T
    True
    """
    varying = dependents(df, (dX,))
    if df not in varying:
        return zeros(dX.shape)
    cotangents: dict[Expr, list[Expr]] = {df: [seed]}
    for node in reversed([node for node in postorder(df) if node in varying]):
        if node is dX:
            continue
        c = add(*cotangents.pop(node))
        for i, a in enumerate(node.args):
            if a not in varying:
                continue
            rules = node.op.linear_in(i)
            if rules is None:
                raise InternalError(f"{node.op.name} is not linear in its argument {i + 1}")
            cotangents.setdefault(a, []).append(rules.adjoint(node, i, c))
    return add(*cotangents[dX])
