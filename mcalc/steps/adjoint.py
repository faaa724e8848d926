"""From the differential of a scalar to its gradient: one identity a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    MUL,
    TRANSPOSE,
    add,
    fill_value,
    number_value,
    transpose,
    zeros,
)
from mcalc.core.expr import dependents, postorder
from mcalc.core.leaves import ONE
from mcalc.core.shape import Shape
from mcalc.ops.linear import trace_op
from mcalc.printers.text import text
from mcalc.steps.differential import Line
from mcalc.steps.identities import Rule, adjoint_rule, spelled
from mcalc.steps.written import inner_product, product_of, settled, sum_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcalc.core.expr import Expr

MOST_IDENTITIES = 12
"""Lines in which an identity is applied; the others are left out."""


class Transposition:
    """⟨1, df⟩ turned into ⟨G, dX⟩ by the adjoints of the operations of df, the outermost first.

    Source: as `mcalc.calculus.transpose`.
    """

    def __init__(self, df: Expr, dX: Expr, seed: Expr) -> None:
        self.dX = dX
        self.varying = dependents(df, (dX,))
        self.waiting = dict.fromkeys(self.varying, 0)
        for node in postorder(df):
            for a in node.args:
                if node in self.varying and a in self.varying:
                    self.waiting[a] += 1
        self.pending: list[tuple[Expr, Expr]] = [(df, seed)] if df in self.varying else []

    def lines(self) -> Iterator[Line]:
        """The sum of inner products after each identity; its texts may be alike."""
        for _ in range(MOST_IDENTITIES):
            while silent := {v for v in self._ready() if self._is_silent(v)}:
                simpler = self._simplification(silent)
                self._move(silent)
                if simpler is not None:
                    yield Line(simpler, self._form())
            ready = self._ready()
            if not ready:
                return
            cotangents = dict(self.pending)
            rule = self._rule(ready[0], cotangents)
            while group := {v for v in self._ready() if self._rule(v, cotangents) == rule}:
                self._move(group)
            yield Line(rule, self._form())

    def _form(self) -> Expr:
        return sum_of([(ONE, inner_product(c, v)) for v, c in self.pending])

    def _simplification(self, group: set[Expr]) -> Rule | None:
        """The identity that makes c'*A shorter where c'*(A*x) becomes (c'*A)*x."""
        for v, c in self.pending:
            if v not in group or v.op is not MUL or number_value(c) is not None:
                continue
            i = next(i for i, a in enumerate(v.args) if a in self.varying)
            if i == 0 or v.args[i].shape.is_row:
                continue
            row = transpose(c)
            left = product_of(MUL, (row, *v.args[:i]), Shape(row.shape.rows, v.args[i].shape.rows))
            if settled(left).size < left.size:
                return Rule(spelled(f"{text(left)} = {text(settled(left))}", "terms collected"))
        return None

    def _ready(self) -> list[Expr]:
        """What nothing else in the form depends on."""
        return [v for v, _ in self.pending if v is not self.dX and not self.waiting[v]]

    def _is_silent(self, v: Expr) -> bool:
        """Whether ⟨c, L(a)⟩ and ⟨L*(c), a⟩ are written alike: c'*(A*x) and (c'*A)*x."""
        if v.op is trace_op:
            return True
        if v.op is ADD:
            return len(v.args) == 1
        if v.op is not MUL:
            return False
        moving = [i for i, a in enumerate(v.args) if a in self.varying]
        a = v.args[moving[0]]
        if len(moving) > 1 or (a.shape.is_scalar and not v.shape.is_scalar):
            return False
        return moving[0] == len(v.args) - 1 if v.shape.is_matrix else not a.shape.is_matrix

    @property
    def remaining(self) -> int:
        """How many operations are left to be moved."""
        return len({v for v, _ in self.pending if v is not self.dX}) + sum(
            n > 0 for n in self.waiting.values()
        )

    @property
    def gradient(self) -> Expr | None:
        """G where all is an inner product with dX."""
        if any(v is not self.dX for v, _ in self.pending):
            return None
        return add(zeros(self.dX.shape), *[c for _, c in self.pending])

    def _rule(self, v: Expr, cotangents: Mapping[Expr, Expr]) -> Rule:
        i = next(i for i, a in enumerate(v.args) if a in self.varying)
        return adjoint_rule(v, i, summed=v in cotangents and fill_value(cotangents[v]) is not None)

    def _move(self, group: set[Expr]) -> None:
        """Replace ⟨c, v⟩ by the sum of ⟨L*(c), a⟩ over the arguments of v."""
        moved: list[tuple[Expr, Expr]] = []
        for v, c in self.pending:
            if v not in group:
                moved.append((v, c))
                continue
            for i, a in enumerate(v.args):
                if a in self.varying:
                    rules = v.op.linear_in(i)
                    assert rules is not None
                    moved.append((a, rules.adjoint(v, i, c)))
                    self.waiting[a] -= 1
        places: dict[Expr, int] = {}
        self.pending = []
        for v, c in moved:
            if v in places and v.args and v.op is not TRANSPOSE:
                at = places[v]
                self.pending[at] = (v, add(self.pending[at][1], c))
            else:
                places[v] = len(self.pending)
                self.pending.append((v, c))
