"""Where a gradient is zero, as an equation to solve: where that is linear, and what solves it.

A gradient is affine where everything between it and its variable is linear. It may be so only after
a multiplication by the variable that removes its inverse (`inv(S)-inv(S)*M*inv(S)`, twice times S,
is `S-M`), or in a function of it (`log(x)+1-a` in `log(x)`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from mcalc.calculus.conditions import domain_conditions, strongest
from mcalc.calculus.impossible import is_impossible
from mcalc.calculus.linear_equation import solve, upright
from mcalc.calculus.linearize import linearize
from mcalc.calculus.structure import is_structured
from mcalc.core import facts
from mcalc.core.algebra import (
    MATPOW,
    MUL,
    POWER,
    add,
    call,
    eye,
    hadamard,
    is_zero,
    mul,
    number,
    number_value,
    power,
    rebuilt,
    scale,
    split,
    transpose,
    zeros,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, dependents, postorder, rebuild
from mcalc.core.leaves import ONE, Direction, tangent, variable
from mcalc.core.op import OPS
from mcalc.core.products import scalars
from mcalc.core.sums import terms
from mcalc.errors import McalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcalc.calculus.derivative import Derivative

_MOST_TERMS = 64
_HIGHEST_POWER = 3


@dataclass(frozen=True, slots=True)
class Stationary:
    """The equation of the points where the gradient is zero: left = right.

    solution    the one point, where the conditions hold; None where there is no formula for it
    conditions  under which it is the one solution
    """

    left: Expr
    right: Expr
    name: str
    solution: Expr | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class _Equation:
    """An equation that is affine in `unknown`, and how its solution gives that for the variable.

    back   solution ↦ the variable
    also   value of the variable ↦ what has to hold for it
    shown  what stands for the unknown where it is none of the variables
    """

    gradient: Expr
    unknown: Expr
    back: Callable[[Expr], Expr] = lambda solution: solution
    also: Callable[[Expr], list[Condition]] = lambda value: []
    shown: Expr | None = None


def stationary(derivative: Derivative) -> Stationary | None:
    """Where the gradient of a scalar is zero, if that is a linear equation in some form.

    >>> from mcalc.api import derive
    >>> from mcalc.printers.text import text
    >>> found = stationary(derive("norm2(A*x-y)^2", wrt="x").only.derivative)
    >>> text(found.left), text(found.right), text(found.solution)
    ("A'*A*x", "A'*y", 'pinv(A)*y')
    """
    if len(derivative.wrt) != 1 or derivative.along or not derivative.value.shape.is_scalar:
        return None
    (X,) = derivative.wrt
    if derivative.notation != "matrix" or X.has(facts.ORTHOGONAL) or X.has(facts.PROJECTOR):
        return None
    try:
        for equation in _equations(derivative.result, X):
            if _is_affine(equation.gradient, equation.unknown):
                return _solved(derivative, equation)
    except McalcError:  # what is put in for the variable is outside of the domain
        return None
    return None


# ---------------------------------------------------------------- forms of the equation
def _equations(G: Expr, X: Expr) -> Iterator[_Equation]:
    """The gradient, and what is zero just where it is."""
    plain = _Equation(G, X)
    yield plain
    powers = [n for n in postorder(G) if n.op in (MATPOW, POWER) and n.args[0] is X]
    multiplied = []
    if any(_is_negative(node.args[1]) for node in powers):
        for equation in _multiplied(G, X):
            multiplied.append(equation)
            yield equation
    if not is_structured(X):
        for equation in (plain, *multiplied):
            yield from _within_function(equation, X)


def _is_negative(exponent: Expr) -> bool:
    n = number_value(exponent)
    return n is not None and n < 0


def _multiplied(G: Expr, X: Expr) -> Iterator[_Equation]:
    """X or its transpose on either side, or powers of the entries."""
    if X.shape.is_matrix and X.shape.rows == X.shape.cols:
        n = X.shape.axes[0]
        factors = list(dict.fromkeys((eye(n), X, transpose(X))))
        for left, right in list(product(factors, factors))[1:]:
            parts = [scale(c, mul(left, t, right)) for t, c in terms(G)]
            yield _Equation(
                add(*parts), X, also=lambda value: [Condition(Property.INVERTIBLE, value)]
            )
        return
    claim = Property.NONZERO if X.shape.is_scalar else Property.ENTRIES_NONZERO
    for k in range(1, _HIGHEST_POWER + 1):
        parts = [scale(c, hadamard(power(X, number(k)), t)) for t, c in terms(G)]
        yield _Equation(add(*parts), X, also=lambda value: [Condition(claim, value)])


def _within_function(equation: _Equation, X: Expr) -> Iterator[_Equation]:
    """Where X stands in one function alone, in the value of that."""
    G = equation.gradient
    around = {node for node in postorder(G) if X in node.args}
    if len(around) != 1 or G is X:
        return
    (inside,) = around
    back = _inverse_function(inside, X)
    if back is None:
        return
    Y = variable(_VALUE, X.shape)
    gradient = rebuild(G, lambda node, args: Y if node is inside else rebuilt(node, args))
    yield _Equation(gradient, Y, back, equation.also, inside)


def _inverse_function(inside: Expr, X: Expr) -> Callable[[Expr], Expr] | None:
    """The inverse of a function that is one to one, of powers for positive X."""
    name = _INVERSE_FUNCTIONS.get(inside.op.name)
    if name is not None:
        return lambda solution: call(OPS[name], solution)
    exponent = number_value(inside.args[1]) if inside.op is POWER else None
    if exponent is None or not X.has(facts.POSITIVE):
        return None
    return lambda solution: power(solution, number(1 / exponent))


_INVERSE_FUNCTIONS = {"log": "exp", "exp": "log"}
_VALUE = " value"  # of a function; no variable has such a name


def _is_affine(G: Expr, X: Expr) -> bool:
    """Whether all that lies between G and X is linear in it."""
    changing = dependents(G, (X,))
    for node in postorder(G):
        if node not in changing or node is X or node.op.joint:
            continue
        places = [i for i, a in enumerate(node.args) if a in changing]
        if len(places) != 1 or node.op.linear_in(places[0]) is None:
            return False
    return True


# ---------------------------------------------------------------- the solution
def _solved(derivative: Derivative, equation: _Equation) -> Stationary | None:
    """The equation solved.

    Raises: McalcError where the solution is outside of the domain.
    """
    G, Y = equation.gradient, equation.unknown
    (X,) = derivative.wrt
    dY = tangent(Y, _next_number(G))
    left = linearize(G, Y, dY)
    right = scale(-1, _at(G, Y, zeros(Y.shape)))
    if is_zero(left):
        return None
    left, right = _reduced(*upright(left, dY, right))
    found = solve(left, dY, right)
    shown = _at(left, dY, equation.shown or Y)
    if found.value is None:
        return Stationary(shown, right, found.name, None, ())
    value = equation.back(found.value)
    if not _belongs(value.facts | found.facts, X):
        return Stationary(shown, right, found.name, None, ())
    asked = [*found.conditions, *equation.also(value), *_declared(X, value)]
    asked += [
        Condition(c.property, _at(c.subject, X, value))
        for c in domain_conditions([(derivative.value, [X])], derivative.result)
    ]
    asked += domain_conditions([], value)
    if equation.shown is not None and equation.shown.op is POWER:  # of what is positive
        asked.append(_positive(found.value))
    if any(is_impossible(c) for c in asked):
        return Stationary(shown, right, found.name, None, ())
    needed = [c for c in strongest(asked) if c not in found.implied]
    return Stationary(shown, right, found.name, value, tuple(needed))


def _positive(e: Expr) -> Condition:
    """The expression is positive, or what it is a negative multiple of is negative."""
    c, rest = split(e)
    if number_value(rest) is not None:
        return Condition(Property.POSITIVE, e)
    positive, negative = Property.POSITIVE, Property.NEGATIVE
    if not e.shape.is_scalar:
        positive, negative = Property.ENTRIES_POSITIVE, Property.ENTRIES_NEGATIVE
    return Condition(positive if c > 0 else negative, rest)


def _next_number(e: Expr) -> int:
    """A number that no tangent in the expression has; what is typed as d(X) is a constant."""
    taken = [n.data.number for n in postorder(e) if isinstance(n.data, Direction)]
    return max(taken, default=-1) + 1


def _at(e: Expr, leaf: Expr, value: Expr) -> Expr:
    return rebuild(e, lambda node, args: value if node is leaf else rebuilt(node, args))


def _reduced(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """Both sides without the number in front of the left one, and without common scalars.

    These are never zero: powers with a negative exponent, and what is positive.
    """
    c, left = split(left)
    right = scale(ONE / c, right)
    pairs = list(terms(right))
    if len(pairs) == 1 and left.op is MUL:
        for s in scalars(left):
            nonzero = s.has(facts.POSITIVE) or (s.op is POWER and _is_negative(s.args[1]))
            if nonzero and s in (pairs[0][0].args if pairs[0][0].op is MUL else ()):
                factor = power(s, number(-1))
                left, right = mul(factor, left), mul(factor, right)
    return left, right


_STRUCTURE = facts.SYMMETRIC | facts.SKEW | facts.DIAGONAL | facts.LOWER | facts.UPPER


def _belongs(known: int, X: Expr) -> bool:
    """Whether what is known of the solution puts it in the space of the variable."""
    wanted = X.facts & _STRUCTURE if X.shape.is_matrix else 0
    return known & wanted == wanted


def _declared(X: Expr, value: Expr) -> list[Condition]:
    """What the declaration of the variable asks of the solution, besides its space."""
    found = []
    if X.has(facts.PD):
        found.append(Condition(Property.POSITIVE_DEFINITE, value))
    elif X.has(facts.PSD):
        found.append(Condition(Property.POSITIVE_SEMIDEFINITE, value))
    if X.has(facts.POSITIVE):
        entries = Property.POSITIVE if X.shape.is_scalar else Property.ENTRIES_POSITIVE
        found.append(Condition(entries, value))
    return found
