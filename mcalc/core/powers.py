"""Powers element by element, of scalars too: roots, reciprocals and squares are powers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import NUMBER, is_zero, number, number_value
from mcalc.core.op import Op
from mcalc.core.sums import TRANSPOSE, add, is_clean, scale, split, transpose, upright
from mcalc.errors import DomainError, LimitError

if TYPE_CHECKING:
    from collections.abc import Hashable

LARGEST_EXPONENT = 10_000
_MOST_BITS = 1100


def power(base: Expr, exponent: Expr) -> Expr:
    """base.^exponent; the exponent is a scalar or of the base's shape.

    Raises: DomainError for 0 to a negative power and an even root of a negative number;
        LimitError for an exponent beyond 10,000.
    """
    n = number_value(exponent)
    if n is not None and abs(n) > 2 * LARGEST_EXPONENT:  # derivatives go a little further
        raise LimitError(f"an exponent beyond {LARGEST_EXPONENT}")
    if n == 1:
        return base
    if base.shape.is_row:
        return transpose(power(transpose(base), transpose(exponent)))
    if base.shape.is_matrix and exponent.shape.is_scalar:
        base, turned = upright(base)
        if turned:
            return transpose(power(base, exponent))
    if is_zero(base) and n is not None:
        if n < 0:
            raise DomainError("division by zero")
        if n > 0:
            return base
    c, rest = split(base)
    if rest.op is NUMBER and n is not None:
        exact = number_power(c, n) if c > 0 or n.denominator == 1 else None
        if exact is not None:
            return number(exact)
    if c == 1 and rest.op is NUMBER:
        return rest if exponent.shape.is_scalar else base
    if n is not None and c < 0 and n.denominator != 1:
        if rest.has(facts.POSITIVE) and (n.denominator % 2 == 0 or rest.op is NUMBER):
            raise DomainError("a root of a negative number")
        c, rest = -c, scale(-1, rest)  # the sign stays under the root
    if n is not None and c != 1:
        root = number_power(c, n) if is_clean(c, rest) else None
        if root is not None:
            return scale(root, power(rest, exponent))
    if base.op is POWER:
        inner, k = base.args
        if _powers_multiply(inner, k, exponent):
            return power(inner, _product(k, exponent))
    if base.op.power is not None:
        simpler = base.op.power(base, exponent)
        if simpler is not None:
            return simpler
    if n == 0:
        from mcalc.core.products import filled  # the product builds on this module

        return filled(base.shape)
    return intern(POWER, (base, exponent), base.shape, facts=_facts(base, exponent))


def number_power(c: Fraction, n: Fraction) -> Fraction | None:
    """The exact rational power of a rational, or None where it is none of reasonable length.

    Raises: DomainError where it does not exist or is too large for a float.
    """
    if c == 0 and n < 0:
        raise DomainError("division by zero")
    numerator, denominator = _root(c.numerator, n.denominator), _root(c.denominator, n.denominator)
    if numerator is None or denominator is None:
        return None
    bits = abs(n.numerator) * max(numerator.bit_length(), denominator.bit_length())
    if bits > _MOST_BITS:
        if (abs(c) > 1) == (n > 0) and abs(c) != 1:
            raise DomainError("a number too large for a float (the largest is about 1.8e308)")
        return None
    return Fraction(numerator, denominator) ** n.numerator


def _root(value: int, degree: int) -> int | None:
    """The exact integer root, where there is one."""
    if degree == 1:
        return value
    if value < 0 or value.bit_length() > _MOST_BITS:
        return None
    guess = round(value ** (1 / degree)) if value.bit_length() < 50 else 0
    return guess if guess**degree == value else None


def _powers_multiply(base: Expr, inner: Expr, outer: Expr) -> bool:
    """Whether (base^inner)^outer = base^(inner*outer) for every base that has a value."""
    if base.has(facts.NONNEGATIVE) or outer.has(facts.INTEGER):
        return True
    k = number_value(inner)
    return k is not None and k.denominator % 2 == 0


def _product(a: Expr, b: Expr) -> Expr:
    m, n = number_value(a), number_value(b)
    if m is not None:
        return scale(m, b)
    if n is not None:
        return scale(n, a)
    from mcalc.core.hadamard import hadamard  # the Hadamard product builds on this module

    return hadamard(a, b)


def _facts(base: Expr, exponent: Expr) -> int:
    known = 0
    n = number_value(exponent)
    if base.has(facts.NONNEGATIVE) or (n is not None and n.denominator == 1 and n % 2 == 0):
        known |= facts.NONNEGATIVE
    if base.has(facts.POSITIVE):
        known |= facts.POSITIVE | facts.NONNEGATIVE
    if base.has(facts.INTEGER) and n is not None and n.denominator == 1 and n > 0:
        known |= facts.INTEGER
    if base.has(facts.SYMMETRIC) and exponent.has(facts.SYMMETRIC):
        known |= facts.SYMMETRIC
    if base.has(facts.SKEW) and n is not None and n.denominator == 1:
        known |= facts.SKEW if n % 2 else facts.SYMMETRIC
    return known


def base_and_exponent(e: Expr) -> tuple[Expr, Expr]:
    """The parts of a power; of anything else, itself and one."""
    if e.op is POWER:
        return e.args[0], e.args[1]
    if e.op is TRANSPOSE and e.args[0].op is POWER:
        base, exponent = e.args[0].args
        return transpose(base), transpose(exponent)
    return e, number(1)


def _exists(node: Expr) -> list[Condition]:
    """A root has a value at 0, where it has no derivative."""
    base, exponent = node.args
    n = number_value(exponent)
    if n is not None and n.denominator != 1 and n > 0:
        entries = not base.shape.is_scalar
        return [Condition(Property.ENTRIES_NONNEGATIVE if entries else Property.NONNEGATIVE, base)]
    return _domain(node)


def _domain(node: Expr) -> list[Condition]:
    base, exponent = node.args
    n = number_value(exponent)
    entries = not base.shape.is_scalar
    if n is None:
        if exponent.has(facts.INTEGER):
            return []
        return [Condition(Property.ENTRIES_POSITIVE if entries else Property.POSITIVE, base)]
    if n.denominator != 1:
        if n > 1:
            return [
                Condition(Property.ENTRIES_NONNEGATIVE if entries else Property.NONNEGATIVE, base)
            ]
        return [Condition(Property.ENTRIES_POSITIVE if entries else Property.POSITIVE, base)]
    if n < 0:
        return [Condition(Property.ENTRIES_NONZERO if entries else Property.NONZERO, base)]
    return []


def _one_like(e: Expr) -> Expr:
    from mcalc.core.products import filled

    return filled(e.shape)


def merged_exponent(a: Expr, b: Expr) -> Expr:
    """The sum of two exponents, a scalar one spread where the other is none."""
    if a.shape == b.shape:
        return add(a, b)
    from mcalc.core.products import mul

    if a.shape.is_scalar:
        return add(mul(a, _one_like(b)), b)
    return add(a, mul(b, _one_like(a)))


def _build(args: tuple[Expr, ...], data: Hashable) -> Expr:
    return power(args[0], args[1])


POWER = Op(
    name="power",
    elementwise=True,
    domain=_domain,
    exists=_exists,
    build=_build,
)
