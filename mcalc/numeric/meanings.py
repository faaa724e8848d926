"""What the operations mean entry by entry, in formulas of SymPy's.

Nothing here knows a derivative. An operation has a meaning in `MEANINGS`, or a reason in
`WITHOUT` why its entries are no formulas in those of its arguments.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE
from mcalc.core.leaves import number_value
from mcalc.core.products import product_shape
from mcalc.core.shape import SCALAR
from mcalc.core.sums import coefficients
from mcalc.numeric.quotients import TooLarge
from mcalc.ops.blocks import BLOCKS, grid
from mcalc.ops.shaping import DIAGONAL
from mcalc.ops.vectorize import UNVEC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.numeric.identity import Formula

Formulas: TypeAlias = NDArray[Any]
"""An array of SymPy's expressions."""
Meaning: TypeAlias = "Callable[[Expr, list[Formulas], tuple[int, int]], Formulas]"
"""(node, arguments, rows and columns) ↦ the value; all arrays are matrices."""

_LARGEST_ORDER = 4
_HIGHEST_POWER = 12


def _sympy() -> Any:
    import sympy

    return sympy


# ---------------------------------------------------------------- functions of one entry
@lru_cache(maxsize=256)
def unknown_function(name: str, order: int) -> Any:
    """A function of which nothing is known but that it has derivatives."""
    sympy = _sympy()

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return unknown_function(name, order + 1)(self.args[0])

    return type(f"function {name}{order}", (sympy.Function,), {"fdiff": fdiff})


@lru_cache(maxsize=1)
def piecewise() -> Any:
    """|x|, sign(x) and max(x, 0) of a real x, as `magnitude`, `signum` and `ramp`.

    SymPy's own ask whether x is real, and have derivatives at 0.
    """
    sympy = _sympy()

    class magnitude(sympy.Function):  # type: ignore[misc,name-defined]  # noqa: N801
        @classmethod
        def eval(cls, x: Any) -> Any:
            return abs(x) if x.is_Number else None

        def fdiff(self, argindex: int = 1) -> Any:
            return signum(self.args[0])

    class signum(sympy.Function):  # type: ignore[misc,name-defined]  # noqa: N801
        @classmethod
        def eval(cls, x: Any) -> Any:
            if x.is_Number:
                return sympy.sign(x)
            return (1 + signum(x.args[0])) / 2 if isinstance(x, ramp) else None

        def fdiff(self, argindex: int = 1) -> Any:
            return sympy.Integer(0)

    class ramp(sympy.Function):  # type: ignore[misc,name-defined]  # noqa: N801
        @classmethod
        def eval(cls, x: Any) -> Any:
            return sympy.Max(x, 0) if x.is_Number else None

        def fdiff(self, argindex: int = 1) -> Any:
            return (1 + signum(self.args[0])) / 2

    return SimpleNamespace(magnitude=magnitude, signum=signum, ramp=ramp)


def _absolute(x: Formula) -> Formula:
    return piecewise().magnitude(x)


def _sign(x: Formula) -> Formula:
    return piecewise().signum(x)


def _ramp(x: Formula) -> Formula:
    return piecewise().ramp(x)


def entrywise(function: Callable[..., Formula]) -> Meaning:
    """The function of corresponding entries; a scalar goes with each."""
    spread_out = np.frompyfunc(function, 1, 1), np.frompyfunc(function, 2, 1)

    def meaning(node: Expr, args: list[Formulas], target: tuple[int, int]) -> Formulas:
        found: Formulas = np.asarray(spread_out[len(args) - 1](*args), dtype=object)
        return found.reshape(target)

    return meaning


def known_to_sympy(name: str) -> Callable[..., Formula]:
    """SymPy's function of that name."""
    return lambda *x: getattr(_sympy(), name)(*x)


_ENTRYWISE: Mapping[str, Callable[..., Formula]] = {
    **{
        name: known_to_sympy(name)
        for name in (
            "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "polygamma",
        )
    },
    **{f"arc{name}": known_to_sympy(f"a{name}")
       for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "digamma": lambda x: _sympy().polygamma(0, x),
    "lgamma": known_to_sympy("loggamma"),
    "log1p": lambda x: _sympy().log(1 + x),
    "expm1": lambda x: _sympy().exp(x) - 1,
    "sigmoid": lambda x: 1 / (1 + _sympy().exp(-x)),
    "softplus": lambda x: _sympy().log(1 + _sympy().exp(x)),
    "abs": _absolute,
    "sign": _sign,
    "relu": _ramp,
    "max of two": lambda x, y: y + _ramp(x - y),
    "min of two": lambda x, y: y - _ramp(y - x),
}  # fmt: skip


# ---------------------------------------------------------------- the algebra
def _zeros(target: tuple[int, int]) -> Formulas:
    found = np.empty(target, dtype=object)
    found.fill(_sympy().Integer(0))
    return found


def _sum(node: Expr, args: list[Formulas], target: tuple[int, int]) -> Formulas:
    total = _zeros(target)
    for c, a in zip(coefficients(node), args, strict=True):
        total = total + _sympy().Rational(c.numerator, c.denominator) * a
    return total


def times(a: Formulas, b: Formulas) -> Formulas:
    """The matrix product, the sum over each pair of row and column."""
    found = _zeros((a.shape[0], b.shape[1]))
    for i, j in np.ndindex(found.shape):
        found[i, j] = _sympy().Add(*(x * y for x, y in zip(a[i, :], b[:, j], strict=True)))
    return found


def _product(node: Expr, args: list[Formulas], target: tuple[int, int]) -> Formulas:
    shape, total = SCALAR, np.full((1, 1), _sympy().Integer(1), dtype=object)
    for a, e in zip(args, node.args, strict=True):
        total = total * a if shape.is_scalar or e.shape.is_scalar else times(total, a)
        shape = product_shape(shape, e.shape)
    return total


def _hadamard(node: Expr, args: list[Formulas], target: tuple[int, int]) -> Formulas:
    total = args[0]
    for a in args[1:]:
        total = total * a
    return total


def determinant(X: Formulas) -> Formula:
    """The sum over permutations; Raises: TooLarge."""
    n = len(X)
    if n > _LARGEST_ORDER:
        raise TooLarge
    terms = []
    for order in permutations(range(n)):
        inversions = sum(order[i] > order[j] for j in range(n) for i in range(j))
        terms.append((-1) ** inversions * _sympy().Mul(*(X[i, k] for i, k in enumerate(order))))
    return _sympy().Add(*terms)


def adjugate(X: Formulas) -> Formulas:
    """The transposed cofactors."""
    found = _zeros(X.shape)
    for i, j in np.ndindex(X.shape):
        minor = np.delete(np.delete(X, i, axis=0), j, axis=1)
        found[j, i] = (-1) ** (i + j) * determinant(minor)
    return found


def inverse(X: Formulas) -> Formulas:
    """The adjugate over the determinant."""
    found: Formulas = adjugate(X) / determinant(X)
    return found


def _matrix_power(node: Expr, args: list[Formulas], target: tuple[int, int]) -> Formulas:
    exponent = number_value(node.args[1])
    assert exponent is not None
    n = abs(exponent.numerator)
    if n > _HIGHEST_POWER:
        raise TooLarge
    X = args[0] if exponent > 0 else inverse(args[0])
    found = X
    for _ in range(n - 1):
        found = times(found, X)
    return found


def _blocks(node: Expr, args: list[Formulas], target: tuple[int, int]) -> Formulas:
    rows, start = [], 0
    for row in grid(node):
        rows.append(np.hstack(args[start : start + len(row)]))
        start += len(row)
    return np.vstack(rows)


OF_THE_ALGEBRA: Mapping[Op, Meaning] = {
    ADD: _sum,
    MUL: _product,
    HADAMARD: _hadamard,
    POWER: lambda node, args, target: np.asarray(args[0] ** args[1], dtype=object),
    MATPOW: _matrix_power,
    TRANSPOSE: lambda node, args, target: args[0].T,
    BLOCKS: _blocks,
    UNVEC: lambda node, args, target: args[0].reshape(target, order="F"),
    DIAGONAL: lambda node, args, target: np.diagonal(args[0]).reshape(target),
}


# ---------------------------------------------------------------- operations of the table
def _scalar(meaning: Callable[[Formulas], Formula]) -> Meaning:
    """Of an operation with one argument and a scalar value."""
    return lambda node, args, target: np.full((1, 1), meaning(args[0]), dtype=object)


def _array(meaning: Callable[..., Formulas]) -> Meaning:
    """Of an operation that needs no more than its arguments."""
    return lambda node, args, target: np.asarray(meaning(*args), dtype=object).reshape(target)


def _indicator(X: Formulas, sign: int) -> Formulas:
    """One at the largest entry (the smallest, for -1), else zero: the product of [x > others]."""
    found = _zeros(X.shape)
    for i in np.ndindex(X.shape):
        others = [j for j in np.ndindex(X.shape) if j != i]
        found[i] = _sympy().Mul(*((1 + _sign(sign * (X[i] - X[j]))) / 2 for j in others))
    return found


def _extreme(sign: int) -> Meaning:
    return _scalar(lambda X: _sympy().Add(*(X * _indicator(X, sign)).flat))


def _exponentials(x: Formulas) -> Formulas:
    return np.asarray(np.frompyfunc(_sympy().exp, 1, 1)(x), dtype=object)


def _pseudoinverse(X: Formulas) -> Formulas:
    """Where X has full rank."""
    m, n = X.shape
    if m == n:
        return inverse(X)
    return times(inverse(times(X.T, X)), X.T) if m > n else times(X.T, inverse(times(X, X.T)))


def _cholesky(S: Formulas) -> Formulas:
    """L with S = L*L', row by row."""
    L = _zeros(S.shape)
    for i in range(len(S)):
        for j in range(i + 1):
            rest = S[i, j] - _sympy().Add(*(L[i, k] * L[j, k] for k in range(j)))
            L[i, j] = _sympy().sqrt(rest) if i == j else rest / L[j, j]
    return L


def _cross(x: Formulas, y: Formulas) -> Formulas:
    (a, b, c), (u, v, w) = x.flat, y.flat
    return np.asarray([b * w - c * v, c * u - a * w, a * v - b * u], dtype=object)


def _triangle(X: Formulas, sign: int) -> Formulas:
    found = _zeros(X.shape)
    for i, j in np.ndindex(X.shape):
        if sign * (i - j) >= 0:
            found[i, j] = X[i, j]
    return found


def _diagonal_matrix(x: Formulas) -> Formulas:
    found = _zeros((x.size, x.size))
    for i, entry in enumerate(x.flat):
        found[i, i] = entry
    return found


MEANINGS: Mapping[str, Meaning] = {
    **{name: entrywise(function) for name, function in _ENTRYWISE.items()},
    "tr": _scalar(lambda X: _sympy().Add(*np.diagonal(X))),
    "det": _scalar(determinant),
    "logdet": _scalar(lambda X: _sympy().log(_absolute(determinant(X)))),
    "adj": _array(adjugate),
    "pinv": _array(_pseudoinverse),
    "chol": _array(_cholesky),
    "cross": _array(_cross),
    "vec": _array(lambda X: X.ravel(order="F")),
    "kron": _array(np.kron),
    "diag": _array(_diagonal_matrix),
    "tril": _array(lambda X: _triangle(X, 1)),
    "triu": _array(lambda X: _triangle(X, -1)),
    "prod": _scalar(lambda x: _sympy().Mul(*x.flat)),
    "max": _extreme(1),
    "min": _extreme(-1),
    "indicator of the largest entry": _array(lambda X: _indicator(X, 1)),
    "indicator of the smallest entry": _array(lambda X: _indicator(X, -1)),
    "softmax": _array(lambda x: _exponentials(x) / _sympy().Add(*_exponentials(x).flat)),
    "logsumexp": _scalar(lambda x: _sympy().log(_sympy().Add(*_exponentials(x).flat))),
}
"""What an operation of the table means, by its name."""

_SPECTRUM = "eigenvalues and eigenvectors are no formulas in the entries"
_SINGULAR = "singular values and vectors are no formulas in the entries"
_SERIES = "a matrix function is no formula in the entries"

WITHOUT: Mapping[str, str] = {
    **dict.fromkeys(
        ("lambda_max", "lambda_min", "eigvec_max", "eigvec_min", "eigvals", "eigvecs"), _SPECTRUM
    ),
    **dict.fromkeys(("svdvals", "svdu", "svdv", "nucnorm"), _SINGULAR),
    **dict.fromkeys(("expm", "logm", "sqrtm"), _SERIES),
}
"""The operations that have no such meaning, and why."""
