"""Expressions as presentation MathML, of the elements that every browser draws."""

from __future__ import annotations

import itertools
import re
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
    Part,
    Product,
)
from mcalc.printers.latex import latex
from mcalc.printers.markup import (
    APPLY,
    COMMA,
    EQUALS,
    MINUS,
    MULTIPLY,
    NEGATIVE,
    PLUS,
    SLASH,
    TOP,
    annotated,
    circled,
    close_bracket,
    identifier,
    mathml_name,
    mathml_size,
    number,
    open_bracket,
    operator,
    space,
    text_in,
)
from mcalc.printers.names import greek
from mcalc.printers.numbers import decimal
from mcalc.printers.text import laid_out
from mcalc.printers.typeset import LARGEST_DENOMINATOR, Signs, Typeset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.core.size import Size
    from mcalc.printers.forms import Call, Item, Leaf, Power

__all__ = ["MathmlPrinter", "inner_mathml", "mathml"]

_THIN = space("0.1667em")
_DOT = operator("⋅", before="0.2222em", after="0.2222em")
_TIMES = operator("×", before="0.2222em", after="0.2222em")

_STAR = operator("∗", "prefix")
_ONE = number("𝟏")
_ZERO = number("𝟎")

# How a formula begins, where that matters to what stands before it.
_DIGIT, _FUNCTION, _BRACKET = "1", "f", "("


def mathml(e: Expr, *, as_typed: bool = False, fold: bool = False, limit: int | None = None) -> str:
    """The expression as one `<math>` on a line of its own, with its LaTeX in it.

    Shared parts have the names that they have in its text; `as_typed` is for an expression that is
    to be shown as the user wrote it.
    Raises: LimitError where it has more characters than the limit.
    """
    inner = inner_mathml(e, as_typed=as_typed, fold=fold, limit=limit)
    return annotated(inner, latex(e, as_typed=as_typed, fold=fold, limit=limit))


def inner_mathml(
    e: Expr, *, as_typed: bool = False, fold: bool = False, limit: int | None = None
) -> str:
    """The expression as elements side by side.

    Raises: LimitError where it has more characters than the limit.
    """
    body, definitions, printer = laid_out(e, as_typed=as_typed, fold=fold)
    written, named = MathmlPrinter(printer.places).print_all(body, definitions, limit)
    for i, (name, value) in enumerate(named):
        word = text_in("," if i else "where")
        written += word + space("0.5em") + mathml_name(name) + EQUALS + value
    return written


def _single(spelled: Spelled) -> Spelled:
    """The same as a single element, as it is from Level.POWER on."""
    if spelled.level >= Level.POWER:
        return spelled
    return joined(Level.ATOM, "<mrow>", spelled, "</mrow>", opening=spelled.opening)


class MathmlPrinter(Typeset):
    """Spells forms in MathML."""

    signs = Signs(
        plus=PLUS,
        minus=MINUS,
        negative=NEGATIVE,
        hadamard=circled("⊙"),
        over=circled("⊘"),
        kron=circled("⊗"),
        transpose=TOP,
        inverse=f"<mrow>{NEGATIVE}{number('1')}</mrow>",
        inverse_transpose=f"<mrow>{NEGATIVE}{TOP}</mrow>",
    )
    norms: ClassVar = {
        "norm1": (number("1"), number("1")),
        "norm2": (number("2"), identifier("F")),
        "norminf": (number("∞"), number("∞")),
        "nucnorm": (_STAR, _STAR),
        "specnorm": (number("2"), number("2")),
    }

    # ------------------------------------------------------------ products and powers
    def product(self, factors: Sequence[Item], divisors: Sequence[Item]) -> Spelled:
        """Factors, as a fraction where there are divisors."""
        if not divisors:
            return self.times(factors)
        above, below = (
            _single(self.item(items[0]) if len(items) == 1 else self.times(items))
            for items in (factors, divisors)
        )
        return joined(Level.POWER, "<mfrac>", above, below, "</mfrac>", tall=True)

    def times(self, factors: Sequence[Item]) -> Spelled:
        """Factors side by side; none are one."""
        if not factors:
            return joined(Level.ATOM, number("1"), opening=_DIGIT)
        first, *others = self.factors(factors)
        if not others:
            return first
        pieces: list[str | Spelled] = [first]
        for before, after in itertools.pairwise((first, *others)):
            pieces += [self.gap(before, after), after]
        return joined(Level.TIMES, *pieces)

    def gap(self, before: Spelled, after: Spelled) -> str:
        """Something to be heard, and a gap where it helps the eye."""
        if after.opening == _DIGIT:
            return _DOT
        apart = after.opening == _FUNCTION or before.opening == _FUNCTION
        apart = apart or (before.opening == _BRACKET == after.opening)
        return MULTIPLY + (_THIN if apart else "")

    def power(self, form: Power) -> Spelled:
        """A power; those entry by entry bear the sign of that product."""
        exponent = self._exponent(form.exponent)
        if form.elementwise:
            sign = circled("⊙", "prefix", "0")
            exponent = joined(Level.ATOM, "<mrow>" + sign, exponent, "</mrow>")
        return self.raised(form.base, _single(exponent))

    def raised(self, base: Item, *sign: str | Spelled) -> Spelled:
        """A base with a superscript, above its subscript where it has one."""
        spelled = self.at(Level.ATOM, base)
        match spelled.pieces:
            case (Part() as part,):
                spelled = self.spelled[part]
        opening = "" if spelled.opening == _DIGIT else spelled.opening
        first, *rest = spelled.pieces
        if isinstance(first, str) and first.startswith("<msub>"):
            last = rest.pop() if rest else first.removeprefix("<msub>")
            assert isinstance(last, str)
            head = ("<msubsup>" + first.removeprefix("<msub>"), *rest) if rest else ("<msubsup>",)
            inner = Spelled(head, Level.ATOM, spelled.tall)
            end = last.removesuffix("</msub>")
            return joined(Level.POWER, inner, end, *sign, "</msubsup>", opening=opening)
        return joined(Level.POWER, "<msup>", spelled, *sign, "</msup>", opening=opening)

    def _exponent(self, item: Item) -> Spelled:
        match item:
            case Number(value) if 1 < value.denominator <= LARGEST_DENOMINATOR:
                sign = NEGATIVE if value < 0 else ""
                p, q = number(str(abs(value.numerator))), number(str(value.denominator))
                return joined(Level.TIMES, sign + p + SLASH + q)
            case Product((Number(p),), (Number(q),)):
                return joined(Level.TIMES, number(str(p)) + SLASH + number(str(q)))
        return self.item(item)

    # ------------------------------------------------------------ calls and blocks
    def named(self, form: Call) -> Spelled:
        """A function by its name."""
        args = between(COMMA, [self.item(item) for item in form.args])
        if form.axis is not None:
            args.append(COMMA + number(str(form.axis)))
        return self._called(_head(form.op), joined(Level.SUM, *args))

    def applied(self, name: str, inner: Spelled) -> Spelled:
        """A function that is called by its name."""
        return self._called(identifier(name), inner)

    def _called(self, head: str, inner: Spelled) -> Spelled:
        """A function of what is in brackets behind it."""
        things = ("<mrow>" + head + APPLY, self.bracketed(inner), "</mrow>")
        return joined(Level.ATOM, *things, opening=_FUNCTION)

    def root(self, inner: Spelled) -> Spelled:
        """A square root."""
        return joined(Level.ATOM, "<msqrt>", inner, "</msqrt>", opening=_FUNCTION, tall=True)

    def lowered(self, inner: Spelled, index: str) -> Spelled:
        """A formula with a subscript."""
        return joined(Level.ATOM, "<msub>", inner, index + "</msub>", opening=_FUNCTION)

    def enclosed(self, left: str, inner: Spelled, right: str) -> Spelled:
        """A formula between two brackets or bars, as high as it is."""
        return joined(
            Level.ATOM,
            "<mrow>" + open_bracket(left, tall=inner.tall),
            inner,
            close_bracket(right, tall=inner.tall) + "</mrow>",
            opening=_BRACKET,
        )

    def total_along(self, summed: Spelled, axis: int) -> Spelled:
        """The sums of the columns (1) or of the rows (2), as a product with ones."""
        if axis == 1:
            ones = joined(Level.POWER, f"<msup>{_ONE}{TOP}</msup>")
            return joined(Level.TIMES, ones, self.gap(ones, summed), summed)
        return joined(Level.TIMES, summed, MULTIPLY + _THIN + _ONE)

    def blocks(self, rows: Sequence[Sequence[Item]]) -> Spelled:
        """A matrix of blocks."""
        cells: list[str | Spelled] = []
        for row in rows:
            cells.append("<mtr>")
            for item in row:
                cells += ["<mtd>", self.item(item), "</mtd>"]
            cells.append("</mtr>")
        table = joined(Level.ATOM, "<mtable>", *cells, "</mtable>", tall=True)
        return self.enclosed("[", table, "]")

    def leaf(self, form: Leaf) -> Spelled:
        """A number, a name or a constant."""
        match form:
            case Number(value):
                return _number(value)
            case Name(name):
                return joined(Level.ATOM, mathml_name(name))
            case Differential(of, order):
                d = '<mi mathvariant="normal">d</mi>'
                head = f"<msub>{d}{number(str(order + 1))}</msub>" if order else d
                things = "<mrow>" + head + mathml_name(of) + "</mrow>"
                return joined(Level.ATOM, things, opening=_FUNCTION)
            case Extent(size):
                return _size(size)
            case Identity(size):
                sizes = () if size is None else (size,)
                return joined(Level.ATOM, _indexed(identifier("I"), sizes))
            case Constant(name, sizes):
                heads = {"pi": "π", "commutation": "K", "duplication": "D", "elimination": "L"}
                return joined(Level.ATOM, _indexed(identifier(heads.get(name, name)), sizes))
            case Filled(value, axes, sized):
                return _filled(value, axes, sized)


def _head(op: Op) -> str:
    """The name of a function as it is set in LaTeX."""
    match = _HEAD.fullmatch(op.latex or "")
    if match is None:
        return identifier(called(op))
    word, name, below = match.groups()
    head = identifier(word or greek(name))
    return f"<msub>{head}{identifier(below)}</msub>" if below else head


_HEAD = re.compile(r"(?:\\operatorname\{(\w+)\}|\\?(\w+))(?:_\{\\(\w+)\})?")


# ---------------------------------------------------------------- leaves
def _indexed(head: str, sizes: tuple[Size, ...], sign: str = COMMA) -> str:
    if not sizes:
        return head
    below = [mathml_size(size) for size in sizes]
    inner = below[0] if len(below) == 1 else f"<mrow>{sign.join(below)}</mrow>"
    return f"<msub>{head}{inner}</msub>"


def _number(value: Fraction) -> Spelled:
    sign = NEGATIVE if value < 0 else ""
    p, q = abs(value.numerator), value.denominator
    if 1 < q <= LARGEST_DENOMINATOR:
        fraction = f"<mfrac>{number(str(p))}{number(str(q))}</mfrac>"
        level = Level.TIMES if sign else Level.POWER
        return joined(level, sign + fraction, tall=True)
    literal = decimal(abs(value))
    assert literal is not None
    digits, e, exponent = literal.partition("e")
    if not e:
        return joined(Level.TIMES if sign else Level.ATOM, sign + number(digits), opening=_DIGIT)
    minus, size = ("-", exponent[1:]) if exponent.startswith("-") else ("", exponent)
    raised = f"<mrow>{NEGATIVE}{number(size)}</mrow>" if minus else number(size)
    power = f"<msup>{number('10')}{raised}</msup>"
    if digits == "1" and not sign:
        return joined(Level.POWER, power, opening=_DIGIT)
    front = "" if digits == "1" else number(digits) + _TIMES
    return joined(Level.TIMES, sign + front + power, opening=_DIGIT)


def _size(size: Size) -> Spelled:
    said = str(size)
    level = Level.SUM if "+" in said or "-" in said else Level.TIMES if "*" in said else Level.ATOM
    return joined(level, mathml_size(size))


def _filled(value: Fraction, axes: tuple[Size, ...], sized: bool) -> Spelled:
    if value == 0:
        return joined(Level.ATOM, _indexed(_ZERO, axes if sized else (), _TIMES))
    column, *row = [_indexed(_ONE, (size,) if sized else ()) for size in axes]
    ones = joined(Level.ATOM, column)
    if row:
        turned = (
            row[0].replace("<msub>", "<msubsup>").removesuffix("</msub>") + TOP + "</msubsup>"
            if sized
            else f"<msup>{row[0]}{TOP}</msup>"
        )
        # The two of an outer product multiply what is left of them just as well one by one.
        ones = joined(Level.POWER, f"<mrow>{column}{MULTIPLY}{turned}</mrow>")
    if value == 1:
        return ones
    return joined(Level.TIMES, _number(value), MULTIPLY, ones, opening=_DIGIT)
