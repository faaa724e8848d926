"""From expressions to programs: what is computed, in which order, by which kind of step."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core import facts, leaves
from mcalc.core.algebra import ADD, HADAMARD, MATPOW, MUL, POWER, TRANSPOSE, transpose
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, fill_value, scalars
from mcalc.core.sums import coefficients, split
from mcalc.errors import InternalError
from mcalc.ops.blocks import BLOCKS, SELECTION, Span, grid
from mcalc.ops.linear import trace_op
from mcalc.ops.matrix_functions import FRECHET, FRECHET_MATRIX
from mcalc.ops.shaping import DIAG, DIAGONAL
from mcalc.ops.vectorize import KRON, UNVEC, VEC
from mcalc.printers.code.chains import Chains
from mcalc.printers.code.ir import Program, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.core.shape import Shape

LARGEST_DIVISOR = 2**53
MOST_REPEATED = 4
"""Whole powers up to this are written as products."""


class Generator:
    """Makes the values of expressions in one program, each once."""

    def __init__(self) -> None:
        self.program = Program()
        self.memo: dict[Expr, Value] = {}
        self.chains = Chains(self)

    # ------------------------------------------------------------ small steps
    def value(self, kind: str, *args: Value, data: object = None, rank: int = 0) -> Value:
        """A value of the program."""
        return self.program.value(kind, *args, data=data, rank=rank)

    def number(self, c: Fraction | int) -> Value:
        """A rational constant."""
        return self.value("number", data=Fraction(c))

    def times(self, a: Value, b: Value) -> Value:
        """The product entry by entry; one and minus one are no factors."""
        for x, y in ((a, b), (b, a)):
            if x.kind == "number" and x.data == 1:
                return y
            if x.kind == "number" and x.data == -1:
                return self.value("neg", y, rank=y.rank)
        return self.value("mul", a, b, rank=max(a.rank, b.rank))

    def over(self, a: Value, b: Value) -> Value:
        """The quotient entry by entry."""
        return self.value("div", a, b, rank=max(a.rank, b.rank))

    def plus(self, a: Value, b: Value) -> Value:
        """The sum, with broadcasting."""
        if b.kind == "neg":
            return self.value("sub", a, b.args[0], rank=max(a.rank, b.rank))
        return self.value("add", a, b, rank=max(a.rank, b.rank))

    def matmul(self, a: Value, b: Value) -> Value:
        """The product of arrays of rank 1 or 2."""
        return self.value("matmul", a, b, rank=a.rank + b.rank - 2)

    def transposed(self, a: Value) -> Value:
        """The transpose of a matrix; a vector is its own."""
        if a.rank < 2:
            return a
        return a.args[0] if a.kind == "transpose" else self.value("transpose", a, rank=2)

    def as_matrix(self, a: Value, shape: Shape) -> Value:
        """An array of rank 2: a column or row of a vector."""
        if a.rank == 2:
            return a
        if shape.is_scalar:
            return self.value("column", self.value("column", a, rank=1), rank=2)
        column = self.value("column", a, rank=2)
        return column if shape.is_column else self.value("transpose", column, rank=2)

    # ------------------------------------------------------------ expressions
    def emit(self, e: Expr) -> Value:
        """The value of an expression."""
        stack = [e]
        while stack:
            node = stack[-1]
            missing = [a for a in node.args if a not in self.memo]
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
            return self.value("abstract", *args, data=node.op, rank=len(node.shape.axes))
        if node.op.numpy:
            args = tuple([self.memo[a] for a in node.args])
            return self.value("call", *args, data=node.op, rank=len(node.shape.axes))
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
                total = self.value("neg", term, rank=term.rank) if c < 0 else term
            elif c < 0:
                total = self.value("sub", total, term, rank=max(total.rank, term.rank))
            else:
                total = self.plus(total, term)
        assert total is not None
        return total

    def multiple(self, c: Fraction, v: Value) -> Value:
        """c*v, by a division where c is 1/q."""
        if c.numerator == 1 and 1 < c.denominator < LARGEST_DIVISOR:
            return self.over(v, self.number(c.denominator))
        return self.times(self.number(c), v)

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
                spread = self.value("column", column, rank=2)
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
        return self.memo[links[0]] if len(links) == 1 else self.chains.emit(links)

    def _product(self, node: Expr) -> Value:
        links = chain(node)
        above = [f for f in node.args if f.shape.is_scalar and not _is_reciprocal(f)]
        below = [f for f in node.args if f.shape.is_scalar and _is_reciprocal(f)]
        if node.shape.is_scalar and links:
            return self.chains.emit(links)
        total: Value | None = None
        for f in above:
            total = self.memo[f] if total is None else self.times(total, self.memo[f])
        for f in below:
            denominator = self._reciprocal(f)
            total = self.over(self.number(1) if total is None else total, denominator)
        if links:
            return self.chains.emit_scaled(total, links)
        assert total is not None
        return total

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
        return self.value("call", self.emit(diagonal(rest)), data=DIAG, rank=2)

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
        return self.value("sqrt", v, rank=v.rank)

    def _repeated(self, v: Value, n: Fraction) -> Value:
        if n.denominator == 1 and 1 <= n <= MOST_REPEATED:
            total = v
            for _ in range(n.numerator - 1):
                total = self.times(total, v)
            return total
        return self.value("pow", v, self.number(n), rank=v.rank)

    def _power(self, node: Expr) -> Value:
        base, exponent = node.args
        n = leaves.number_value(exponent)
        if n is not None:
            return self.power_value(base, n)
        a = self._spread(base) if base.shape == exponent.shape else self.memo[base]
        b = self.memo[exponent]
        return self.value("pow", a, b, rank=max(a.rank, b.rank))

    def _matrix_power(self, node: Expr) -> Value:
        base, exponent = node.args
        X = self.memo[base]
        n = leaves.number_value(exponent)
        if not exponent.has(facts.INTEGER) and base.has(facts.PD):
            return self.value("spd power", X, self.memo[exponent], rank=2)
        if n is None:
            return self.value("matrix power", X, self.memo[exponent], rank=2)
        k = n.numerator
        positive = X if k > 0 else self.value("inverse", X, rank=2)
        if abs(k) == 1:
            return positive
        return self.value("matrix power", positive, self.number(abs(k)), rank=2)

    def _trace(self, node: Expr) -> Value:
        """tr(A*B) = Σ A'.*B, without the product."""
        X = node.args[0]
        links = chain(X) if X.op is MUL else (X,)
        if len(links) == 1 or any(_is_inverse(f) for f in links):
            return self.value("call", self.memo[X], data=node.op)
        middle = max(1, len(links) // 2)
        left, right = self.emit_product(links[:middle]), self.emit_product(links[middle:])
        return self.value("sum", self.times(self.transposed(left), right))

    def _diag_like(self, node: Expr) -> Value:
        args = tuple([self.memo[a] for a in node.args])
        return self.value("call", *args, data=node.op, rank=len(node.shape.axes))

    def _unvec(self, node: Expr) -> Value:
        return self.value("unvec", self.memo[node.args[0]], data=node.shape.axes, rank=2)

    def _kron(self, node: Expr) -> Value:
        args = [self.memo[a] for a in node.args]
        if node.shape.is_matrix:
            args = [self.as_matrix(v, a.shape) for v, a in zip(args, node.args, strict=True)]
        return self.value("call", *args, data=KRON, rank=len(node.shape.axes))

    def _blocks(self, node: Expr) -> Value:
        rows = grid(node)
        if not node.shape.is_matrix:
            return self.value("concatenate", *self._pieces(node), rank=1)
        values = [self.as_matrix(self.memo[e], e.shape) for row in rows for e in row]
        return self.value("block", *values, data=tuple([len(r) for r in rows]), rank=2)

    def _pieces(self, node: Expr) -> list[Value]:
        return [
            self.value("column", self.memo[e], rank=1) if e.shape.is_scalar else self.memo[e]
            for e in node.args
        ]

    def _selection(self, node: Expr) -> Value:
        assert isinstance(node.data, Span)
        before, part, _after = node.data
        whole = node.shape.axes[0]
        if part is None:
            return self.value("unit", data=(whole, before), rank=1)
        return self.value("selection", data=(whole, part, before), rank=2)


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


def _is_inverse(e: Expr) -> bool:
    inner = e.args[0] if e.op is TRANSPOSE else e
    n = leaves.number_value(inner.args[1]) if inner.op is MATPOW else None
    return n is not None and n < 0


def _leaf(kind: str, data: Callable[[Expr], object]) -> Callable[[Generator, Expr], Value]:
    return lambda g, e: g.value(kind, data=data(e), rank=len(e.shape.axes))


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
    DIAGONAL: Generator._diag_like,
    VEC: Generator._diag_like,
    UNVEC: Generator._unvec,
    KRON: Generator._kron,
    BLOCKS: Generator._blocks,
    FRECHET: lambda g, e: g.value("frechet", *[g.memo[a] for a in e.args], data=e.data, rank=2),
    FRECHET_MATRIX: lambda g, e: g.value(
        "frechet matrix", *[g.memo[a] for a in e.args], data=e.data, rank=2
    ),
    trace_op: Generator._trace,
}
