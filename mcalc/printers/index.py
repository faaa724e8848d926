"""Index notation: entries with summed indices implied, as in `A[i,k]*X[k,j]`."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from mcalc.calculus.derivative import Derivative, multilinear_form
from mcalc.calculus.indices import Tensor, Term, entries
from mcalc.core.expr import Expr, postorder
from mcalc.core.index import Index, Slot
from mcalc.core.leaves import VARIABLE, variable_name
from mcalc.printers.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

_LETTERS = "ijklpqrstuvw"


def index_notation(derivative: Derivative) -> str:
    """The derivative entry by entry, as an equation.

    The free indices are the value's, then the variables'; an index that stands twice on the right
    is summed. δ[i,j] is 1 where i = j, else 0; an index in brackets, (i,j), runs over pairs, the
    first the slowest.
    """
    tensor = entries(*multilinear_form(derivative), products=True)
    names = _letters(derivative.value, *derivative.wrt, *derivative.along)
    letters: dict[Index, str] = {}
    for index in tensor.free:
        letters[index] = next(names)
    free = [letters[i] for i in tensor.free]
    left = _left_side(derivative, free)
    return f"{left} = {_right_side(tensor, letters, names)}"


def _letters(*expressions: Expr) -> Iterator[str]:
    taken = {variable_name(n) for n in postorder(*expressions) if n.op is VARIABLE}
    yield from (c for c in _LETTERS if c not in taken)
    yield from (f"i{n}" for n in count(1) if f"i{n}" not in taken)


def _left_side(derivative: Derivative, free: list[str]) -> str:
    """∂²f[i]/∂x[j]∂Y[k,l]."""
    start = len(derivative.value.shape.axes)
    order = len(derivative.wrt)
    above = f"∂{_superscript(order)}f{_bracket(free[:start])}"
    below = ""
    for X in derivative.free:
        end = start + len(X.shape.axes)
        below += f"∂{variable_name(X)}{_bracket(free[start:end])}"
        start = end
    for X, V in zip(reversed(derivative.wrt), reversed(derivative.along), strict=False):
        below += f"∂{variable_name(X)}·{variable_name(V)}"
    return f"{above}/{below}"


def _superscript(order: int) -> str:
    return "" if order == 1 else str(order).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _bracket(slots: list[str]) -> str:
    return f"[{','.join(slots)}]" if slots else ""


def _right_side(tensor: Tensor, letters: dict[Index, str], names: Iterator[str]) -> str:
    if not tensor.terms:
        return "0"
    pieces = []
    reusable: list[str] = []
    for term in tensor.terms:
        source = _term(tensor, term, dict(letters), iter(list(reusable)), names, reusable)
        pieces.append(("-" if term.coefficient < 0 else "+") + source)
    return "".join(pieces).removeprefix("+")


def _term(
    tensor: Tensor,
    term: Term,
    letters: dict[Index, str],
    pool: Iterator[str],
    names: Iterator[str],
    reusable: list[str],
) -> str:
    """One term; letters of summed indices are the same in every term."""

    def letter(index: Index) -> str:
        if index not in letters:
            name = next(pool, "")
            if not name:
                name = next(names)
                reusable.append(name)
            letters[index] = name
        return letters[index]

    def slot(s: Slot) -> str:
        if isinstance(s, Index):
            return letter(s)
        assert s is not None
        return f"({','.join(slot(part) for part in s)})"

    factors = []
    for index, there in zip(tensor.free, term.free, strict=True):
        if there != index:
            factors.append(f"δ[{letter(index)},{slot(there)}]")
    for value, slots in term.factors:
        present = [slot(s) for s in slots if s is not None]
        factors.append(_factor(value) + _bracket(present))
    c = abs(term.coefficient)
    return "*".join(([] if c == 1 and factors else [_number(c)]) + factors)


def _number(c: Fraction) -> str:
    return str(c.numerator) if c.denominator == 1 else f"({c.numerator}/{c.denominator})"


def _factor(value: Expr) -> str:
    source = text(value)
    is_atom = source.isalnum() or (
        source.endswith(")") and source.partition("(")[0].isidentifier() and _closes_last(source)
    )
    return source if is_atom else f"({source})"


def _closes_last(source: str) -> bool:
    """Whether the first bracket closes at the very end: the source is one call."""
    depth = 0
    for i, c in enumerate(source):
        depth += (c == "(") - (c == ")")
        if c == ")" and depth == 0:
            return i == len(source) - 1
    return False
