r"""Expressions as LaTeX, in standard commands and those of amsmath."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.printers.base import Level, Printer, Spelled, between, called, joined
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
from mcalc.printers.names import latex_name, latex_size
from mcalc.printers.numbers import decimal
from mcalc.printers.text import laid_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr
    from mcalc.core.size import Size

_LARGEST_DENOMINATOR = 9

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


class LatexPrinter(Printer):
    """Spells forms in LaTeX."""

    def form(self, form: Form) -> Spelled:
        """A form as a formula in math mode."""
        match form:
            case Sum(terms):
                return self._sum(terms)
            case Product(factors, divisors):
                return self._product(factors, divisors)
            case Elementwise():
                return self._elementwise(form)
            case Power(base, exponent, elementwise):
                sign = r"^{\odot " if elementwise else "^{"
                return self._raised(base, sign, self._exponent(exponent), "}")
            case Transposed(Call(op, (base,))) if op.name == "inv":
                return self._raised(base, r"^{-\top}")
            case Transposed(Call(op, (summed,), of, int(axis))) if op.name == "sum":
                return self.total(Call(op, (Transposed(summed),), of.T, 3 - axis))
            case Transposed(base):
                return self._raised(base, TOP)
            case Call():
                return self._call(form)
            case Blocks(rows):
                return self._blocks(rows)
            case _:
                return _leaf(form)

    def bracketed(self, inner: Spelled) -> Spelled:
        """A formula in brackets, as high as it is."""
        return _enclosed("(", inner, ")")

    # ------------------------------------------------------------ sums and products
    def _sum(self, terms: tuple[tuple[bool, Item], ...]) -> Spelled:
        pieces: list[str | Spelled] = []
        for minus, item in terms:
            if pieces:
                pieces.append(" - " if minus else " + ")
            elif minus:
                pieces.append("-")
            pieces.append(self.at(Level.ELEMENTWISE, item) if pieces else self.item(item))
        level = self.item(terms[0][1]).level if len(pieces) == 1 else Level.SUM
        return joined(level, *pieces)

    def _product(self, factors: tuple[Item, ...], divisors: tuple[Item, ...]) -> Spelled:
        if not divisors:
            return self._times(factors)
        above, below = (
            self.item(items[0]) if len(items) == 1 else self._times(items)
            for items in (factors, divisors)
        )
        return joined(Level.POWER, r"\frac{", above, "}{", below, "}", tall=True)

    def _times(self, factors: tuple[Item, ...]) -> Spelled:
        if not factors:
            return Spelled(("1",), Level.ATOM, opening="1")
        first, *others = self.factors(factors)
        if not others:
            return first
        pieces: list[str | Spelled] = [first]
        for s in others:
            pieces += [_space_before(s), s]
        return joined(Level.TIMES, *pieces)

    def _elementwise(self, form: Elementwise) -> Spelled:
        factors = self.entries(form)
        below = [self.at(Level.POWER, item) for item in form.divisors]
        if not factors:
            factors, below = [self._reciprocal(item) for item in form.divisors], []
        pieces: list[str | Spelled] = []
        if form.scalars:
            pieces += [self._times(form.scalars), _space_before(factors[0])]
        pieces += between(r" \odot ", factors)
        if below:
            several = joined(Level.ELEMENTWISE, *between(r" \odot ", below))
            pieces += [r" \oslash ", self.bracketed(several) if len(below) > 1 else several]
        bare = len(factors) == 1 and not below
        return joined(Level.TIMES if bare else Level.ELEMENTWISE, *pieces)

    def _reciprocal(self, divisor: Item) -> Spelled:
        """What is divided by, with a negative exponent."""
        match divisor:
            case Power(base, Number(value)):
                return self.form(Power(base, Number(-value), elementwise=True))
        return self.form(Power(divisor, Number(Fraction(-1)), elementwise=True))

    def _raised(self, base: Item, *sign: str | Spelled) -> Spelled:
        return joined(Level.POWER, self.at(Level.ATOM, base), *sign)

    def _exponent(self, item: Item) -> str | Spelled:
        match item:
            case Number(value) if 1 < value.denominator <= _LARGEST_DENOMINATOR:
                return f"{value.numerator}/{value.denominator}"
            case Product((Number(p),), (Number(q),)):
                return f"{p}/{q}"
        return self.item(item)

    # ------------------------------------------------------------ calls and blocks
    def _call(self, form: Call) -> Spelled:
        notation = _NOTATIONS.get(form.op.name)
        if notation is not None and (form.axis is None or form.op.name == "sum"):
            return notation(self, form)
        head = form.op.latex or rf"\operatorname{{{called(form.op)}}}".replace("_", r"\_")
        args = between(", ", [self.item(item) for item in form.args])
        if form.axis is not None:
            args.append(f", {form.axis}")
        return joined(Level.ATOM, head, _enclosed("(", joined(Level.SUM, *args), ")"))

    def inverse(self, form: Call) -> Spelled:
        """The inverse of a matrix."""
        return self._raised(form.args[0], "^{-1}")

    def transposed(self, form: Call) -> Spelled:
        """The transpose, typed as a function."""
        return self._raised(form.args[0], TOP)

    def root(self, form: Call) -> Spelled:
        """The square root of each entry."""
        return joined(Level.ATOM, r"\sqrt{", self.item(form.args[0]), "}")

    def absolute(self, form: Call) -> Spelled:
        """The absolute value of each entry."""
        return _enclosed(r"\lvert", self.item(form.args[0]), r"\rvert")

    def kron(self, form: Call) -> Spelled:
        """The Kronecker product."""
        args = [self.at(Level.POWER, item) for item in form.args]
        return joined(Level.ELEMENTWISE, *between(r" \otimes ", args))

    def total(self, form: Call) -> Spelled:
        """Sums along an axis as products with ones; of all entries as a function."""
        (item,) = form.args
        if form.axis is None:
            inner = self.item(item)
            return joined(Level.ATOM, r"\operatorname{sum}", _enclosed("(", inner, ")"))
        summed = self.at(Level.TIMES, item)
        if form.axis == 1:
            return joined(Level.TIMES, rf"\mathbf{{1}}{TOP}", _space_before(summed), summed)
        return joined(Level.TIMES, summed, r" \mathbf{1}")

    def _blocks(self, rows: tuple[tuple[Item, ...], ...]) -> Spelled:
        pieces: list[str | Spelled] = []
        for row in rows:
            pieces += [r" \\ "] if pieces else []
            pieces += between(" & ", [self.item(item) for item in row])
        return joined(Level.ATOM, r"\begin{bmatrix} ", *pieces, r" \end{bmatrix}", tall=True)


def _norm(vector: str, matrix: str, *, entries: bool = False) -> Callable[..., Spelled]:
    """A norm, by its index for vectors and for matrices; one of all entries is that of vec(X)."""

    def spell(printer: LatexPrinter, form: Call) -> Spelled:
        inner = printer.item(form.args[0])
        if form.of.is_matrix and entries:
            inner = joined(Level.ATOM, r"\operatorname{vec}", _enclosed("(", inner, ")"))
        bars = _enclosed(r"\lVert", inner, r"\rVert")
        return joined(Level.ATOM, bars, "_" + (matrix if form.of.is_matrix else vector))

    return spell


_NOTATIONS: dict[str, Callable[[LatexPrinter, Call], Spelled]] = {
    "inv": LatexPrinter.inverse,
    "transpose": LatexPrinter.transposed,
    "sqrt": LatexPrinter.root,
    "abs": LatexPrinter.absolute,
    "kron": LatexPrinter.kron,
    "sum": LatexPrinter.total,
    "norm1": _norm("1", "1", entries=True),
    "norm2": _norm("2", "F"),
    "norminf": _norm(r"\infty", r"\infty", entries=True),
    "nucnorm": _norm("*", "*"),
    "specnorm": _norm("2", "2"),
}


def _enclosed(left: str, inner: Spelled, right: str) -> Spelled:
    gap = " " if left.startswith("\\") else ""
    first, last = (r"\left", r"\right") if inner.tall else ("", "")
    return joined(Level.ATOM, f"{first}{left}{gap}", inner, f"{gap}{last}{right}")


def _space_before(factor: Spelled) -> str:
    if factor.opening[:1].isdigit():
        return r" \cdot "
    return r" \, " if factor.opening.startswith(r"\mathrm{d}") else " "


# ---------------------------------------------------------------- leaves
def _leaf(form: Form) -> Spelled:
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
    raise AssertionError(f"no leaf: {form}")


def _atom(text: str) -> Spelled:
    return Spelled((text,), Level.ATOM, opening=text)


def _number(value: Fraction) -> Spelled:
    sign = "-" if value < 0 else ""
    p, q = abs(value.numerator), value.denominator
    if 1 < q <= _LARGEST_DENOMINATOR:
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
