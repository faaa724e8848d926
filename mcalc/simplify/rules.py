"""Rules that rewrite an answer for its reader, each with its name and source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcalc.core.algebra import MUL, mul, number, transpose
from mcalc.core.leaves import number_value
from mcalc.core.matrix_powers import matrix_power_parts
from mcalc.core.products import chain, scalars
from mcalc.ops.matrix_functions import pinv

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr


class Rule(NamedTuple):
    """A rule: what it says, where it is from, and node ↦ the node rewritten, or None."""

    name: str
    source: str
    apply: Callable[[Expr], Expr | None]


def _pseudoinverse(e: Expr) -> Expr | None:
    if e.op is not MUL:
        return None
    links = chain(e)
    for i in range(len(links) - 1):
        found = _pair(links[i], links[i + 1])
        if found is None:
            flipped = _pair(transpose(links[i + 1]), transpose(links[i]))
            found = None if flipped is None else transpose(flipped)
        if found is not None:
            return mul(number(1), *scalars(e), *links[:i], found, *links[i + 2 :])
    return None


def _pair(inverse: Expr, factor: Expr) -> Expr | None:
    """pinv(X) for inv(X'*X) and X', X' for a matrix of full rank."""
    base, exponent = matrix_power_parts(inverse)
    if number_value(exponent) != -1 or base.op is not MUL:
        return None
    if chain(base) == (factor, transpose(factor)) and not scalars(base):
        return pinv(transpose(factor))
    return None


FOR_READING = (
    Rule(
        "inv(X'*X)*X' = pinv(X)",
        "Golub & Van Loan, Matrix Computations, sec. 5.5.2, for X of full column rank",
        _pseudoinverse,
    ),
)
