"""Passes over programs, between their generation and their spelling in any language.

    scaled       numbers and signs go where they are absorbed, or else to the smallest factor
    recognised   diagonals are added without a diagonal matrix, Σ A.*B is one operation
    inverted     where a whole inverse is needed in any case, it multiplies what would be solved for
    plain        a factor that one operation asks for is part of that operation

Each makes the program anew, from its leaves.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from mcalc.core.op import OPS
from mcalc.ops.elementwise import EXP, LOG
from mcalc.ops.reductions import LOGSUMEXP, SOFTMAX
from mcalc.ops.shaping import DIAG
from mcalc.printers.code.chains import count
from mcalc.printers.code.ir import Program, Value, live, uses

if TYPE_CHECKING:
    from collections.abc import Callable

Roots: TypeAlias = tuple[Value, ...]

DEEPEST = 6
"""How far below a product a number is carried to be absorbed."""


def optimized(roots: Roots) -> Roots:
    """The same values, cheaper to compute."""
    for step in (Scaled, Recognised, Inverted, Plain):
        roots = step(roots).roots
    return roots


class Pass:
    """A program made anew: `make` has the new value of each old one, its arguments being made."""

    def __init__(self, roots: Roots) -> None:
        self.program = Program()
        self.order = live(roots)
        self.made: dict[Value, Value] = {}
        self.counts: dict[Value, int] = {}
        self.before(roots)
        counts = uses(roots)
        for v in self.order:
            new = self.make(v, tuple([self.made[a] for a in v.args]))
            self.made[v] = new
            self.counts[new] = self.counts.get(new, 0) + counts[v]
        self.roots = tuple([self.made[root] for root in roots])

    def before(self, roots: Roots) -> None:
        """What has to be known of the whole program."""

    def make(self, v: Value, args: tuple[Value, ...]) -> Value:
        """The new value of an old one."""
        return self.program.again(v, args)

    def is_single(self, v: Value) -> bool:
        """Whether a new value is used once, so that it may be made in another way."""
        return self.counts.get(v, 1) <= 1

    # ------------------------------------------------------------ numbers in products
    def multiplied(self, c: Fraction, v: Value) -> Value:
        """c*v, the number absorbed or on the smallest factor."""
        if c == 1:
            return v
        absorbed = self._absorbed(c, v, DEEPEST)
        if absorbed is not None:
            return absorbed
        return self.placed(v, lambda w: self.program.multiple(c, w))

    def placed(self, v: Value, scaled: Callable[[Value], Value]) -> Value:
        """A product with its smallest factor scaled, where that is smaller than the product."""
        path: list[tuple[Value, int]] = []
        best, smallest = 0, entries(v)
        at = v
        while self.is_single(at) and at.kind in _FACTORS:
            i = min(_FACTORS[at.kind], key=lambda k: entries(at.args[k]))
            path.append((at, i))
            at = at.args[i]
            if entries(at) < smallest:
                best, smallest = len(path), entries(at)
        new = scaled(path[best - 1][0].args[path[best - 1][1]]) if best else scaled(v)
        for above, i in reversed(path[:best]):
            new = self._with(above, i, new)
        return new

    def _absorbed(self, c: Fraction, v: Value, depth: int) -> Value | None:
        """c*v by other numbers and signs; None where there are none."""
        p = self.program
        if v.kind == "number":
            return p.number(c * v.data)
        if v.kind == "neg" and (c == -1 or self.is_single(v)):
            return self.multiplied(-c, v.args[0])
        if not self.is_single(v):
            return None
        if v.kind == "mul" and v.args[0].kind == "number":
            return self.multiplied(c * v.args[0].data, v.args[1])
        if v.kind == "div" and v.args[1].kind == "number":
            return self.multiplied(c / v.args[1].data, v.args[0])
        if v.kind == "div" and v.args[0].kind == "number":
            return p.over(p.number(c * v.args[0].data), v.args[1])
        if v.kind == "sub" and c == -1:
            return p.minus(v.args[1], v.args[0])
        if depth == 0:
            return None
        for i in _FACTORS.get(v.kind, ()):
            new = self._absorbed(c, v.args[i], depth - 1)
            if new is not None:
                return self._with(v, i, new)
        return None

    def _with(self, v: Value, i: int, new: Value) -> Value:
        return self.program.again(v, (*v.args[:i], new, *v.args[i + 1 :]))


_FACTORS = {
    "matmul": (0, 1),
    "outer": (0, 1),
    "vdot": (0, 1),
    "diagonal product": (0, 1),
    "mul": (0, 1),
    "div": (0,),
    "sum": (0,),
    "transpose": (0,),
    "column": (0,),
    "expand": (0,),
    "solve": (1,),
    "lu solve": (1,),
    "cholesky solve": (1,),
    "triangular solve": (1,),
}
"""The arguments in which a kind is linear, and a number can go."""


def entries(v: Value) -> int:
    """How many numbers a value has, symbolic sizes counted alike."""
    return prod(count(size) for size in v.shape)


class Scaled(Pass):
    """Numbers, signs and scalars on the smallest factor."""

    def make(self, v: Value, args: tuple[Value, ...]) -> Value:
        """Products with numbers and scalars, quotients by them, signs."""
        p = self.program
        if v.kind == "neg":
            return self.multiplied(Fraction(-1), args[0])
        if v.kind == "mul":
            a, b = args if args[0].rank == 0 else args[::-1]
            if a.kind == "number":
                return self.multiplied(a.data, b)
            if a.kind == "div" and a.args[0].kind == "number" and b.rank == 1:
                return p.over(self.multiplied(a.args[0].data, b), a.args[1])
            if a.rank == 0 and b.rank > 0:
                return self.placed(b, lambda w: p.times(a, w))
        if v.kind == "div":
            a, b = args
            if b.kind == "number":
                return self.multiplied(1 / b.data, a)
            if b.rank == 0 and a.rank > 0:
                return self.placed(a, lambda w: p.over(w, b))
        if v.kind == "add" and args[0].kind == "neg":
            return p.plus(args[1], args[0])
        if v.kind == "add":
            return p.plus(*args)
        if v.kind == "sub" and args[1].kind == "neg":
            return p.plus(args[0], args[1].args[0])
        return p.again(v, args)


class Recognised(Pass):
    """Operations that other ones amount to."""

    def before(self, roots: Roots) -> None:
        """Arguments whose logsumexp there is, which tells their softmax."""
        self.summed = {v.args[0] for v in self.order if v.kind == "call" and v.data is LOGSUMEXP}

    def make(self, v: Value, args: tuple[Value, ...]) -> Value:
        """By its kind."""
        p = self.program
        if v.kind in ("add", "sub"):
            found = self._with_diagonal(v, *args)
            if found is not None:
                return found
        if v.kind == "sum":
            return self._sum(args[0])
        if v.kind == "vdot" and all(a.kind == "transpose" for a in args):
            return p.value("vdot", *[a.args[0] for a in args])
        if v.kind == "call" and v.data is LOG:
            return self._log(args[0])
        if v.kind == "sub" and args[0].kind == "call" and args[0].data is EXP and _is_one(args[1]):
            return p.value("call", *args[0].args, data=OPS["expm1"], shape=v.shape)
        if v.kind == "call" and v.data is SOFTMAX and v.args[0] in self.summed:
            (x,) = args
            shift = p.minus(x, p.value("call", x, data=LOGSUMEXP))
            return p.value("call", shift, data=EXP, shape=x.shape)
        return p.again(v, args)

    def _log(self, a: Value) -> Value:
        """The logarithm; near one, of the difference."""
        p = self.program
        if a.kind == "add" and any(map(_is_one, a.args)):
            other = a.args[1] if _is_one(a.args[0]) else a.args[0]
            return p.value("call", other, data=OPS["log1p"], shape=a.shape)
        if a.kind == "sub" and _is_one(a.args[0]):
            return p.value("call", p.negative(a.args[1]), data=OPS["log1p"], shape=a.shape)
        return p.value("call", a, data=LOG, shape=a.shape)

    def _sum(self, a: Value) -> Value:
        """Σ A.*B without the entries of A.*B."""
        p = self.program
        if a.kind == "transpose":
            a = a.args[0]
        if a.kind == "mul" and a.args[0].shape == a.args[1].shape:
            x, y = a.args
            if a.rank == 1:
                return p.matmul(x, y)
            if a.rank == 2:
                if x.kind == y.kind == "transpose":
                    x, y = x.args[0], y.args[0]
                return p.value("vdot", x, y)
        return p.value("sum", a)

    def _with_diagonal(self, v: Value, a: Value, b: Value) -> Value | None:
        """A matrix plus diag(v) or s*eye, without the diagonal matrix."""
        if v.rank != 2 or a.shape != b.shape:
            return None
        p, sign = self.program, Fraction(1 if v.kind == "add" else -1)
        first, second = self._diagonal(a), self._diagonal(b)
        if second is not None and first is None:
            return p.value("add diagonal", a, self.multiplied(sign, second), shape=v.shape)
        if first is not None and second is None:
            return p.value("add diagonal", self.multiplied(sign, b), first, shape=v.shape)
        return None

    def _diagonal(self, a: Value) -> Value | None:
        """v where the value is diag(v), s where it is s*eye."""
        p = self.program
        if a.kind == "eye":
            return p.number(1)
        if a.kind == "call" and a.data is DIAG:
            return a.args[0]
        if a.kind == "neg":
            inner = self._diagonal(a.args[0])
            return None if inner is None else p.negative(inner)
        if a.kind in ("mul", "div"):
            x, y = a.args
            if a.kind == "mul" and x.rank:
                x, y = y, x
            scalar, rest = (x, y) if a.kind == "mul" else (y, x)
            inner = self._diagonal(rest) if scalar.rank == 0 and rest.rank == 2 else None
            if inner is None:
                return None
            return p.times(scalar, inner) if a.kind == "mul" else p.over(inner, scalar)
        return None


def _is_one(v: Value) -> bool:
    return v.kind == "number" and bool(v.data == 1)


class Inverted(Pass):
    """Solutions for many right-hand sides by an inverse that is needed whole."""

    def before(self, roots: Roots) -> None:
        """The factors whose inverses are needed."""
        self.whole = {v.args[0]: v for v in self.order if v.kind in _INVERSES.values()}

    def make(self, v: Value, args: tuple[Value, ...]) -> Value:
        """A product for a solve."""
        p = self.program
        if v.kind in _INVERSES and v.rank == 2 and v.args[0] in self.whole:
            inverse = p.value(_INVERSES[v.kind], args[0], shape=args[0].shape)
            return p.matmul(p.transposed(inverse) if v.data else inverse, args[1])
        return p.again(v, args)


_INVERSES = {"lu solve": "lu inverse", "cholesky solve": "cholesky inverse"}


class Plain(Pass):
    """LU factors that one operation uses, left to that operation."""

    def before(self, roots: Roots) -> None:
        """The factors that have one use."""
        counts = uses(roots)
        self.once = {v for v in self.order if v.kind == "lu" and counts[v] == 1}

    def make(self, v: Value, args: tuple[Value, ...]) -> Value:
        """The operation on the matrix itself."""
        p = self.program
        if not v.args or v.args[0] not in self.once:
            return p.again(v, args)
        (X,) = args[0].args
        if v.kind == "lu solve":
            return p.value("solve", p.transposed(X) if v.data else X, args[1], shape=v.shape)
        if v.kind == "lu inverse":
            return p.value("inverse", X, shape=v.shape)
        if v.kind == "lu det":
            return p.value("call", X, data=OPS["det"])
        if v.kind == "lu logdet":
            return p.value("call", X, data=OPS["logdet"])
        return p.again(v, args)
