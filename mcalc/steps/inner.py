"""Inner functions: the parts of an expression that are differentiated by a rule of their own.

Between them lie parts that are linear in what changes, and these need no name: the differential
passes through them. A part gets a name where a rule other than linearity applies to it, or where it
is what such a rule is applied to, as u = A*x-y in norm2(A*x-y)^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING

from mcalc.core.algebra import HADAMARD, MUL, POWER, TRANSPOSE, build, mul, split
from mcalc.core.expr import Expr, dependents, intern, postorder
from mcalc.core.leaves import Direction, Variable, named, named_tangent, number_value
from mcalc.core.op import OPS
from mcalc.core.shape import SCALAR, Shape
from mcalc.ops.linear import trace_op
from mcalc.ops.squares import square_root

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator


class Kind(Enum):
    """By what a node is differentiated."""

    LINEAR = "linearity"
    PRODUCT = "product rule"
    QUOTIENT = "quotient rule"
    FUNCTION = "rule of its own"


@dataclass(frozen=True, slots=True)
class Inner:
    """A part of an expression by a name.

    name    the leaf that stands for it
    change  the leaf for its change
    node    what it is
    value   what it is, in the names of the parts in it
    """

    name: Expr
    change: Expr
    node: Expr
    value: Expr


def inner_functions(
    f: Expr, X: Expr, number: int, known: dict[Expr, Expr]
) -> tuple[list[Inner], Expr]:
    """The parts with a name, those first that stand in the others, and f in these names.

    number is that of the differentiation, which the changes of the parts bear; known has the names
    given before, and gets the new ones.
    """
    f = _squares_of_parts(f, X)
    cut = _Cuts(f, X).cut
    taken = _words(f) | {str(name.data) for name in known.values()}
    symbols: dict[Expr, Expr] = {}
    found: list[Inner] = []
    made: dict[Expr, Expr] = {}
    changing = dependents(f, (X,))
    pools = _Pools(taken, len(cut))
    for node in postorder(f):
        if node not in changing or node is X:
            continue
        args = tuple([symbols.get(a) or made.get(a, a) for a in node.args])
        made[node] = node if args == node.args else build(node.op, args, node.data)
        if node in cut and node is not f:
            if node not in known:
                known[node] = named(pools.next(node.shape), node)
            name = symbols[node] = known[node]
            found.append(Inner(name, named_tangent(name, number), node, made[node]))
    return found, made.get(f, f)


def _squares_of_parts(f: Expr, X: Expr) -> Expr:
    """The expression with u'*u for the square of a norm of a product, so that u can have a name."""
    changing = dependents(f, (X,))
    made: dict[Expr, Expr] = {}
    for node in postorder(f):
        root = square_root(node) if node in changing else None
        args = tuple([made[a] for a in node.args])
        if root is not None and len(root) > 1:
            made[node] = _square(mul(*[made.get(link, link) for link in root]))
        elif args == node.args:
            made[node] = node
        else:
            data, known = node.data, node.facts
            made[node] = intern(node.op, args, node.shape, data, facts=known, written=True)
    return made[f]


def _square(u: Expr) -> Expr:
    """The square of the norm, u'*u or tr(U'*U)."""
    turned = intern(TRANSPOSE, (u,), u.shape.T, written=True)
    pair = intern(MUL, (turned, u), Shape(u.shape.cols, u.shape.cols), written=True)
    return intern(trace_op, (pair,), SCALAR, written=True) if u.shape.is_matrix else pair


# ---------------------------------------------------------------- where the names go
class _Cuts:
    """Which parts of f get a name: `cut`."""

    def __init__(self, f: Expr, X: Expr) -> None:
        self.X = X
        self.changing = dependents(f, (X,))
        self.cut: set[Expr] = set()
        if f in self.changing:
            self._find(f)

    def _find(self, f: Expr) -> None:
        roots = [f]
        done = {self.X}
        while roots:
            root = roots.pop()
            if root in done:
                continue
            done.add(root)
            nearest = self._nearest(root)
            together = len({self._family(n) for n in nearest}) <= 1
            for n in nearest:
                if together or n is root:
                    for inlet in self._inlets(n):
                        self.cut.add(inlet)
                        roots.append(inlet)
                else:
                    self.cut.add(n)
                    roots.append(n)

    def _nearest(self, root: Expr) -> list[Expr]:
        """The first parts under a root, itself included, that linearity does not settle."""
        found: list[Expr] = []
        seen: set[Expr] = set()
        stack = [root]
        while stack:
            node = stack.pop()
            if node in seen or node is self.X or (node in self.cut and node is not root):
                continue
            seen.add(node)
            if self.kind(node) is Kind.LINEAR:
                stack.extend(a for a in reversed(node.args) if a in self.changing)
            else:
                found.append(node)
        return found

    def kind(self, node: Expr) -> Kind:
        """By what a node that changes is differentiated."""
        return kind_of(node, self.changing)

    def _family(self, node: Expr) -> object:
        """What two parts have in common that are differentiated by one rule."""
        kind = self.kind(node)
        if kind is not Kind.FUNCTION:
            return kind
        fixed = [a for a in node.args if a not in self.changing]
        return (node.op, node.data, *fixed) if square_root(node) is None else "square"

    def _inlets(self, node: Expr) -> Iterator[Expr]:
        """The parts that the rule of a node is applied to, but for the variable alone."""
        divided = self.kind(node) is Kind.QUOTIENT
        for a in _operands(node):
            if a not in self.changing:
                continue
            if divided and _is_reciprocal(a):
                inner = _operands(a)
                yield from (i for b in inner if (i := self._inlet(b)) is not None)
            elif (inlet := self._inlet(a)) is not None:
                yield inlet

    def _inlet(self, a: Expr) -> Expr | None:
        """The part without a transpose; None for a constant and for a multiple of the variable."""
        inlet = a.args[0] if a.op is TRANSPOSE else a
        _, bare = split(inlet)
        if bare.op is TRANSPOSE:
            bare = bare.args[0]
        return None if bare is self.X or inlet not in self.changing else inlet


def _operands(node: Expr) -> tuple[Expr, ...]:
    """The arguments; of norms and their squares, u'*u as one thing, those of the product."""
    if node.op is POWER and square_root(node.args[0]) is not None:
        return (*_operands(node.args[0]), node.args[1])
    if square_root(node) is not None and node.op is not MUL:
        return node.args[0].args
    return node.args


def kind_of(node: Expr, changing: Container[Expr]) -> Kind:
    """By what a node is differentiated, some of whose arguments change."""
    if square_root(node) is not None:
        return Kind.FUNCTION
    moving = [i for i, a in enumerate(node.args) if a in changing]
    if not all(node.op.linear_in(i) for i in moving):
        return Kind.FUNCTION
    if node.op.joint or len(moving) == 1:
        return Kind.LINEAR
    if node.op in (MUL, HADAMARD) and any(_is_reciprocal(node.args[i]) for i in moving):
        return Kind.QUOTIENT
    return Kind.PRODUCT


def _is_reciprocal(e: Expr) -> bool:
    """Whether this is one over something, entry by entry."""
    if e.op is not POWER:
        return False
    n = number_value(e.args[1])
    return n is not None and n < 0


# ---------------------------------------------------------------- names
def _words(f: Expr) -> set[str]:
    """The names that stand in an expression: of variables, changes and sizes."""
    found: set[str] = set()
    for node in postorder(f):
        if isinstance(node.data, Variable):
            found.add(node.data.name)
        elif isinstance(node.data, Direction):
            found.add(node.data.variable)
        found.update(s for axis in node.shape.axes for s in axis.symbols)
    return found


MOST_LETTERS = 8
"""Inner functions that have letters for names; more of them are numbered."""

_LETTERS = {"scalar": "srqt", "vector": "uvwzhk", "row_vector": "uvwzhk", "matrix": "UVWZPQ"}


class _Pools:
    """Names by the kind of what they name: letters where these are enough, else numbered."""

    def __init__(self, taken: Iterable[str], how_many: int) -> None:
        self.taken = set(taken) | set(OPS)
        self.numbered = how_many > MOST_LETTERS
        self.pools = {kind: self._names(letters) for kind, letters in _LETTERS.items()}

    def _names(self, letters: str) -> Iterator[str]:
        if not self.numbered:
            yield from letters
        for i in count(1):
            yield f"{letters[0]}{i}"

    def next(self, shape: Shape) -> str:
        """The next free name for something of this shape."""
        name = next(n for n in self.pools[shape.kind] if n not in self.taken)
        self.taken.add(name)
        return name
