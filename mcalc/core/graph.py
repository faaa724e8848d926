"""How the graph of a function of one number runs: where it bends, rises and falls.

One declaration for an element-wise function; what holds of its values and its curvature, alone and
in compositions, follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcalc.core.intervals import NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, REALS, Interval

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What is known of a function on intervals of its domain.

    convex, concave          where it bends up, down
    rising, falling          where it is strictly monotone
    flat_rising              where it is monotone, perhaps constant in part
    values                   (an interval, one that holds the values there), the first that fits
    strict                   whether it bends strictly wherever it is said to bend
    strongly_convex          where its second derivative has a positive lower bound
    log_convex, log_concave  where it is positive and its logarithm bends up, down
    """

    convex: tuple[Interval, ...] = ()
    concave: tuple[Interval, ...] = ()
    rising: tuple[Interval, ...] = ()
    falling: tuple[Interval, ...] = ()
    flat_rising: tuple[Interval, ...] = ()
    values: tuple[tuple[Interval, Interval], ...] = ()
    strict: bool = True
    strongly_convex: tuple[Interval, ...] = ()
    log_convex: tuple[Interval, ...] = ()
    log_concave: tuple[Interval, ...] = ()

    def values_on(self, inside: Interval) -> Interval:
        """An interval that holds the values on an interval."""
        return next((image for part, image in self.values if inside <= part), REALS)


def covers(parts: Iterable[Interval], inside: Interval) -> bool:
    """Whether one of the parts holds the interval."""
    return any(inside <= part for part in parts)


_STRAIGHT = Graph(
    convex=(REALS,),
    concave=(REALS,),
    rising=(REALS,),
    strict=False,
    values=((POSITIVE, POSITIVE), (NEGATIVE, NEGATIVE)),
)


def power_graph(n: Fraction) -> Graph:
    """The graph of x^n for a rational n."""
    if n == 1:
        return _STRAIGHT
    if n.denominator != 1:
        return _root_graph(n)
    even = n % 2 == 0
    if n > 0:
        return Graph(
            convex=(REALS,) if even else (NONNEGATIVE,),
            concave=() if even else (NONPOSITIVE,),
            rising=(NONNEGATIVE,) if even else (REALS,),
            falling=(NONPOSITIVE,) if even else (),
            strongly_convex=(REALS,) if n == 2 else (),
            log_concave=(POSITIVE,),
            values=_signs(even=even),
        )
    return Graph(
        convex=(POSITIVE, NEGATIVE) if even else (POSITIVE,),
        concave=() if even else (NEGATIVE,),
        rising=(NEGATIVE,) if even else (),
        falling=(POSITIVE,) if even else (POSITIVE, NEGATIVE),
        log_convex=(POSITIVE,),
        values=((REALS, POSITIVE),) if even else ((POSITIVE, POSITIVE), (NEGATIVE, NEGATIVE)),
    )


def _signs(*, even: bool) -> tuple[tuple[Interval, Interval], ...]:
    if even:
        return (
            (POSITIVE, POSITIVE),
            (NEGATIVE, POSITIVE),
            (
                Interval(-1.0, 1.0, low_open=True, high_open=True),
                Interval(0.0, 1.0, high_open=True),
            ),
            (REALS, NONNEGATIVE),
        )
    return (
        (POSITIVE, POSITIVE),
        (NEGATIVE, NEGATIVE),
        (NONNEGATIVE, NONNEGATIVE),
        (NONPOSITIVE, NONPOSITIVE),
    )


def _root_graph(n: Fraction) -> Graph:
    """A power that has no value at negative numbers."""
    if n < 0:
        return Graph(
            convex=(POSITIVE,),
            falling=(POSITIVE,),
            log_convex=(POSITIVE,),
            values=((REALS, POSITIVE),),
        )
    return Graph(
        convex=(NONNEGATIVE,) if n > 1 else (),
        concave=(NONNEGATIVE,) if n < 1 else (),
        rising=(NONNEGATIVE,),
        log_concave=(POSITIVE,),
        values=((POSITIVE, POSITIVE), (REALS, NONNEGATIVE)),
    )
