"""Expressions as presentation MathML, of the elements that every browser draws."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.printers.base import Level, Printer, Spelled, called
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
    Part,
    Power,
    Product,
    Sum,
    Transposed,
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.core.size import Size

__all__ = ["MathmlPrinter", "inner_mathml", "mathml"]

_LARGEST_DENOMINATOR = 9
_THIN = space("0.1667em")
_DOT = operator("⋅", before="0.2222em", after="0.2222em")
_TIMES = operator("×", before="0.2222em", after="0.2222em")

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


def _made(level: Level, *things: str | Spelled, opening: str = "", tall: bool = False) -> Spelled:
    """Elements side by side; from Level.POWER on they are a single one."""
    pieces: list[str | Part] = []
    for thing in things:
        if isinstance(thing, Spelled):
            pieces += thing.pieces
            tall = tall or thing.tall
        else:
            pieces.append(thing)
    return Spelled(tuple(pieces), level, tall, opening)


def _single(spelled: Spelled) -> Spelled:
    """The same as a single element."""
    if spelled.level >= Level.POWER:
        return spelled
    return _made(Level.ATOM, "<mrow>", spelled, "</mrow>", opening=spelled.opening)


def _between(sign: str, spelled: Iterable[Spelled]) -> list[str | Spelled]:
    things: list[str | Spelled] = []
    for s in spelled:
        things += [sign, s] if things else [s]
    return things


def _enclosed(left: str, inner: Spelled, right: str) -> Spelled:
    return _made(
        Level.ATOM,
        "<mrow>" + open_bracket(left, tall=inner.tall),
        inner,
        close_bracket(right, tall=inner.tall) + "</mrow>",
        opening=_BRACKET,
    )


def _gap(before: Spelled, after: Spelled) -> str:
    """What stands between two factors: something to be heard, and a gap where it helps the eye."""
    if after.opening == _DIGIT:
        return _DOT
    apart = after.opening == _FUNCTION or before.opening == _FUNCTION
    apart = apart or (before.opening == _BRACKET == after.opening)
    return MULTIPLY + (_THIN if apart else "")


class MathmlPrinter(Printer):
    """Spells forms in MathML."""

    def form(self, form: Form) -> Spelled:
        """A form as elements."""
        match form:
            case Sum(terms):
                return self._sum(terms)
            case Product(factors, divisors):
                return self._product(factors, divisors)
            case Elementwise():
                return self._elementwise(form)
            case Power(base, exponent, elementwise):
                sign = circled("⊙", "prefix", "0") if elementwise else ""
                raised = self._exponent(exponent)
                if sign:
                    raised = _made(Level.ATOM, "<mrow>" + sign, raised, "</mrow>")
                return self._raised(base, _single(raised))
            case Transposed(Call(op, (base,))) if op.name == "inv":
                return self._raised(base, f"<mrow>{NEGATIVE}{TOP}</mrow>")
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
                pieces.append(MINUS if minus else PLUS)
            elif minus:
                pieces.append(NEGATIVE)
            pieces.append(self.at(Level.ELEMENTWISE, item) if pieces else self.item(item))
        if len(pieces) == 1:
            first = self.item(terms[0][1])
            return _made(first.level, first, opening=first.opening)
        return _made(Level.SUM, *pieces)

    def _product(self, factors: tuple[Item, ...], divisors: tuple[Item, ...]) -> Spelled:
        if not divisors:
            return self._times(factors)
        above, below = (
            _single(self.item(items[0]) if len(items) == 1 else self._times(items))
            for items in (factors, divisors)
        )
        return _made(Level.POWER, "<mfrac>", above, below, "</mfrac>", tall=True)

    def _times(self, factors: tuple[Item, ...]) -> Spelled:
        if not factors:
            return _made(Level.ATOM, number("1"), opening=_DIGIT)
        spelled = self.factors(factors)
        if len(spelled) == 1:
            return spelled[0]
        pieces: list[str | Spelled] = [spelled[0]]
        for before, after in itertools.pairwise(spelled):
            pieces += [_gap(before, after), after]
        return _made(Level.TIMES, *pieces, opening=spelled[0].opening)

    def _elementwise(self, form: Elementwise) -> Spelled:
        factors = self.entries(form)
        below = [self.at(Level.POWER, item) for item in form.divisors]
        if not factors:
            factors, below = [self._reciprocal(item) for item in form.divisors], []
        pieces: list[str | Spelled] = []
        if form.scalars:
            front = self._times(form.scalars)
            pieces += [front, _gap(front, factors[0])]
        pieces += _between(circled("⊙"), factors)
        if below:
            several = _made(Level.ELEMENTWISE, *_between(circled("⊙"), below))
            pieces += [circled("⊘"), self.bracketed(several) if len(below) > 1 else several]
        bare = len(factors) == 1 and not below
        first = pieces[0]
        return _made(
            Level.TIMES if bare else Level.ELEMENTWISE,
            *pieces,
            opening=first.opening if isinstance(first, Spelled) else "",
        )

    def _reciprocal(self, divisor: Item) -> Spelled:
        """What is divided by, with a negative exponent."""
        match divisor:
            case Power(base, Number(value)):
                return self.form(Power(base, Number(-value), elementwise=True))
        return self.form(Power(divisor, Number(Fraction(-1)), elementwise=True))

    def _raised(self, base: Item, sign: str | Spelled) -> Spelled:
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
            return _made(Level.POWER, inner, end, sign, "</msubsup>", opening=opening)
        return _made(Level.POWER, "<msup>", spelled, sign, "</msup>", opening=opening)

    def _exponent(self, item: Item) -> Spelled:
        match item:
            case Number(value) if 1 < value.denominator <= _LARGEST_DENOMINATOR:
                sign = NEGATIVE if value < 0 else ""
                p, q = number(str(abs(value.numerator))), number(str(value.denominator))
                return _made(Level.TIMES, sign + p + SLASH + q)
            case Product((Number(p),), (Number(q),)):
                return _made(Level.TIMES, number(str(p)) + SLASH + number(str(q)))
        return self.item(item)

    # ------------------------------------------------------------ calls and blocks
    def _call(self, form: Call) -> Spelled:
        notation = _NOTATIONS.get(form.op.name)
        if notation is not None and (form.axis is None or form.op.name == "sum"):
            return notation(self, form)
        args = _between(COMMA, [self.item(item) for item in form.args])
        if form.axis is not None:
            args.append(COMMA + number(str(form.axis)))
        return _applied(_head(form.op), _made(Level.SUM, *args))

    def inverse(self, form: Call) -> Spelled:
        """The inverse of a matrix."""
        return self._raised(form.args[0], f"<mrow>{NEGATIVE}{number('1')}</mrow>")

    def transposed(self, form: Call) -> Spelled:
        """The transpose, typed as a function."""
        return self._raised(form.args[0], TOP)

    def root(self, form: Call) -> Spelled:
        """The square root of each entry."""
        inner = self.item(form.args[0])
        return _made(Level.ATOM, "<msqrt>", inner, "</msqrt>", opening=_FUNCTION, tall=True)

    def absolute(self, form: Call) -> Spelled:
        """The absolute value of each entry."""
        return _enclosed("|", self.item(form.args[0]), "|")

    def kron(self, form: Call) -> Spelled:
        """The Kronecker product."""
        args = [self.at(Level.POWER, item) for item in form.args]
        return _made(Level.ELEMENTWISE, *_between(circled("⊗"), args), opening=args[0].opening)

    def total(self, form: Call) -> Spelled:
        """Sums along an axis as products with ones; of all entries as a function."""
        (item,) = form.args
        if form.axis is None:
            return _applied(identifier("sum"), self.item(item))
        summed = self.at(Level.TIMES, item)
        if form.axis == 1:
            ones = _made(Level.POWER, f"<msup>{_ONE}{TOP}</msup>")
            return _made(Level.TIMES, ones, _gap(ones, summed), summed)
        return _made(Level.TIMES, summed, MULTIPLY + _THIN + _ONE, opening=summed.opening)

    def _blocks(self, rows: tuple[tuple[Item, ...], ...]) -> Spelled:
        cells: list[str | Spelled] = []
        for row in rows:
            cells.append("<mtr>")
            for item in row:
                cells += ["<mtd>", self.item(item), "</mtd>"]
            cells.append("</mtr>")
        table = _made(Level.ATOM, "<mtable>", *cells, "</mtable>", tall=True)
        return _enclosed("[", table, "]")


def _applied(head: str, inner: Spelled) -> Spelled:
    """A function of what is in brackets behind it."""
    return _made(
        Level.ATOM, "<mrow>" + head + APPLY, _enclosed("(", inner, ")"), "</mrow>",
        opening=_FUNCTION,
    )  # fmt: skip


def _head(op: Op) -> str:
    """The name of a function as it is set in LaTeX."""
    match = _HEAD.fullmatch(op.latex or "")
    if match is None:
        return identifier(called(op))
    word, name, below = match.groups()
    head = identifier(word or greek(name))
    return f"<msub>{head}{identifier(below)}</msub>" if below else head


_HEAD = re.compile(r"(?:\\operatorname\{(\w+)\}|\\?(\w+))(?:_\{\\(\w+)\})?")


def _norm(vector: str, matrix: str, *, entries: bool = False) -> Callable[..., Spelled]:
    """A norm, by its index for vectors and for matrices; one of all entries is that of vec(X)."""

    def spell(printer: MathmlPrinter, form: Call) -> Spelled:
        inner = printer.item(form.args[0])
        if form.of.is_matrix and entries:
            inner = _applied(identifier("vec"), inner)
        bars = _enclosed("‖", inner, "‖")
        index = matrix if form.of.is_matrix else vector
        return _made(Level.ATOM, "<msub>", bars, index + "</msub>", opening=_FUNCTION)

    return spell


_INFINITY = "<mn>∞</mn>"
_STAR = operator("∗", "prefix")

_NOTATIONS: dict[str, Callable[[MathmlPrinter, Call], Spelled]] = {
    "inv": MathmlPrinter.inverse,
    "transpose": MathmlPrinter.transposed,
    "sqrt": MathmlPrinter.root,
    "abs": MathmlPrinter.absolute,
    "kron": MathmlPrinter.kron,
    "sum": MathmlPrinter.total,
    "norm1": _norm(number("1"), number("1"), entries=True),
    "norm2": _norm(number("2"), identifier("F")),
    "norminf": _norm(_INFINITY, _INFINITY, entries=True),
    "nucnorm": _norm(_STAR, _STAR),
    "specnorm": _norm(number("2"), number("2")),
}


# ---------------------------------------------------------------- leaves
_ONE = number("𝟏")
_ZERO = number("𝟎")


def _leaf(form: Form) -> Spelled:
    match form:
        case Number(value):
            return _number(value)
        case Name(name):
            return _made(Level.ATOM, mathml_name(name))
        case Differential(of, order):
            d = '<mi mathvariant="normal">d</mi>'
            head = f"<msub>{d}{number(str(order + 1))}</msub>" if order else d
            things = "<mrow>" + head + mathml_name(of) + "</mrow>"
            return _made(Level.ATOM, things, opening=_FUNCTION)
        case Extent(size):
            return _size(size)
        case Identity(size):
            return _made(Level.ATOM, _indexed(identifier("I"), () if size is None else (size,)))
        case Constant(name, sizes):
            heads = {"pi": "π", "commutation": "K", "duplication": "D", "elimination": "L"}
            return _made(Level.ATOM, _indexed(identifier(heads.get(name, name)), sizes))
        case Filled(value, axes, sized):
            return _filled(value, axes, sized)
    raise AssertionError(f"no leaf: {form}")


def _indexed(head: str, sizes: tuple[Size, ...], sign: str = COMMA) -> str:
    if not sizes:
        return head
    below = [mathml_size(size) for size in sizes]
    inner = below[0] if len(below) == 1 else f"<mrow>{sign.join(below)}</mrow>"
    return f"<msub>{head}{inner}</msub>"


def _number(value: Fraction) -> Spelled:
    sign = NEGATIVE if value < 0 else ""
    p, q = abs(value.numerator), value.denominator
    if 1 < q <= _LARGEST_DENOMINATOR:
        fraction = f"<mfrac>{number(str(p))}{number(str(q))}</mfrac>"
        level = Level.TIMES if sign else Level.POWER
        return _made(level, sign + fraction, tall=True)
    literal = decimal(abs(value))
    assert literal is not None
    digits, e, exponent = literal.partition("e")
    if not e:
        return _made(Level.TIMES if sign else Level.ATOM, sign + number(digits), opening=_DIGIT)
    minus, size = ("-", exponent[1:]) if exponent.startswith("-") else ("", exponent)
    raised = f"<mrow>{NEGATIVE}{number(size)}</mrow>" if minus else number(size)
    power = f"<msup>{number('10')}{raised}</msup>"
    if digits == "1" and not sign:
        return _made(Level.POWER, power, opening=_DIGIT)
    front = "" if digits == "1" else number(digits) + _TIMES
    return _made(Level.TIMES, sign + front + power, opening=_DIGIT)


def _size(size: Size) -> Spelled:
    said = str(size)
    level = Level.SUM if "+" in said or "-" in said else Level.TIMES if "*" in said else Level.ATOM
    return _made(level, mathml_size(size))


def _filled(value: Fraction, axes: tuple[Size, ...], sized: bool) -> Spelled:
    if value == 0:
        return _made(Level.ATOM, _indexed(_ZERO, axes if sized else (), _TIMES))
    column, *row = [_indexed(_ONE, (size,) if sized else ()) for size in axes]
    ones = _made(Level.ATOM, column)
    if row:
        turned = (
            row[0].replace("<msub>", "<msubsup>").removesuffix("</msub>") + TOP + "</msubsup>"
            if sized
            else f"<msup>{row[0]}{TOP}</msup>"
        )
        # The two of an outer product multiply what is left of them just as well one by one.
        ones = _made(Level.POWER, f"<mrow>{column}{MULTIPLY}{turned}</mrow>")
    if value == 1:
        return ones
    return _made(Level.TIMES, _number(value), MULTIPLY, ones, opening=_DIGIT)
