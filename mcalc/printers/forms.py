"""How an expression reads: the small vocabulary that every printer spells in its own way.

A form is what a reader sees at one place: a sum of signed terms, a product over a product, a call.
Its items are other forms, a bounded number of them, or parts: sub-expressions in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, Union

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.core.shape import Shape
    from mcalc.core.size import Size


class Part(NamedTuple):
    """A sub-expression in its place.

    rows, cols  whether something tells the size of the axis, so that a constant need not
    negated     whether its opposite is meant: `y-x` for `x-y`
    """

    node: Expr
    rows: bool = True
    cols: bool = True
    negated: bool = False


Item: TypeAlias = Union[Part, "Form"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that has a literal; negative in an exponent only."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or the name given to a shared part."""

    name: str


@dataclass(frozen=True, slots=True)
class Differential:
    """d(X), in the differentiation of that number."""

    of: str
    number: int


@dataclass(frozen=True, slots=True)
class Extent:
    """A size, as a scalar."""

    size: Size


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity matrix, with its size where nothing else tells it."""

    size: Size | None


@dataclass(frozen=True, slots=True)
class Filled:
    """A column or matrix of equal entries; `sized` where nothing else tells its sizes."""

    value: Fraction
    axes: tuple[Size, ...]
    sized: bool


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant made from sizes, perhaps none: commutation(m, n), pi."""

    name: str
    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms, each with whether it is subtracted."""

    terms: tuple[tuple[bool, Item], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors in their order, over scalar divisors; no factors stand for 1."""

    factors: tuple[Item, ...]
    divisors: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Elementwise:
    """Scalars in front, then arrays times and over arrays, entry by entry."""

    scalars: tuple[Item, ...]
    factors: tuple[Item, ...]
    divisors: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Power:
    """A power, of a square matrix or scalar or entry by entry."""

    base: Item
    exponent: Item
    elementwise: bool


@dataclass(frozen=True, slots=True)
class Transposed:
    """A transpose."""

    base: Item


@dataclass(frozen=True, slots=True)
class Call:
    """A function of arguments, the first of that shape; `axis` as in sum(X, 1)."""

    op: Op
    args: tuple[Item, ...]
    of: Shape
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix of blocks, row by row."""

    rows: tuple[tuple[Item, ...], ...]


Leaf: TypeAlias = Number | Name | Differential | Extent | Identity | Filled | Constant
Form: TypeAlias = Leaf | Sum | Product | Elementwise | Power | Transposed | Call | Blocks


def parts(form: Form) -> Iterable[Part]:
    """The sub-expressions in a form, in order, as often as they stand in it."""
    pending: list[Item] = [form]
    while pending:
        item = pending.pop()
        if isinstance(item, Part):
            yield item
        else:
            pending.extend(reversed(_items(item)))


def _items(form: Form) -> tuple[Item, ...]:
    match form:
        case Sum(terms):
            return tuple([item for _, item in terms])
        case Product(factors, divisors):
            return factors + divisors
        case Elementwise(scalars, factors, divisors):
            return scalars + factors + divisors
        case Power(base, exponent):
            return base, exponent
        case Transposed(base):
            return (base,)
        case Call(_, args):
            return args
        case Blocks(rows):
            return tuple([item for row in rows for item in row])
    return ()
