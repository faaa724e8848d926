"""Which expressions are affine in a variable."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from mcalc.convexity.memo import Memo

if TYPE_CHECKING:
    from mcalc.core.expr import Expr


class Degree(IntEnum):
    """How an expression depends on the variable."""

    CONSTANT = 0
    AFFINE = 1
    OTHER = 2


class Degrees(Memo[Degree]):
    """The pass, for the variable X; what `excluded` occurs in is neither constant nor affine."""

    def __init__(self, X: Expr, excluded: Expr | None = None) -> None:
        super().__init__()
        self._found[X] = Degree.AFFINE
        if excluded is not None:
            self._found[excluded] = Degree.OTHER

    def rule(self, node: Expr) -> Degree:
        """Affine where the operation is linear in all that is."""
        changing = [i for i, a in enumerate(node.args) if self._found[a] is not Degree.CONSTANT]
        if not changing:
            return Degree.CONSTANT
        linear = all(node.op.linear_in(i) for i in changing)
        if linear and (node.op.joint or len(changing) == 1):
            return max(self._found[node.args[i]] for i in changing)
        return Degree.OTHER

    def is_simple(self, node: Expr) -> bool:
        """Whether it is constant or affine."""
        return self.of(node) is not Degree.OTHER
