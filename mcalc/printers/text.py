"""Expressions as text of the input language: it parses back, and means the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from mcalc.printers.base import Level, Printer, Spelled, joined
from mcalc.printers.folding import fold
from mcalc.printers.forms import (
    Blocks,
    Call,
    Constant,
    Differential,
    Elementwise,
    Extent,
    Filled,
    Form,
    Identity,
    Item,
    Name,
    Number,
    Power,
    Product,
    Sum,
    Transposed,
)
from mcalc.printers.numbers import decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcalc.core.expr import Expr


def text(e: Expr, *, as_typed: bool = False, limit: int | None = None) -> str:
    """The expression in the input language; a long one names its shared parts after `where`.

    Raises: LimitError where that takes more characters than the limit.
    """
    ...


class TextPrinter(Printer):
    """Spells forms in the input language."""

    def form(self, form: Form) -> Spelled:
        match form:
            case Number(value):
                return _atom(("-" if value < 0 else "") + _literal(abs(value)))
            case Name(name):
                return _atom(name)
            case Differential(of, number):
                return _atom(f"d{number + 1 if number else ''}({of})")
            case Extent(size):
                return _atom(f"sum(ones({size}))")
            case Identity(size):
                return _atom("eye" if size is None else f"eye({size})")
            case Filled():
                return _atom(_filled(form))
            case Constant(name, sizes):
                return _atom(f"{name}({','.join(map(str, sizes))})" if sizes else name)
            case Sum(terms):
                return self._sum(terms)
            case Product():
                return self._product(form)
            case Elementwise():
                return self._elementwise(form)
            case Power(base, exponent, elementwise):
                sign = ".^" if elementwise else "^"
                return joined(Level.POWER, self.at(Level.ATOM, base), sign, self.at(Level.ATOM, exponent))
            case Transposed(base):
                return joined(Level.POWER, self.at(Level.ATOM, base), "'")
            case Call(op, args, _, axis):
                last = "" if axis is None else f",{axis}"
                return joined(Level.ATOM, f"{op.name}(", *self._list(args), f"{last})")
            case Blocks(rows):
                ...
        assert_never(form)
