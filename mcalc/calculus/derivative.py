"""The derivative of an expression by a list of variables, in the form that suits its rank.

Layout, here and everywhere: the value's axes come first, the variables' axes last, in the order of
differentiation. The gradient of a scalar has the shape of the variable; the Jacobian of a vector by
a vector is value by variable. Where more than two axes are left, the matrix is the Jacobian of
vec(value) by vec(variable) (`notation` is then "vec"), and of a derivative that is itself such a
matrix, the Jacobian of its vec.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from mcalc.calculus.linearize import linearize
from mcalc.calculus.structure import check_space, project, released
from mcalc.calculus.transpose import transpose
from mcalc.calculus.vec import jacobian
from mcalc.core.algebra import number, rebuilt
from mcalc.core.algebra import transpose as to_transpose
from mcalc.core.expr import Expr, postorder, rebuild
from mcalc.core.leaves import Direction, Variable, tangent, variable
from mcalc.errors import LimitError
from mcalc.ops.vectorize import UNVEC, vec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcalc.core.size import Size

Notation = Literal["matrix", "vec"]


@dataclass(frozen=True, slots=True)
class Derivative:
    """A derivative of `value` by the variables `wrt`, one after the other.

    along         directions that the last of these derivatives are contracted with
    result        the derivative in matrix algebra, read by `notation`
    differential  the last linear map taken, in the tangent of its variable: df, for order one
    """

    value: Expr
    wrt: tuple[Expr, ...]
    along: tuple[Expr, ...]
    result: Expr
    notation: Notation
    differential: Expr

    @property
    def free(self) -> tuple[Expr, ...]:
        """The variables whose axes the derivative has."""
        return self.wrt[: len(self.wrt) - len(self.along)]

    @property
    def axes(self) -> tuple[Size, ...]:
        """The shape of the array: the value's axes, then those of each variable that is left."""
        return sum((v.shape.axes for v in self.free), self.value.shape.axes)

    @property
    def kind(self) -> str:
        """gradient, jacobian, hessian or tensor; directional, along a direction."""
        if self.along:
            return "directional"
        if self.value.shape.is_scalar and len(self.wrt) <= 2:
            return ("gradient", "hessian")[len(self.wrt) - 1]
        return "jacobian" if len(self.wrt) == 1 else "tensor"


@dataclass(frozen=True, slots=True)
class Stage:
    """One differentiation of a derivative: of `value` by X, what it gives and in which notation.

    differential  that of `value`, in dX
    direction     what dX is replaced by in the end, if anything
    """

    value: Expr
    X: Expr
    dX: Expr
    differential: Expr
    direction: Expr | None
    result: Expr
    notation: Notation


def stages(value: Expr, wrt: tuple[Expr, ...], along: tuple[Expr, ...] = ()) -> Iterator[Stage]:
    """The differentiations by each variable in turn, each of what the one before it gave."""
    notation: Notation = "matrix"
    first = _next_number(value)
    free = len(wrt) - len(along)
    for order, X in enumerate(wrt):
        if order > 0:
            _check_size(value, order)
        check_space(X)
        dX = tangent(X, first + order)
        df = linearize(value, X, dX)
        direction = along[order - free] if order >= free else None
        if direction is not None:
            result = _at(df, dX, direction)
        elif value.shape.is_scalar:
            result = _gradient(df, X, dX)
        elif X.shape.is_scalar:
            rate = _at(df, dX, number(1))
            result = vec(rate) if notation == "vec" else rate
        else:
            if value.shape.is_matrix or X.shape.is_matrix:
                notation = "vec"
            result = jacobian(*released(df, X, dX))
        yield Stage(value, X, dX, df, direction, result, notation)
        value = result


def derive(value: Expr, wrt: tuple[Expr, ...], along: tuple[Expr, ...] = ()) -> Derivative:
    """The derivative of `value` by each variable of `wrt` in turn, the last ones along directions.

    With one variable and a direction V, the directional derivative d/dt f(X+t*V); with two of a
    scalar, the product of the Hessian and V.
    """
    *_, last = stages(value, wrt, along)
    result, df = last.result, last.differential
    if len(wrt) == 1 and not along and value.shape.is_scalar and _regroups(result):
        row = to_transpose(vec(result))
        if not _regroups(row):
            return Derivative(value, wrt, along, row, "vec", df)
    return Derivative(value, wrt, along, result, last.notation, df)


@lru_cache(maxsize=4)  # matrix and index notation begin alike
def _gradient(df: Expr, X: Expr, dX: Expr) -> Expr:
    """The gradient of a scalar, from its differential."""
    return project(transpose(df, dX, number(1)), X)


def _next_number(e: Expr) -> int:
    """A number that no tangent in the expression has; what is typed as d(X) is a constant."""
    taken = [n.data.number for n in postorder(e) if isinstance(n.data, Direction)]
    return max(taken, default=-1) + 1


MOST_OPERANDS = 6_000
"""A derivative with more operands, counted once each, is not differentiated any further."""


def _check_size(e: Expr, order: int) -> None:
    """Raises: LimitError."""
    operands = 0
    for node in postorder(e):
        operands += len(node.args)
        if operands > MOST_OPERANDS:
            raise LimitError(
                f"the derivative of order {order} is too large to be differentiated again",
                hint="ask for a lower order, or for the derivative along a direction",
            )


def _regroups(e: Expr) -> bool:
    """Whether a vector is cut into columns in it, which matrix notation has no word for."""
    return any(node.op is UNVEC for node in postorder(e))


def bilinear_form(derivative: Derivative) -> Expr | None:
    """d²f, the second differential of a scalar, in d(X) and d2(Y); None where there is no such.

    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 6, sec. 6 and 7.
    """
    if derivative.along or len(derivative.wrt) != 2 or not derivative.value.shape.is_scalar:
        return None
    X, Y = derivative.wrt
    number_of = _next_number(derivative.value)
    first = linearize(derivative.value, X, tangent(X, number_of))
    return linearize(first, Y, tangent(Y, number_of + 1))


_OF_VALUES = ("spd", "psd", "positive", "orthogonal", "sparse")
"""What is declared of the values of a variable, and not of its changes."""


def direction(name: str, X: Expr) -> Expr:
    """A variable for a change of X: of its shape, in the space in which it changes."""
    assert isinstance(X.data, Variable)
    kept = [w for w in X.data.structure if w not in _OF_VALUES]
    if {"spd", "psd"} & set(X.data.structure):
        kept.append("symmetric")
    return variable(name, X.shape, tuple(kept))


def _at(df: Expr, dX: Expr, direction: Expr) -> Expr:
    """The differential for one change; for a scalar that of one, the rate."""
    return rebuild(df, lambda node, args: direction if node is dX else rebuilt(node, args))


def multilinear_form(derivative: Derivative) -> tuple[Expr, tuple[Expr, ...]]:
    """The derivative as a form in tangents, and these: its entries are those of the derivative.

    The axes of the form come first (for a scalar, those of its gradient), then the tangents'.
    """
    form, wrt = derivative.value, derivative.wrt
    first = _next_number(form)
    tangents: list[Expr] = []
    if form.shape.is_scalar and derivative.free:
        dX = tangent(wrt[0], first)
        form = _gradient(linearize(form, wrt[0], dX), wrt[0], dX)
        wrt = wrt[1:]
    pairs = []
    for order, X in enumerate(wrt, start=1):
        _check_size(form, order)
        dX = tangent(X, first + order)
        form = linearize(form, X, dX)
        pairs.append((X, dX))
    fixed = dict(zip(reversed(pairs), reversed(derivative.along), strict=False))
    for X, dX in pairs:
        if (X, dX) in fixed or X.shape.is_scalar:
            form = _at(form, dX, fixed.get((X, dX), number(1)))
            continue
        form, free = released(form, X, dX)
        tangents.append(free)
    return form, tuple(tangents)
