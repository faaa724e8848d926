r"""Expressions as LaTeX, in standard commands and those of amsmath."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcalc.printers.base import Level, Spelled, between, called, joined
from mcalc.printers.forms import (
    Constant,
    Differential,
    Extent,
    Filled,
    Identity,
    Name,
    Number,
    Product,
)
from mcalc.printers.names import latex_name, latex_size
from mcalc.printers.numbers import decimal
from mcalc.printers.text import laid_out
from mcalc.printers.typeset import LARGEST_DENOMINATOR, Signs, Typeset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from mcalc.core.expr import Expr
    from mcalc.core.size import Size
    from mcalc.printers.forms import Call, Item, Leaf, Power

TOP = r"^{\top}"


def latex(e: Expr, *, as_typed: bool = False, fold: bool = False, limit: int | None = None) -> str:
    r"""The expression in LaTeX, for math mode; names for shared parts as in its text.

    `as_typed` is for an expression that is to be shown as the user wrote it.
    Raises: LimitError where it has more characters than the limit.

    >>> from mcalc.core.leaves import variable
    >>> from mcalc.core.shape import Shape
    >>> from mcalc.core.size import Size
    >>> x = variable("x_1", Shape(Size.symbol("n")))
    >>> latex(2 * (x.T @ x))
    '2 x_{1}^{\\top} x_{1}'
    """
    body, definitions, printer = laid_out(e, as_typed=as_typed, fold=fold)
    written, named = LatexPrinter(printer.places).print_all(body, definitions, limit)
    where = r",\quad ".join(f"{latex_name(name)} = {value}" for name, value in named)
    return rf"{written} \quad\text{{where}}\quad {where}" if where else written


class LatexPrinter(Typeset):
    """Spells forms in LaTeX, for math mode."""

    signs = Signs(
        plus=" + ",
        minus=" - ",
        negative="-",
        hadamard=r" \odot ",
        over=r" \oslash ",
        kron=r" \otimes ",
        transpose=TOP,
        inverse="^{-1}",
        inverse_transpose=r"^{-\top}",
    )
    norms: ClassVar = {
        "norm1": ("1", "1"),
        "norm2": ("2", "F"),
        "norminf": (r"\infty", r"\infty"),
        "nucnorm": ("*", "*"),
        "specnorm": ("2", "2"),
    }

    # ------------------------------------------------------------ products and powers
    def product(self, factors: Sequence[Item], divisors: Sequence[Item]) -> Spelled:
        """Factors, as a fraction where there are divisors."""
        if not divisors:
            return self.times(factors)
        above, below = (
            self.item(items[0]) if len(items) == 1 else self.times(items)
            for items in (factors, divisors)
        )
        return joined(Level.POWER, r"\frac{", above, "}{", below, "}", tall=True)

    def times(self, factors: Sequence[Item]) -> Spelled:
        """Factors side by side; none are one."""
        if not factors:
            return _atom("1")
        first, *others = self.factors(factors)
        if not others:
            return first
        pieces: list[str | Spelled] = [first]
        for s in others:
            pieces += [self.gap(first, s), s]
        return joined(Level.TIMES, *pieces)

    def gap(self, before: Spelled, after: Spelled) -> str:
        """A space; a dot before a number, a small gap before a differential."""
        if after.opening[:1].isdigit():
            return r" \cdot "
        return r" \, " if after.opening.startswith(r"\mathrm{d}") else " "

    def power(self, form: Power) -> Spelled:
        """A power; those entry by entry bear the sign of that product."""
        sign = r"^{\odot " if form.elementwise else "^{"
        return self.raised(form.base, sign, self._exponent(form.exponent), "}")

    def raised(self, base: Item, *sign: str | Spelled) -> Spelled:
        """A base with a superscript."""
        return joined(Level.POWER, self.at(Level.ATOM, base), *sign)

    def _exponent(self, item: Item) -> str | Spelled:
        match item:
            case Number(value) if 1 < value.denominator <= LARGEST_DENOMINATOR:
                return f"{value.numerator}/{value.denominator}"
            case Product((Number(p),), (Number(q),)):
                return f"{p}/{q}"
        return self.item(item)

    # ------------------------------------------------------------ calls and blocks
    def named(self, form: Call) -> Spelled:
        """A function by its name."""
        head = form.op.latex or rf"\operatorname{{{called(form.op)}}}".replace("_", r"\_")
        args = between(", ", [self.item(item) for item in form.args])
        if form.axis is not None:
            args.append(f", {form.axis}")
        return joined(Level.ATOM, head, self.bracketed(joined(Level.SUM, *args)))

    def applied(self, name: str, inner: Spelled) -> Spelled:
        """A function that is called by its name."""
        return joined(Level.ATOM, rf"\operatorname{{{name}}}", self.bracketed(inner))

    def root(self, inner: Spelled) -> Spelled:
        """A square root."""
        return joined(Level.ATOM, r"\sqrt{", inner, "}")

    def lowered(self, inner: Spelled, index: str) -> Spelled:
        """A formula with a subscript of one sign."""
        return joined(Level.ATOM, inner, f"_{index}")

    def enclosed(self, left: str, inner: Spelled, right: str) -> Spelled:
        """A formula between two brackets or bars, as high as it is."""
        first, last = _BARS.get(left, (left, right))
        gap = " " if first.startswith("\\") else ""
        if inner.tall:
            first, last = rf"\left{first}", rf"\right{last}"
        return joined(Level.ATOM, f"{first}{gap}", inner, f"{gap}{last}")

    def total_along(self, summed: Spelled, axis: int) -> Spelled:
        """The sums of the columns (1) or of the rows (2), as a product with ones."""
        if axis == 1:
            ones = _atom(rf"\mathbf{{1}}{TOP}")
            return joined(Level.TIMES, ones, self.gap(ones, summed), summed)
        return joined(Level.TIMES, summed, r" \mathbf{1}")

    def blocks(self, rows: Sequence[Sequence[Item]]) -> Spelled:
        """A matrix of blocks."""
        pieces: list[str | Spelled] = []
        for row in rows:
            pieces += [r" \\ "] if pieces else []
            pieces += between(" & ", [self.item(item) for item in row])
        return joined(Level.ATOM, r"\begin{bmatrix} ", *pieces, r" \end{bmatrix}", tall=True)

    def leaf(self, form: Leaf) -> Spelled:
        """A number, a name or a constant."""
        match form:
            case Number(value):
                return _number(value)
            case Name(name):
                return _atom(latex_name(name))
            case Differential(of, number):
                order = f"_{{{number + 1}}}" if number else ""
                return _atom(rf"\mathrm{{d}}{order}{latex_name(of)}")
            case Extent(size):
                return _size(size)
            case Identity(size):
                return _atom("I" if size is None else f"I_{{{latex_size(size)}}}")
            case Constant(name, sizes):
                return _constant(name, sizes)
            case Filled(value, axes, sized):
                return _filled(value, axes, sized)


_BARS = {"|": (r"\lvert", r"\rvert"), "‖": (r"\lVert", r"\rVert")}


# ---------------------------------------------------------------- leaves
def _atom(text: str) -> Spelled:
    return Spelled((text,), Level.ATOM, opening=text)


def _number(value: Fraction) -> Spelled:
    sign = "-" if value < 0 else ""
    p, q = abs(value.numerator), value.denominator
    if 1 < q <= LARGEST_DENOMINATOR:
        return Spelled((rf"{sign}\frac{{{p}}}{{{q}}}",), Level.POWER, tall=True, opening=r"\frac")
    literal = decimal(abs(value))
    assert literal is not None
    digits, e, exponent = literal.partition("e")
    if not e:
        return _atom(sign + digits)
    text = (sign if digits == "1" else rf"{sign}{digits} \cdot ") + f"10^{{{exponent}}}"
    return Spelled((text,), Level.POWER if digits == "1" else Level.TIMES, opening=text)


def _size(size: Size) -> Spelled:
    text = latex_size(size)
    level = Level.SUM if "+" in text or "-" in text else Level.TIMES if " " in text else Level.ATOM
    return Spelled((text,), level, opening=text)


def _constant(name: str, sizes: tuple[Size, ...]) -> Spelled:
    head = {"pi": r"\pi", "commutation": "K", "duplication": "D", "elimination": "L"}.get(
        name, rf"\operatorname{{{name}}}"
    )
    below = ",".join(map(latex_size, sizes))
    return _atom(f"{head}_{{{below}}}" if below else head)


def _filled(value: Fraction, axes: tuple[Size, ...], sized: bool) -> Spelled:
    names = [f"_{{{latex_size(size)}}}" if sized else "" for size in axes]
    if value == 0:
        below = r" \times ".join(map(latex_size, axes))
        return _atom(rf"\mathbf{{0}}_{{{below}}}" if sized else r"\mathbf{0}")
    text = rf"\mathbf{{1}}{names[0]}" + "".join(rf" \mathbf{{1}}{name}{TOP}" for name in names[1:])
    # The two of an outer product multiply what is left of them just as well one by one.
    level = Level.ATOM if len(axes) == 1 else Level.POWER
    ones = Spelled((text,), level, opening=text)
    if value == 1:
        return ones
    return joined(Level.TIMES, _number(value), " ", ones)
