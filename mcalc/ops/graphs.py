"""The graphs of the element-wise functions: where they bend, rise and fall."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from mcalc.core.graph import Graph
from mcalc.core.intervals import (
    INSIDE_UNIT,
    NEGATIVE,
    NONNEGATIVE,
    NONPOSITIVE,
    POSITIVE,
    REALS,
    UNIT,
    Interval,
)

_ABOVE_ONE = Interval(1.0, inf, low_open=True, high_open=True)
_ABOVE_MINUS_ONE = Interval(-1.0, inf, low_open=True, high_open=True)
_UP_TO_ONE = Interval(0.0, 1.0, high_open=True)
# Somewhat less than π, and than half of it.
_HALF_TURN = Interval(0.0, 3.1415)
_QUARTER_TURN = Interval(0.0, 1.5707)
_ABOUT_ZERO = Interval(-1.5707, 1.5707)

_SIGN_KEPT = (
    (POSITIVE, POSITIVE),
    (NEGATIVE, NEGATIVE),
    (NONNEGATIVE, NONNEGATIVE),
    (NONPOSITIVE, NONPOSITIVE),
)
_S_SHAPED = Graph(convex=(NONPOSITIVE,), concave=(NONNEGATIVE,), rising=(REALS,))
_ARC = Graph(convex=(_UP_TO_ONE,), concave=(-_UP_TO_ONE,), rising=(INSIDE_UNIT,))

GRAPHS = {
    "exp": Graph(
        convex=(REALS,),
        rising=(REALS,),
        values=((REALS, POSITIVE),),
        log_convex=(REALS,),
        log_concave=(REALS,),
    ),
    "log": Graph(
        concave=(POSITIVE,),
        rising=(POSITIVE,),
        values=((_ABOVE_ONE, POSITIVE),),
        log_concave=(_ABOVE_ONE,),
    ),
    "log1p": Graph(
        concave=(_ABOVE_MINUS_ONE,),
        rising=(_ABOVE_MINUS_ONE,),
        values=_SIGN_KEPT,
        log_concave=(POSITIVE,),
    ),
    "expm1": Graph(
        convex=(REALS,),
        rising=(REALS,),
        values=(*_SIGN_KEPT, (REALS, _ABOVE_MINUS_ONE)),
        log_concave=(POSITIVE,),
    ),
    "sign": Graph(flat_rising=(REALS,), values=(*_SIGN_KEPT, (REALS, Interval(-1.0, 1.0)))),
    "abs": Graph(
        convex=(REALS,),
        strict=False,
        rising=(NONNEGATIVE,),
        falling=(NONPOSITIVE,),
        values=((POSITIVE, POSITIVE), (NEGATIVE, POSITIVE), (REALS, NONNEGATIVE)),
    ),
    "relu": Graph(
        convex=(REALS,),
        strict=False,
        rising=(NONNEGATIVE,),
        flat_rising=(REALS,),
        values=((POSITIVE, POSITIVE), (REALS, NONNEGATIVE)),
    ),
    "sigmoid": replace(_S_SHAPED, values=((REALS, UNIT),), log_concave=(REALS,)),
    "softplus": Graph(convex=(REALS,), rising=(REALS,), values=((REALS, POSITIVE),)),
    "sin": Graph(
        convex=(-_HALF_TURN,),
        concave=(_HALF_TURN,),
        rising=(_ABOUT_ZERO,),
        values=((REALS, Interval(-1.0, 1.0)),),
    ),
    "cos": Graph(
        concave=(_ABOUT_ZERO,),
        rising=(-_HALF_TURN,),
        falling=(_HALF_TURN,),
        values=((REALS, Interval(-1.0, 1.0)),),
    ),
    "tan": Graph(convex=(_QUARTER_TURN,), concave=(-_QUARTER_TURN,), rising=(_ABOUT_ZERO,)),
    "arcsin": replace(_ARC, values=_SIGN_KEPT),
    "arccos": Graph(
        convex=(-_UP_TO_ONE,),
        concave=(_UP_TO_ONE,),
        falling=(INSIDE_UNIT,),
        values=((REALS, NONNEGATIVE),),
    ),
    "arctan": replace(_S_SHAPED, values=_SIGN_KEPT),
    "sinh": Graph(
        convex=(NONNEGATIVE,), concave=(NONPOSITIVE,), rising=(REALS,), values=_SIGN_KEPT
    ),
    "cosh": Graph(
        convex=(REALS,),
        rising=(NONNEGATIVE,),
        falling=(NONPOSITIVE,),
        values=((REALS, Interval(1.0, inf, high_open=True)),),
        strongly_convex=(REALS,),
        log_convex=(REALS,),
    ),
    "tanh": replace(_S_SHAPED, values=(*_SIGN_KEPT, (REALS, INSIDE_UNIT))),
    "arcsinh": replace(_S_SHAPED, values=_SIGN_KEPT),
    "arccosh": Graph(concave=(_ABOVE_ONE,), rising=(_ABOVE_ONE,), values=((REALS, NONNEGATIVE),)),
    "arctanh": replace(_ARC, values=_SIGN_KEPT),
    "erf": replace(_S_SHAPED, values=(*_SIGN_KEPT, (REALS, INSIDE_UNIT))),
    "lgamma": Graph(convex=(POSITIVE,)),
    "digamma": Graph(concave=(POSITIVE,), rising=(POSITIVE,)),
}
"""By the name of the function; a test holds each line against values."""
