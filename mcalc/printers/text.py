"""Expressions as text of the input language: it parses back, and means the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mcalc.printers import folding
from mcalc.printers.base import Level, Printer, Spelled, between, called, joined
from mcalc.printers.forms import (
    Call,
    Constant,
    Differential,
    Elementwise,
    Extent,
    Filled,
    Identity,
    Item,
    Name,
    Number,
    Power,
)
from mcalc.printers.numbers import decimal
from mcalc.printers.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcalc.core.expr import Expr
    from mcalc.printers.forms import Leaf


def text(e: Expr, *, as_typed: bool = False, fold: bool = False, limit: int | None = None) -> str:
    """The expression in the input language; where it is too long, with names for shared parts.

    `as_typed` is for an expression that is to be shown as the user wrote it, `fold` for one that is
    to have such names as soon as they make it easier to read.
    Raises: LimitError where it has more characters than the limit, names and all.

    >>> from mcalc.core.leaves import variable
    >>> from mcalc.core.shape import Shape
    >>> from mcalc.core.size import Size
    >>> x = variable("x", Shape(Size.symbol("n")))
    >>> text(2 * (x.T @ x))
    "2*x'*x"
    """
    body, definitions = folded(e, as_typed=as_typed, fold=fold, limit=limit)
    where = ", ".join(f"{name} = {value}" for name, value in definitions)
    return f"{body} where {where}" if where else body


def folded(
    e: Expr, *, as_typed: bool = False, fold: bool = False, limit: int | None = None
) -> tuple[str, list[tuple[str, str]]]:
    """The text of an expression, and the names in it with the texts they stand for.

    Raises: LimitError where all of them have more characters than the limit.
    """
    layout = laid_out(e, as_typed=as_typed, fold=fold)
    return layout.printer.print_all(layout.body, layout.definitions, limit)


class Layout(NamedTuple):
    """What all printers write of an expression."""

    body: Expr
    """The expression with names for parts of it."""
    definitions: list[tuple[str, Expr]]
    """What the names stand for; none in a short expression."""
    printer: TextPrinter
    """Knows how the parts read."""


@lru_cache(maxsize=8)  # an expression is written in one format after the other
def laid_out(e: Expr, *, as_typed: bool, fold: bool) -> Layout:
    """The layout of an expression, by the length of its text."""
    printer = TextPrinter(Places(as_typed=as_typed))
    return Layout(*folding.fold(e, printer, readily=fold), printer)


class TextPrinter(Printer):
    """Spells forms in the input language."""

    def bracketed(self, inner: Spelled) -> Spelled:
        """A formula in brackets."""
        return joined(Level.ATOM, "(", inner, ")")

    def sum(self, terms: Sequence[tuple[bool, Item]]) -> Spelled:
        """Terms with their signs."""
        pieces: list[str | Spelled] = []
        for i, (minus, item) in enumerate(terms):
            if i > 0 or minus:
                pieces.append("-" if minus else "+")
            pieces.append(self.at(Level.ELEMENTWISE, item) if pieces else self.item(item))
        level = Level.SUM
        if len(pieces) == 1:
            level = self.item(terms[0][1]).level
        return joined(level, *pieces)

    def product(self, factors: Sequence[Item], divisors: Sequence[Item]) -> Spelled:
        """Factors over divisors; one over a power as a negative power."""
        above = self._times(factors)
        if not divisors:
            return above
        if not factors and len(divisors) == 1:
            power = self._negative_power(divisors[0])
            if power is not None:
                return power
        below = self._times(divisors)
        if len(divisors) > 1 or below.level < Level.POWER:
            below = self.bracketed(below)
        return joined(min(above.level, Level.TIMES), above, "/", below)

    def _times(self, factors: Sequence[Item]) -> Spelled:
        if not factors:
            return Spelled(("1",), Level.ATOM)
        spelled = self.factors(factors)
        return spelled[0] if len(spelled) == 1 else joined(Level.TIMES, *between("*", spelled))

    def _negative_power(self, divisor: Item) -> Spelled | None:
        """a^-2, which is shorter than 1/a^2."""
        if not isinstance(divisor, Power) or not isinstance(divisor.exponent, Number):
            return None
        exponent = Number(-divisor.exponent.value)
        return self.form(Power(divisor.base, exponent, divisor.elementwise))

    def elementwise(self, form: Elementwise) -> Spelled:
        """A product entry by entry."""
        if not form.scalars and not form.factors and len(form.divisors) == 1:
            power = self._negative_power(form.divisors[0])
            if power is not None:
                return power
        pieces: list[str | Spelled] = []
        if form.scalars or not form.factors:
            pieces.append(self._times(form.scalars))
        if form.factors:
            pieces += ["*"] if pieces else []
            pieces += between(".*", self.entries(form))
        if form.divisors:
            below = [self.at(Level.POWER, item) for item in form.divisors]
            several = joined(Level.ELEMENTWISE, *between(".*", below))
            pieces += ["./", self.bracketed(several) if len(below) > 1 else several]
        return joined(Level.ELEMENTWISE, *pieces)

    def power(self, form: Power) -> Spelled:
        """A power."""
        sign = ".^" if form.elementwise else "^"
        base, exponent = (self.at(Level.ATOM, item) for item in (form.base, form.exponent))
        return joined(Level.POWER, base, sign, exponent)

    def transposed(self, base: Item) -> Spelled:
        """A transpose."""
        return joined(Level.POWER, self.at(Level.ATOM, base), "'")

    def call(self, form: Call) -> Spelled:
        """A function of its arguments."""
        last = "" if form.axis is None else f",{form.axis}"
        return joined(Level.ATOM, f"{called(form.op)}(", *self._listed(form.args), f"{last})")

    def blocks(self, rows: Sequence[Sequence[Item]]) -> Spelled:
        """A matrix of blocks."""
        pieces: list[str | Spelled] = ["["]
        for i, row in enumerate(rows):
            pieces += (["; "] if i else []) + self._listed(row)
        return joined(Level.ATOM, *pieces, "]")

    def leaf(self, form: Leaf) -> Spelled:
        """A number, a name or a constant."""
        return Spelled((_leaf(form),), Level.ATOM)

    def _listed(self, items: Iterable[Item]) -> list[str | Spelled]:
        return between(",", [self.item(item) for item in items])


def _leaf(form: Leaf) -> str:
    match form:
        case Number(value):
            return ("-" if value < 0 else "") + (decimal(abs(value)) or "")
        case Name(name):
            return name
        case Differential(of, number):
            return f"d{number + 1 if number else ''}({of})"
        case Extent(size):
            return f"sum(ones({size}))"
        case Identity(size):
            return "eye" if size is None else f"eye({size})"
        case Constant(name, sizes):
            return f"{name}({','.join(map(str, sizes))})" if sizes else name
        case Filled(value, axes, sized):
            if sized:
                return f"{'ones' if value else 'zeros'}({','.join(map(str, axes))})"
            return f"{'vector' if len(axes) == 1 else 'matrix'}({decimal(value)})"
