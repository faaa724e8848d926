"""Linear equations of matrix algebra: L(X) = R solved for X, by name where they have one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from mcalc.calculus.vec import jacobian
from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    TRANSPOSE,
    add,
    eye,
    inverse,
    mul,
    number,
    number_value,
    power,
    rebuilt,
    scale,
    transpose,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import Expr, intern, postorder, rebuild
from mcalc.core.leaves import EYE, TANGENT, Direction
from mcalc.core.products import chain, take_scalars
from mcalc.core.sums import terms
from mcalc.ops.pseudoinverse import pinv
from mcalc.ops.shaping import DIAG
from mcalc.ops.vectorize import kron, unvec, vec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

_MOST_TERMS = 64


@dataclass(frozen=True, slots=True)
class Solution:
    """What kind of equation it is, and its one solution where the conditions hold, if there is any.

    implied  what follows from the conditions
    facts    what is known of the solution besides what the expression knows
    """

    name: str
    value: Expr | None
    conditions: tuple[Condition, ...] = ()
    implied: tuple[Condition, ...] = ()
    facts: int = 0


class _Sided(NamedTuple):
    """The map X ↦ front*left*X*right, with a scalar in front."""

    front: Expr
    left: Expr
    right: Expr


def upright(L: Expr, dX: Expr, R: Expr) -> tuple[Expr, Expr]:
    """The equation, or its transpose where dX stands in it transposed, projections undone."""
    L = rebuild(L, _projected)
    turned = transpose(L)
    if not dX.shape.is_matrix or _sides(L, dX) is not None or _sides(turned, dX) is None:
        return L, R
    return turned, transpose(R)


def _projected(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """eye.*D is D where that is diagonal."""
    if node.op is HADAMARD and len(args) == 2 and args[0].op is EYE and args[1].has(facts.DIAGONAL):
        return args[1]
    return rebuilt(node, args)


def solve(L: Expr, dX: Expr, R: Expr) -> Solution:
    """The solution X of L(X) = R, where L is the map that dX ↦ L is, linear in dX.

    Shapes: L, dX and R alike.
    Source: for the equation of Sylvester, Magnus & Neudecker, ch. 2, sec. 4, and Golub & Van Loan,
        Matrix Computations, sec. 7.6.3.
    """
    if dX.shape.is_scalar:
        rate = rebuild(L, lambda node, args: number(1) if node is dX else rebuilt(node, args))
        value = mul(power(rate, number(-1)), R)
        return Solution(_LINEAR, value, (Condition(Property.NONZERO, rate),))
    if not dX.shape.is_matrix:
        K = jacobian(L, dX)
        found = _divided(K, transpose(R) if dX.shape.is_row else R)
        return found if not dX.shape.is_row else _transposed(found)
    sides = _sides(L, dX)
    if sides is None:
        return Solution(_LINEAR, None)
    alone = [mul(s.front, s.left) for s in sides if s.left.op is EYE and s.right.op is EYE]
    lefts = [mul(s.front, s.left) for s in sides if s.left.op is not EYE and s.right.op is EYE]
    rights = [mul(s.front, s.right) for s in sides if s.left.op is EYE and s.right.op is not EYE]
    others = [s for s in sides if s.left.op is not EYE and s.right.op is not EYE]
    if not rights and not others:
        return _divided(add(*lefts, *alone), R)
    if not lefts and not others:
        n = dX.shape.axes[1]
        rights += [mul(s.front, eye(n)) for s in sides if s.left.op is s.right.op is EYE]
        return _transposed(_divided(transpose(add(*rights)), transpose(R)))
    if len(sides) == 1:
        (only,) = sides
        first = _divided(mul(only.front, only.left), R)
        if first.value is None:
            return first
        second = _transposed(_divided(transpose(only.right), transpose(first.value)))
        return replace(
            second,
            name=_LINEAR,
            conditions=first.conditions + second.conditions,
            implied=first.implied + second.implied,
        )
    K = add(*[mul(s.front, kron(transpose(s.right), s.left)) for s in sides])
    name = "generalized Sylvester equation"
    if not others:
        is_lyapunov = not alone and transpose(add(*lefts)) is add(*rights)
        name = "Lyapunov equation" if is_lyapunov else "Sylvester equation"
    elif len(others) == 1 and not lefts and not rights:
        name = "Stein equation"
    return _by_vec(name, K, L, dX, R)


_LINEAR = "linear equation"


def _by_vec(name: str, K: Expr, L: Expr, dX: Expr, R: Expr) -> Solution:
    """vec(X) = inv(K)*vec(R)."""
    value = unvec(mul(inverse(K), vec(R)), dX.shape)
    known = facts.SYMMETRIC if _keeps_symmetry(L, dX) and R.has(facts.SYMMETRIC) else 0
    return Solution(name, value, (Condition(Property.INVERTIBLE, K),), facts=known)


def _keeps_symmetry(L: Expr, dX: Expr) -> bool:
    """Whether L(X)' = L(X'): the one solution for a symmetric right side is then symmetric."""
    if not dX.has(facts.SYMMETRIC):
        return False
    assert isinstance(dX.data, Direction)
    free = intern(TANGENT, (), dX.shape, Direction(dX.data.variable, -1), name="d")

    def at(X: Expr) -> Expr:
        return rebuild(L, lambda node, args: X if node is dX else rebuilt(node, args))

    return transpose(at(free)) is at(transpose(free))


def _transposed(found: Solution) -> Solution:
    """The solution of the transposed equation."""
    if found.value is None:
        return found
    return replace(found, value=transpose(found.value))


# ---------------------------------------------------------------- one matrix on one side
def _divided(M: Expr, R: Expr) -> Solution:
    """The solution of M*X = R; pinv(B)*Y where the equation is B'*B*X = B'*Y."""
    front, rest = take_scalars(M)
    nonzero = () if number_value(front) is not None else (Condition(Property.NONZERO, front),)
    links = chain(rest) if rest.op is MUL else (rest,)
    if any(f.shape.cols is None for f in links):
        return Solution(_LINEAR, None)  # of rank one
    gram = _gram(links)
    if gram is not None:
        B, is_plain = gram
        full_rank = (*nonzero, Condition(Property.FULL_COLUMN_RANK, B))
        Y = _without(transpose(B), R) if is_plain else None
        if Y is not None:
            value = mul(power(front, number(-1)), pinv(B), Y)
            return Solution("normal equations", value, full_rank)
        implied = (Condition(Property.INVERTIBLE, rest),)
        return Solution(_LINEAR, mul(inverse(M), R), full_rank, implied)
    regular = Condition(Property.INVERTIBLE, rest)
    if rest.op is DIAG:
        regular = Condition(Property.ENTRIES_NONZERO, rest.args[0])
    return Solution(_LINEAR, mul(inverse(M), R), (*nonzero, regular))


def _gram(links: tuple[Expr, ...]) -> tuple[Expr, bool] | None:
    """B of B'*B, or of B'*P*B with P positive definite; whether it is the first. B is no square."""
    n = len(links)
    if n < 2 or any(transpose(links[i]) is not links[n - 1 - i] for i in range(n // 2)):
        return None
    if n % 2 and not links[n // 2].has(facts.PD):
        return None
    B = mul(*links[(n + 1) // 2 :])
    return None if B.shape.rows == B.shape.cols else (B, n % 2 == 0)


def _without(left: Expr, R: Expr) -> Expr | None:
    """Y with R = left*Y, where each term of R begins so."""
    beginning = chain(left) if left.op is MUL else (left,)
    found = []
    for term, c in terms(R):
        front, rest = take_scalars(term)
        links = chain(rest) if rest.op is MUL else (rest,)
        if links[: len(beginning)] != beginning:
            return None
        remaining = links[len(beginning) :] or (eye(left.shape.axes[-1]),)
        found.append(scale(c, mul(front, *remaining)))
    return add(*found) if found else None


# ---------------------------------------------------------------- from a form to its sides
def _sides(L: Expr, dX: Expr) -> list[_Sided] | None:
    """L as a sum of left*dX*right; None where there is more to it."""
    expanded = _expanded(L, dX)
    if expanded is None:
        return None
    m, n = dX.shape.axes
    found = []
    for term, c in expanded:
        front, rest = take_scalars(term)
        links = chain(rest) if rest.op is MUL else (rest,)
        places = [i for i, f in enumerate(links) if _occurs(dX, f)]
        if len(places) != 1 or links[places[0]] is not dX or _occurs(dX, front):
            return None
        (i,) = places
        left, right = mul(eye(m), *links[:i]), mul(*links[i + 1 :], eye(n))
        found.append(_Sided(scale(c, front), left, right))
    return _merged(found) if len(found) > 1 else found


def _merged(sides: list[_Sided]) -> list[_Sided]:
    """A*X*C+B*X*C as (A+B)*X*C, the other side likewise, where all terms have that side."""
    if len({s.right for s in sides}) == 1 and sides[0].right.op is not EYE:
        left = add(*[mul(s.front, s.left) for s in sides])
        return [_Sided(number(1), left, sides[0].right)]
    if len({s.left for s in sides}) == 1 and sides[0].left.op is not EYE:
        right = add(*[mul(s.front, s.right) for s in sides])
        return [_Sided(number(1), sides[0].left, right)]
    return sides


def _expanded(L: Expr, dX: Expr) -> Sequence[tuple[Expr, Fraction]] | None:
    """The terms of L, sums with dX inside of products multiplied out; None where they are many."""
    done: list[tuple[Expr, Fraction]] = []
    todo = list(terms(L))
    while todo:
        term, c = todo.pop()
        links = term.args if term.op is MUL else (term,)
        place = next((i for i, f in enumerate(links) if _is_sum(f) and _occurs(dX, f)), None)
        if place is None:
            done.append((term, c))
            continue
        parts = list(terms(links[place]))
        if len(parts) < 2 or len(parts) + len(todo) > _MOST_TERMS:
            return None
        for part, k in parts:
            whole = mul(*links[:place], part, *links[place + 1 :])
            todo += [(t, c * k * factor) for t, factor in terms(whole)]
    return done


def _is_sum(e: Expr) -> bool:
    return e.op is ADD or (e.op is TRANSPOSE and e.args[0].op is ADD)


def _occurs(leaf: Expr, e: Expr) -> bool:
    return any(node is leaf for node in postorder(e))
