"""From a derivative to what is shown of it: each simplification by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.simplify.engine import for_reading
from mcalc.steps.differential import Line
from mcalc.steps.identities import Rule
from mcalc.steps.written import rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcalc.core.expr import Expr
    from mcalc.simplify.rules import Rule as Simplification

MOST_REWRITTEN = 12
"""Simplifications that have a line of their own; the others are left out."""


def readings(e: Expr) -> Iterator[Line]:
    """The expression after each rewriting of a part of it, up to `for_reading`."""
    found: list[tuple[Simplification, Expr, Expr]] = []
    last = for_reading(e, lambda rule, before, after: found.append((rule, before, after)))
    for rule, before, after in found[:MOST_REWRITTEN]:
        e = rewritten(e, before, after)
        yield Line(Rule(rule.name, rule.source), e)
    if found:
        rule, *_ = found[-1]
        yield Line(Rule(rule.name, rule.source), last, len(found[MOST_REWRITTEN:]))
