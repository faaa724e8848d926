"""From a differential to its matrix: vec(dF) = J*vec(dX), one identity a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.calculus.vec import entries
from mcalc.core.algebra import MUL, number, number_value, split, transpose
from mcalc.core.expr import Expr, dependents, intern, postorder
from mcalc.core.leaves import EYE, ONE
from mcalc.core.products import chain, scalars
from mcalc.core.shape import Shape
from mcalc.core.sums import ADD, coefficients
from mcalc.ops.vectorize import VEC
from mcalc.steps.differential import Line
from mcalc.steps.identities import Rule, matrix_rule, product_rule
from mcalc.steps.written import product_of, sum_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_IDENTITIES = 12
"""Lines in which an identity is applied; the others are left out."""


class Stacking:
    """vec(dF) written out, the outermost operation first, until only vec(dX) is left."""

    def __init__(self, dF: Expr, dX: Expr) -> None:
        self.dF, self.dX = dF, dX
        self.varying = dependents(dF, (dX,))
        self.order = [n for n in postorder(dF) if n in self.varying and n is not dX]
        self.open: set[Expr] = set()

    def lines(self) -> Iterator[Line]:
        """vec(dF) after each identity; its texts may be alike."""
        for _ in range(MOST_IDENTITIES):
            ready = self._ready()
            if not ready:
                return
            kind = _kind(ready[0])
            group = [v for v in ready if _kind(v) == kind]
            self.open.update(group)
            rule = self._rule_of(group)
            left, _, right = rule.name.partition(" = ")
            if left != right:
                yield Line(rule, self.form())

    def _ready(self) -> list[Expr]:
        """What stands in the line under vec, outermost first."""
        found: list[Expr] = []
        seen: set[Expr] = set()
        stack = [self.dF] if self.dF in self.varying else []
        while stack:
            v = stack.pop()
            if v in seen or v is self.dX:
                continue
            seen.add(v)
            if v in self.open:
                stack.extend(a for a in reversed(v.args) if a in self.varying)
            else:
                found.append(v)
        return found

    def _rule_of(self, group: list[Expr]) -> Rule:
        places = [next(i for i, a in enumerate(v.args) if a in self.varying) for v in group]
        rules = {matrix_rule(v, i): (v, i) for v, i in zip(group, places, strict=True)}
        rule, (v, i) = next(iter(rules.items()))
        both_sides = len(rules) > 1 and v.op is MUL and v.args[i].shape.is_matrix
        return product_rule(v, i) if both_sides else rule

    def form(self) -> Expr:
        """vec(dF) with the operations written out that are open."""
        made: dict[Expr, Expr] = {}
        for v in self.order:
            if v not in self.open:
                continue
            if v.op is ADD:
                parts = zip(coefficients(v), v.args, strict=True)
                made[v] = sum_of([(c, made.get(a) or stacked(a)) for c, a in parts])
                continue
            terms = []
            for i, a in enumerate(v.args):
                if a in self.varying:
                    rules = v.op.linear_in(i)
                    assert rules is not None
                    inner = made.get(a) or stacked(a)
                    terms.append((ONE, times(rules.matrix(v, i), inner)))
            made[v] = sum_of(terms)
        return made.get(self.dF) or stacked(self.dF)


def _kind(v: Expr) -> object:
    """What is written out in one line: all products, or all of another operation."""
    return v.op, v.data if v.op is not ADD else None, v.shape.is_matrix


def stacked(e: Expr) -> Expr:
    """vec(e) as it is written, term by term; a row as a column."""
    if e.op is ADD:
        return sum_of([(c, stacked(t)) for c, t in zip(coefficients(e), e.args, strict=True)])
    if e.shape.is_row:
        return transpose(e)
    if not e.shape.is_matrix:
        return e
    return intern(VEC, (e,), entries(e.shape), written=True)


def times(M: Expr, v: Expr) -> Expr:
    """M*v, without what stands for one."""
    c, rest = split(M)
    front = (*([number(c)] if c != 1 else []), *(scalars(rest) if rest.op is MUL else ()))
    links = chain(rest) if rest.op is MUL else (rest,)
    if number_value(rest) == 1 or (len(links) == 1 and links[0].op is EYE):
        return product_of(MUL, (*front, v), v.shape)
    shape = Shape(M.shape.rows) if M.shape.is_matrix or M.shape.is_column else Shape()
    return product_of(MUL, (M, v), shape)
