"""Formulas as a hand writes them, in no normal form: terms and factors keep their order.

Normal form would turn and sort a line while a rule is applied to a part of it. Here a product
stays as it is but for what nobody would write: brackets in it, signs and numbers in its middle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    TRANSPOSE,
    build,
    is_zero,
    number,
    rebuilt,
    split,
    zeros,
)
from mcalc.core.algebra import transpose as normal_transpose
from mcalc.core.expr import Expr, dependents, intern, postorder, rebuild
from mcalc.core.leaves import EYE, NUMBER, ONE, TANGENT, ones
from mcalc.core.products import chain, fill_value, scalars
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.sums import coefficients
from mcalc.ops.linear import trace, trace_op

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from mcalc.core.op import Op

Term = tuple["Fraction", Expr]


def settled(e: Expr) -> Expr:
    """The normal form of what is written."""

    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        return build(node.op, args, node.data) if args else node

    return rebuild(e, step)


def replaced(e: Expr, by: Mapping[Expr, Expr]) -> Expr:
    """The formula with parts of it replaced by their equals."""
    touched = dependents(e, by)
    made = dict(by)
    for node in postorder(e):
        if node in touched and node not in made:
            made[node] = composed(node, tuple([made.get(a, a) for a in node.args]))
    return made.get(e, e)


def rewritten(e: Expr, before: Expr, after: Expr) -> Expr:
    """The expression in normal form with one part of it replaced."""
    touched = dependents(e, (before,))
    made = {before: after}
    for node in postorder(e):
        if node in touched and node not in made:
            made[node] = rebuilt(node, tuple([made.get(a, a) for a in node.args]))
    return made[e] if e in touched and e in made else e


# ---------------------------------------------------------------- composing
def composed(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The operation of a node on other arguments, of which the same is known."""
    if args == node.args:
        return node
    if node.op is ADD:
        return sum_of(zip(coefficients(node), args, strict=True))
    if node.op in (MUL, HADAMARD):
        return product_of(node.op, args, node.shape)
    if node.op is TRANSPOSE:
        return transposed(args[0])
    if node.op is trace_op:
        return trace_of(args[0])
    return intern(node.op, args, node.shape, node.data, facts=node.facts, written=True)


def sum_of(parts: Iterable[Term]) -> Expr:
    """The multiples of parts as one sum, in this order."""
    pairs = list(parts)
    shape = pairs[0][1].shape
    terms: list[Term] = []
    for c, e in pairs:
        if e.op is ADD:
            terms += [(c * k, t) for k, t in zip(coefficients(e), e.args, strict=True)]
        elif not is_zero(e):
            terms.append((c, e))
    if not terms:
        return zeros(shape)
    if len(terms) == 1 and terms[0][0] == 1:
        return terms[0][1]
    args, numbers = tuple([t for _, t in terms]), tuple([c for c, _ in terms])
    return intern(ADD, args, shape, numbers, facts=_common(args), written=True)


def _common(args: Sequence[Expr]) -> int:
    known = facts.SYMMETRIC | facts.DIAGONAL
    for e in args:
        known &= e.facts
    return known


def multiple(c: Fraction, e: Expr) -> Expr:
    """The multiple of a formula."""
    return sum_of([(c, e)])


def product_of(op: Op, factors: Iterable[Expr], shape: Shape) -> Expr:
    """The factors of a product one after the other, numbers in front."""
    flat: list[Expr] = []
    coefficient = ONE
    for f in factors:
        c, rest = split(f)
        coefficient *= c
        if rest.op is op and _opens(rest):
            flat += rest.args
        elif rest.op is not NUMBER:
            flat.append(rest)
    if coefficient == 0 or any(is_zero(f) for f in flat):
        return zeros(shape)
    links = [f for f in flat if not f.shape.is_scalar]
    if op is MUL and len(links) > 1:
        links = [f for f in links if f.op is not EYE] or links[:1]
    together = (*[f for f in flat if f.shape.is_scalar], *links)
    known = facts.SYMMETRIC if shape.is_scalar else 0
    if not together:
        return number(coefficient)
    whole = (
        together[0]
        if len(together) == 1
        else intern(op, together, shape, facts=known, written=True)
    )
    return whole if coefficient == 1 else multiple(coefficient, whole)


def _opens(product: Expr) -> bool:
    """Whether the factors of a product may stand among others; x'*A*x stays one thing."""
    return not product.shape.is_scalar or all(a.shape.is_scalar for a in product.args)


def transposed(e: Expr) -> Expr:
    """The transpose, of a product factor by factor."""
    if e.has(facts.SYMMETRIC):
        return e
    c, rest = split(e)
    if c != 1:
        return multiple(c, transposed(rest))
    if e.op is MUL:
        links = [normal_transpose(f) for f in reversed(chain(e))]
        return product_of(MUL, (*scalars(e), *links), e.shape.T)
    return normal_transpose(e)


def trace_of(e: Expr) -> Expr:
    """The trace, a number and scalar factors in front of it."""
    c, rest = split(e)
    front: tuple[Expr, ...] = ()
    if rest.op is MUL:
        front, links = scalars(rest), chain(rest)
        rest = product_of(MUL, links, rest.shape)
    if rest.op in (ADD, MUL, HADAMARD, TRANSPOSE):
        traced = intern(trace_op, (rest,), SCALAR, facts=facts.SYMMETRIC, written=True)
    else:
        traced = trace(rest)
    return multiple(c, product_of(MUL, (*front, traced), SCALAR))


def inner_product(c: Expr, v: Expr) -> Expr:
    """⟨c, v⟩: c'*v of columns, tr(c'*v) of matrices, a sum of entries for a filled matrix c."""
    if v.shape.is_scalar:
        return product_of(MUL, (c, v), SCALAR)
    if v.shape.is_row:
        return product_of(MUL, (v, normal_transpose(c)), SCALAR)
    filling = fill_value(c) if v.shape.is_matrix else None
    if filling is not None:
        m, n = v.shape.axes
        total = product_of(MUL, (normal_transpose(ones(m)), v, ones(n)), SCALAR)
        return product_of(MUL, (filling, total), SCALAR)
    row = normal_transpose(c)
    if v.shape.is_column:
        return product_of(MUL, (row, v), SCALAR)
    return trace_of(product_of(MUL, (row, v), Shape(v.shape.cols, v.shape.cols)))


# ---------------------------------------------------------------- which way a trace is read
def oriented(e: Expr) -> Expr:
    """A form in one change a term, which comes last and upright: tr(A*d(X)), x'*d(x), s*d(s)."""
    terms = []
    for c, term in _terms(e):
        factors = term.args if term.op is MUL and _opens(term) else (term,)
        moving = [f for f in factors if any(n.op is TANGENT for n in postorder(f))]
        front = [f for f in factors if f not in moving]
        terms.append((c, product_of(MUL, (*front, *map(_turned, moving)), SCALAR)))
    return sum_of(terms)


def _turned(e: Expr) -> Expr:
    if e.op is trace_op and e.args[0].op is MUL:
        return trace_of(_change_last(e.args[0]))
    if e.op is MUL and _is_turned_change(e.args[0]):
        links = [normal_transpose(f) for f in reversed(e.args)]
        return product_of(MUL, links, SCALAR)
    return e


def _is_turned_change(e: Expr) -> bool:
    return e.op is TRANSPOSE and e.args[0].op is TANGENT


def _terms(e: Expr) -> list[Term]:
    if e.op is ADD:
        return list(zip(coefficients(e), e.args, strict=True))
    return [(ONE, e)]


def _change_last(product: Expr) -> Expr:
    links = product.args
    for i, f in enumerate(links):
        inner = f.args[0] if f.op is TRANSPOSE else f
        if inner.op is TANGENT:
            turned = (*links[i + 1 :], *links[: i + 1])
            if f.op is TRANSPOSE:
                turned = (*[normal_transpose(g) for g in reversed(turned[:-1])], inner)
            return product_of(MUL, turned, Shape(inner.shape.cols, inner.shape.cols))
    return product
