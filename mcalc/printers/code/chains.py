"""How a chain of vectors and matrices is multiplied: vectors first, then by cost.

An inverse is a solve against what stands beside it, a diagonal matrix a scaling, a chain that is
its own transpose the product of its half with the transpose of that. What was multiplied before, or
its transpose, costs nothing. Sizes that are integers count as they are; a symbolic size counts as
`ASSUMED_SIZE`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.algebra import MATPOW, TRANSPOSE, is_filled_with_one, transpose
from mcalc.core.leaves import number_value
from mcalc.core.matrix_powers import inverse
from mcalc.ops.linear import trace_op
from mcalc.ops.shaping import DIAG
from mcalc.printers.code.squares import solved

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.size import Axis
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value

Links = tuple["Expr", ...]

ASSUMED_SIZE = 100
"""What a symbolic size counts as when orders of multiplication are compared."""
LONGEST_PLANNED = 12
"""Longer chains of matrices are multiplied from the left."""
GRAM_FROM = 50
"""From this size on, half of a symmetric product saves more than a square root costs."""


class Chains:
    """The products of one program; parts that were multiplied once are used again."""

    def __init__(self, generator: Generator) -> None:
        self.g = generator
        self.memo: dict[Links, Value] = {}

    def emit(self, links: Links) -> Value:
        """The product of a chain."""
        return self.emit_scaled(None, links)

    def emit_scaled(self, scalar: Value | None, links: Links, below: Value | None = None) -> Value:
        """The product with a scalar in front, each vector of an outer product over another one."""
        links = opened(links)
        cut = _cut(links)
        if cut is not None and cut + 1 < len(links):
            left = self._column(links[: cut + 1])
            right = self._row(links[cut + 1 :])
            if below is not None:
                left, right = self.g.over(left, below), self.g.over(right, below)
            if scalar is not None:
                left = self.g.times(scalar, left)
            return self.g.outer(left, right)
        if cut is not None:
            result = self._column(links) if links[0].shape.rows is not None else self._scalar(links)
        elif links[0].shape.rows is None:
            result = self._row(links)
        else:
            result = self._matrix(links)
        if below is not None:
            result = self.g.over(result, below)
        return result if scalar is None else self.g.times(scalar, result)

    def trace(self, links: Links) -> Value:
        """tr(A*B) = Σ A'.*B for the cheapest of the ways to cut the cycle in two."""
        links = opened(links)
        n = len(links)
        if n == 1 or n > LONGEST_PLANNED:
            return self.g.value("call", self._part_of(links), data=trace_op)
        rotations = [links[i:] + links[:i] for i in range(n)]
        if n % 2 == 0:
            for turned in rotations:
                if turned[: n // 2] == flipped(turned[n // 2 :]):
                    half = self._part_of(turned[n // 2 :])
                    return self.g.value("vdot", half, half)
        plan = _Plan(links + links, self, n)
        options = [
            (plan.cost[i, i + k] + plan.cost[i + k, i + n], k, i)
            for k in range(1, n)
            for i in range(n)
        ]
        solves = [(plan.cost[i, i + n], 0, i) for i in range(n) if inverted(links[i]) is not None]
        _, k, i = min([*solves, *options])
        if k == 0:
            return self.g.value("call", self._matrix(rotations[i]), data=trace_op)
        left, right = rotations[i][:k], rotations[i][k:]
        return self.g.value("vdot", self._part_of(flipped(left)), self._part_of(right))

    def best_cut(self, links: Links) -> int:
        """Where to cut a chain in two so that the two parts are cheapest; 0 for not at all."""
        plan = _Plan(links, self, len(links))
        n = len(links)
        options = [(plan.cost[0, k] + plan.cost[k, n], k) for k in range(1, n)]
        return min([(plan.cost[0, n], 0), *options])[1]

    def _column(self, links: Links) -> Value:
        """From the right, where the vector is."""
        total = self.g.emit(links[-1])
        for i in range(len(links) - 2, -1, -1):
            key = links[i:]
            if key not in self.memo:
                self.memo[key] = self.applied(links[i], total)
            total = self.memo[key]
        return total

    def _row(self, links: Links) -> Value:
        """From the left: the transpose of a column."""
        return self._column(flipped(links))

    def _scalar(self, links: Links) -> Value:
        if is_filled_with_one(links[0]):
            # A sum of all entries needs no product with ones.
            inner = links[1:-1] if is_filled_with_one(links[-1]) and len(links) > 2 else links[1:]
            return self.g.value("sum", self._part_of(inner))
        n = len(links)
        if n % 2 == 0 and links[: n // 2] == flipped(links[n // 2 :]):
            half = self._column(links[n // 2 :])
            return self.g.matmul(half, half)
        other = flipped(links)
        if other[1:] in self.memo and links[1:] not in self.memo:
            links = other
        right = self._column(links[1:])
        return self.g.matmul(self.g.emit(transpose(links[0])), right)

    def _part_of(self, links: Links) -> Value:
        return self.g.emit(links[0]) if len(links) == 1 else self.emit(links)

    def applied(self, f: Expr, to: Value) -> Value:
        """f times a vector or matrix."""
        if inverted(f) is not None:
            return solved(self.g, f, to)
        if f.op is DIAG:
            return self._scaled_rows(f, to)
        return self.g.matmul(self.g.emit(f), to)

    def _scaled_rows(self, f: Expr, to: Value) -> Value:
        v = self.g.emit(f.args[0])
        return self.g.times(self.g.column(v) if to.rank == 2 else v, to)

    def _matrix(self, links: Links) -> Value:
        """By the cheapest order."""
        if len(links) == 1 or self.has(links):
            return self._part(links)
        half = self._half(links)
        if half is not None:
            self.memo[links] = self.g.matmul(half, self.g.transposed(half))
            return self.memo[links]
        if len(links) > LONGEST_PLANNED:
            total = self._part(links[:1])
            for f in links[1:]:
                total = self._multiplied((total, None), (self.g.emit(f), f))
            return total
        plan = _Plan(links, self, len(links))
        for i, j in plan.steps(0, len(links)):
            key = links[i:j]
            if self._known(key) is None:
                k = plan.best[i, j]
                self.memo[key] = self._joined(links[i:k], links[k:j])
        return self._part(links)

    def _half(self, links: Links) -> Value | None:
        """W where the chain is W*W'.

        It is its own transpose then, with nothing between the halves, or a diagonal matrix without
        negative entries.
        """
        n = len(links)
        if links != flipped(links):
            return None
        if n % 2 == 0:
            return self._part_of(links[: n // 2]) if n > 2 else None
        middle = links[n // 2]
        if middle.op is not DIAG or not middle.args[0].has(facts.NONNEGATIVE):
            return None
        outside = links[n // 2 + 1 :]
        if count(outside[0].shape.rows) < GRAM_FROM:
            return None
        v = self.g.emit(middle.args[0])
        root = self.g.value("sqrt", v, shape=v.shape)
        return self.g.transposed(self.g.times(self.g.column(root), self._part_of(outside)))

    def _known(self, links: Links) -> Value | None:
        """The value of a chain that there is already, or the transpose of its transpose."""
        if links in self.memo:
            return self.memo[links]
        back = flipped(links)
        return self.g.transposed(self.memo[back]) if back in self.memo else None

    def has(self, links: Links) -> bool:
        """Whether a chain or its transpose was multiplied before."""
        return links in self.memo or flipped(links) in self.memo

    def _part(self, links: Links) -> Value:
        if len(links) == 1:
            return self.g.emit(links[0])
        known = self._known(links)
        assert known is not None
        return known

    def _joined(self, left: Links, right: Links) -> Value:
        a = (self._part(left), left[0] if len(left) == 1 else None)
        b = (self._part(right), right[0] if len(right) == 1 else None)
        return self._multiplied(a, b)

    def _multiplied(
        self, left: tuple[Value, Expr | None], right: tuple[Value, Expr | None]
    ) -> Value:
        a, f = left
        b, h = right
        if f is not None and (inverted(f) is not None or f.op is DIAG):
            return self.applied(f, b)
        if h is not None and h.op is DIAG:
            return self.g.times(a, self.g.emit(h.args[0]))
        if h is not None and inverted(h) is not None:
            # Not by the transpose of the expression: for skew X that of inv(X) is -inv(X).
            return self.g.transposed(solved(self.g, h, self.g.transposed(a), flipped=True))
        return self.g.matmul(a, b)


def _cut(links: Links) -> int | None:
    """The place of the first column in a chain; behind it stands a row, if anything."""
    return next((i for i, f in enumerate(links) if f.shape.cols is None), None)


def is_outer(links: Links) -> bool:
    """Whether a chain is a column times a row."""
    cut = _cut(links)
    return cut is not None and cut + 1 < len(links)


def flipped(links: Links) -> Links:
    """The chain of the transpose."""
    return tuple([transpose(f) for f in reversed(links)])


def opened(links: Links) -> Links:
    """The chain with inv(X)^2 as two inverses, since each is a solve."""
    return tuple([f for link in links for f in _single_powers(link)])


def _single_powers(f: Expr) -> Links:
    inner = f.args[0] if f.op is TRANSPOSE else f
    n = number_value(inner.args[1]) if inner.op is MATPOW else None
    if n is None or n.denominator != 1 or not -4 <= n < -1:
        return (f,)
    one = inverse(inner.args[0])
    return (transpose(one) if f.op is TRANSPOSE else one,) * abs(n.numerator)


def inverted(f: Expr) -> Expr | None:
    """X where the factor is inv(X) or inv(X)'."""
    inner = f.args[0] if f.op is TRANSPOSE else f
    if inner.op is not MATPOW or number_value(inner.args[1]) != -1:
        return None
    return inner.args[0]


class _Plan:
    """The order of least cost for each part of a chain.

    Source: Cormen et al., Introduction to Algorithms, sec. 14.2, matrix-chain multiplication.
    """

    def __init__(self, links: Links, chains: Chains, widest: int) -> None:
        n = len(links)
        self.links = links
        self.sizes = [count(links[0].shape.rows)] + [count(f.shape.cols) for f in links]
        self.best: dict[tuple[int, int], int] = {}
        self.cost: dict[tuple[int, int], int] = {}
        for i, f in enumerate(links):
            # An inverse on its own has to be computed; beside something it is a solve.
            self.cost[i, i + 1] = self.sizes[i] ** 3 if inverted(f) is not None else 0
        for width in range(2, widest + 1):
            for i in range(n - width + 1):
                self._decide(i, i + width, chains)

    def _decide(self, i: int, j: int, chains: Chains) -> None:
        options = [(self._joining(i, k, j), k) for k in range(i + 1, j)]
        self.cost[i, j], self.best[i, j] = min(options)
        if j - i < len(self.links) and chains.has(self.links[i:j]):
            self.cost[i, j] = 0

    def _joining(self, i: int, k: int, j: int) -> int:
        sizes, links = self.sizes, self.links
        work = sizes[i] * sizes[k] * sizes[j]
        left, right = self.cost[i, k], self.cost[k, j]
        if (k == i + 1 and links[i].op is DIAG) or (k == j - 1 and links[k].op is DIAG):
            work //= sizes[k]
        if k == i + 1 and inverted(links[i]) is not None:
            left = 0
        elif k == j - 1 and inverted(links[k]) is not None:
            right = 0
        return left + right + work

    def steps(self, first: int, last: int) -> list[tuple[int, int]]:
        """The parts to multiply, inner ones first."""
        found = []
        stack = [(first, last)]
        while stack:
            i, j = stack.pop()
            if j - i > 1:
                found.append((i, j))
                k = self.best[i, j]
                stack += [(i, k), (k, j)]
        return found[::-1]


def count(axis: Axis) -> int:
    """What a size counts as; an absent axis counts as one."""
    if axis is None:
        return 1
    return axis.value if axis.value is not None else ASSUMED_SIZE
