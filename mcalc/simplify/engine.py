"""The rewriter: named rules, applied bottom-up to each node once, where they make it shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import rebuilt
from mcalc.core.expr import Expr, rebuild
from mcalc.simplify.factor import factored
from mcalc.simplify.rules import FOR_READING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.simplify.rules import Rule


def simplify(e: Expr) -> Expr:
    """An equal expression, no longer than the given one, as good to compute with."""
    return _rewritten(e, ())


def for_reading(e: Expr) -> Expr:
    """An equal expression as a reader would write it, no longer than the given one."""
    return _rewritten(e, FOR_READING)


def _rewritten(e: Expr, rules: Sequence[Rule]) -> Expr:
    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        made = factored(rebuilt(node, args))
        for rule in rules:
            shorter = rule.apply(made)
            if shorter is not None and shorter.size < made.size:
                made = shorter
        return made

    return rebuild(e, step)
