"""How exact rationals are written: as decimals where these are short, else as fractions."""

from __future__ import annotations

from decimal import Context
from fractions import Fraction

__all__ = ["coefficient", "decimal", "written"]

_WORTH_AN_EXPONENT = 3
_FEW_DECIMALS = 3
_SMALL_DENOMINATOR = 10
# The language reads 50 digits a number; what is longer is rounded to more than a float holds.
_LONGEST = 40
_ROUNDED = Context(prec=18, Emin=-999_999, Emax=999_999)


def decimal(value: Fraction) -> str | None:
    """The exact decimal literal of a number that is not negative, or None where there is none.

    >>> decimal(Fraction(5, 2)), decimal(Fraction(10) ** 30), decimal(Fraction(1, 3))
    ('2.5', '1e30', None)
    """
    places = _decimal_places(value.denominator)
    if places is None:
        return None
    digits = str(value.numerator * 10**places // value.denominator)
    significant = digits.rstrip("0") or "0"
    if len(significant) > _LONGEST:
        return None
    padded = digits.rjust(places + 1, "0")
    plain = f"{padded[:-places]}.{padded[-places:]}" if places else digits
    mantissa = significant[0] + ("." + significant[1:] if significant[1:] else "")
    scientific = f"{mantissa}e{len(digits) - 1 - places}"
    return scientific if len(scientific) < len(plain) - _WORTH_AN_EXPONENT else plain


def _decimal_places(denominator: int) -> int | None:
    """How many decimals a fraction with this denominator has, or None where they do not end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def written(value: Fraction) -> tuple[Fraction, int]:
    """A number that is not negative as (what has a literal, what it is divided by).

    >>> [written(Fraction(text)) for text in ("1/2", "2/3")]
    [(Fraction(1, 2), 1), (Fraction(2, 1), 3)]
    """
    p, q = value.numerator, value.denominator
    literal = decimal(value)
    if literal is not None:
        places = _decimal_places(q) or 0
        if places <= _FEW_DECIMALS or len(literal) < len(f"{p}/{q}"):
            return value, 1
    if max(len(str(p)), len(str(q))) > _LONGEST:
        return Fraction(_ROUNDED.divide(p, q)), 1
    return Fraction(p), q


def coefficient(value: Fraction) -> tuple[Fraction, int]:
    """The same in front of a term, where halves to ninths are divisions: `x/2`, but `0.75*x`.

    >>> [coefficient(Fraction(text)) for text in ("1/2", "3/4", "2/3")]
    [(Fraction(1, 1), 2), (Fraction(3, 4), 1), (Fraction(2, 1), 3)]
    """
    if value.numerator == 1 and value.denominator < _SMALL_DENOMINATOR:
        return Fraction(1), value.denominator
    return written(value)
