"""Scalars of a square matrix, inverse and adjugate, inner and outer products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import (
    HADAMARD,
    MATPOW,
    MUL,
    TRANSPOSE,
    call,
    eye,
    hadamard,
    inverse,
    is_zero,
    mul,
    number,
    number_value,
    power,
    scale,
    split,
    subtract,
    transpose,
    zeros,
)
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import intern
from mcalc.core.leaves import ONE, extent
from mcalc.core.matrix_powers import matrix_power_parts
from mcalc.core.op import OPS, Linear, op
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import SCALAR_RULES, chain, scalars
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.size import Size
from mcalc.core.sums import ADD, add, coefficients, is_clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcalc.core.expr import Expr
    from mcalc.core.index import Factor, Index, Slots


# ---------------------------------------------------------------- the trace
def _simpler_trace(node: Expr) -> Expr | None:
    X = node.args[0]
    if X.shape.is_scalar:
        return X
    if is_zero(X) or X.has(facts.SKEW):
        return number(0)
    if X.op.name == "kron" and all(a.shape.rows == a.shape.cols for a in X.args):
        return mul(*[trace(a) for a in X.args])
    c, rest = split(X)
    if c != 1:
        return scale(c, trace(rest))
    if rest.op.name == "logm" and rest.args[0].has(facts.PD):
        return call(OPS["logdet"], rest.args[0])
    if rest.op.name == "derivative of a matrix function":
        from mcalc.ops.matrix_functions import function_of  # they build on this module

        A, E = rest.args[:2]
        return trace(mul(function_of(rest).slope_at(A), E))
    if rest.op is ADD:
        parts = zip(coefficients(rest), rest.args, strict=True)
        return add(*[scale(k, trace(t)) for k, t in parts])
    if rest.op is MUL:
        return _trace_of_product(rest)
    if rest.op is HADAMARD or rest.op.name == "eye":
        return _trace_of_entries(rest)
    if rest.op is TRANSPOSE:
        return trace(rest.args[0])
    return None


def _trace_of_product(X: Expr) -> Expr | None:
    """tr(s*A*B) = s*tr(B*A), in the rotation that is first by content; tr(x*y') = y'*x."""
    front, links = scalars(X), list(chain(X))
    if front:
        return mul(*front, trace(mul(*links)))
    cut = next((i for i, f in enumerate(links) if f.shape.cols is None), None)
    if cut is not None:
        return mul(*links[cut + 1 :], *links[: cut + 1])
    flipped = [transpose(f) for f in reversed(links)]
    if any(split(f)[0] != 1 for f in flipped):
        flipped = links
    best = min((_first_rotation(links), _first_rotation(flipped)), key=_rotation_key)
    rotated = mul(*best)
    if rotated.size < X.size:  # factors that the rotation brought together have merged
        return trace(rotated)
    return intern(trace_op, (rotated,), SCALAR, facts=_trace_facts((rotated,), None, SCALAR))


def _rotation_key(links: list[Expr]) -> tuple[int, list[tuple[str, str]]]:
    return sum(f.op is TRANSPOSE for f in links), [f.content for f in links]


def _first_rotation(links: list[Expr]) -> list[Expr]:
    """The least rotation, a transpose not in front where that can be.

    Source: Booth, Lexicographically least circular substrings (1980).
    """
    keys = [f.content for f in links] * 2
    n = len(links)
    i, j, k = 0, 1, 0
    while i < n and j < n and k < n:
        a, b = keys[i + k], keys[j + k]
        if a == b:
            k += 1
            continue
        if a > b:
            i += k + 1
        else:
            j += k + 1
        if i == j:
            j += 1
        k = 0
    start = min(i, j)
    return links[start:] + links[:start]


def _trace_of_entries(X: Expr) -> Expr | None:
    """tr(eye.*X) = tr(X), tr(eye) = n."""
    if X.op.name == "eye":
        assert X.shape.rows is not None
        return extent(X.shape.rows)
    rest = [f for f in X.args if f.op.name != "eye"]
    return trace(hadamard(*rest)) if len(rest) < len(X.args) and rest else None


def _trace_facts(args: tuple[Expr, ...], data: object, shape: Shape) -> int:
    known = facts.SYMMETRIC | args[0].facts & (facts.POSITIVE | facts.NONNEGATIVE | facts.INTEGER)
    if args[0].has(facts.PSD):
        known |= facts.NONNEGATIVE
    if args[0].has(facts.PD):
        known |= facts.POSITIVE
    return known


trace_op = op(
    "tr",
    "(n,n)->()",
    "The trace: the sum of the diagonal entries.",
    linear={
        0: Linear(
            adjoint=lambda node, i, c: mul(c, eye(node.args[0].shape.axes[0])),
            matrix=lambda node, i: transpose(_vec_of_identity(node)),
            indices=lambda node, i, out, new: (
                [],
                (k := new(node.args[0].shape.axes[0]), k),
                ONE,
            ),
        )
    },
    numpy="np.trace({0})",
    latex=r"\operatorname{tr}",
    canonical=_simpler_trace,
    transposed="invariant",
    facts=_trace_facts,
    aliases=("trace",),
)


def _vec_of_identity(node: Expr) -> Expr:
    from mcalc.ops.vectorize import vec

    return vec(eye(node.args[0].shape.axes[0]))


def trace(X: Expr) -> Expr:
    """The trace of a square matrix."""
    return call(trace_op, X)


def inner(a: Expr, b: Expr) -> Expr:
    """⟨a, b⟩, the sum of the products of corresponding entries (Frobenius).

    Shapes: a and b alike; the result is a scalar.
    """
    if a.shape.is_scalar:
        return mul(a, b)
    if a.shape.is_row:
        return mul(a, transpose(b))
    if a.shape.is_column:
        return mul(transpose(a), b)
    return trace(mul(transpose(a), b))


# ---------------------------------------------------------------- determinants
def _simpler_det(node: Expr) -> Expr | None:
    """Products and powers of square matrices, multiples, orders known."""
    X = node.args[0]
    if X.shape.is_scalar:
        return X
    assert X.shape.rows is not None
    n = extent(X.shape.rows)
    if X.op.name == "eye":
        return number(1)
    c, rest = split(X)
    if c != 1 and number_value(n) is not None and is_clean(c, rest):
        return mul(power(number(c), n), det(rest))
    if X.op is MATPOW:
        return power(det(X.args[0]), X.args[1])
    if X.op is MUL and all(f.shape.rows == f.shape.cols for f in chain(X)):
        if scalars(X):
            s = mul(*scalars(X))
            if number_value(n) is None and not s.has(facts.POSITIVE):
                return None
            return mul(power(s, n), det(mul(*chain(X))))
        return mul(*[det(f) for f in chain(X)])
    return None


_det = op(
    "det",
    "(n,n)->()",
    "The determinant.",
    # Also where X is singular.
    differential={0: lambda node, i, dX: trace(mul(adj(node.args[0]), dX))},
    source="Jacobi's formula; Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 3",
    numpy="np.linalg.det({0})",
    latex=r"\det",
    transposed="invariant",
    canonical=_simpler_det,
    facts=lambda args, data, shape: (
        (facts.POSITIVE | facts.NONNEGATIVE if args[0].has(facts.PD) else 0)
        | (facts.NONNEGATIVE if args[0].has(facts.PSD) else 0)
    ),
)


def det(X: Expr) -> Expr:
    """The determinant of a square matrix."""
    return call(_det, X)


def _simpler_logdet(node: Expr) -> Expr | None:
    """log|det| of products, powers and multiples of square matrices."""
    from mcalc.ops.elementwise import log, sign_free_log

    X = node.args[0]
    if X.shape.is_scalar:
        return sign_free_log(X)
    assert X.shape.rows is not None
    if X.op.name == "eye":
        return number(0)
    if X.op is MATPOW:
        return mul(X.args[1], logdet(X.args[0]))
    c, rest = split(X)
    if c != 1 and is_clean(c, rest):
        return add(mul(extent(X.shape.rows), log(number(abs(c)))), logdet(rest))
    if X.op is MUL and all(f.shape.rows == f.shape.cols for f in chain(X)):
        front = [mul(extent(X.shape.rows), sign_free_log(s)) for s in scalars(X)]
        return add(number(0), *front, *[logdet(f) for f in chain(X)])
    return None


_logdet = op(
    "logdet",
    "(n,n)->()",
    "The logarithm of the absolute value of the determinant.",
    differential={0: lambda node, i, dX: trace(mul(inverse(node.args[0]), dX))},
    source="Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 3, eq. (10)",
    numpy="np.linalg.slogdet({0})[1]",
    latex=r"\operatorname{logdet}",
    domain=lambda node: [Condition(Property.INVERTIBLE, node.args[0])],
    transposed="invariant",
    canonical=_simpler_logdet,
    sample="invertible",
)


def logdet(X: Expr) -> Expr:
    """The logarithm of the absolute value of the determinant."""
    return call(_logdet, X)


# ---------------------------------------------------------------- inverse and adjugate
op(
    "inv",
    "(n,n)->(n,n)",
    "The inverse.",
    define=inverse,
    numpy="np.linalg.inv({0})",
    sample="invertible",
)


def _simpler_adj(node: Expr) -> Expr | None:
    X = node.args[0]
    if X.shape.is_scalar:
        return number(1)
    if X.op.name == "eye":
        return X
    if X.op is MUL and not scalars(X) and all(f.shape.rows == f.shape.cols for f in chain(X)):
        return mul(*[adj(f) for f in reversed(chain(X))])
    return None


def _adj_differential(node: Expr, i: int, dX: Expr) -> Expr:
    """d adj(X) = (tr(adj(X)*dX)*eye - adj(X)*dX)*inv(X) for invertible X."""
    X = node.args[0]
    assert X.shape.rows is not None
    bracket = subtract(mul(trace(mul(node, dX)), eye(X.shape.rows)), mul(node, dX))
    return mul(bracket, inverse(X))


_adj = op(
    "adj",
    "(n,n)->(n,n)",
    "The adjugate: det(X)*inv(X) where X is invertible, and defined for every square X.",
    differential={0: _adj_differential},
    source="d(det(X)*inv(X)); Magnus & Neudecker, Matrix Differential Calculus, ch. 8, sec. 4",
    numpy="adjugate({0})",
    latex=r"\operatorname{adj}",
    transposed="commutes",
    canonical=_simpler_adj,
)


def adj(X: Expr) -> Expr:
    """The adjugate of a square matrix."""
    return call(_adj, X)


def _determinant_rule(factor: Expr, link: Expr) -> tuple[Expr | None, Expr] | None:
    """adj(X)/det(X) = inv(X), and det(X)*inv(X) = adj(X)."""
    base, exponent = base_and_exponent(factor)
    n = number_value(exponent)
    if base.op is not _det or n is None or n.denominator != 1:
        return None
    X = base.args[0]
    turned = link.op is TRANSPOSE
    plain = link.args[0] if turned else link
    if n < 0 and plain.op is _adj and plain.args[0] is X:
        found = inverse(X)
    elif n > 0 and matrix_power_parts(plain) == (X, number(-1)):
        found = adj(X)
    else:
        return None
    left = power(base, number(n + (1 if n < 0 else -1)))
    return (None if number_value(left) == 1 else left), transpose(found) if turned else found


SCALAR_RULES.append(_determinant_rule)

# ---------------------------------------------------------------- products by name
op(
    "dot",
    "(n),(n)->()",
    "The inner product of two vectors, x'*y.",
    define=inner,
    numpy="({0} @ {1})",
)
op(
    "outer",
    "(m),(n)->(m,n)",
    "The outer product of two vectors, x*y'.",
    define=lambda x, y: mul(x, transpose(y)),
    numpy="np.outer({0}, {1})",
)
op(
    "transpose",
    "(m,n)->(n,m)",
    "The transpose, also written X'.",
    define=transpose,
    numpy="{0}.T",
)


# ---------------------------------------------------------------- the cross product
def _turned(x: Expr) -> Expr:
    """[x]× with cross(x, y) = [x]×*y, column by column."""
    from mcalc.ops.blocks import Span, blocks, selection

    axes = [selection(Span(Size.of(i), None, Size.of(2 - i))) for i in range(3)]
    three = Size.of(3)
    return blocks([[call(CROSS, x, axis) for axis in axes]], Shape(three, three))


def _cross_adjoint(node: Expr, i: int, c: Expr) -> Expr:
    """⟨c, x×y⟩ = ⟨y×c, x⟩ = ⟨c×x, y⟩."""
    x, y = node.args
    return call(CROSS, y, c) if i == 0 else call(CROSS, c, x)


def _cross_matrix(node: Expr, i: int) -> Expr:
    x, y = node.args
    return scale(-1, _turned(y)) if i == 0 else _turned(x)


def _cross_indices(
    node: Expr, i: int, out: Slots, new: Callable[[Size], Index]
) -> tuple[list[Factor], Slots, Fraction]:
    k = new(Size.of(3))
    return [(_cross_matrix(node, i), (out[0], k))], (k, None), ONE


_cross_rules = Linear(adjoint=_cross_adjoint, matrix=_cross_matrix, indices=_cross_indices)

CROSS = op(
    "cross",
    "[n],[n]->[n]",
    "The cross product of two vectors of three entries.",
    linear={0: _cross_rules, 1: _cross_rules},
    numpy="np.cross({0}, {1})",
    canonical=lambda node: (
        zeros(node.shape)
        if node.args[0] is node.args[1] or any(is_zero(a) for a in node.args)
        else None
    ),
    length=3,
)
