"""What formulas have in common that are set in two dimensions, in LaTeX and in MathML."""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from mcalc.printers.base import Level, Printer, Spelled, between, joined
from mcalc.printers.forms import Call, Elementwise, Item, Number, Power, Transposed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LARGEST_DENOMINATOR = 9
"""Numbers over more are written as decimals."""


class Signs(NamedTuple):
    """The signs that stand between formulas, and in the superscripts of matrices."""

    plus: str
    minus: str
    negative: str
    hadamard: str
    over: str
    kron: str
    transpose: str
    inverse: str
    inverse_transpose: str


class Typeset(Printer):
    """Spells forms with superscripts and signs; a subclass says what these are made of."""

    signs: ClassVar[Signs]
    norms: ClassVar[Mapping[str, tuple[str, str]]]
    """The index of each norm, that of vectors and that of matrices."""

    # ------------------------------------------------------------ what a subclass says
    @abstractmethod
    def times(self, factors: Sequence[Item]) -> Spelled:
        """Factors side by side."""

    @abstractmethod
    def gap(self, before: Spelled, after: Spelled) -> str:
        """What stands between two factors."""

    @abstractmethod
    def raised(self, base: Item, *sign: str | Spelled) -> Spelled:
        """A base with a superscript."""

    @abstractmethod
    def lowered(self, inner: Spelled, index: str) -> Spelled:
        """A formula with a subscript."""

    @abstractmethod
    def enclosed(self, left: str, inner: Spelled, right: str) -> Spelled:
        """A formula between two brackets or bars, as high as it is."""

    @abstractmethod
    def applied(self, name: str, inner: Spelled) -> Spelled:
        """A function that is called by its name."""

    @abstractmethod
    def named(self, form: Call) -> Spelled:
        """A call for which there is no other notation."""

    @abstractmethod
    def root(self, inner: Spelled) -> Spelled:
        """A square root."""

    @abstractmethod
    def total_along(self, summed: Spelled, axis: int) -> Spelled:
        """The sums of the columns (1) or of the rows (2), as a product with ones."""

    # ------------------------------------------------------------ sums and products
    def bracketed(self, inner: Spelled) -> Spelled:
        """A formula in brackets, as high as it is."""
        return self.enclosed("(", inner, ")")

    def sum(self, terms: Sequence[tuple[bool, Item]]) -> Spelled:
        """Terms with their signs."""
        pieces: list[str | Spelled] = []
        for minus, item in terms:
            if pieces:
                pieces.append(self.signs.minus if minus else self.signs.plus)
            elif minus:
                pieces.append(self.signs.negative)
            pieces.append(self.at(Level.ELEMENTWISE, item) if pieces else self.item(item))
        level = self.item(terms[0][1]).level if len(pieces) == 1 else Level.SUM
        return joined(level, *pieces)

    def elementwise(self, form: Elementwise) -> Spelled:
        """A product entry by entry; reciprocals alone as powers."""
        factors = self.entries(form)
        below = [self.at(Level.POWER, item) for item in form.divisors]
        if not factors and not form.scalars:
            factors, below = [self._reciprocal(item) for item in form.divisors], []
        pieces: list[str | Spelled] = []
        if form.scalars:
            pieces.append(self.times(form.scalars))
        if form.scalars and factors:
            pieces.append(self.gap(self.times(form.scalars), factors[0]))
        pieces += between(self.signs.hadamard, factors)
        if below:
            several = joined(Level.ELEMENTWISE, *between(self.signs.hadamard, below))
            pieces += [self.signs.over, self.bracketed(several) if len(below) > 1 else several]
        bare = len(factors) == 1 and not below
        return joined(Level.TIMES if bare else Level.ELEMENTWISE, *pieces)

    def _reciprocal(self, divisor: Item) -> Spelled:
        """What is divided by, with a negative exponent."""
        match divisor:
            case Power(base, Number(value)):
                return self.power(Power(base, Number(-value), elementwise=True))
        return self.power(Power(divisor, Number(Fraction(-1)), elementwise=True))

    # ------------------------------------------------------------ transposes and calls
    def transposed(self, base: Item) -> Spelled:
        """A transpose, inside an inverse and a sum along an axis."""
        match base:
            case Call(op, (inner,)) if op.name == "inv":
                return self.raised(inner, self.signs.inverse_transpose)
            case Call(op, (summed,), of, int(axis)) if op.name == "sum":
                return self.total(Call(op, (Transposed(summed),), of.T, 3 - axis))
        return self.raised(base, self.signs.transpose)

    def call(self, form: Call) -> Spelled:
        """A function in its own notation where it has one."""
        notation = _NOTATIONS.get(form.op.name)
        if notation is not None and (form.axis is None or form.op.name == "sum"):
            return notation(self, form)
        return self.named(form)

    def kron(self, form: Call) -> Spelled:
        """The Kronecker product."""
        args = [self.at(Level.POWER, item) for item in form.args]
        return joined(Level.ELEMENTWISE, *between(self.signs.kron, args))

    def total(self, form: Call) -> Spelled:
        """Sums along an axis as products with ones; of all entries as a function."""
        (item,) = form.args
        if form.axis is None:
            return self.applied("sum", self.item(item))
        return self.total_along(self.at(Level.TIMES, item), form.axis)

    def norm(self, form: Call) -> Spelled:
        """A norm, by its index; one of all entries of a matrix is that of vec(X)."""
        inner = self.item(form.args[0])
        if form.of.is_matrix and form.op.name in ("norm1", "norminf"):
            inner = self.applied("vec", inner)
        index = self.norms[form.op.name][form.of.is_matrix]
        return self.lowered(self.enclosed("‖", inner, "‖"), index)


_NOTATIONS: dict[str, Callable[[Typeset, Call], Spelled]] = {
    "inv": lambda printer, form: printer.raised(form.args[0], printer.signs.inverse),
    "transpose": lambda printer, form: printer.raised(form.args[0], printer.signs.transpose),
    "sqrt": lambda printer, form: printer.root(printer.item(form.args[0])),
    "abs": lambda printer, form: printer.enclosed("|", printer.item(form.args[0]), "|"),
    "kron": Typeset.kron,
    "sum": Typeset.total,
    **dict.fromkeys(("norm1", "norm2", "norminf", "nucnorm", "specnorm"), Typeset.norm),
}
