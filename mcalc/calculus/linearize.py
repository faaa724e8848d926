"""The differential: the linear map dX ↦ df, written in matrix algebra."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mcalc.core.algebra import add, build, with_argument, zeros
from mcalc.core.expr import Expr, dependents, postorder
from mcalc.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@lru_cache(maxsize=8)  # matrix and index notation begin alike
def linearize(f: Expr, X: Expr, dX: Expr) -> Expr:
    """df, the differential of f for a change dX of X; linear in dX.

    Shapes: dX as X, the result as f.
    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 5, sec. 4 (the differential as
        the best linear map) and sec. 15 (Cauchy's rule of invariance, the chain rule).

    >>> import mcalc.ops
    >>> from mcalc.core.leaves import tangent, variable
    >>> from mcalc.core.shape import Shape
    >>> from mcalc.core.size import Size
    >>> x = variable("x", Shape(Size.symbol("n")))
    >>> dx = tangent(x)
    >>> linearize(x.T @ x, x, dx) is 2 * (x.T @ dx)
    True
    """
    return changed(f, {X: dX})


def changed(
    f: Expr,
    given: Mapping[Expr, Expr],
    rule: Callable[[Expr, Mapping[Expr, Expr]], Expr | None] = lambda node, changes: None,
) -> Expr:
    """df for the given changes of some of its parts, the others held fixed.

    rule is asked first for the change of a node, from those of its arguments.
    """
    changing = dependents(f, given)
    changes = dict(given)
    for node in postorder(f):
        if node in changing and node not in changes:
            own = rule(node, changes)
            changes[node] = _change(node, changes) if own is None else own
    return changes[f] if f in changing else zeros(f.shape)


def _change(node: Expr, changes: Mapping[Expr, Expr]) -> Expr:
    """The change of a node from the changes of its arguments."""
    if node.op.joint:
        args = tuple([changes.get(a) or zeros(a.shape) for a in node.args])
        return build(node.op, args, node.data)
    parts = []
    for i, a in enumerate(node.args):
        if a not in changes:
            continue
        if node.op.linear_in(i):
            parts.append(with_argument(node, i, changes[a]))
            continue
        rule = node.op.differential_by(i)
        if rule is None:
            raise InternalError(f"no differential of {node.op.name} by its argument {i + 1}")
        parts.append(rule(node, i, changes[a]))
    return add(*parts)
