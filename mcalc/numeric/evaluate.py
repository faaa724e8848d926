"""The value of expressions at arrays of numbers, node by node, independent of generated code.

Scalars are 0-d arrays, vectors of either kind 1-D, matrices 2-D. Within, every value is a matrix,
an absent axis having one entry, so that rows and columns cannot be mistaken for each other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import scipy.linalg
import scipy.special
from numpy.typing import NDArray

from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE
from mcalc.core.leaves import (
    COMMUTATION,
    DUPLICATION,
    ELIMINATION,
    EXTENT,
    EYE,
    NUMBER,
    ONES,
    PI,
    TANGENT,
    VARIABLE,
    ZEROS,
    Direction,
    commutation_sizes,
    number_value,
    variable_name,
)
from mcalc.core.products import product_shape
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.size import Axis, Size
from mcalc.core.sums import coefficients
from mcalc.errors import InternalError
from mcalc.ops.blocks import BLOCKS, SELECTION, Span, grid
from mcalc.ops.vectorize import KRON, UNVEC

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op

Array: TypeAlias = NDArray[np.float64]
Values: TypeAlias = Mapping[str, Array]
"""Arrays by the name of the variable."""
Sizes: TypeAlias = Mapping[str, int]
"""Integers by size symbol."""


def evaluate(
    roots: Sequence[Expr],
    values: Values,
    sizes: Sizes,
    tangents: Mapping[Direction, Array] = MappingProxyType({}),
) -> list[Array]:
    """The values of expressions, NaN where there is none.

    Raises: InternalError where a variable or a size symbol has no value.

    >>> import mcalc.ops
    >>> from mcalc.core.leaves import variable
    >>> x = variable("x", Shape(Size.symbol("n")))
    >>> evaluate([x.T @ x, 2 * x], {"x": np.array([3.0, 4.0])}, {"n": 2})
    [array(25.), array([6., 8.])]
    """
    memo: dict[Expr, Array] = {}
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        for node, parts in _steps(roots):
            if node.op is VARIABLE:
                memo[node] = _given(node, values.get(variable_name(node)), sizes)
            elif node.op is TANGENT:
                assert isinstance(node.data, Direction)
                memo[node] = _given(node, tangents.get(node.data), sizes)
            elif node.op in _NUMERIC or node.op.numpy:
                memo[node] = _computed(node, [memo[a] for a in parts], sizes)
            else:
                memo[node] = memo[parts[0]]
    return [natural(memo[root], root.shape) for root in roots]


def concrete(shape: Shape, sizes: Sizes) -> tuple[int, ...]:
    """The shape of the array that an expression of this shape has for a value."""
    return tuple([size.evaluate(sizes) for size in shape.axes])


def natural(value: Array, shape: Shape) -> Array:
    """A matrix as the array that users see: an absent axis left out."""
    absent = tuple([i for i, axis in enumerate(shape) if axis is None])
    return np.squeeze(value, axis=absent)


def spread(value: Array, shape: Shape) -> Array:
    """The inverse of `natural`."""
    absent = tuple([i for i, axis in enumerate(shape) if axis is None])
    return np.expand_dims(np.asarray(value, dtype=np.float64), absent)


def _steps(roots: Sequence[Expr]) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    """Every node after the parts that its value is made of.

    These are its arguments; of an operation without numeric form, the expression that spells it.
    """
    parts: dict[Expr, tuple[Expr, ...]] = {}
    for root in roots:
        stack = [(root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                yield node, parts[node]
            elif node not in parts:
                parts[node] = _parts(node)
                stack.append((node, True))
                stack.extend((part, False) for part in parts[node])


def _parts(node: Expr) -> tuple[Expr, ...]:
    if node.op in _NUMERIC or node.op.numpy or not node.args:
        return node.args
    if node.op.spelled is None:
        raise InternalError(f"no numeric form of {node.op.name}")
    return (node.op.spelled(node),)


def _given(node: Expr, value: Array | None, sizes: Sizes) -> Array:
    if value is None:
        raise InternalError(f"no value for {node!r}")
    return _fitting(node, spread(value, node.shape), _target(node, sizes))


def _computed(node: Expr, args: list[Array], sizes: Sizes) -> Array:
    """The value of a node as a matrix."""
    target = _target(node, sizes)
    try:
        if node.op in _LEAVES:
            found = _LEAVES[node.op](node, sizes)
        else:
            found = _DIRECT.get(node.op, _by_template)(node, args, target)
    except (ValueError, ArithmeticError):  # what does not converge, or takes no such numbers
        return np.full(target, np.nan)
    return _fitting(node, found, target)


def _fitting(node: Expr, value: Array, target: tuple[int, int]) -> Array:
    if value.shape != target:
        raise InternalError(f"the value of {node!r} has the shape {value.shape}, not {target}")
    return value


def _target(node: Expr, sizes: Sizes) -> tuple[int, int]:
    return _length(node.shape.rows, sizes), _length(node.shape.cols, sizes)


def _length(axis: Axis, sizes: Sizes) -> int:
    if axis is None:
        return 1
    try:
        return axis.evaluate(sizes)
    except KeyError as missing:
        raise InternalError(f"no value for the size {missing}") from None


# ---------------------------------------------------------------- leaves
def _constant(value: float) -> Array:
    return np.full((1, 1), value)


def _number(node: Expr, sizes: Sizes) -> Array:
    value = number_value(node)
    assert value is not None
    return _constant(float(value))


def _extent(node: Expr, sizes: Sizes) -> Array:
    assert isinstance(node.data, Size)
    return _constant(_length(node.data, sizes))


def _commutation(node: Expr, sizes: Sizes) -> Array:
    """K with K*vec(X) = vec(X') for m×n X."""
    m, n = (_length(size, sizes) for size in commutation_sizes(node))
    return np.eye(m * n)[np.arange(m * n).reshape(n, m).T.ravel()]


def _duplication(node: Expr, sizes: Sizes) -> Array:
    """D with D*vech(S) = vec(S): each entry of the lower triangle goes to its two places."""
    assert isinstance(node.data, Size)
    n = _length(node.data, sizes)
    rows, cols = np.triu_indices(n)  # the lower triangle, column by column, has (col, row)
    D = np.zeros((n * n, len(rows)))
    D[rows * n + cols, np.arange(len(rows))] = 1.0
    D[cols * n + rows, np.arange(len(rows))] = 1.0
    return D


def _elimination(node: Expr, sizes: Sizes) -> Array:
    """L with L*vec(X) = vech(X)."""
    assert isinstance(node.data, Size)
    n = _length(node.data, sizes)
    cols, rows = np.triu_indices(n)
    L = np.zeros((len(rows), n * n))
    L[np.arange(len(rows)), cols * n + rows] = 1.0
    return L


def _selection(node: Expr, sizes: Sizes) -> Array:
    assert isinstance(node.data, Span)
    before, part, after = (_length(size, sizes) for size in node.data)
    return np.eye(before + part + after, part, -before)


_LEAVES: dict[Op, Callable[[Expr, Sizes], Array]] = {
    NUMBER: _number,
    EXTENT: _extent,
    PI: lambda node, sizes: _constant(np.pi),
    ONES: lambda node, sizes: np.ones((_length(node.shape.rows, sizes), 1)),
    ZEROS: lambda node, sizes: np.zeros([_length(axis, sizes) for axis in node.shape]),
    EYE: lambda node, sizes: np.eye(_length(node.shape.rows, sizes)),
    COMMUTATION: _commutation,
    DUPLICATION: _duplication,
    ELIMINATION: _elimination,
    SELECTION: _selection,
}


# ---------------------------------------------------------------- operations that are told directly
def _sum(node: Expr, args: list[Array], target: tuple[int, int]) -> Array:
    total = np.zeros(target)
    for c, a in zip(coefficients(node), args, strict=True):
        total = total + float(c) * a
    return total


def _product(node: Expr, args: list[Array], target: tuple[int, int]) -> Array:
    shape, total = SCALAR, _constant(1.0)
    for a, e in zip(args, node.args, strict=True):
        total = total * a if shape.is_scalar or e.shape.is_scalar else total @ a
        shape = product_shape(shape, e.shape)
    return total


def _hadamard(node: Expr, args: list[Array], target: tuple[int, int]) -> Array:
    total = np.ones(target)
    for a in args:
        total = total * a
    return total


def _matrix_power(node: Expr, args: list[Array], target: tuple[int, int]) -> Array:
    X, exponent = args[0], args[1].item()
    if not np.isfinite(exponent) or not np.isfinite(X).all():
        return np.full(target, np.nan)
    if exponent == round(exponent):
        return np.linalg.matrix_power(X, round(exponent))
    power = scipy.linalg.fractional_matrix_power(X, exponent)
    is_real = np.abs(np.imag(power)).max() <= _ROUNDING * np.abs(power).max()
    return np.array(np.real(power), dtype=np.float64) if is_real else np.full(target, np.nan)


_ROUNDING = 1e-9


def _blocks(node: Expr, args: list[Array], target: tuple[int, int]) -> Array:
    rows, start = [], 0
    for row in grid(node):
        rows.append(np.hstack(args[start : start + len(row)]))
        start += len(row)
    return np.vstack(rows)


_DIRECT: dict[Op, Callable[[Expr, list[Array], tuple[int, int]], Array]] = {
    ADD: _sum,
    MUL: _product,
    HADAMARD: _hadamard,
    POWER: lambda node, args, target: np.power(args[0], args[1]),
    MATPOW: _matrix_power,
    TRANSPOSE: lambda node, args, target: args[0].T,
    BLOCKS: _blocks,
    UNVEC: lambda node, args, target: args[0].reshape(target, order="F"),
    # np.kron takes a 1-D array for a row, whichever it is.
    KRON: lambda node, args, target: np.asarray(np.kron(args[0], args[1]), dtype=np.float64),
}


_NUMERIC = _LEAVES.keys() | _DIRECT.keys() | {VARIABLE, TANGENT}
"""The operations that need no NumPy form of the table."""


# ---------------------------------------------------------------- operations of the table
def adjugate(X: Array) -> Array:
    """The adjugate of a square matrix, singular ones included.

    With X = U*S*V' it is det(U)*det(V)*V*adj(S)*U'; of 1×1 it is 1.
    """
    U, singular, Vt = np.linalg.svd(X)
    others = [np.prod(np.delete(singular, i)) for i in range(len(singular))]
    sign = np.linalg.det(U) * np.linalg.det(Vt)
    return np.asarray(np.round(sign) * (Vt.T * others) @ U.T, dtype=np.float64)


NAMES = {
    "np": np,
    "scipy": scipy,
    "adjugate": adjugate,
}
"""What the NumPy form of an operation may name."""


@cache
def numpy_form(op: Op) -> Callable[..., Array]:
    """The NumPy form of an operation as a function of natural arrays."""
    arity = len(op.signature.arguments) if op.signature else 1
    names = [f"argument{i}" for i in range(arity)]
    source = f"lambda {', '.join(names)}: {op.numpy.format(*names)}"
    made: Callable[..., Array] = eval(source, dict(NAMES))  # the table's text, never the user's
    return made


def _by_template(node: Expr, args: list[Array], target: tuple[int, int]) -> Array:
    arrays = [natural(a, e.shape) for a, e in zip(args, node.args, strict=True)]
    if not all(np.isfinite(a).all() for a in arrays) and not node.op.elementwise:
        return np.full(target, np.nan)
    return spread(numpy_form(node.op)(*arrays), node.shape)
