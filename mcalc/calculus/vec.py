"""The matrix of a linear map on stacked columns: vec(dF) = J*vec(dX)."""

from __future__ import annotations

from mcalc.core.algebra import add, eye, mul, number, zeros
from mcalc.core.expr import Expr, dependents, postorder
from mcalc.core.shape import Shape
from mcalc.errors import InternalError


def entries(shape: Shape) -> Shape:
    """The shape of vec: a column of all entries; a scalar stays one."""
    if not shape.is_matrix:
        return Shape(*shape.axes[:1])
    rows, cols = shape.axes
    return Shape(rows * cols)


def jacobian(dF: Expr, dX: Expr) -> Expr:
    """J with vec(dF) = J*vec(dX), for dF linear in dX.

    Shapes: entries of dF by entries of dX; where both are vectors, the ordinary Jacobian.
    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 9, sec. 3 to 5.

    >>> import mcalc.ops
    >>> from mcalc.core.leaves import tangent, variable
    >>> from mcalc.core.shape import Shape
    >>> from mcalc.core.size import Size
    >>> m, n = Size.symbol("m"), Size.symbol("n")
    >>> A, x = variable("A", Shape(m, n)), variable("x", Shape(n))
    >>> jacobian(A @ tangent(x), tangent(x)) is A
    True
    """
    size = entries(dX.shape).rows
    varying = dependents(dF, (dX,))
    if dF not in varying:
        return zeros(Shape(entries(dF.shape).rows, size))
    matrices = {dX: number(1) if size is None else eye(size)}
    for node in postorder(dF):
        if node not in varying or node is dX:
            continue
        parts = []
        for i, a in enumerate(node.args):
            if a in varying:
                rules = node.op.linear_in(i)
                if rules is None:
                    raise InternalError(f"{node.op.name} is not linear in its argument {i + 1}")
                parts.append(mul(rules.matrix(node, i), matrices[a]))
        matrices[node] = add(*parts)
    return matrices[dF]
