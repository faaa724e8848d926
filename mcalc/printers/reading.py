"""How expressions read: the decisions that all printers share, made once.

Normal forms are for computing: there 1/a is a power, a norm the root of a product, a sum of
entries a product with ones. A reading finds the words for them again, chooses signs and
fractions, and leaves out the sizes of constants where their neighbours tell them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE
from mcalc.core.expr import Expr
from mcalc.core.leaves import (
    EXTENT,
    EYE,
    NUMBER,
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
from mcalc.printers import numbers
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
    Number,
    Part,
    Power,
    Sum,
    Transposed,
)
from mcalc.printers.places import Places
from mcalc.printers.powers import ONE, inverted, literal, powered, rational, squared
from mcalc.printers.products import read_product

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["NAMED", "read"]

NAMED = Op(name="named")
"""A shared part by the name it was given."""

_AXIS = {op: (OPS[name], axis) for (name, axis), op in ALONG_AXIS.items()}


def read(places: Places, part: Part) -> Form:
    """The form of a part: a bounded number of forms around its sub-expressions."""
    node = part.node
    rule = _RULES.get(node.op)
    if rule is not None:
        return rule(places, part)
    spelled = places.spelled(node)
    if spelled is not None:
        return _form(places.part(spelled, part.rows, part.cols))
    return _call(places, part) if node.args else _constant(node)


    # ------------------------------------------------------------ sums
    def _sum(places, part: Part) -> Form:
        terms = _terms(part.node, -1 if part.negated else 1)
        if len(terms) == 1 and terms[0][1] == -1 and terms[0][0].op is ADD:
            # The sign goes into the brackets.
            terms = _terms(terms[0][0], -1)
        turned = -1
        if not places.as_typed:
            terms, turned = self._led(terms)
        places = places.alike([t for t, _ in terms], part.rows, part.cols, turned)
        items = []
        for place, (_, c) in zip(places, terms, strict=True):
            minus = c < 0 and not place.negated
            items.append((minus, self._multiple(place, abs(c))))
        (minus, item), *others = items
        return Sum(tuple(items)) if minus or others else _form(item)

    def _led(self, terms: list[Term]) -> tuple[list[Term], int]:
        """The terms, one in front that needs no sign, and 0 if it has to be turned for that."""
        if terms[0][1] > 0:
            return terms, -1
        tests: tuple[Callable[[Expr, Fraction], bool], ...] = (
            lambda t, c: c > 0,
            lambda t, c: places.known(t).turns and numbers.coefficient(-c)[0] == 1,
            # The minus sign of a number is no operation.
            lambda t, c: t.op is NUMBER or numbers.coefficient(-c)[0] != 1,
            lambda t, c: True,
        )
        rank, lead = min(
            (next(rank for rank, test in enumerate(tests) if test(t, c)), i)
            for i, (t, c) in enumerate(terms)
        )
        return [terms[lead], *terms[:lead], *terms[lead + 1 :]], 0 if rank == 1 else -1

    def _multiple(places, part: Part, c: Fraction) -> Item:
        if part.node.op is NUMBER:
            assert isinstance(part.node.data, Fraction)
            return literal(c * part.node.data)
        return part if c == 1 else read_product(self.places, part, c)

    # ------------------------------------------------------------ products and powers
    def _product(places, part: Part) -> Form:
        return _form(read_product(self.places, part))

    def _power(places, part: Part) -> Form:
        if inverted(self.places, part) is not None:
            return self._product(part)
        base, exponent = part.node.args
        inner = places.part(base, part.rows, part.cols)
        n = rational(exponent)
        if n is None:
            return Power(inner, places.part(exponent, True, True), not base.shape.is_scalar)
        item = powered(self.places, inner, n)
        return Power(item, Number(n), not base.shape.is_scalar) if isinstance(item, Part) else item

    def _matrix_power(places, part: Part) -> Form:
        base, exponent = part.node.args
        # The matrix is square: either axis tells the other.
        either = part.rows or part.cols
        inner = places.part(base, either, either)
        n = rational(exponent)
        if n == -1:
            return Call(OPS["inv"], (inner,), base.shape)
        return Power(inner, places.part(exponent) if n is None else literal(n), False)

    def _transpose(places, part: Part) -> Form:
        inner = part.node.args[0]
        base = places.part(inner, part.cols, part.rows, negated=part.negated)
        is_power = inner.op is MATPOW
        return Transposed(self._matrix_power(base) if is_power else base)

    # ------------------------------------------------------------ calls
    def _call(places, part: Part) -> Call:
        """A call, where equal letters of the signature tell each other's size."""
        node = part.node
        op, axis = _AXIS.get(node.op, (node.op, None))
        args = [places.part(a) for a in node.args]
        if node.op.signature is not None:
            told = {"_"} | _told(node.op.signature.result, part.rows, part.cols)
            letters = [(rows, cols) for rows, cols, _ in node.op.signature.arguments]
            for pair, arg in zip(letters, args, strict=True):
                told |= _told(pair, arg.rows, arg.cols)
            for i, (rows, cols) in enumerate(letters):
                args[i] = places.part(args[i].node, rows in told, cols in told)
                told |= {rows, cols}
        return Call(op, tuple(args), node.args[0].shape, axis)

    def _trace(places, part: Part) -> Form:
        square = squared(self.places, part.node)
        return self._call(part) if square is None else _form(square)

    def _blocks(places, part: Part) -> Form:
        rows = [tuple([places.part(e) for e in row]) for row in grid(part.node)]
        return Blocks(tuple(rows))


Term = tuple[Expr, Fraction]


def _told(letters: tuple[str, str], rows: bool, cols: bool) -> set[str]:
    return {letter for letter, known in zip(letters, (rows, cols), strict=True) if known}


def _terms(node: Expr, sign: int) -> list[Term]:
    return [(t, sign * c) for t, c in zip(node.args, coefficients(node), strict=True)]


def _form(item: Item) -> Form:
    return Sum(((False, item),)) if isinstance(item, Part) else item


# ---------------------------------------------------------------- leaves
def _number(value: object) -> Form:
    assert isinstance(value, Fraction)
    if value < 0:
        return Sum(((True, literal(-value)),))
    return _form(literal(value))


def _tangent(data: object) -> Form:
    assert isinstance(data, Direction)
    return Differential(data.variable, data.number)


def _extent(data: object) -> Form:
    assert isinstance(data, Size)
    return Extent(data)


def _constant(node: Expr) -> Form:
    """A constant by its name, made from the sizes in its data."""
    data = node.data if isinstance(node.data, tuple) else (node.data,)
    return Constant(node.op.name, tuple([size for size in data if isinstance(size, Size)]))


def _zeros(part: Part) -> Form:
    shape = part.node.shape
    zeros = Filled(Fraction(0), shape.axes, sized=True)
    return Transposed(zeros) if shape.is_row else zeros


_RULES: Mapping[Op, Callable[[Reader, Part], Form]] = {
    ADD: Reader._sum,
    MUL: Reader._product,
    HADAMARD: Reader._product,
    POWER: Reader._power,
    MATPOW: Reader._matrix_power,
    TRANSPOSE: Reader._transpose,
    BLOCKS: Reader._blocks,
    trace_op: Reader._trace,
    VARIABLE: lambda places, part: Name(variable_name(part.node)),
    NAMED: lambda places, part: Name(str(part.node.data)),
    NUMBER: lambda places, part: _number(part.node.data),
    TANGENT: lambda places, part: _tangent(part.node.data),
    EXTENT: lambda places, part: _extent(part.node.data),
    ZEROS: lambda places, part: _zeros(part),
    ONES: lambda places, part: Filled(ONE, part.node.shape.axes, sized=not part.rows),
    EYE: lambda places, part: Identity(
        None if part.rows or part.cols else part.node.shape.rows
    ),
}
