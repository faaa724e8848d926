"""Intervals of real numbers, open or closed at each end, with arithmetic that never loses a value.

Whole numbers are exact; what is rounded is rounded outward.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nextafter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

_EXACT = 2.0**53


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers between `low` and `high`; an end that is infinite is open."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def __contains__(self, value: float) -> bool:
        above = value > self.low or (value == self.low and not self.low_open)
        return above and (value < self.high or (value == self.high and not self.high_open))

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low, self.high_open, self.low_open)

    def __le__(self, other: Interval) -> bool:
        """Whether every number of it is in the other."""
        low = self.low > other.low or (
            self.low == other.low and (self.low_open or not other.low_open)
        )
        high = self.high < other.high or (
            self.high == other.high and (self.high_open or not other.high_open)
        )
        return low and high

    def __add__(self, other: Interval) -> Interval:
        return Interval(
            _rounded(self.low, other.low, self.low + other.low, -inf),
            _rounded(self.high, other.high, self.high + other.high, inf),
            self.low_open or other.low_open,
            self.high_open or other.high_open,
        )

    def __mul__(self, other: Interval) -> Interval:
        ends = [
            _end_product(a, b)
            for a in ((self.low, self.low_open), (self.high, self.high_open))
            for b in ((other.low, other.low_open), (other.high, other.high_open))
        ]
        low = min(ends, key=lambda end: (end[0], end[2]))
        high = max(ends, key=lambda end: (end[1], not end[2]))
        return Interval(low[0], high[1], low[2], high[2])

    def __and__(self, other: Interval) -> Interval:
        """The numbers in both; where there is none, those of the first."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        both = Interval(low, high, low_open, not closed)
        return self if low > high else both

    def __or__(self, other: Interval) -> Interval:
        """The shortest interval that holds both."""
        low, low_open = min((self.low, self.low_open), (other.low, other.low_open))
        high, closed = max((self.high, not self.high_open), (other.high, not other.high_open))
        return Interval(low, high, low_open, not closed)


def _rounded(a: float, b: float, result: float, outward: float) -> float:
    """A computed end, moved outward where it may not be exact."""
    exact = a == 0 or b == 0 or abs(a) == inf or abs(b) == inf
    whole = a.is_integer() and b.is_integer() and abs(result) < _EXACT
    return result if exact or whole else nextafter(result, outward)


def _end_product(a: tuple[float, bool], b: tuple[float, bool]) -> tuple[float, float, bool]:
    """The product of two ends, rounded down and up, and whether it is left out.

    Zero times an infinite end is 0: the end itself is no number of the interval.
    """
    (x, x_open), (y, y_open) = a, b
    if x == 0 or y == 0:
        return 0.0, 0.0, not ((x == 0 and not x_open) or (y == 0 and not y_open))
    product = x * y
    whole = x.is_integer() and y.is_integer() and abs(product) < _EXACT
    if abs(product) == inf and abs(x) < inf and abs(y) < inf:  # too large for a float
        bound = nextafter(product, 0.0)
        return min(bound, product), max(bound, product), True
    if whole or abs(product) == inf or abs(x) == 1 or abs(y) == 1:
        return product, product, x_open or y_open
    return nextafter(product, -inf), nextafter(product, inf), x_open or y_open


def hull(intervals: Iterable[Interval]) -> Interval:
    """The shortest interval that holds all of them; there is at least one."""
    first, *others = intervals
    for other in others:
        first = first | other
    return first


def around(value: Fraction) -> Interval:
    """The number, between its neighbours where it is no float."""
    near = float(value)
    if near == value:
        return Interval(near, near)
    return Interval(nextafter(near, -inf), nextafter(near, inf))


REALS = Interval(-inf, inf, low_open=True, high_open=True)
POSITIVE = Interval(0.0, inf, low_open=True, high_open=True)
NONNEGATIVE = Interval(0.0, inf, high_open=True)
NEGATIVE = -POSITIVE
NONPOSITIVE = -NONNEGATIVE
UNIT = Interval(0.0, 1.0, low_open=True, high_open=True)
INSIDE_UNIT = Interval(-1.0, 1.0, low_open=True, high_open=True)
