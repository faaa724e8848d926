"""How a chain of vectors and matrices is multiplied: vectors first, then by cost.

An inverse is a solve against what stands beside it, a diagonal matrix a scaling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import MATPOW, TRANSPOSE, is_filled_with_one, transpose
from mcalc.core.leaves import number_value
from mcalc.ops.shaping import DIAG

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.size import Axis
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value

ASSUMED_SIZE = 100
"""What a symbolic size counts as when orders of multiplication are compared."""
LONGEST_PLANNED = 12
"""Longer chains of matrices are multiplied from the left."""


class Chains:
    """The products of one program; parts that were multiplied once are used again."""

    def __init__(self, generator: Generator) -> None:
        self.g = generator
        self.memo: dict[tuple[Expr, ...], Value] = {}

    def emit(self, links: tuple[Expr, ...]) -> Value:
        """The product of a chain."""
        return self.emit_scaled(None, links)

    def emit_scaled(self, scalar: Value | None, links: tuple[Expr, ...]) -> Value:
        """The product with a scalar in front, which multiplies the smallest factor."""
        links = tuple([f for link in links for f in _single_powers(link)])
        cut = next((i for i, f in enumerate(links) if f.shape.cols is None), None)
        if cut is not None and cut + 1 < len(links):
            left = self._column(links[: cut + 1])
            right = self._row(links[cut + 1 :])
            if scalar is not None:
                left = self.g.times(scalar, left)
            return self.g.value("outer", left, right, rank=2)
        if cut is not None:
            result = self._column(links) if links[0].shape.rows is not None else self._scalar(links)
        elif links[0].shape.rows is None:
            result = self._row(links)
        else:
            result = self._matrix(links)
        return result if scalar is None else self.g.times(scalar, result)

    def _column(self, links: tuple[Expr, ...]) -> Value:
        """From the right, where the vector is."""
        total = self.g.emit(links[-1])
        for i in range(len(links) - 2, -1, -1):
            key = links[i:]
            if key not in self.memo:
                self.memo[key] = self._applied(links[i], total)
            total = self.memo[key]
        return total

    def _row(self, links: tuple[Expr, ...]) -> Value:
        """From the left: the transpose of a column."""
        return self._column(tuple([transpose(f) for f in reversed(links)]))

    def _scalar(self, links: tuple[Expr, ...]) -> Value:
        if is_filled_with_one(links[0]):
            # A sum of all entries needs no product with ones.
            inner = links[1:-1] if is_filled_with_one(links[-1]) and len(links) > 2 else links[1:]
            return self.g.value("sum", self._part_of(inner))
        flipped = tuple([transpose(f) for f in reversed(links)])
        if flipped[1:] in self.memo and links[1:] not in self.memo:
            links = flipped
        right = self._column(links[1:])
        return self.g.matmul(self.g.emit(transpose(links[0])), right)

    def _part_of(self, links: tuple[Expr, ...]) -> Value:
        return self.g.emit(links[0]) if len(links) == 1 else self.emit(links)

    def _applied(self, f: Expr, to: Value) -> Value:
        """f times a vector or matrix."""
        base = _inverted(f)
        if base is not None:
            return self.g.value("solve", self.g.emit(base), to, rank=to.rank)
        if f.op is DIAG:
            v = self.g.memo[f.args[0]]
            if to.rank == 2:
                v = self.g.value("column", v, rank=2)
            return self.g.times(v, to)
        return self.g.matmul(self.g.emit(f), to)

    def _matrix(self, links: tuple[Expr, ...]) -> Value:
        """By the cheapest order, sizes that are symbols counted alike."""
        if len(links) > LONGEST_PLANNED:
            total = self._part(links[:1])
            for f in links[1:]:
                total = self._multiplied((total, None), (self.g.emit(f), f))
            return total
        splits = _plan(links)
        n = len(links)
        for width in range(2, n + 1):
            for i in range(n - width + 1):
                j = i + width
                if (i, j) in splits.used:
                    k = splits.best[i, j]
                    key = links[i:j]
                    if key not in self.memo:
                        self.memo[key] = self._joined(links[i:k], links[k:j])
        return self._part(links)

    def _part(self, links: tuple[Expr, ...]) -> Value:
        return self.g.emit(links[0]) if len(links) == 1 else self.memo[links]

    def _joined(self, left: tuple[Expr, ...], right: tuple[Expr, ...]) -> Value:
        a = (self._part(left), left[0] if len(left) == 1 else None)
        b = (self._part(right), right[0] if len(right) == 1 else None)
        return self._multiplied(a, b)

    def _multiplied(
        self, left: tuple[Value, Expr | None], right: tuple[Value, Expr | None]
    ) -> Value:
        a, f = left
        b, h = right
        if f is not None and (_inverted(f) is not None or f.op is DIAG):
            return self._applied(f, b)
        if h is not None and h.op is DIAG:
            return self.g.times(a, self.g.memo[h.args[0]])
        base = _inverted(h) if h is not None else None
        if base is not None:
            solved = self.g.value(
                "solve", self.g.emit(transpose(base)), self.g.transposed(a), rank=2
            )
            return self.g.transposed(solved)
        return self.g.matmul(a, b)


def _single_powers(f: Expr) -> tuple[Expr, ...]:
    """inv(X)^2 as two inverses, since each is a solve; anything else as it is."""
    inner = f.args[0] if f.op is TRANSPOSE else f
    n = number_value(inner.args[1]) if inner.op is MATPOW else None
    if n is None or n.denominator != 1 or not -4 <= n < -1:
        return (f,)
    from mcalc.core.algebra import inverse

    one = inverse(inner.args[0])
    return (transpose(one) if f.op is TRANSPOSE else one,) * abs(n.numerator)


def _inverted(f: Expr) -> Expr | None:
    """X where the factor is inv(X); X' where it is inv(X)'."""
    inner = f.args[0] if f.op is TRANSPOSE else f
    if inner.op is not MATPOW or number_value(inner.args[1]) != -1:
        return None
    return transpose(inner.args[0]) if f.op is TRANSPOSE else inner.args[0]


class _Plan:
    def __init__(self) -> None:
        self.best: dict[tuple[int, int], int] = {}
        self.used: set[tuple[int, int]] = set()


def _plan(links: tuple[Expr, ...]) -> _Plan:
    """The order of least cost.

    Source: Cormen et al., Introduction to Algorithms, sec. 14.2, matrix-chain multiplication.
    """
    n = len(links)
    sizes = [_count(links[0].shape.rows)] + [_count(f.shape.cols) for f in links]
    plan = _Plan()
    cost: dict[tuple[int, int], float] = {(i, i + 1): 0 for i in range(n)}
    for width in range(2, n + 1):
        for i in range(n - width + 1):
            j = i + width
            options = []
            for k in range(i + 1, j):
                work = sizes[i] * sizes[k] * sizes[j]
                if (k == i + 1 and links[i].op is DIAG) or (k == j - 1 and links[k].op is DIAG):
                    work //= sizes[k]
                options.append((cost[i, k] + cost[k, j] + work, k))
            cost[i, j], plan.best[i, j] = min(options)
    stack = [(0, n)]
    while stack:
        i, j = stack.pop()
        if j - i > 1:
            plan.used.add((i, j))
            k = plan.best[i, j]
            stack += [(i, k), (k, j)]
    return plan


def _count(axis: Axis) -> int:
    if axis is None:
        return 1
    return axis.value if axis.value is not None else ASSUMED_SIZE
