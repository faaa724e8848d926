"""The node: one immutable, interned class for every expression.

Equal expressions are the same object, so comparison is by identity and a shared part is shared
without further ado. Nodes are made by the constructors of `mcalc.core.algebra` and its neighbours,
which keep them in normal form, or by `intern` where what a user wrote is to be kept as written.
"""

from __future__ import annotations

import threading
from hashlib import blake2s
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from mcalc.core.op import Op
    from mcalc.core.shape import Shape

_LARGEST_SIZE = 10**9
_LONGEST_LABEL = 96


# The operators of an expression belong to the algebra, which is built on this module: they are
# looked up when they are used.
class Expr:
    """An operation on arguments, with the data that is not an expression, and the shape.

    `size` counts the operators of the expression written out (saturating), `weight` those that are
    no transposes; `form` is the content without the names of variables; `label` identifies the
    content across processes and orders commutative arguments; `facts` is what is known of the value
    (see `mcalc.core.facts`).
    """

    __slots__ = (
        "__weakref__",
        "args",
        "data",
        "facts",
        "form",
        "label",
        "op",
        "shape",
        "size",
        "weight",
    )

    op: Op
    args: tuple[Expr, ...]
    data: Hashable
    shape: Shape
    size: int
    weight: int
    label: str
    form: str
    facts: int

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an expression does not change")

    def __iter__(self) -> Iterator[Expr]:
        raise TypeError("an expression is no sequence")

    def __repr__(self) -> str:
        return f"<{self.label} : {self.shape.describe()}>"

    @property
    def sort_key(self) -> tuple[bool, int, int, str, str]:
        """The place among commutative arguments: constants, then large terms, then by content.

        What the variables are called comes last, so that other names change no decision.
        """
        return (self.size > 0, -self.weight, self.size, self.form, self.label)

    @property
    def content(self) -> tuple[str, str]:
        """What decides between equals: the content without names, then with them."""
        return (self.form, self.label)

    def has(self, fact: int) -> bool:
        """Whether this is known of the value."""
        return bool(self.facts & fact)

    @property
    def T(self) -> Expr:
        """The transpose."""
        from mcalc.core.algebra import transpose

        return transpose(self)

    def __add__(self, other: Expr) -> Expr:
        from mcalc.core.algebra import add

        return add(self, other)

    def __sub__(self, other: Expr) -> Expr:
        from mcalc.core.algebra import subtract

        return subtract(self, other)

    def __neg__(self) -> Expr:
        from mcalc.core.algebra import scale

        return scale(-1, self)

    def __matmul__(self, other: Expr) -> Expr:
        from mcalc.core.algebra import mul

        return mul(self, other)

    def __mul__(self, other: Expr) -> Expr:
        """Element by element; a scalar on either side scales."""
        from mcalc.core.algebra import hadamard

        return hadamard(self, other)

    def __rmul__(self, factor: int) -> Expr:
        from mcalc.core.algebra import scale

        return scale(factor, self)

    def __truediv__(self, other: Expr) -> Expr:
        """Element by element; a scalar on either side spreads."""
        from mcalc.core.algebra import hadamard, number, power

        return hadamard(self, power(other, number(-1)))

    def __pow__(self, exponent: int) -> Expr:
        """Element by element."""
        from mcalc.core.algebra import number, power

        return power(self, number(exponent))


_nodes: WeakValueDictionary[tuple[object, ...], Expr] = WeakValueDictionary()
_lock = threading.Lock()


def intern(
    op: Op,
    args: tuple[Expr, ...],
    shape: Shape,
    data: Hashable = None,
    *,
    name: str = "",
    facts: int = 0,
    cost: int = 1,
    turn: int = 0,
    written: bool = False,
) -> Expr:
    """The one node with this content, made if it is new.

    What is kept as written is not in normal form and shares no node with what is. `name` is what a
    leaf is called in its label; `cost` the operators the node itself stands for, `turn` those of
    them that are transposes.
    """
    key = (op, args, data, shape, written)
    with _lock:
        node = _nodes.get(key)
        if node is None:
            node = object.__new__(Expr)
            put = object.__setattr__
            put(node, "op", op)
            put(node, "args", args)
            put(node, "data", data)
            put(node, "shape", shape)
            put(node, "size", min(_LARGEST_SIZE, cost + sum(a.size for a in args)))
            put(node, "weight", min(_LARGEST_SIZE, cost - turn + sum(a.weight for a in args)))
            extra = "" if data is None else f";{data}"
            if args:
                put(node, "label", _label(op.name, [a.label for a in args], extra))
                put(node, "form", _label(op.name, [a.form for a in args], extra))
            else:
                put(node, "label", f"{name or op.name}{extra}:{shape.rows}×{shape.cols}")
                put(node, "form", f"{op.name}{'' if name else extra}:{shape.kind}")
            put(node, "facts", facts)
            _nodes[key] = node
    return node


def _label(name: str, parts: list[str], extra: str) -> str:
    """The parts in brackets, a digest of them where they are long."""
    text = f"{name}({','.join(parts)}{extra})"
    if len(text) <= _LONGEST_LABEL:
        return text
    return f"{text[: _LONGEST_LABEL - 24]}#{blake2s(text.encode(), digest_size=10).hexdigest()}"


def postorder(*roots: Expr) -> Iterator[Expr]:
    """Every node once, arguments before those that use them; never recursive."""
    seen: set[Expr] = set()
    for root in roots:
        stack: list[tuple[Expr, bool]] = [(root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                yield node
                continue
            if node in seen:
                continue
            seen.add(node)
            if not node.args:
                yield node
                continue
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args) if a not in seen)


def dependents(root: Expr, leaves: Iterable[Expr]) -> set[Expr]:
    """The nodes under `root` in which one of the leaves occurs."""
    found = set(leaves)
    for node in postorder(root):
        if any(a in found for a in node.args):
            found.add(node)
    return found


def rebuild(root: Expr, step: Callable[[Expr, tuple[Expr, ...]], Expr]) -> Expr:
    """The expression made anew from its leaves: step(node, new arguments)."""
    made: dict[Expr, Expr] = {}
    for node in postorder(root):
        made[node] = step(node, tuple([made[a] for a in node.args]))
    return made[root]
