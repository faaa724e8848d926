"""How powers read: as roots, norms and divisors."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.algebra import ADD, POWER, split
from mcalc.core.leaves import NUMBER
from mcalc.core.op import OPS
from mcalc.core.shape import Shape
from mcalc.ops.squares import square_root
from mcalc.printers import numbers
from mcalc.printers.forms import Call, Item, Number, Part, Power, Product, Sum

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.printers.places import Places

TWO = Fraction(2)
HALF = Fraction(1, 2)


def rational(exponent: Expr) -> Fraction | None:
    """The number an exponent is, also one typed with its sign."""
    c, rest = split(exponent)
    if rest.op is not NUMBER:
        return None
    assert isinstance(rest.data, Fraction)
    return c * rest.data


def literal(value: Fraction) -> Item:
    """A number on its own: `0.5`, `1/3`."""
    p, q = numbers.written(abs(value))
    if q == 1:
        return Number(p if value >= 0 else -p)
    quotient = Product((Number(p),), (Number(Fraction(q)),))
    return quotient if value >= 0 else Sum(((True, quotient),))


def multiple(value: Fraction, item: Item) -> Item:
    """A positive multiple: `2*x`, `x/2`."""
    p, q = numbers.coefficient(value)
    front = () if p == 1 else (Number(p),)
    return item if value == 1 else Product((*front, item), () if q == 1 else (Number(Fraction(q)),))


def inverted(places: Places, part: Part) -> Item | None:
    """What is divided by where the expression is a power with a negative exponent."""
    if part.node.op is not POWER:
        return None
    base, exponent = part.node.args
    inner = places.part(base, part.rows, part.cols)
    n = rational(exponent)
    if n is not None:
        return powered(places, inner, -n) if n < 0 else None
    c, rest = split(exponent)
    if c > 0 or rest.op is ADD:
        return None
    raised = multiple(-c, places.part(rest, part.rows, part.cols))
    return Power(inner, raised, not base.shape.is_scalar)


def powered(places: Places, base: Part, n: Fraction) -> Item:
    """A power with a positive exponent: `sqrt(x)`, `norm2(x)^3`, `x.^2`, and x itself for one."""
    norm = None if places.as_typed else root_of_square(places, base.node)
    if norm is not None and (2 * n).denominator == 1 and (n != 1 or _is_longer(norm)):
        return norm if n == HALF else Power(norm, Number(2 * n), elementwise=False)
    if n == 1:
        return base
    if n == HALF and not places.as_typed:
        return Call(OPS["sqrt"], (base,), base.node.shape)
    return Power(base, literal(n), not base.node.shape.is_scalar)


def squared(places: Places, node: Expr) -> Item | None:
    """The square of a norm, where that reads shorter than a product with its own transpose."""
    norm = None if places.as_typed else root_of_square(places, node)
    return Power(norm, Number(TWO), elementwise=False) if norm and _is_longer(norm) else None


def root_of_square(places: Places, node: Expr) -> Call | None:
    """norm2(u) for u'*u, and norm2(U) for tr(U'*U)."""
    root = square_root(node)
    if root is None:
        return None
    links = tuple(places.chained(root, rows=False, cols=False))
    of = Shape(root[0].shape.rows, root[-1].shape.cols)
    return Call(OPS["norm2"], links if len(links) == 1 else (Product(links),), of)


def _is_longer(norm: Call) -> bool:
    """Whether u'*u has more operators than norm2(u)^2: x'*x has as many."""
    (inner,) = norm.args
    return norm.of.is_matrix or not isinstance(inner, Part) or bool(inner.node.args)
