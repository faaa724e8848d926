"""Curvature from the leaves up: what is known of each operation, composed.

The rules are those of disciplined convex programming, carried further: claims hold under
conditions; positive expressions have a curvature of their logarithm too, matrices one in the
Loewner order; and of an expression that is a power of a convex one the exponent is kept, since a
lower power of it is still convex.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mcalc.convexity import bends
from mcalc.convexity.bends import AFFINE, UNKNOWN, Argument, Bend, Curvature
from mcalc.convexity.claims import ALWAYS, NEVER, Claim
from mcalc.convexity.memo import Memo
from mcalc.core import facts
from mcalc.core.condition import Condition, Property
from mcalc.core.graph import covers
from mcalc.core.intervals import NEGATIVE, NONNEGATIVE, POSITIVE, REALS
from mcalc.core.leaves import ONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

    from mcalc.convexity.signs import Signs
    from mcalc.core.expr import Expr
    from mcalc.core.graph import Graph
    from mcalc.core.intervals import Interval
    from mcalc.core.op import Op


class Judgement(NamedTuple):
    """What is known of an expression as a function of the variable.

    entries    curvature, entry by entry
    loewner    of a square matrix, as a symmetric one in the Loewner order
    log        of a positive expression, the curvature of its logarithm
    injective  of an affine expression, when different points have different values
    root       r ≥ 1 where it is g^r for a convex g ≥ 0, whenever it is convex
    rule       why, in words that name the parts {0}, {1}
    """

    entries: Curvature = UNKNOWN
    loewner: Curvature = UNKNOWN
    log: Curvature = UNKNOWN
    injective: Claim = NEVER
    root: Fraction = ONE
    rule: str = ""
    parts: tuple[Expr, ...] = ()
    is_constant: bool = False

    def because(self, rule: str, *parts: Expr) -> Judgement:
        """The same with its reason."""
        return self._replace(rule=rule, parts=parts)


Changing: TypeAlias = tuple[int, ...]
"""Which arguments of a node are not constant."""
Rule: TypeAlias = "Callable[[Composition, Expr, Changing], Judgement]"
"""How an operation is judged."""

NOTHING = Judgement()
CONSTANT = Judgement(AFFINE, AFFINE, is_constant=True)


class Composition(Memo[Judgement]):
    """The pass, for functions of the variable X.

    question  the variable that conditions speak of: X, or the one that X is a change of
    moving    whether what is constant here changes with that, so that it may come close to zero
    """

    def __init__(
        self,
        X: Expr,
        signs: Signs,
        rules: Mapping[Op, Rule],
        question: Expr | None = None,
        moving: Callable[[Expr], bool] = lambda node: False,
    ) -> None:
        super().__init__()
        self.X = X
        self._question = question or X
        self.signs = signs
        self.moving = moving
        self._rules = rules

    def rule(self, node: Expr) -> Judgement:
        """What the rule of its operation says, and what follows from that."""
        if node is self.X:
            return _with_order(node, Judgement(AFFINE, injective=ALWAYS, rule="the variable"))
        changing = tuple([i for i, a in enumerate(node.args) if not self._found[a].is_constant])
        if not changing:
            return CONSTANT
        rule = self._rules.get(node.op)
        if rule is not None:
            found = rule(self, node, changing)
        elif node.op.graph is not None:
            found = elementwise(self, node)
        else:
            found = linear(self, node, changing)
        return self._closed(node, found)

    # ------------------------------------------------------------ what follows from the rest
    def _closed(self, node: Expr, found: Judgement) -> Judgement:
        """exp of a convex function is convex, log of a concave one concave."""
        entries, log = found.entries, found.log
        if log.up.plain is not NEVER:
            entries = entries.or_else(Curvature(up=log.up._replace(strong=NEVER)))
        if self.signs.entries(node) <= POSITIVE:
            strict = found.injective if entries.is_affine else entries.down.strict
            log = log.or_else(Curvature(down=Bend(entries.down.plain, strict)))
        return _with_order(node, found._replace(entries=entries, log=log))

    # ------------------------------------------------------------ what rules ask
    def argument(self, node: Expr) -> Argument:
        """The expression as the argument of an element-wise function."""
        known = self.of(node)
        return Argument(
            self.signs.entries(node),
            self.signs.sign(node),
            known.entries,
            known.injective,
            not self.moving(node),
        )

    def spectrum(self, node: Expr) -> Argument:
        """A symmetric matrix as the argument of a function of its eigenvalues."""
        known, form = self.of(node), self.signs.form(node)
        claims = (
            (form.positive, POSITIVE),
            (form.nonnegative, NONNEGATIVE),
            (form.negative, NEGATIVE),
        )
        inside = next((part for claim, part in claims if claim == ALWAYS), REALS)
        return Argument(inside, form, known.loewner, known.injective, not self.moving(node))

    def is_bounded(self, node: Expr) -> bool:
        """Whether a factor that is not zero stays away from zero."""
        entries = self.signs.entries(node)
        return not self.moving(node) or entries.low > 0 or entries.high < 0

    def symmetric(self, node: Expr) -> Claim:
        """When a matrix is symmetric; of the variable itself it may be asked."""
        if node.has(facts.SYMMETRIC):
            return ALWAYS
        return (Condition(Property.SYMMETRIC, self._question),) if node is self.X else NEVER


def _with_order(node: Expr, found: Judgement) -> Judgement:
    """A scalar is its own matrix, an affine matrix affine in the Loewner order too."""
    if node.shape.is_scalar or found.entries.is_affine:
        return found._replace(loewner=found.entries)
    return found


# ---------------------------------------------------------------- functions of one number
def elementwise(composition: Composition, node: Expr) -> Judgement:
    """φ(u), entry by entry, by the graph of φ."""
    u, graph = node.args[0], node.op.graph
    assert graph is not None
    argument = composition.argument(u)
    of_log = replace(
        graph,
        convex=graph.log_convex,
        concave=graph.log_concave,
        strongly_convex=(),
        strict=False,
    )
    return Judgement(bends.composed(graph, argument), log=bends.composed(of_log, argument)).because(
        _running(node.op.name, graph, argument.entries), u
    )


def _running(name: str, graph: Graph, inside: Interval) -> str:
    """How a graph runs on an interval, in words."""
    known = (
        (graph.convex, "convex"),
        (graph.concave, "concave"),
        (graph.rising, "rising"),
        (graph.falling, "falling"),
    )
    words = [word for parts, word in known if covers(parts, inside)]
    everywhere = all(covers(parts, REALS) for parts, word in known if word in words)
    where = "" if everywhere else " there"
    if words:
        return f"{name} is {' and '.join(words)}{where}"
    return f"{name} is convex or concave on parts of its domain"


# ---------------------------------------------------------------- linear operations
def linear(composition: Composition, node: Expr, changing: Changing) -> Judgement:
    """An operation that is linear in what changes; nothing more is known of it."""
    known = [composition.of(node.args[i]) for i in changing]
    is_linear = all(node.op.linear_in(i) for i in changing)
    together = is_linear and (node.op.joint or len(changing) == 1)
    if together and all(k.entries.is_affine for k in known):
        return Judgement(AFFINE).because("an affine expression")
    return NOTHING
