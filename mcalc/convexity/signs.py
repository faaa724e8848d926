"""Signs: between which numbers entries lie, and which matrices are semidefinite.

One pass from the leaves up. What a node is known to be from birth (`mcalc.core.facts`) and what the
domain of the question says is joined with what follows from its arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from mcalc.convexity.claims import ALWAYS, NEVER, POSITIVE, UNKNOWN, ZERO, Claim, Sign
from mcalc.convexity.memo import Memo
from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MATPOW,
    MUL,
    POWER,
    TRANSPOSE,
    add,
    fill_value,
    is_zero,
    number_value,
    transpose,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.graph import power_graph
from mcalc.core.intervals import (
    INSIDE_UNIT,
    NEGATIVE,
    NONNEGATIVE,
    NONPOSITIVE,
    REALS,
    UNIT,
    Interval,
    around,
    hull,
)
from mcalc.core.intervals import POSITIVE as POSITIVE_NUMBERS
from mcalc.core.leaves import COMMUTATION, EXTENT, EYE, NUMBER, ONES, PI, VARIABLE, ZEROS
from mcalc.core.op import OPS
from mcalc.core.products import chain, scalars
from mcalc.core.sums import coefficients
from mcalc.ops.blocks import BLOCKS
from mcalc.ops.reductions import LARGEST, LOGSUMEXP, MAXIMUM, MINIMUM, SOFTMAX
from mcalc.ops.shaping import DIAG, DIAGONAL, TRIL, TRIU
from mcalc.ops.vectorize import KRON, UNVEC, VEC

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr


class Known(NamedTuple):
    """Of a node: where its entries lie; claims on their signs; of a symmetric matrix, as a form."""

    entries: Interval
    sign: Sign
    form: Sign


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What holds everywhere in a domain.

    entries  where the entries of an expression lie
    signs    (an expression, a constant one whose entries have the same signs)
    regular  matrices that are invertible
    """

    entries: dict[Expr, Interval] = field(default_factory=dict)
    signs: dict[Expr, Expr] = field(default_factory=dict)
    regular: set[Expr] = field(default_factory=set)

    def __len__(self) -> int:
        """How many expressions something is said of."""
        return len(self.entries) + len(self.regular)


class Signs(Memo[Known]):
    """The pass, for a question in one variable.

    known  what the domain of the question says
    free   whether a node may stand in a condition: it is constant, or affine in the variable
    """

    def __init__(self, known: Assumptions, free: Callable[[Expr], bool]) -> None:
        super().__init__()
        self._known = known
        self._free = free

    def entries(self, node: Expr) -> Interval:
        """An interval that holds all entries."""
        return self.of(node).entries

    def sign(self, node: Expr) -> Sign:
        """Claims on the sign of all entries."""
        return self.of(node).sign

    def form(self, node: Expr) -> Sign:
        """Claims that a symmetric matrix is semidefinite; of a scalar, on its sign."""
        return self.of(node).form

    def rule(self, node: Expr) -> Known:
        """From the interval; where that leaves the sign open, from what decides it."""
        entries = self._entries(node)
        sign = _decided(entries)
        if not sign.is_known:
            sign = sign.or_else(self._sign(node))
        if node.shape.is_scalar:
            return Known(entries, sign, sign)
        if node.shape.rows is None or node.shape.rows != node.shape.cols:
            return Known(entries, sign, UNKNOWN)
        return Known(entries, sign, self._form(node, sign))

    # ------------------------------------------------------------ entries
    def _entries(self, node: Expr) -> Interval:
        args = [self._found[a].entries for a in node.args]
        rule = _ENTRIES.get(node.op)
        if rule is not None:
            found = rule(node, args)
        elif node.op.graph is not None:
            found = node.op.graph.values_on(args[0])
        else:
            found = REALS
        if node.has(facts.POSITIVE):
            found = found & POSITIVE_NUMBERS
        elif node.has(facts.NONNEGATIVE):
            found = found & NONNEGATIVE
        if node.has(facts.ORTHOGONAL):
            found = found & Interval(-1.0, 1.0)
        return found & self._known.entries.get(node, REALS)

    # ------------------------------------------------------------ signs under conditions
    def _sign(self, node: Expr) -> Sign:
        found = self._structural_sign(node)
        scalar = node.shape.is_scalar
        if found == UNKNOWN and self._free(node):
            return Sign(*[(Condition(p, node),) for p in _SIGNS[scalar]])
        return found

    def _structural_sign(self, node: Expr) -> Sign:
        """From the one argument that decides it."""
        if node in self._known.signs:
            return self.of(self._known.signs[node]).sign
        args = node.args
        if node.op is ADD and len(args) == 1:
            sign = self._found[args[0]].sign
            return sign if coefficients(node)[0] > 0 else sign.flipped
        if node.op is HADAMARD or (node.op is MUL and not chain(node)):
            undecided = [a for a in args if not self._found[a].sign.is_known]
            if len(undecided) != 1:
                return UNKNOWN
            sign = POSITIVE
            for a in args:
                sign = sign.times(self._found[a].sign)
            return sign
        if node.op is POWER:
            n = number_value(args[1])
            odd = n is not None and n.denominator == 1 and n % 2 == 1
            return self._found[args[0]].sign if odd else UNKNOWN
        if node.op in (TRANSPOSE, VEC, UNVEC):
            return self._found[args[0]].sign
        if node.op is MUL and node.shape.is_scalar:
            return self._sign_of_chain(args)
        value = fill_value(node)
        return UNKNOWN if value is None else self.of(value).sign

    def _sign_of_chain(self, links: tuple[Expr, ...]) -> Sign:
        """u'*M*u has the sign of the form M, as far as zero."""
        n = len(links)
        half = n // 2
        if any(transpose(links[i]) is not links[n - 1 - i] for i in range(half)) or n % 2 == 0:
            return UNKNOWN
        M = links[half]
        form = self.of(M if M.has(facts.SYMMETRIC) else add(M, transpose(M))).form
        return Sign(nonnegative=form.nonnegative, nonpositive=form.nonpositive)

    # ------------------------------------------------------------ matrices as forms
    def _form(self, node: Expr, sign: Sign) -> Sign:
        if not node.has(facts.SYMMETRIC):
            # Of a variable itself one may ask to be positive definite, hence symmetric.
            plain = node.op is VARIABLE and not node.facts & _OTHERWISE
            return self._asked(node) if plain and self._free(node) else UNKNOWN
        if node.has(facts.PD):
            return POSITIVE
        if is_zero(node):
            return ZERO
        found = self._structural_form(node)
        if node.has(facts.PSD):
            found = found.or_else(Sign(nonnegative=ALWAYS))
        if node.has(facts.DIAGONAL):  # the entries beside the diagonal are zero
            found = found.or_else(Sign(sign.nonnegative, NEVER, sign.nonpositive, NEVER))
        if found.nonnegative == ALWAYS and node in self._known.regular:
            return POSITIVE
        if found.is_known or not self._free(node):
            return found
        return found if _has_short_claims(found) else self._asked(node)

    def _asked(self, node: Expr) -> Sign:
        return Sign(*[(Condition(p, node),) for p in _FORMS])

    def _structural_form(self, node: Expr) -> Sign:
        args = node.args
        if node.op is ADD:
            return self._form_of_sum(node)
        if node.op is DIAG:
            return self._found[args[0]].sign
        if node.op is MUL:
            return self._form_of_product(node)
        if node.op in (HADAMARD, KRON):
            # Source: Schur's product theorem; Horn & Johnson, Topics in Matrix Analysis, 4.2.12.
            found = self._found[args[0]].form
            for a in args[1:]:
                found = found.times(self._found[a].form)
            return found
        if node.op is MATPOW:
            n = number_value(args[1])
            if n is not None and n.denominator == 1 and n % 2 == 1:
                return self._found[args[0]].form
        return UNKNOWN

    def _form_of_sum(self, node: Expr) -> Sign:
        found = ZERO
        for c, a in zip(coefficients(node), node.args, strict=True):
            form = self._found[a].form
            found = found.plus(form if c > 0 else form.flipped)
        return found

    def _form_of_product(self, node: Expr) -> Sign:
        """s*U'*P*U has the sign of s*P; definite where U is invertible."""
        links = chain(node)
        sign = POSITIVE
        for s in scalars(node):
            sign = sign.times(self._found[s].sign)
        n = len(links)
        if any(transpose(links[i]) is not links[n - 1 - i] for i in range(n // 2)):
            return UNKNOWN
        middle = self._found[links[n // 2]].form if n % 2 else POSITIVE
        found = sign.times(middle)
        if n > 1 and not all(f.has(facts.INVERTIBLE) for f in links[: n // 2]):
            return Sign(found.nonnegative, NEVER, found.nonpositive, NEVER)
        return found


_SIGNS = {
    True: (Property.NONNEGATIVE, Property.POSITIVE, Property.NONPOSITIVE, Property.NEGATIVE),
    False: (
        Property.ENTRIES_NONNEGATIVE,
        Property.ENTRIES_POSITIVE,
        Property.ENTRIES_NONPOSITIVE,
        Property.ENTRIES_NEGATIVE,
    ),
}
_OTHERWISE = facts.LOWER | facts.UPPER | facts.SKEW | facts.ORTHOGONAL | facts.PROJECTOR
"""Of what has such a structure, to be symmetric would be a strange thing to ask."""
_FORMS = (
    Property.POSITIVE_SEMIDEFINITE,
    Property.POSITIVE_DEFINITE,
    Property.NEGATIVE_SEMIDEFINITE,
    Property.NEGATIVE_DEFINITE,
)


def _decided(entries: Interval) -> Sign:
    """The sign that an interval has."""

    def shown(part: Interval) -> Claim:
        return ALWAYS if entries <= part else NEVER

    return Sign(shown(NONNEGATIVE), shown(POSITIVE_NUMBERS), shown(NONPOSITIVE), shown(NEGATIVE))


def _has_short_claims(form: Sign) -> bool:
    """Whether either sign needs one condition at most."""
    return all(c is not None and len(c) < 2 for c in (form.nonnegative, form.nonpositive))


# ---------------------------------------------------------------- the entries of each operation
_ABOVE_ONE = Interval(1.0, inf, high_open=True)
_ZERO = Interval(0.0, 0.0)
_CLOSED_UNIT = Interval(0.0, 1.0)


def _sum(node: Expr, args: list[Interval]) -> Interval:
    total = _ZERO
    for c, a in zip(coefficients(node), args, strict=True):
        total = total + around(c) * a
    return total


def _hadamard(node: Expr, args: list[Interval]) -> Interval:
    total = Interval(1.0, 1.0)
    for a in args:
        total = total * a
    return total


def _product(node: Expr, args: list[Interval]) -> Interval:
    """Of a chain each entry is a sum of products, at least one."""
    one = _hadamard(node, args)
    links = chain(node)
    widths = [f.shape.cols for f in links[:-1] if f.shape.cols is not None]
    if not widths:
        return one
    for part in (POSITIVE_NUMBERS, NONNEGATIVE, NEGATIVE, NONPOSITIVE):
        if one <= part:
            return part
    return REALS


def _power(node: Expr, args: list[Interval]) -> Interval:
    n = number_value(node.args[1])
    if n is not None:
        return power_graph(n).values_on(args[0])
    return POSITIVE_NUMBERS if args[0] <= POSITIVE_NUMBERS else REALS


def _with_zero(node: Expr, args: list[Interval]) -> Interval:
    return args[0] | _ZERO


def _same(node: Expr, args: list[Interval]) -> Interval:
    return args[0]


def _trace(node: Expr, args: list[Interval]) -> Interval:
    for part in (POSITIVE_NUMBERS, NONNEGATIVE, NEGATIVE, NONPOSITIVE):
        if args[0] <= part:
            return part
    return REALS


def _positive_part(node: Expr, args: list[Interval]) -> Interval:
    """Of a product of entries of which nothing but the sign is known."""
    for part in (UNIT, _CLOSED_UNIT, POSITIVE_NUMBERS, NONNEGATIVE):
        if args[0] <= part:
            return part
    return INSIDE_UNIT if args[0] <= INSIDE_UNIT else REALS


def _larger(node: Expr, args: list[Interval]) -> Interval:
    low, low_open = max((a.low, a.low_open) for a in args)
    return hull(args) & Interval(low, inf, low_open, high_open=True)


def _smaller(node: Expr, args: list[Interval]) -> Interval:
    high, closed = min((a.high, not a.high_open) for a in args)
    return hull(args) & Interval(-inf, high, low_open=True, high_open=not closed)


_ENTRIES: dict[object, Callable[[Expr, list[Interval]], Interval]] = {
    NUMBER: lambda node, args: around(number_value(node) or Fraction(0)),
    PI: lambda node, args: Interval(3.14, 3.15),
    EXTENT: lambda node, args: _ABOVE_ONE,
    ONES: lambda node, args: Interval(1.0, 1.0),
    ZEROS: lambda node, args: _ZERO,
    EYE: lambda node, args: _CLOSED_UNIT,
    COMMUTATION: lambda node, args: _CLOSED_UNIT,
    ADD: _sum,
    MUL: _product,
    HADAMARD: _hadamard,
    KRON: _hadamard,
    POWER: _power,
    TRANSPOSE: _same,
    VEC: _same,
    UNVEC: _same,
    DIAGONAL: _same,
    LARGEST: _same,
    OPS["min"]: _same,
    DIAG: _with_zero,
    TRIL: _with_zero,
    TRIU: _with_zero,
    BLOCKS: lambda node, args: hull(args),
    OPS["tr"]: _trace,
    OPS["prod"]: _positive_part,
    LOGSUMEXP: lambda node, args: Interval(args[0].low, inf, args[0].low_open, high_open=True),
    SOFTMAX: lambda node, args: Interval(0.0, 1.0, low_open=True),
    MAXIMUM: _larger,
    MINIMUM: _smaller,
}
"""(node, intervals of its arguments) ↦ an interval that holds all its entries."""
