"""Sub-expressions in their places: what a reading has to know of them beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MATPOW,
    MUL,
    POWER,
    TRANSPOSE,
)
from mcalc.core.leaves import EYE, ONES
from mcalc.core.sums import coefficients
from mcalc.ops.squares import square_root
from mcalc.printers.forms import Form, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.core.expr import Expr


class Known(NamedTuple):
    """What is known of an expression.

    rows, cols  whether its text tells the size of the axis: that of `x` does, that of `eye` not
    turns       whether its opposite reads no longer than it does: `y-x` for `x-y`
    """

    rows: bool
    cols: bool
    turns: bool


class Places:
    """What is known of expressions, worked out once for each, and the parts made from them.

    An expression as typed keeps its signs, and its norms and sums as they are.
    """

    def __init__(self, *, as_typed: bool = False) -> None:
        self.as_typed = as_typed
        self.forms: dict[Part, Form] = {}
        """The parts read so far, which all printers read alike."""
        self._known: dict[Expr, Known] = {}
        self._spelled: dict[Expr, Expr] = {}

    # ------------------------------------------------------------ parts
    def part(
        self, node: Expr, rows: bool = False, cols: bool = False, *, negated: bool = False
    ) -> Part:
        """An expression where the sizes of its axes are told, or not, by what is around it."""
        known = self.known(node)
        return Part(node, rows or known.rows, cols or known.cols, negated)

    def alike(self, nodes: Sequence[Expr], rows: bool, cols: bool, turned: int = -1) -> list[Part]:
        """Expressions of one shape side by side, as the terms of a sum, one of them negated."""
        known = [self.known(e) for e in nodes]
        rows = rows or any(k.rows for k in known)
        cols = cols or any(k.cols for k in known)
        # Where nothing tells a size, the first has to, and then it is told.
        return [
            self.part(e, rows or i > 0, cols or i > 0, negated=i == turned)
            for i, e in enumerate(nodes)
        ]

    def chained(
        self, nodes: Sequence[Expr], rows: bool, cols: bool, turned: int = -1
    ) -> list[Part]:
        """The factors of a matrix product, where neighbours share an axis."""
        last = len(nodes) - 1
        # Where neither neighbour tells their size, the left one has to.
        return [
            self.part(
                e,
                rows or i > 0,
                cols if i == last else self.known(nodes[i + 1]).rows,
                negated=i == turned,
            )
            for i, e in enumerate(nodes)
        ]

    def turning(self, nodes: Sequence[Expr]) -> int:
        """The place of the first that reads as well with the opposite sign; -1 where none does."""
        return next((i for i, e in enumerate(nodes) if self.known(e).turns), -1)

    # ------------------------------------------------------------ knowledge
    def known(self, node: Expr) -> Known:
        """What is known of an expression."""
        stack = [] if node in self._known else [node]
        while stack:
            top = stack[-1]
            missing = [e for e in self._below(top) if e not in self._known]
            if missing and top not in self._known:
                stack.extend(missing)
                continue
            stack.pop()
            if top not in self._known:
                self._known[top] = self._rule(top)
        return self._known[node]

    def spelled(self, node: Expr) -> Expr | None:
        """The same in what the language has, for an operation without a name in it."""
        if node.op.spelled is None:
            return None
        if node not in self._spelled:
            self._spelled[node] = node.op.spelled(node)
        return self._spelled[node]

    def _below(self, node: Expr) -> Sequence[Expr]:
        spelled = self.spelled(node)
        return node.args if spelled is None else (spelled,)

    def _rule(self, node: Expr) -> Known:
        below = [self._known[e] for e in self._below(node)]
        rows, cols = self._sizes(node, below)
        turns = not self.as_typed and self._turns(node)
        return Known(rows or node.shape.rows is None, cols or node.shape.cols is None, turns)

    def _sizes(self, node: Expr, below: list[Known]) -> tuple[bool, bool]:
        op = node.op
        if op in (ONES, EYE):
            return False, False
        if op in (ADD, HADAMARD, POWER):
            arrays = [k for k, e in zip(below, node.args, strict=True) if e.shape == node.shape]
            return any(k.rows for k in arrays), any(k.cols for k in arrays)
        if op is MUL:
            links = [k for k, e in zip(below, node.args, strict=True) if not e.shape.is_scalar]
            return (links[0].rows, links[-1].cols) if links else (True, True)
        if op is TRANSPOSE:
            return below[0].cols, below[0].rows
        if op is MATPOW:
            either = below[0].rows or below[0].cols
            return either, either
        if self.spelled(node) is not None:
            return below[0].rows, below[0].cols
        if op.signature is not None:
            return _by_signature(node, below)
        return True, True

    def _turns(self, node: Expr) -> bool:
        if node.op is ADD:
            first, *others = node.args
            return any(c < 0 for c in coefficients(node)) or (
                not others and self._known[first].turns
            )
        if node.op not in (MUL, HADAMARD, TRANSPOSE) or square_root(node) is not None:
            return False
        return any(self._known[e].turns for e in node.args)


def _by_signature(node: Expr, below: list[Known]) -> tuple[bool, bool]:
    """An axis of the result has its size told where each letter of it is in some argument."""
    signature = node.op.signature
    assert signature is not None
    told = {"_"}
    for (rows, cols, _), known in zip(signature.arguments, below, strict=True):
        told |= {letter for letter, k in ((rows, known.rows), (cols, known.cols)) if k}
    first, second = (told.issuperset(axis.split("*")) for axis in signature.result)
    return first, second
