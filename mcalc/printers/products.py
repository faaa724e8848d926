"""How products read: fractions, element-wise quotients, sums of entries for products with ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import ADD, HADAMARD, MUL, POWER, TRANSPOSE
from mcalc.core.expr import intern
from mcalc.core.leaves import EXTENT, ONE, ONES, TANGENT
from mcalc.core.op import OPS
from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.core.sums import coefficients
from mcalc.ops.elementwise import ABS
from mcalc.printers import numbers
from mcalc.printers.forms import (
    Call,
    Elementwise,
    Filled,
    Item,
    Number,
    Part,
    Product,
    Transposed,
)
from mcalc.printers.powers import inverted, multiple, squared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.core.expr import Expr
    from mcalc.printers.places import Places

_PAIR = 2


def read_product(places: Places, part: Part, c: Fraction = ONE) -> Item:
    """A multiple of a product, or of anything else: factors over scalar divisors."""
    node = part.node
    if not places.as_typed:
        node, c = _spread(node, c)
    square = None if part.negated else squared(places, node)
    if square is not None:
        return multiple(c, square)
    args = node.args if node.op is MUL else (node,)
    if not places.as_typed:
        args = tuple(sorted(args, key=_place))
    turned = places.turning(args) if part.negated else -1
    linked = [i for i, a in enumerate(args) if not a.shape.is_scalar]
    links = places.chained(
        [args[i] for i in linked],
        part.rows,
        part.cols,
        linked.index(turned) if turned in linked else -1,
    )
    arrays = _arrays(places, linked, links)
    p, q = front_number(node, c)
    factors: list[Item] = [] if p == 1 else [Number(p)]
    divisors: list[Item] = [] if q == 1 else [Number(Fraction(q))]
    for i, a in enumerate(args):
        if not a.shape.is_scalar:
            factors += arrays.get(i, ())
            continue
        scalar = places.part(a, negated=i == turned)
        divisor = inverted(places, scalar)
        if divisor is None:
            factors.append(scalar)
        else:
            divisors.append(divisor)
    if len(links) == 1 and args[-1] is links[0].node:
        entrywise = _entrywise(places, links[0])
        if entrywise is not None:
            factors = [replace(entrywise, scalars=tuple(factors[:-1]))]
    if not places.as_typed:
        factors, divisors = _averaged(places, factors, divisors)
    return _quotient(factors, divisors)


def _spread(node: Expr, c: Fraction) -> tuple[Expr, Fraction]:
    """A coefficient taken into a sum among the factors, where that reads shorter."""
    if node.op is not MUL or c == 1:
        return node, c
    best = (0, node)
    for i, a in enumerate(node.args):
        if a.op is ADD and len(a.args) > 1:
            inner = tuple([c * k for k in coefficients(a)])
            saved = _cost(c) + sum(map(_cost, coefficients(a))) - sum(map(_cost, inner))
            if saved > best[0]:
                sum_ = intern(ADD, a.args, a.shape, inner, written=True)
                args = (*node.args[:i], sum_, *node.args[i + 1 :])
                best = (saved, intern(MUL, args, node.shape, written=True))
    return (node, c) if best[0] == 0 else (best[1], ONE)


def _cost(c: Fraction) -> int:
    """The operators that a coefficient takes."""
    p, q = numbers.coefficient(abs(c))
    return (p != 1) + (q != 1)


def _place(factor: Expr) -> tuple[bool, bool, int]:
    """Scalars stand in front, small ones first; arrays keep their order: `a*exp(b)*A*x`.

    The change of a scalar is the last of them: `exp(s)*d(s)`.
    """
    if not factor.shape.is_scalar:
        return (True, False, 0)
    return (False, factor.op is TANGENT, factor.size)


def _arrays(
    places: Places, linked: Sequence[int], links: Sequence[Part]
) -> dict[int, Sequence[Item]]:
    """What stands at the places of the vectors and matrices of a product."""
    if not links:
        return {}
    filled = _filled(links)
    if filled is not None:
        return {linked[0]: (filled,)}
    if places.as_typed:
        return {i: (link,) for i, link in zip(linked, links, strict=True)}
    return {linked[0]: read_chain(places, links)}


def _filled(links: Sequence[Part]) -> Filled | Transposed | None:
    """A product of ones: a vector or matrix filled with ones."""
    first, last = links[0], links[-1]
    if not is_filled([p.node for p in links]):
        return None
    axes = Shape(first.node.shape.rows, last.node.shape.cols).axes
    filled = Filled(ONE, axes, sized=not (first.rows and last.cols))
    return Transposed(filled) if first.node.shape.is_row else filled


def front_number(term: Expr, c: Fraction) -> tuple[Fraction, int]:
    """A positive coefficient as (what has a literal, what the term is divided by)."""
    # vector(0.5) is no division.
    filled = is_filled(term.args if term.op is MUL else (term,))
    return numbers.written(c) if filled else numbers.coefficient(c)


def is_filled(links: Sequence[Expr]) -> bool:
    """Whether a product is a column, a row or a matrix of ones."""
    match links:
        case [e]:
            return e.op is ONES or _is_row_of_ones(e)
        case [e, f]:
            return e.op is ONES and _is_row_of_ones(f)
    return False


def _is_row_of_ones(node: Expr) -> bool:
    return node.op is TRANSPOSE and node.args[0].op is ONES


def _entrywise(places: Places, link: Part) -> Elementwise | None:
    """An element-wise product over what has negative exponents in it."""
    node = link.node
    if node.op not in (HADAMARD, POWER):
        return None
    args = node.args if node.op is HADAMARD else (node,)
    factors: list[Item] = []
    divisors: list[Item] = []
    turned = places.turning(args) if link.negated else -1
    for p in places.alike(args, link.rows, link.cols, turned):
        divisor = inverted(places, p)
        if divisor is None:
            factors.append(p)
        else:
            divisors.append(divisor)
    if node.op is POWER and not divisors:
        return None
    return Elementwise((), tuple(factors), tuple(divisors))


def _quotient(factors: list[Item], divisors: list[Item]) -> Item:
    match factors:
        case [Number(value), Filled(axes=axes, sized=False)]:
            factors = [Filled(value, axes, sized=False)]
        case [Number(value), Transposed(Filled(axes=axes, sized=False))]:
            factors = [Transposed(Filled(value, axes, sized=False))]
    if len(factors) == 1 and not divisors:
        return factors[0]
    return Product(tuple(factors), tuple(divisors))


# ---------------------------------------------------------------- the matrix product
def read_chain(places: Places, links: Sequence[Part]) -> list[Item]:
    """The factors of a product of vectors and matrices."""
    found: list[Item] = []
    start = 0
    for i, link in enumerate(links):
        # After a column a new product begins: the row of an outer one.
        if link.node.shape.cols is None or i == len(links) - 1:
            found += _segment(places, links[start : i + 1], follows=start > 0)
            start = i + 1
    return found


def _segment(places: Places, links: Sequence[Part], *, follows: bool) -> Sequence[Item]:
    first, last = links[0].node, links[-1].node
    begins = len(links) > 1 and _is_row_of_ones(first)
    ends = len(links) > 1 and last.op is ONES
    if len(links) == 1:
        return [_filled(links) or links[0]]
    if first.shape.rows is None and last.shape.cols is None:
        if begins:
            return [_total(places, links[1:-1] if ends and len(links) > _PAIR else links[1:])]
        if ends and len(links) == _PAIR:
            return [_total(places, links[:1])]
        if len(links) == _PAIR:
            return _sum_of_quotients(places, *links) or links
    if begins:
        return [_column_sums(places, links[1]), *links[2:]]
    if ends:
        return [*links[:-2], _row_sums(places, links[-2])]
    return _grouped(places, links) if follows else links


def _grouped(places: Places, links: Sequence[Part]) -> Sequence[Item]:
    """(H*b)' for the row b'*H', where that has fewer transposes and no change is in it."""
    if any(p.node.op is TANGENT or any(a.op is TANGENT for a in p.node.args) for p in links):
        return links
    opposite = [_opposite(places, p) for p in reversed(links)]
    before = sum(p.node.op is TRANSPOSE for p in links)
    after = 1 + sum(isinstance(item, Transposed) for item in opposite)
    return [Transposed(Product(tuple(opposite)))] if after < before else links


def _opposite(places: Places, p: Part) -> Item:
    if p.node.op is TRANSPOSE:
        return places.part(p.node.args[0], p.cols, p.rows, negated=p.negated)
    if p.node.has(facts.SYMMETRIC):
        return p._replace(rows=p.cols, cols=p.rows)
    return Transposed(p)


# ---------------------------------------------------------------- sums of entries
def _total(places: Places, links: Sequence[Part]) -> Call:
    """sum(X), and norm1(X) for sum(abs(X)); nothing outside tells the sizes in it."""
    first, last = links[0].node, links[-1].node
    of = Shape(first.shape.rows, last.shape.cols)
    if len(links) == 1 and first.op is ABS:
        return Call(OPS["norm1"], (places.part(first.args[0]),), of)
    turned = next((i for i, p in enumerate(links) if p.negated), -1)
    inner = places.chained([p.node for p in links], rows=False, cols=False, turned=turned)
    return Call(OPS["sum"], (_quotient(read_chain(places, inner), []),), of)


def _column_sums(places: Places, link: Part) -> Item:
    """sum(X, 1), and sum(X, 2)' for a transpose."""
    if link.node.op is TRANSPOSE:
        inner = places.part(link.node.args[0], link.cols, negated=link.negated)
        return Transposed(_sums(inner, 2))
    return _sums(places.part(link.node, False, link.cols, negated=link.negated), 1)


def _row_sums(places: Places, link: Part) -> Item:
    """sum(X, 2), and sum(X, 1)' for a transpose."""
    if link.node.op is TRANSPOSE:
        inner = places.part(link.node.args[0], False, link.rows, negated=link.negated)
        return Transposed(_sums(inner, 1))
    return _sums(places.part(link.node, link.rows, negated=link.negated), 2)


def _sums(X: Part, axis: int) -> Call:
    return Call(OPS["sum"], (X,), X.node.shape, axis)


def _sum_of_quotients(places: Places, row: Part, column: Part) -> Sequence[Item] | None:
    """sum(x./y) for x'*(1./y)."""
    if row.node.op is not TRANSPOSE:
        return None
    x = places.part(row.node.args[0], negated=row.negated)
    y = places.part(column.node, negated=column.negated)
    for above, below in ((x, y), (y, x)):
        divisor = inverted(places, below)
        if divisor is not None:
            ratio = Elementwise((), (above,), (divisor,))
            return [Call(OPS["sum"], (ratio,), column.node.shape)]
    return None


def _averaged(
    places: Places, factors: list[Item], divisors: list[Item]
) -> tuple[list[Item], list[Item]]:
    """mean(X) for sum(X) over the number of its entries."""
    counts = Counter([size for d in divisors if (size := _extent(d)) is not None])
    for i, factor in enumerate(factors) if counts else ():
        total = _as_sum(places, factor)
        if total is None:
            continue
        summed = Counter({None: total.of.axes, 1: total.of[:1], 2: total.of[1:]}[total.axis])
        if summed <= counts:
            mean = Call(OPS["mean"], total.args, total.of, total.axis)
            kept = []
            for d in divisors:
                size = _extent(d)
                if size is not None and summed[size]:
                    summed[size] -= 1
                else:
                    kept.append(d)
            return [*factors[:i], mean, *factors[i + 1 :]], kept
    return factors, divisors


def _extent(divisor: Item) -> Size | None:
    if not isinstance(divisor, Part) or divisor.node.op is not EXTENT:
        return None
    assert isinstance(divisor.node.data, Size)
    return divisor.node.data


def _as_sum(places: Places, factor: Item) -> Call | None:
    """The sum that a factor is, also where it is a product of its own."""
    if isinstance(factor, Part) and factor.node.op is MUL and _is_row_of_ones(factor.node.args[0]):
        factor = read_product(places, factor)
    return factor if isinstance(factor, Call) and factor.op is OPS["sum"] else None
