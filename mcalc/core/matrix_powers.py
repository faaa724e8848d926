"""Powers of a square matrix in normal form; the inverse is the power -1."""

from __future__ import annotations

from mcalc.core import facts
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import EYE, ZEROS, eye, number, number_value
from mcalc.core.op import Op
from mcalc.core.powers import LARGEST_EXPONENT, power
from mcalc.core.sums import TRANSPOSE, is_clean, split, transpose, upright
from mcalc.errors import DomainError, LimitError, ShapeError


def matpow(base: Expr, exponent: Expr) -> Expr:
    """The power of a square matrix; -1 is the inverse.

    Raises: ShapeError for a matrix that is not square; DomainError for the inverse of zero;
        LimitError for an exponent beyond 10,000.
    """
    if base.shape.is_scalar:
        return power(base, exponent)
    if base.shape.rows is None or base.shape.rows != base.shape.cols:
        raise ShapeError(f"a power of {base.shape.describe()}; only a square matrix has one")
    n = number_value(exponent)
    if n is not None and abs(n) > 2 * LARGEST_EXPONENT:  # derivatives go a little further
        raise LimitError(f"an exponent beyond {LARGEST_EXPONENT}")
    if n == 0 or base.op is EYE:
        return eye(base.shape.rows)
    if n == 1:
        return base
    if base.has(facts.ORTHOGONAL) and base.has(facts.SYMMETRIC) and n is not None:
        return base if n % 2 else eye(base.shape.rows)
    if base.has(facts.PROJECTOR) and n is not None and n.denominator == 1 and n > 0:
        return base
    base, flipped = upright(base)
    if flipped:
        return transpose(matpow(base, exponent))
    if base.op is ZEROS:
        if n is not None and n < 0:
            raise DomainError("the zero matrix has no inverse")
        return base
    whole = exponent.has(facts.INTEGER)
    from mcalc.core.products import mul, take_scalars  # the product builds on this module

    factor, rest = take_scalars(base)
    if number_value(factor) != 1 and whole and is_clean(*split(base)):
        return mul(power(factor, exponent), matpow(rest, exponent))
    if base.op is MATPOW and whole and base.args[1].has(facts.INTEGER):
        return matpow(base.args[0], mul(base.args[1], exponent))
    if n is not None and whole and n < 0:
        inverse = base.op.inverse(base) if base.op.inverse else None
        if inverse is None and base.has(facts.ORTHOGONAL):
            inverse = transpose(base)
        if inverse is not None:
            return matpow(inverse, number(-n))
    return intern(MATPOW, (base, exponent), base.shape, facts=_matpow_facts(base, exponent))


def inverse(X: Expr) -> Expr:
    """The inverse of a square matrix."""
    return matpow(X, number(-1))


def _matpow_facts(base: Expr, exponent: Expr) -> int:
    lasting = facts.DECLARED["diagonal"] | facts.PD | facts.INVERTIBLE | facts.ORTHOGONAL
    known = base.facts & lasting
    n = number_value(exponent)
    if n is not None and n < 0:
        known |= facts.INVERTIBLE
    if base.has(facts.SKEW) and n is not None and n.denominator == 1:
        known |= facts.SKEW if n % 2 else facts.SYMMETRIC
    if (
        known & facts.PD
        or base.has(facts.PSD)
        or (base.has(facts.SYMMETRIC) and n is not None and n.denominator == 1 and n % 2 == 0)
    ):
        known |= facts.PSD
    return known


def matrix_power_parts(e: Expr) -> tuple[Expr, Expr]:
    """The base and the exponent of a matrix power; of anything else, itself and one."""
    if e.op is MATPOW:
        return e.args[0], e.args[1]
    if e.op is TRANSPOSE and e.args[0].op is MATPOW:
        base, k = e.args[0].args
        return transpose(base), k
    return e, number(1)


def _matpow_domain(node: Expr) -> list[Condition]:
    base, exponent = node.args
    n = number_value(exponent)
    if n is not None and n.denominator == 1:
        return [Condition(Property.INVERTIBLE, base)] if n < 0 else []
    if exponent.has(facts.INTEGER):
        return []
    return [] if base.has(facts.PD) else [Condition(Property.INTEGER, exponent)]


MATPOW = Op(
    name="matrix power",
    domain=_matpow_domain,
    build=lambda args, data: matpow(args[0], args[1]),
)
