"""From a function to its differential: one rule a line, from the outside to the inside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mcalc.calculus.linearize import changed
from mcalc.core.algebra import zeros
from mcalc.core.expr import Expr, postorder
from mcalc.core.leaves import ONE, Direction
from mcalc.printers.text import text
from mcalc.steps.identities import Rule, spelled
from mcalc.steps.inner import Inner, Kind, inner_functions, kind_of
from mcalc.steps.written import composed, oriented, replaced, settled, sum_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_SUBSTITUTED = 12
"""Lines in which the change of an inner function is replaced; the others are left out."""


class Line(NamedTuple):
    """An expression in a chain of equals, and the rule that made it of the one before.

    left_out  how many rules were applied between the two without a line of their own
    """

    rule: Rule
    value: Expr
    left_out: int = 0


@dataclass(frozen=True)
class Definition:
    """A name, or the change of one, and what it stands for."""

    name: Expr
    value: Expr

    @cached_property
    def text(self) -> str:
        """As it stands behind `where`."""
        return f"{text(self.name)} = {text(self.value)}"


class Differentiation:
    """The differential of f for a change dX of X, by way of its inner functions."""

    def __init__(self, f: Expr, X: Expr, dX: Expr, df: Expr, known: dict[Expr, Expr]) -> None:
        assert isinstance(dX.data, Direction)
        before = set(known.values())
        self.df = df
        self.in_names: Expr | None = None
        self.left_out = 0
        self.inner, self.top = inner_functions(f, X, dX.data.number, known)
        self.changes = {X: dX} | {i.name: i.change for i in self.inner}
        self.new = [d for d in self.names if d.name not in before]

    # ------------------------------------------------------------ the rules of the parts
    def written(self, value: Expr) -> Expr:
        """The differential of a part in the changes of those in it, as it comes."""
        return changed(value, self._moving(value), _as_it_comes)

    def _moving(self, value: Expr) -> dict[Expr, Expr]:
        return {n: self.changes[n] for n in postorder(value) if n in self.changes}

    @cached_property
    def differentials(self) -> Mapping[Expr, Expr]:
        """The differential of each inner function in normal form, by its change."""
        return {i.change: settled(self.written(i.value)) for i in self.inner}

    def _outermost(self, value: Expr) -> tuple[Kind, Expr | None]:
        """What decides the rule of a part: its outermost operation that linearity leaves over."""
        changing: set[Expr] = set()
        outermost, kind = None, Kind.LINEAR
        for node in postorder(value):
            if node in self.changes:
                changing.add(node)
            elif any(a in changing for a in node.args):
                changing.add(node)
                own = kind_of(node, changing)
                if own is not Kind.LINEAR:
                    outermost, kind = node, own
        return kind, outermost

    def _family(self, value: Expr) -> object:
        """What two parts have in common that are differentiated by one rule."""
        kind, node = self._outermost(value)
        if kind is not Kind.FUNCTION or node is None:
            return kind
        return node.op, node.data, *[a for a in node.args if not a.args and a not in self.changes]

    def rule(self, value: Expr) -> Rule:
        """The rule by which a part is differentiated."""
        moving = self._moving(value)
        if not moving:
            return Rule("a constant")
        kind, node = self._outermost(value)
        if kind is not Kind.FUNCTION or node is None:
            return Rule(kind.value)
        change = changed(node, moving)
        if node.shape.is_scalar:
            change = oriented(change)
        formula = f"{_differential_of(node)} = {text(change)}"
        return Rule(spelled(formula, f"differential of {node.op.name}"), node.op.source)

    # ------------------------------------------------------------ the lines
    def lines(self) -> Iterator[Line]:
        """df from the outside to the inside, in the names, then without them."""
        current = self.written(self.top)
        yield Line(self.rule(self.top), current)
        groups = self._groups()
        for group in groups[:MOST_SUBSTITUTED]:
            present = set(postorder(current))
            taken = [i for i in group if i.change in present]
            if taken:
                current = replaced(current, {i.change: self.written(i.value) for i in taken})
                yield Line(self._group_rule(taken), current)
        self.left_out = sum(map(len, groups[MOST_SUBSTITUTED:]))
        if self.left_out:
            yield Line(self._put_back(), self.df, self.left_out)
            return
        self.in_names = current
        yield Line(self._put_back(), self.without_names(current))

    def without_names(self, e: Expr) -> Expr:
        """The formula with the inner functions written out."""
        return replaced(e, {i.name: i.node for i in self.inner})

    def _groups(self) -> list[list[Inner]]:
        """The inner functions in the order in which their changes are replaced."""
        level = {i.name: 0 for i in self.inner}
        for i in reversed(self.inner):
            for node in postorder(i.value):
                if node in level and node is not i.name:
                    level[node] = max(level[node], level[i.name] + 1)
        groups: dict[tuple[int, object], list[Inner]] = {}
        for i in reversed(self.inner):
            groups.setdefault((level[i.name], self._family(i.value)), []).append(i)
        return [groups[key] for key in sorted(groups, key=lambda key: key[0])]

    def _group_rule(self, group: list[Inner]) -> Rule:
        rule = self.rule(group[0].value)
        if rule.name != "linearity":
            return rule
        changes = [f"{text(i.change)} = {text(self.differentials[i.change])}" for i in group]
        return Rule(spelled(", ".join(changes), rule.name))

    def _put_back(self) -> Rule:
        names = [definition.text for definition in self.names]
        return Rule(spelled(", ".join(names), "the names written out"))

    # ------------------------------------------------------------ the definitions
    @cached_property
    def names(self) -> list[Definition]:
        """What the names stand for, in an order in which they may be defined."""
        return [Definition(i.name, i.value) for i in self.inner]

    @cached_property
    def _definitions(self) -> Mapping[Expr, Definition]:
        """The definition of each name and of its change, names first."""
        changes = [Definition(i.change, self.differentials[i.change]) for i in self.inner]
        return {d.name: d for d in (*self.names, *changes)}

    @cached_property
    def _named_by(self) -> Mapping[Expr, Expr]:
        return {i.change: i.name for i in self.inner}

    def definitions(self, e: Expr) -> tuple[Definition, ...]:
        """What a formula needs to be read alone: the names in it, and those that these need."""
        needed: set[Expr] = set()
        stack = [e] if self.inner else []
        while stack:
            for node in postorder(stack.pop()):
                if node in self._definitions and node not in needed:
                    needed.add(node)
                    stack.append(self._definitions[node].value)
                    if node in self._named_by:  # d(u) is the change of a name
                        stack.append(self._named_by[node])
        return tuple([d for name, d in self._definitions.items() if name in needed])


def _differential_of(node: Expr) -> str:
    """`d inv(X)` of a call, `d(x^2)` of anything else."""
    of = text(node)
    return f"d {of}" if of.endswith(")") and of.partition("(")[0].isidentifier() else f"d({of})"


def _as_it_comes(node: Expr, changes: Mapping[Expr, Expr]) -> Expr | None:
    """The change of a node, factor by factor and term by term, in their order."""
    kind = kind_of(node, changes)
    if kind in (Kind.FUNCTION, Kind.QUOTIENT):
        change = changed(node, {n: changes[n] for n in postorder(node) if n in changes})
        return oriented(change) if node.shape.is_scalar else change
    if node.op.joint:
        return composed(node, tuple([changes.get(a) or zeros(a.shape) for a in node.args]))
    return sum_of(
        [
            (ONE, composed(node, (*node.args[:i], changes[a], *node.args[i + 1 :])))
            for i, a in enumerate(node.args)
            if a in changes
        ]
    )
