"""Quotients of polynomials in generators, some of which are algebraic over the rest.

Polynomials are expanded and denominators kept in factors, so that nothing has to be cancelled.
Whether a quotient is zero is decided by its numerator, in which powers of an algebraic generator
(`g^q = u`) are reduced.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_BITS = 16
_HIGHEST = 2 ** (_BITS - 1)


class TooLarge(Exception):
    """The work is more than is allowed; says no more about the formula."""


class Undefined(Exception):
    """A division by what is zero for all values."""


class Polynomial(NamedTuple):
    """Coefficients by monomial, and a bound on the exponents.

    A monomial is a number whose k-th group of 16 bits is the exponent of the k-th generator, so
    that monomials multiply by addition.
    """

    terms: Mapping[int, int | Fraction]
    degree: int


class Quotient(NamedTuple):
    """A numerator over a product of powers of numbered factors."""

    over: Polynomial
    under: Mapping[int, int]


_ZERO = Polynomial({}, 0)
_ONE = Polynomial({0: 1}, 0)


class Field:
    """Arithmetic with quotients; `budget` is how many pairs of terms it may multiply in all."""

    def __init__(self, budget: int) -> None:
        self._left = budget
        self._generators = 0
        self._relations: dict[int, tuple[int, Quotient]] = {}
        self._factors: list[Polynomial] = []
        self._factor_numbers: dict[frozenset[tuple[int, int | Fraction]], int] = {}

    # ------------------------------------------------------------ polynomials
    def spend(self, pairs: int) -> None:
        """Raises: TooLarge where that much work is not left."""
        self._left -= pairs
        if self._left < 0:
            raise TooLarge

    def _product(self, a: Polynomial, b: Polynomial) -> Polynomial:
        if a is _ONE:
            return b
        if b is _ONE:
            return a
        self.spend(len(a.terms) * len(b.terms))
        degree = a.degree + b.degree
        if degree >= _HIGHEST:
            raise TooLarge
        found: dict[int, int | Fraction] = {}
        for m, c in a.terms.items():
            for n, d in b.terms.items():
                found[m + n] = found.get(m + n, 0) + c * d
        return Polynomial({m: c for m, c in found.items() if c}, degree)

    def _raised(self, a: Polynomial, exponent: int) -> Polynomial:
        found = _ONE
        for bit in bin(exponent)[2:]:
            found = self._product(found, found)
            if bit == "1":
                found = self._product(found, a)
        return found

    def _sum(self, parts: Iterable[Polynomial]) -> Polynomial:
        found: dict[int, int | Fraction] = {}
        degree = 0
        for part in parts:
            self.spend(len(part.terms))
            degree = max(degree, part.degree)
            for m, c in part.terms.items():
                found[m] = found.get(m, 0) + c
        return Polynomial({m: c for m, c in found.items() if c}, degree)

    def _expanded(self, under: Mapping[int, int]) -> Polynomial:
        found = _ONE
        for factor, exponent in under.items():
            found = self._product(found, self._raised(self._factors[factor], exponent))
        return found

    # ------------------------------------------------------------ quotients
    def generator(self) -> tuple[int, Quotient]:
        """A new generator, with its number."""
        new = self._generators
        self._generators += 1
        return new, Quotient(Polynomial({1 << _BITS * new: 1}, 1), {})

    def relate(self, generator: int, order: int, value: Quotient) -> None:
        """Let generator^order be the value, which is made of earlier generators."""
        self._relations[generator] = (order, value)

    def add(self, parts: Sequence[Quotient]) -> Quotient:
        """The sum."""
        if len(parts) == 1:
            return parts[0]
        under: dict[int, int] = {}
        for part in parts:
            for factor, exponent in part.under.items():
                under[factor] = max(under.get(factor, 0), exponent)
        raised = []
        for part in parts:
            missing = {f: e - part.under.get(f, 0) for f, e in under.items()}
            rest = {f: e for f, e in missing.items() if e}
            raised.append(self._product(part.over, self._expanded(rest)))
        return self.shortened(self._sum(raised), under)

    def multiply(self, *parts: Quotient) -> Quotient:
        """The product."""
        over, under = _ONE, dict[int, int]()
        for part in parts:
            over = self._product(over, part.over)
            for factor, exponent in part.under.items():
                under[factor] = under.get(factor, 0) + exponent
        return self.shortened(over, under)

    def power(self, base: Quotient, exponent: int) -> Quotient:
        """base^exponent.

        Raises: Undefined for a negative power of zero.
        """
        if exponent >= 0:
            over = self._raised(base.over, exponent)
            return Quotient(over, {f: e * exponent for f, e in base.under.items() if exponent})
        if self.vanishes(base):
            raise Undefined
        coefficient, factors = self._factored(base.over)
        over = self._expanded({f: -e * exponent for f, e in base.under.items()})
        factor = Polynomial({0: Fraction(coefficient) ** exponent}, 0)
        under = {f: -e * exponent for f, e in factors.items()}
        return self.shortened(self._product(over, factor), under)

    def _factored(self, a: Polynomial) -> tuple[int | Fraction, dict[int, int]]:
        """A coefficient, and factors: the generators that all terms have, and what is left."""
        found: dict[int, int] = {}
        common = 0
        for generator, exponent in exponents(next(iter(a.terms))):
            shift = _BITS * generator
            least = min(exponent, *[(m >> shift) % (1 << _BITS) for m in a.terms])
            if least:
                common += least << shift
                found[self._factor(Polynomial({1 << shift: 1}, 1))] = least
        leading = a.terms[max(a.terms)]
        rest = {m - common: _divided(c, leading) for m, c in a.terms.items()}
        if len(rest) > 1:
            found[self._factor(Polynomial(rest, a.degree))] = 1
        return leading, found

    def _factor(self, a: Polynomial) -> int:
        key = frozenset(a.terms.items())
        if key not in self._factor_numbers:
            self._factor_numbers[key] = len(self._factors)
            self._factors.append(a)
        return self._factor_numbers[key]

    def shortened(self, over: Polynomial, under: Mapping[int, int]) -> Quotient:
        """The quotient without the generators that are in all terms above and below."""
        kept: dict[int, int] = {}
        for factor, exponent in under.items():
            terms = self._factors[factor].terms
            if len(terms) == 1 and over.terms:
                (monomial,) = terms
                shift = monomial.bit_length() - 1
                least = min((m >> shift) % (1 << _BITS) for m in over.terms)
                gone = min(least, exponent)
                if gone:
                    lowered = {m - (gone << shift): c for m, c in over.terms.items()}
                    over = Polynomial(lowered, over.degree)
                    exponent -= gone
            if exponent:
                kept[factor] = exponent
        return Quotient(over, kept) if over.terms else Quotient(_ZERO, {})

    def vanishes(self, q: Quotient) -> bool:
        """Whether the numerator is zero by the relations, the latest kernels first."""
        over = q.over
        for generator in reversed(self._relations):
            if not over.terms:
                break
            over = self._reduced(over, generator)
        return not over.terms

    def _reduced(self, over: Polynomial, generator: int) -> Polynomial:
        """A multiple of the polynomial in which the generator has powers below its order alone."""
        order, value = self._relations[generator]
        shift = _BITS * generator
        groups: dict[int, dict[int, int | Fraction]] = {}
        for m, c in over.terms.items():
            times = (m >> shift) % (1 << _BITS) // order
            groups.setdefault(times, {})[m - (times * order << shift)] = c
        highest = max(groups)
        if not highest:
            return over
        below = self._expanded(value.under)
        return self._sum(
            self._product(
                Polynomial(terms, over.degree),
                self._product(
                    self._raised(value.over, times), self._raised(below, highest - times)
                ),
            )
            for times, terms in groups.items()
        )

    def difference(self, a: Quotient, b: Quotient) -> Quotient:
        """a-b."""
        return self.add([a, self.multiply(number(-1), b)])


def number(value: int | Fraction) -> Quotient:
    """The quotient that a number is."""
    return Quotient(Polynomial({0: value}, 0) if value else _ZERO, {})


def _divided(a: int | Fraction, b: int | Fraction) -> int | Fraction:
    if b in (1, -1):
        return a * b
    found = Fraction(a) / b
    return found.numerator if found.denominator == 1 else found


def exponents(monomial: int) -> list[tuple[int, int]]:
    """(generator, exponent) for each generator in a monomial."""
    found = []
    number = 0
    while monomial:
        exponent = monomial % (1 << _BITS)
        if exponent:
            found.append((number, exponent))
        monomial >>= _BITS
        number += 1
    return found
