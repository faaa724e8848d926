"""Sizes of axes, polynomials with integer coefficients in named symbols, and their unification."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from itertools import count
from math import gcd
from operator import and_
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mcalc.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Monomial: TypeAlias = tuple[str, ...]

# Kronecker products of Kronecker products have sizes beyond any machine soon.
MOST_FACTORS = 64
MOST_BITS = 256

# Unknowns of the unification carry a mark that no name of a user can have.
UNKNOWN = "?"
# An unknown that may also turn out to be no axis at all (`ones` beside a scalar).
UNKNOWN_AXIS = "?*"


@dataclass(frozen=True, slots=True)
class Size:
    """A polynomial in size symbols, as sorted (monomial, coefficient) pairs.

    >>> str(Size.symbol("m") * Size.symbol("n") + Size.of(2))
    'm*n+2'
    """

    terms: tuple[tuple[Monomial, int], ...]

    @staticmethod
    def of(value: int) -> Size:
        """The integer size."""
        return Size((((), value),)) if value else Size(())

    @staticmethod
    def symbol(name: str) -> Size:
        """The size called `name`."""
        return Size((((name,), 1),))

    @staticmethod
    def from_terms(terms: Mapping[Monomial, int]) -> Size:
        """The size with these terms, zeros left out, higher degrees first."""
        kept = ((monomial, c) for monomial, c in terms.items() if c)
        return Size(tuple(sorted(kept, key=lambda term: (-len(term[0]), term[0]))))

    def __add__(self, other: Size) -> Size:
        total = Counter(dict(self.terms))
        for monomial, c in other.terms:
            total[monomial] += c
        return Size.from_terms(total)

    def __neg__(self) -> Size:
        return Size(tuple((monomial, -c) for monomial, c in self.terms))

    def __sub__(self, other: Size) -> Size:
        return self + -other

    def __mul__(self, other: Size) -> Size:
        total: Counter[Monomial] = Counter()
        for left, a in self.terms:
            for right, b in other.terms:
                if len(left) + len(right) > MOST_FACTORS or (a * b).bit_length() > MOST_BITS:
                    raise LimitError(f"a size that is a product of more than {MOST_FACTORS} sizes")
                total[tuple(sorted(left + right))] += a * b
        return Size.from_terms(total)

    @property
    def value(self) -> int | None:
        """The integer this size is, or None where symbols stand in it."""
        if not self.terms:
            return 0
        monomial, c = self.terms[0]
        return c if not monomial else None

    @property
    def symbols(self) -> Iterator[str]:
        """The names in it, with repetitions."""
        for monomial, _ in self.terms:
            yield from monomial

    @staticmethod
    def smaller(a: Size, b: Size) -> Size:
        """The lesser of two sizes: one of them where that is known, else a symbol `min(a,b)`."""
        if a == b or a.value == 1:
            return a
        if b.value == 1:
            return b
        return _derived(f"min({a},{b})", Derived((a, b), min, "min({0}, {1})"))

    @staticmethod
    def triangle(n: Size) -> Size:
        """n*(n+1)/2, the entries of a triangle, where n is a symbol or known."""
        return _derived(
            f"{n}*({n}+1)/2", Derived((n,), lambda k: k * (k + 1) // 2, "{0} * ({0} + 1) // 2")
        )

    def substitute(self, values: Mapping[str, Size]) -> Size:
        """This size with sizes in place of symbols."""
        match self.terms:
            case (((name,), 1),):  # as most are
                return values.get(name, self)
        if not any(name in values for name in self.symbols):
            return self
        total = Size(())
        for monomial, c in self.terms:
            product = Size.of(c)
            for name in monomial:
                product = product * values.get(name, Size.symbol(name))
            total = total + product
        return total

    def evaluate(self, values: Mapping[str, int]) -> int:
        """The integer for integer values of all symbols.

        Raises: KeyError where a symbol has no value.
        """
        total = 0
        for monomial, c in self.terms:
            product = c
            for name in monomial:
                if name in DERIVED and name not in values:
                    parts, compute, _ = DERIVED[name]
                    product *= compute(*[size.evaluate(values) for size in parts])
                else:
                    product *= values[name]
            total += product
        return total

    def __str__(self) -> str:
        """A sum of products, valid in the input language: `m*n+2`."""
        if not self.terms:
            return "0"
        pieces = []
        for monomial, c in self.terms:
            factors = ([] if abs(c) == 1 and monomial else [str(abs(c))]) + list(monomial)
            pieces.append(("-" if c < 0 else "+") + "*".join(factors))
        return "".join(pieces).removeprefix("+")


class Derived(NamedTuple):
    """A size that is no polynomial: its parts, how it is computed, and that in Python."""

    parts: tuple[Size, ...]
    compute: Callable[..., int]
    source: str


DERIVED: dict[str, Derived] = {}
"""What the symbols mean that stand for no size of their own, as `min(m,n)`."""


def _derived(name: str, meaning: Derived) -> Size:
    known = [size.value for size in meaning.parts]
    if None not in known:
        return Size.of(meaning.compute(*known))
    DERIVED[name] = meaning
    return Size.symbol(name)


Axis: TypeAlias = Size | None
"""A size, or None where there is no axis (the second of a column, both of a scalar)."""


class SizeMismatch(Exception):
    """Two axes cannot have the same size; the caller says which in the user's words."""


class Unifier:
    """Equations between axes, solved as they come; symbols that are no unknowns are rigid.

    Source: Robinson unification, with linear equations deferred until one unknown is alone.
    """

    def __init__(self) -> None:
        self._counter = count()
        self._bindings: dict[str, Axis] = {}
        self._pending: list[tuple[Size, Size]] = []

    def fresh(self, *, maybe_absent: bool = False) -> Size:
        """A new unknown size, or unknown axis."""
        return Size.symbol(f"{UNKNOWN_AXIS if maybe_absent else UNKNOWN}{next(self._counter)}")

    def resolve(self, axis: Axis) -> Axis:
        """The axis with all that is known about its unknowns put in."""
        while axis is not None:
            bound = {name: self._bindings[name] for name in axis.symbols if name in self._bindings}
            if not bound:
                return axis
            if None in bound.values():
                if len(axis.terms) == 1 and axis.terms[0][1] == 1:
                    kept = tuple(n for n in axis.terms[0][0] if bound.get(n, axis) is not None)
                    axis = Size(((kept, 1),)) if kept else None
                    continue
                raise SizeMismatch
            axis = axis.substitute({n: size for n, size in bound.items() if size is not None})
        return None

    def unify(self, a: Axis, b: Axis) -> None:
        """Make two axes equal.

        Raises: SizeMismatch where they cannot be.
        """
        self._unify(a, b)
        pending, self._pending = self._pending, []
        for left, right in pending:
            self._unify(left, right)

    def _unify(self, a: Axis, b: Axis) -> None:
        a, b = self.resolve(a), self.resolve(b)
        if a == b:
            return
        for axis, other in ((a, b), (b, a)):
            name = _single_unknown(axis)
            if name and (name.startswith(UNKNOWN_AXIS) or other is not None):
                both_open = _single_unknown(other)
                if both_open and name.startswith(UNKNOWN) and not name.startswith(UNKNOWN_AXIS):
                    # A size is known to be there: keep it, bind the axis that may be absent.
                    name, other = both_open, axis
                if other is not None and name in other.symbols:
                    raise SizeMismatch
                self._bindings[name] = other
                return
        if a is None or b is None:
            raise SizeMismatch
        self._solve(a, b)

    def _solve(self, a: Size, b: Size) -> None:
        difference = _reduced(a - b)
        if not any(name.startswith(UNKNOWN) for name in difference.symbols):
            raise SizeMismatch
        appearances = Counter(difference.symbols)
        for monomial, c in difference.terms:
            name = monomial[0] if len(monomial) == 1 else ""
            if name.startswith(UNKNOWN) and abs(c) == 1 and appearances[name] == 1:
                rest = difference - Size(((monomial, c),))
                solution = rest if c < 0 else -rest
                if solution.terms and all(k > 0 for _, k in solution.terms):
                    self._bindings[name] = solution
                    return
                if solution.value is not None:
                    raise SizeMismatch
        roots = _roots(difference)
        if roots is None:
            self._pending.append((a, b))
        else:
            self._unify(*roots)

    @property
    def unsolved(self) -> tuple[Size, Size] | None:
        """An equation that the sizes known so far do not settle."""
        for a, b in self._pending:
            left, right = self.resolve(a), self.resolve(b)
            if left != right and left is not None and right is not None:
                return left, right
        return None


def matched(
    left: Size, right: Size, stacked: Mapping[frozenset[str], Monomial]
) -> list[tuple[Size, Size]] | None:
    """Pairs of unknowns that make two sums, or two products, of as many unknowns equal.

    In the order in which they came up, or as in `stacked` where that has the one product and not
    the other.
    """
    terms = _reduced(left - right).terms
    sides = [[monomial for monomial, c in terms if c == sign] for sign in (1, -1)]
    if len(sides[0]) + len(sides[1]) < len(terms):
        return None
    if len(sides[0]) == len(sides[1]) == 1:
        one, other = (_by_age(side[0]) for side in sides)
        if (frozenset(one) in stacked) != (frozenset(other) in stacked):
            one = stacked.get(frozenset(one), one)
            other = stacked.get(frozenset(other), other)
    elif all(len(monomial) == 1 for side in sides for monomial in side):
        one, other = (_by_age(tuple([m[0] for m in side])) for side in sides)
    else:
        return None
    if len(one) != len(other) or not all(name.startswith(UNKNOWN) for name in one + other):
        return None
    return [(Size.symbol(a), Size.symbol(b)) for a, b in zip(one, other, strict=True)]


def _by_age(names: Monomial) -> Monomial:
    """Unknowns in the order in which they came up."""
    return tuple(sorted(names, key=lambda name: (len(name), name)))


def _reduced(difference: Size) -> Size:
    """The difference without the factors of all of its terms, which are never zero."""
    monomials = [Counter(monomial) for monomial, _ in difference.terms]
    common = reduce(and_, monomials)
    divisor = gcd(*[c for _, c in difference.terms])
    return Size.from_terms(
        {
            tuple(sorted((monomial - common).elements())): c // divisor
            for monomial, (_, c) in zip(monomials, difference.terms, strict=True)
        }
    )


def _roots(difference: Size) -> tuple[Size, Size] | None:
    """m and n where the difference is that of the powers m^k and n^k, None for any other.

    Raises: SizeMismatch for a number on one side that is no such power.
    """
    if sorted(c > 0 for _, c in difference.terms) != [False, True]:
        return None
    counts = [c for monomial, _ in difference.terms for c in Counter(monomial).values()]
    k = gcd(*counts)
    if k < 2:
        return None
    sides = []
    for monomial, c in difference.terms:
        root = round(abs(c) ** (1 / k))
        if root**k != abs(c):
            raise SizeMismatch
        sides.append(Size.from_terms({monomial[::k]: root}))
    return sides[0], sides[1]


def _single_unknown(axis: Axis) -> str:
    """The unknown that the axis is, or the empty string."""
    if axis is not None and len(axis.terms) == 1:
        monomial, c = axis.terms[0]
        if c == 1 and len(monomial) == 1 and monomial[0].startswith(UNKNOWN):
            return monomial[0]
    return ""
