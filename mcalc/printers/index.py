"""Index notation: a derivative entry by entry, in text, in LaTeX and in MathML.

In text, summed indices are implied: an index that is not on the left is summed. δ[i,j] is 1 where
i = j, else 0; an index in brackets, (i,j), runs over pairs, the first the slowest. The others write
the sums out too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Protocol

from mcalc.calculus.indices import Tensor, Term, entries_of, leaves
from mcalc.core.expr import Expr, postorder
from mcalc.core.index import Index, Slot
from mcalc.core.leaves import VARIABLE, variable_name
from mcalc.printers.latex import latex
from mcalc.printers.markup import (
    COMMA,
    EQUALS,
    MINUS,
    MULTIPLY,
    NEGATIVE,
    PLUS,
    TOTAL,
    annotated,
    close_bracket,
    identifier,
    number,
    open_bracket,
    operator,
)
from mcalc.printers.mathml import inner_mathml
from mcalc.printers.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcalc.calculus.derivative import Derivative

_LETTERS = "ijklpqrstuvw"


class _Spelling(Protocol):
    """How the parts of index notation are written."""

    def left(self, derivative: Derivative, free: list[str]) -> str: ...
    def entry(self, value: Expr, slots: list[str]) -> str: ...
    def delta(self, a: str, b: str) -> str: ...
    def pair(self, parts: list[str]) -> str: ...
    def number(self, c: Fraction) -> str: ...
    def term(self, factors: list[str], summed: list[str]) -> str: ...
    def total(self, terms: list[tuple[bool, str]]) -> str: ...
    def equation(self, left: str, right: str) -> str: ...


def index_notation(derivative: Derivative) -> str:
    """The derivative entry by entry, as an equation, sums implied."""
    return _equation(derivative, _Text())


def index_latex(derivative: Derivative) -> str:
    """The derivative entry by entry in LaTeX, every sum with its sign."""
    return _equation(derivative, _Latex())


def index_mathml(derivative: Derivative, tex: str) -> str:
    """The derivative entry by entry as one `<math>` that carries `tex`, every sum with its sign."""
    return annotated(_equation(derivative, _Mathml()), tex)


def _equation(derivative: Derivative, spelling: _Spelling) -> str:
    tensor = entries_of(derivative, products=True)
    pool = _letters(derivative.value, *derivative.wrt, *derivative.along)
    free = [next(pool) for _ in tensor.free]
    writer = _Writer(spelling, tensor, free, pool)
    return spelling.equation(spelling.left(derivative, free), writer.right_side())


def _letters(*expressions: Expr) -> Iterator[str]:
    """Letters for indices that are no variables."""
    taken = {variable_name(n) for n in postorder(*expressions) if n.op is VARIABLE}
    yield from (c for c in _LETTERS if c not in taken)
    yield from (f"i{n}" for n in count(1) if f"i{n}" not in taken)


class _Writer:
    """Writes the terms; summed indices have the same letters in every term."""

    def __init__(
        self, spelling: _Spelling, tensor: Tensor, free: list[str], pool: Iterator[str]
    ) -> None:
        self.spelling = spelling
        self.tensor = tensor
        self.free = dict(zip(tensor.free, free, strict=True))
        self.pool = pool
        self.summed: list[str] = []

    def right_side(self) -> str:
        """The sum of the terms."""
        terms = [(term.coefficient < 0, self._term(term)) for term in self.tensor.terms]
        return self.spelling.total(terms) if terms else self.spelling.number(Fraction(0))

    def _term(self, term: Term) -> str:
        letters = dict(self.free)
        inner = [i for slots in (*term.free, *[s for _, pair in term.factors for s in pair])
                 for i in leaves(slots)]  # fmt: skip
        summed = [i for i in dict.fromkeys(inner) if i not in letters]
        while len(self.summed) < len(summed):
            self.summed.append(next(self.pool))
        letters |= dict(zip(summed, self.summed, strict=False))
        factors = [
            self.spelling.delta(letters[index], self._slot(there, letters))
            for index, there in zip(self.tensor.free, term.free, strict=True)
            if there != index
        ]
        for value, slots in term.factors:
            present = [self._slot(s, letters) for s in slots if s is not None]
            factors.append(self.spelling.entry(value, present))
        c = abs(term.coefficient)
        if c != 1 or not factors:
            factors.insert(0, self.spelling.number(c))
        return self.spelling.term(factors, [letters[i] for i in summed])

    def _slot(self, slot: Slot, letters: dict[Index, str]) -> str:
        if isinstance(slot, Index):
            return letters[slot]
        assert slot is not None
        return self.spelling.pair([self._slot(part, letters) for part in slot])


def _axes_of(derivative: Derivative, free: Sequence[str]) -> list[list[str]]:
    """The letters of the value, then those of each variable."""
    shapes = [derivative.value.shape, *[X.shape for X in derivative.free]]
    found, start = [], 0
    for shape in shapes:
        end = start + len(shape.axes)
        found.append(list(free[start:end]))
        start = end
    return found


class _Atoms(ABC):
    """Spells each value once: the same few stand in all the terms."""

    def __init__(self) -> None:
        self._spelled: dict[Expr, str] = {}

    def atom(self, value: Expr) -> str:
        """A value that can bear indices."""
        if value not in self._spelled:
            self._spelled[value] = self.spell(value)
        return self._spelled[value]

    @abstractmethod
    def spell(self, value: Expr) -> str:
        """A value in brackets, unless it can bear indices without them."""


class _Plain(_Atoms):
    """Sums and equations in plain signs."""

    def total(self, terms: list[tuple[bool, str]]) -> str:
        return "".join([("-" if minus else "+") + t for minus, t in terms]).removeprefix("+")

    def equation(self, left: str, right: str) -> str:
        return f"{left} = {right}"


class _Text(_Plain):
    """`∂f[i]/∂x[j] = A[i,k]*δ[k,j]`."""

    def left(self, derivative: Derivative, free: list[str]) -> str:
        above, *below = [self._bracket(letters) for letters in _axes_of(derivative, free)]
        order = len(derivative.wrt)
        power = "" if order == 1 else str(order).translate(_RAISED)
        names = [variable_name(X) for X in derivative.wrt]
        directions = [f"·{variable_name(V)}" for V in derivative.along]
        by = [f"∂{n}{s}" for n, s in zip(names, below + directions, strict=True)]
        return f"∂{power}f{above}/{''.join(by)}"

    def entry(self, value: Expr, slots: list[str]) -> str:
        return self.atom(value) + self._bracket(slots)

    def spell(self, value: Expr) -> str:
        source = text(value)
        return source if _is_atom(source) else f"({source})"

    def delta(self, a: str, b: str) -> str:
        return f"δ[{a},{b}]"

    def pair(self, parts: list[str]) -> str:
        return f"({','.join(parts)})"

    def number(self, c: Fraction) -> str:
        return str(c.numerator) if c.denominator == 1 else f"({c.numerator}/{c.denominator})"

    def term(self, factors: list[str], summed: list[str]) -> str:
        return "*".join(factors)

    @staticmethod
    def _bracket(slots: list[str]) -> str:
        return f"[{','.join(slots)}]" if slots else ""


class _Latex(_Plain):
    r"""`\frac{\partial f_{i}}{\partial x_{j}} = \sum_{k} A_{ik} \delta_{kj}`."""

    def left(self, derivative: Derivative, free: list[str]) -> str:
        above, *below = [self._subscript(letters) for letters in _axes_of(derivative, free)]
        order = len(derivative.wrt)
        power = "" if order == 1 else f"^{{{order}}}"
        directions = [rf" \cdot {latex(V)}" for V in derivative.along]
        by = [
            rf"\partial {self.atom(X)}{s}"
            for X, s in zip(derivative.wrt, below + directions, strict=True)
        ]
        return rf"\frac{{\partial{power} f{above}}}{{{' '.join(by)}}}"

    def entry(self, value: Expr, slots: list[str]) -> str:
        return self.atom(value) + self._subscript(slots)

    def delta(self, a: str, b: str) -> str:
        return rf"\delta_{{{a}{b}}}"

    def pair(self, parts: list[str]) -> str:
        return f"({' '.join(parts)})"

    def number(self, c: Fraction) -> str:
        if c.denominator == 1:
            return str(c.numerator)
        return rf"\frac{{{c.numerator}}}{{{c.denominator}}}"

    def term(self, factors: list[str], summed: list[str]) -> str:
        sign = rf"\sum_{{{','.join(summed)}}} " if summed else ""
        return sign + " ".join(factors)

    def spell(self, value: Expr) -> str:
        source = latex(value)
        # Scripts join a name that has none yet; anything else is bracketed first.
        return source if value.op is VARIABLE and "_" not in source else f"({source})"

    @staticmethod
    def _subscript(slots: list[str]) -> str:
        return f"_{{{' '.join(slots)}}}" if slots else ""


class _Mathml(_Atoms):
    """The same as in LaTeX, as elements side by side."""

    def left(self, derivative: Derivative, free: list[str]) -> str:
        above, *below = [list(letters) for letters in _axes_of(derivative, free)]
        partial = operator("∂", "prefix")
        order = len(derivative.wrt)
        power = partial if order == 1 else f"<msup>{partial}{number(str(order))}</msup>"
        by = [
            partial + self.entry(X, letters)
            for X, letters in zip(derivative.free, below, strict=True)
        ]
        by += [
            partial + self.atom(X) + operator("⋅") + self.atom(V)
            for X, V in zip(derivative.wrt[len(by) :], derivative.along, strict=True)
        ]
        top = power + self._indexed(identifier("f"), above)
        return f"<mfrac><mrow>{top}</mrow><mrow>{''.join(by)}</mrow></mfrac>"

    def entry(self, value: Expr, slots: list[str]) -> str:
        return self._indexed(self.atom(value), slots)

    def delta(self, a: str, b: str) -> str:
        return self._indexed(identifier("δ"), [a, b])

    def pair(self, parts: list[str]) -> str:
        inner = "".join(map(self._letter, parts))
        return open_bracket("(", tall=False) + inner + close_bracket(")", tall=False)

    def number(self, c: Fraction) -> str:
        above, below = number(str(c.numerator)), number(str(c.denominator))
        return above if c.denominator == 1 else f"<mfrac>{above}{below}</mfrac>"

    def term(self, factors: list[str], summed: list[str]) -> str:
        letters = COMMA.join(map(self._letter, summed))
        sign = f"<munder>{TOTAL}<mrow>{letters}</mrow></munder>" if summed else ""
        return sign + MULTIPLY.join(factors)

    def total(self, terms: list[tuple[bool, str]]) -> str:
        (minus, first), *others = terms
        rest = [(MINUS if minus else PLUS) + t for minus, t in others]
        return "".join([NEGATIVE * minus, first, *rest])

    def equation(self, left: str, right: str) -> str:
        return left + EQUALS + right

    def _indexed(self, base: str, slots: list[str]) -> str:
        letters = "".join(map(self._letter, slots))
        return f"<msub>{base}<mrow>{letters}</mrow></msub>" if slots else base

    @staticmethod
    def _letter(slot: str) -> str:
        """An index, or a pair of them that is spelled already."""
        if slot.startswith("<"):
            return slot
        letter, digits = slot[0], slot[1:]
        return (
            f"<msub>{identifier(letter)}{number(digits)}</msub>" if digits else identifier(letter)
        )

    def spell(self, value: Expr) -> str:
        inner = inner_mathml(value)
        if value.op is VARIABLE and not inner.startswith("<msub>"):
            return inner
        tall = any(f"<{tag}>" in inner for tag in ("mfrac", "msqrt", "mtable"))
        left, right = open_bracket("(", tall=tall), close_bracket(")", tall=tall)
        return f"<mrow>{left}{inner}{right}</mrow>"


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _is_atom(source: str) -> bool:
    """Whether a text is a name, or one call whose bracket closes at the very end."""
    name, bracket, _ = source.partition("(")
    if not name.rstrip("'").isidentifier() or (bracket and not source.endswith(")")):
        return source.isdigit()
    if not bracket:
        return True
    depth = 0
    for i, c in enumerate(source):
        depth += (c == "(") - (c == ")")
        if c == ")" and depth == 0:
            return i == len(source) - 1
    return False
