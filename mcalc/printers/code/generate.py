"""From expressions to programs: what is computed, in which order, by which kind of step."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts, leaves
from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE, transpose
from mcalc.core.op import OPS
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, fill_value, scalars
from mcalc.core.sums import coefficients, split
from mcalc.errors import InternalError
from mcalc.ops.blocks import BLOCKS, SELECTION, Span, grid
from mcalc.ops.elementwise import LOG
from mcalc.ops.linear import trace_op
from mcalc.ops.matrix_functions import FRECHET, FRECHET_MATRIX
from mcalc.ops.shaping import DIAG, DIAGONAL
from mcalc.ops.vectorize import KRON, UNVEC, VEC
from mcalc.printers.code.chains import Chains, is_outer, opened
from mcalc.printers.code.ir import Axes, Program, Value, broadcast
from mcalc.printers.code.prepare import prepared
from mcalc.printers.code.spectra import MATRIX_FUNCTIONS, function_of, trace_of
from mcalc.printers.code.squares import det_of, inverse_of, log_of, logdet_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.core.shape import Shape

MOST_REPEATED = 4
"""Whole powers up to this are written as products."""


class Generator(Program):
    """Makes the values of expressions in one program, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.memo: dict[Expr, Value] = {}
        self.prepared: dict[Expr, Expr] = {}
        self.chains = Chains(self)

    # ------------------------------------------------------------ small steps
    def call(self, op: Op, *args: Value, shape: Axes = ()) -> Value:
        """An operation of the table."""
        return self.value("call", *args, data=op, shape=shape)

    def as_matrix(self, a: Value, shape: Shape) -> Value:
        """An array of rank 2: a column or row of a vector."""
        if a.rank == 2:
            return a
        if shape.is_scalar:
            return self.column(self.column(a))
        column = self.column(a)
        return column if shape.is_column else self.transposed(column)

    # ------------------------------------------------------------ expressions
    def emit_root(self, e: Expr) -> Value:
        """The value of a whole expression, or of a factor of a sum of products."""
        return self.emit(prepared(e, self.prepared))

    def emit(self, e: Expr) -> Value:
        """The value of an expression as it stands."""
        stack = [e]
        while stack:
            node = stack[-1]
            missing = [a for a in _needed(node) if a not in self.memo]
            if node not in self.memo and missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            if node not in self.memo:
                self.memo[node] = self._emit(node)
        return self.memo[e]

    def _emit(self, node: Expr) -> Value:
        rule = _RULES.get(node.op)
        if rule is not None:
            return rule(self, node)
        if node.op.abstract:
            args = tuple([self.memo[a] for a in node.args])
            return self.value("abstract", *args, data=node.op, shape=node.shape.axes)
        if node.op.numpy:
            args = tuple([self.memo[a] for a in node.args])
            return self.value("call", *args, data=node.op, shape=node.shape.axes)
        raise InternalError(f"no code for {node.op.name}")

    def _sum(self, node: Expr) -> Value:
        """Terms with a plus first; a constant fill is a scalar that broadcasts."""
        pairs = list(zip(node.args, coefficients(node), strict=True))
        pairs.sort(key=lambda pair: pair[1] < 0)
        spread = self._all_spread([t for t, _ in pairs])
        total: Value | None = None
        for v, (_, c) in zip(spread, pairs, strict=True):
            term = self.multiple(abs(c), v)
            if total is None:
                total = self.negative(term) if c < 0 else term
            elif c < 0:
                total = self.minus(total, term)
            else:
                total = self.plus(total, term)
        assert total is not None
        return total

    def _all_spread(self, parts: list[Expr]) -> list[Value]:
        """Each part as little as broadcasts to its shape, one of them whole."""
        spread = [self._spread(e) for e in parts]
        whole = [self.memo[e] for e in parts]
        if not any(v is w for v, w in zip(spread, whole, strict=True)):
            spread[0] = whole[0]
        return spread

    def _spread(self, e: Expr) -> Value:
        """A term that broadcasts to its shape: a scalar for a fill, a column for x*ones'."""
        c, rest = split(e)
        filling = fill_value(rest)
        if filling is not None:
            return self.multiple(c, self.emit(filling))
        if rest.op is MUL and rest.shape.is_matrix:
            links = chain(rest)
            front = [self.memo[s] for s in scalars(rest)]
            ends = (links[0], links[-1])
            if ends[1].op is TRANSPOSE and ends[1].args[0].op is leaves.ONES and len(links) > 1:
                column = self.emit_product(links[:-1])
                spread = self.column(column)
            elif ends[0].op is leaves.ONES and len(links) > 1:
                spread = self.emit_product(links[1:])
            else:
                return self.memo[e]
            for s in front:
                spread = self.times(s, spread)
            return self.multiple(c, spread)
        return self.memo[e]

    def emit_product(self, links: tuple[Expr, ...]) -> Value:
        """The value of a part of a chain."""
        return self.emit(links[0]) if len(links) == 1 else self.chains.emit(links)

    def _product(self, node: Expr) -> Value:
        links = chain(node)
        above = [f for f in node.args if f.shape.is_scalar and not _is_reciprocal(f)]
        below = [f for f in node.args if f.shape.is_scalar and _is_reciprocal(f)]
        if node.shape.is_scalar and links:
            return self.chains.emit(links)
        norm, k = self._taken_norm(below) if links else (None, 0)
        k -= 2 if is_outer(links) else 1  # each vector of the chain takes one
        total: Value | None = None
        for f in above:
            v = self.memo[f]
            if norm is not None and k > 0:
                v, k = self.over(v, norm), k - 1
            total = v if total is None else self.times(total, v)
        for denominator in [self._reciprocal(f) for f in below] + [norm] * k:
            if denominator is not None:
                total = self.over(self.number(1) if total is None else total, denominator)
        if links:
            return self.chains.emit_scaled(total, links, norm)
        assert total is not None
        return total

    def _taken_norm(self, below: list[Expr]) -> tuple[Value | None, int]:
        """A norm and its power that is above two, taken from the denominators.

        Each of its factors divides what is of their size, since powers of them over- and underflow.
        """
        for f in below:
            base, exponent = base_and_exponent(f)
            n = leaves.number_value(exponent)
            if squared_norm(base) is not None and n is not None and n.denominator == 2 and n < -1:
                below.remove(f)
                return self.power_value(base, Fraction(1, 2)), -n.numerator
        return None, 0

    def _reciprocal(self, f: Expr) -> Value:
        """1/f for a power with a negative exponent, as the power it is the reciprocal of."""
        base, exponent = base_and_exponent(f)
        n = leaves.number_value(exponent)
        assert n is not None
        return self.power_value(base, -n)

    def _hadamard(self, node: Expr) -> Value:
        masks = [f for f in node.args if f.op is leaves.EYE]
        if masks:
            return self._on_diagonal(node)
        total: Value | None = None
        spread = dict(zip(node.args, self._all_spread(list(node.args)), strict=True))
        for f in sorted(node.args, key=_is_reciprocal):
            if _is_reciprocal(f):
                below = self._reciprocal(f)
                total = self.over(self.number(1) if total is None else total, below)
            else:
                total = spread[f] if total is None else self.times(total, spread[f])
        assert total is not None
        return total

    def _on_diagonal(self, node: Expr) -> Value:
        """eye.*X is the diagonal matrix of the diagonal of X."""
        from mcalc.core.algebra import hadamard
        from mcalc.ops.shaping import diagonal

        rest = hadamard(*[f for f in node.args if f.op is not leaves.EYE])
        return self.call(DIAG, self.emit(diagonal(rest)), shape=node.shape.axes)

    def power_value(self, base: Expr, n: Fraction) -> Value:
        """base.^n for a rational n."""
        v = self.emit(base)
        if n < 0:
            return self.over(self.number(1), self.power_value(base, -n))
        if n.denominator == 2:
            root = self._root(base, v)
            whole = n.numerator // 2
            return root if whole == 0 else self._repeated(root, Fraction(n.numerator))
        return self._repeated(v, n)

    def _root(self, base: Expr, v: Value) -> Value:
        """The square root; of a sum of squares, the norm."""
        squared = squared_norm(base)
        if squared is not None:
            return self.value("norm", self.emit(squared))
        return self.value("sqrt", v, shape=v.shape)

    def _repeated(self, v: Value, n: Fraction) -> Value:
        if n.denominator == 1 and 1 <= n <= MOST_REPEATED:
            total = v
            for _ in range(n.numerator - 1):
                total = self.times(total, v)
            return total
        return self.value("pow", v, self.number(n), shape=v.shape)

    def _power(self, node: Expr) -> Value:
        base, exponent = node.args
        n = leaves.number_value(exponent)
        if n is not None:
            return self.power_value(base, n)
        a = self._spread(base) if base.shape == exponent.shape else self.memo[base]
        b = self.memo[exponent]
        return self.value("pow", a, b, shape=broadcast(a.shape, b.shape))

    def _matrix_power(self, node: Expr) -> Value:
        base, exponent = node.args
        X, shape = self.memo[base], node.shape.axes
        n = leaves.number_value(exponent)
        if not exponent.has(facts.INTEGER) and base.has(facts.PD):
            return self.value("spd power", X, self.memo[exponent], shape=shape)
        if n is None:
            return self.value("matrix power", X, self.memo[exponent], shape=shape)
        k = n.numerator
        positive = X if k > 0 else inverse_of(self, base)
        if abs(k) == 1:
            return positive
        return self.value("matrix power", positive, self.number(abs(k)), shape=shape)

    def _trace(self, node: Expr) -> Value:
        X = node.args[0]
        return trace_of(self, X) or self.chains.trace(chain(X) if X.op is MUL else (X,))

    def _diagonal_of(self, node: Expr) -> Value:
        """The diagonal of a product, without the product."""
        X = node.args[0]
        shape = node.shape.axes
        links = opened(chain(X)) if X.op is MUL else (X,)
        if len(links) < 2 or scalars(X):
            return self.call(DIAGONAL, self.emit(X), shape=shape)
        k = self.chains.best_cut(links)
        if k == 0:
            return self.call(DIAGONAL, self.chains.emit(links), shape=shape)
        left, right = self.emit_product(links[:k]), self.emit_product(links[k:])
        return self.value("diagonal product", left, right, shape=shape)

    def _diag_like(self, node: Expr) -> Value:
        args = tuple([self.memo[a] for a in node.args])
        return self.value("call", *args, data=node.op, shape=node.shape.axes)

    def _unvec(self, node: Expr) -> Value:
        shape = node.shape.axes
        return self.value("unvec", self.memo[node.args[0]], data=shape, shape=shape)

    def _kron(self, node: Expr) -> Value:
        args = [self.memo[a] for a in node.args]
        if node.shape.is_matrix:
            args = [self.as_matrix(v, a.shape) for v, a in zip(args, node.args, strict=True)]
        return self.value("call", *args, data=KRON, shape=node.shape.axes)

    def _blocks(self, node: Expr) -> Value:
        rows = grid(node)
        if not node.shape.is_matrix:
            return self.value("concatenate", *self._pieces(node), shape=node.shape.axes)
        values = [self.as_matrix(self.memo[e], e.shape) for row in rows for e in row]
        lengths = tuple([len(r) for r in rows])
        return self.value("block", *values, data=lengths, shape=node.shape.axes)

    def _pieces(self, node: Expr) -> list[Value]:
        return [self.column(self.memo[e]) if e.shape.is_scalar else self.memo[e] for e in node.args]

    def _selection(self, node: Expr) -> Value:
        assert isinstance(node.data, Span)
        before, part, _after = node.data
        whole = node.shape.axes[0]
        if part is None:
            return self.value("unit", data=(whole, before), shape=node.shape.axes)
        return self.value("selection", data=(whole, part, before), shape=node.shape.axes)


def _needed(node: Expr) -> tuple[Expr, ...]:
    """What has to be there first: of a product under a trace only its factors."""
    if node.op in (trace_op, DIAGONAL) and node.args[0].op is MUL and not scalars(node.args[0]):
        return node.args[0].args
    return node.args


def squared_norm(base: Expr) -> Expr | None:
    """u where the expression is u'*u, or U where it is tr(U'*U)."""
    inside = base.args[0] if base.op is trace_op else base
    if inside.op is MUL and len(inside.args) == 2:
        a, b = inside.args
        if not a.shape.is_scalar and transpose(a) is b:
            return a if a.op is not TRANSPOSE else b
    return None


def _is_reciprocal(e: Expr) -> bool:
    n = leaves.number_value(base_and_exponent(e)[1])
    return e.op is POWER and n is not None and n < 0


def _leaf(kind: str, data: Callable[[Expr], object]) -> Callable[[Generator, Expr], Value]:
    return lambda g, e: g.value(kind, data=data(e), shape=e.shape.axes)


_RULES: dict[Op, Callable[[Generator, Expr], Value]] = {
    leaves.VARIABLE: _leaf("input", leaves.variable_name),
    leaves.TANGENT: _leaf("input", lambda e: e.data),
    leaves.NUMBER: _leaf("number", lambda e: e.data),
    leaves.EXTENT: _leaf("size", lambda e: e.data),
    leaves.PI: _leaf("pi", lambda e: None),
    leaves.EYE: _leaf("eye", lambda e: e.shape.axes[0]),
    leaves.ONES: _leaf("ones", lambda e: e.shape.axes[0]),
    leaves.ZEROS: _leaf("zeros", lambda e: e.shape.axes),
    leaves.COMMUTATION: _leaf("commutation", lambda e: e.data),
    leaves.DUPLICATION: _leaf("duplication", lambda e: e.data),
    leaves.ELIMINATION: _leaf("elimination", lambda e: e.data),
    SELECTION: Generator._selection,
    ADD: Generator._sum,
    MUL: Generator._product,
    HADAMARD: Generator._hadamard,
    POWER: Generator._power,
    MATPOW: Generator._matrix_power,
    TRANSPOSE: lambda g, e: g.transposed(g.memo[e.args[0]]),
    DIAG: Generator._diag_like,
    DIAGONAL: Generator._diagonal_of,
    LOG: log_of,
    OPS["det"]: det_of,
    OPS["logdet"]: logdet_of,
    **dict.fromkeys(MATRIX_FUNCTIONS, function_of),
    VEC: Generator._diag_like,
    UNVEC: Generator._unvec,
    KRON: Generator._kron,
    BLOCKS: Generator._blocks,
    FRECHET: lambda g, e: g.value(
        "frechet", *[g.memo[a] for a in e.args], data=e.data, shape=e.shape.axes
    ),
    FRECHET_MATRIX: lambda g, e: g.value(
        "frechet matrix", *[g.memo[a] for a in e.args], data=e.data, shape=e.shape.axes
    ),
    trace_op: Generator._trace,
}
