"""How expressions read: the decisions that all printers share, made once.

Normal forms are for computing: there 1/a is a power, a norm the root of a product, a sum of
entries a product with ones. A reading finds the words for them again, chooses signs and
fractions, and leaves out the sizes of constants where their neighbours tell them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE, transpose
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import (
    EXTENT,
    EYE,
    NAMED,
    NUMBER,
    ONE,
    ONES,
    TANGENT,
    VARIABLE,
    ZEROS,
    Direction,
    variable_name,
)
from mcalc.core.op import OPS, Op
from mcalc.core.size import Size
from mcalc.core.sums import coefficients
from mcalc.ops.blocks import BLOCKS, grid
from mcalc.ops.linear import trace_op
from mcalc.ops.reductions import ALONG_AXIS
from mcalc.printers.forms import (
    Blocks,
    Call,
    Constant,
    Differential,
    Extent,
    Filled,
    Form,
    Identity,
    Item,
    Name,
    Part,
    Power,
    Sum,
    Transposed,
)
from mcalc.printers.powers import inverted, literal, powered, rational, squared
from mcalc.printers.products import front_number, is_filled, read_product

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcalc.printers.places import Places

__all__ = ["read"]

Term = tuple[Expr, Fraction]

_AXIS = {op: (OPS[name], axis) for (name, axis), op in ALONG_AXIS.items()}


def read(places: Places, part: Part) -> Form:
    """The form of a part: a bounded number of forms around its sub-expressions."""
    form = places.forms.get(part)
    if form is None:
        form = places.forms[part] = _read(places, part)
    return form


def _read(places: Places, part: Part) -> Form:
    node = part.node
    rule = _RULES.get(node.op)
    if rule is not None:
        return rule(places, part)
    spelled = places.spelled(node)
    if spelled is not None:
        return _form(places.part(spelled, part.rows, part.cols))
    return _call(places, part) if node.args else _constant(node)


def _form(item: Item) -> Form:
    """An item as a form: a part alone is a sum of one term."""
    return Sum(((False, item),)) if isinstance(item, Part) else item


# ---------------------------------------------------------------- sums
def _sum(places: Places, part: Part) -> Form:
    terms, turned = _terms(part.node, -1 if part.negated else 1), -1
    if not places.as_typed:
        terms, turned = _led(places, _spread(terms))
    summands = places.alike([t for t, _ in terms], part.rows, part.cols, turned)
    signed = [
        (c < 0 and not t.negated, _multiple(places, t, abs(c)))
        for t, (_, c) in zip(summands, terms, strict=True)
    ]
    if len(signed) == 1 and not signed[0][0]:
        return _form(signed[0][1])
    return Sum(tuple(signed))


def _spread(terms: list[Term]) -> list[Term]:
    """The terms of a multiple of a sum, where they read shorter without the brackets."""
    (e, c), *others = terms
    if others or e.op is not ADD:
        return terms
    inner = _terms(e, c)
    if c == -1 or sum(map(_cost, inner)) < _cost((e, c)) + sum(map(_cost, _terms(e, ONE))):
        return inner
    return terms


def _cost(term: Term) -> int:
    """The operators that the coefficient of a term takes."""
    t, c = term
    p, q = front_number(t, abs(c))
    filled = t.op is NUMBER or is_filled(t.args if t.op is MUL else (t,))
    return (p != 1 and not filled) + (q != 1)


def _terms(node: Expr, factor: int | Fraction) -> list[Term]:
    return [(t, factor * c) for t, c in zip(node.args, coefficients(node), strict=True)]


def _led(places: Places, terms: list[Term]) -> tuple[list[Term], int]:
    """The terms, in front one that needs no sign, and 0 if it has to be turned for that.

    Where the first has to give way to it, what is subtracted stands last: `A+B-C`.
    """

    def rank(t: Expr, c: Fraction) -> int:
        if c > 0 or places.known(t).turns:
            return int(c < 0)
        # The minus sign of a number is no operation.
        return 2 if t.op is NUMBER or front_number(t, -c)[0] != 1 else 3

    if terms[0][1] > 0:
        return terms, -1
    best, lead = min((rank(t, c), i) for i, (t, c) in enumerate(terms))
    rest = sorted([*terms[:lead], *terms[lead + 1 :]], key=lambda term: term[1] < 0)
    return [terms[lead], *rest], 0 if best == 1 else -1


def _multiple(places: Places, part: Part, c: Fraction) -> Item:
    if part.node.op is NUMBER:
        assert isinstance(part.node.data, Fraction)
        return literal(c * part.node.data)
    return part if c == 1 else read_product(places, part, c)


# ---------------------------------------------------------------- products and powers
def _product(places: Places, part: Part) -> Form:
    node = part.node
    first, *others = node.args
    if first.op is ADD and node.op is MUL and coefficients(first) == (-ONE,):
        # -x*y is typed as (-x)*y.
        unsigned = intern(MUL, (*first.args, *others), node.shape, written=True)
        return Sum(((True, places.part(unsigned, part.rows, part.cols)),))
    return _form(read_product(places, part))


def _power(places: Places, part: Part) -> Form:
    if inverted(places, part) is not None:
        return _product(places, part)
    base, exponent = part.node.args
    inner = places.part(base, part.rows, part.cols)
    entrywise = not base.shape.is_scalar
    n = rational(exponent)
    if n is None:
        return Power(inner, places.part(exponent, True, True), entrywise)
    item = powered(places, inner, n)
    return Power(item, literal(n), entrywise) if isinstance(item, Part) else item


def _matrix_power(places: Places, part: Part) -> Form:
    base, exponent = part.node.args
    # The matrix is square: either axis tells the other.
    either = part.rows or part.cols
    inner = places.part(base, either, either)
    n = rational(exponent)
    if n == -1:
        return Call(OPS["inv"], (inner,), base.shape)
    return Power(inner, places.part(exponent) if n is None else literal(n), elementwise=False)


def _transpose(places: Places, part: Part) -> Form:
    inner = part.node.args[0]
    turned = None if places.as_typed else _turned(places, inner)
    if turned is not None:
        return read(places, places.part(turned, part.rows, part.cols, negated=part.negated))
    base = places.part(inner, part.cols, part.rows, negated=part.negated)
    return Transposed(_matrix_power(places, base) if inner.op is MATPOW else base)


def _turned(places: Places, node: Expr) -> Expr | None:
    """The transpose, where it reads shorter inside: `X-A'` for `(X'-A)'`."""
    spelled = places.spelled(node)
    if spelled is not None:
        return transpose(spelled)
    if node.op is not ADD:
        return None
    terms = tuple([transpose(t) for t in node.args])
    if sum(t.size for t in terms) > sum(t.size for t in node.args):
        return None
    return intern(ADD, terms, node.shape.T, node.data, written=True)


# ---------------------------------------------------------------- calls
def _call(places: Places, part: Part) -> Call:
    """A call; axes with one letter in the signature tell each other's size."""
    node = part.node
    op, axis = _AXIS.get(node.op, (node.op, None))
    args = [places.part(a) for a in node.args]
    if node.op.signature is not None:
        letters = [(rows, cols) for rows, cols, _ in node.op.signature.arguments]
        told = {"_"} | _told(node.op.signature.result, part)
        told = told.union(*[_told(pair, a) for pair, a in zip(letters, args, strict=True)])
        for i, (rows, cols) in enumerate(letters):
            args[i] = places.part(args[i].node, rows in told, cols in told)
            told |= {rows, cols}
    return Call(op, tuple(args), node.args[0].shape, axis)


def _told(letters: tuple[str, str], part: Part) -> set[str]:
    return {x for x, known in zip(letters, (part.rows, part.cols), strict=True) if known}


def _trace(places: Places, part: Part) -> Form:
    square = squared(places, part.node)
    return _call(places, part) if square is None else _form(square)


def _blocks(places: Places, part: Part) -> Form:
    rows = [tuple([places.part(e) for e in row]) for row in grid(part.node)]
    return Blocks(tuple(rows))


# ---------------------------------------------------------------- leaves
def _number(places: Places, part: Part) -> Form:
    value = part.node.data
    assert isinstance(value, Fraction)
    return Sum(((True, literal(-value)),)) if value < 0 else _form(literal(value))


def _differential(places: Places, part: Part) -> Form:
    assert isinstance(part.node.data, Direction)
    return Differential(part.node.data.variable, part.node.data.number)


def _extent(places: Places, part: Part) -> Form:
    assert isinstance(part.node.data, Size)
    return Extent(part.node.data)


def _zeros(places: Places, part: Part) -> Form:
    shape = part.node.shape
    zeros = Filled(Fraction(0), shape.axes, sized=True)
    return Transposed(zeros) if shape.is_row else zeros


def _ones(places: Places, part: Part) -> Form:
    return Filled(ONE, part.node.shape.axes, sized=not part.rows)


def _identity(places: Places, part: Part) -> Form:
    return Identity(None if part.rows or part.cols else part.node.shape.rows)


def _constant(node: Expr) -> Form:
    """A constant by its name, made from the sizes in its data."""
    data = node.data if isinstance(node.data, tuple) else (node.data,)
    return Constant(node.op.name, tuple([size for size in data if isinstance(size, Size)]))


_RULES: Mapping[Op, Callable[[Places, Part], Form]] = {
    ADD: _sum,
    MUL: _product,
    HADAMARD: _product,
    POWER: _power,
    MATPOW: _matrix_power,
    TRANSPOSE: _transpose,
    BLOCKS: _blocks,
    trace_op: _trace,
    NUMBER: _number,
    TANGENT: _differential,
    EXTENT: _extent,
    ZEROS: _zeros,
    ONES: _ones,
    EYE: _identity,
    VARIABLE: lambda places, part: Name(variable_name(part.node)),
    NAMED: lambda places, part: Name(str(part.node.data)),
}
