"""The rewriter: named rules, applied bottom-up to each node, where they make it shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import rebuilt
from mcalc.core.expr import Expr, rebuild
from mcalc.simplify.rules import FOR_CODE, FOR_READING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from mcalc.simplify.rules import Rule

    Seen: TypeAlias = Callable[[Rule, Expr, Expr], None]

_MOST_PASSES = 8


def simplify(e: Expr) -> Expr:
    """An equal expression, no longer than the given one, as good to compute with."""
    return _rewritten(e, FOR_CODE)[0]


def for_reading(e: Expr, seen: Seen | None = None) -> Expr:
    """An equal expression as a reader would write it, no longer than the given one.

    seen is told each rewriting on the way: the rule, a part, and what it has become.
    """
    return _rewritten(e, FOR_READING, seen)[0]


def reading(e: Expr) -> tuple[Expr, tuple[Rule, ...]]:
    """The expression as a reader would write it, and the rules that made it so, in their order."""
    return _rewritten(e, FOR_READING)


def _rewritten(
    e: Expr, rules: Sequence[Rule], seen: Seen | None = None
) -> tuple[Expr, tuple[Rule, ...]]:
    """Passes over the expression while they change it; each change makes a node shorter."""
    used: dict[Rule, None] = {}
    settled: set[Expr] = set()  # nodes that no rule makes shorter, which a further pass meets again

    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        made = rebuilt(node, args)
        if not made.args or made in settled:
            return made
        tried = 0
        while tried < len(rules):
            rule = rules[tried]
            tried += 1
            shorter = rule.apply(made)
            if shorter is not None and shorter.size < made.size:
                if seen is not None:
                    seen(rule, made, shorter)
                made, tried = shorter, 0
                used[rule] = None
        settled.add(made)
        return made

    for _ in range(_MOST_PASSES):
        before, known = e, len(used)
        e = rebuild(e, step)
        if e is before or (len(used) == known and e.size >= before.size):
            break
    return e, tuple([rule for rule in rules if rule in used])
