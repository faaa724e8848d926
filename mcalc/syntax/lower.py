"""From the surface tree to expressions: as written, for display, and in normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.calculus.impossible import is_impossible
from mcalc.core import facts
from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MATPOW,
    MUL,
    POWER,
    TRANSPOSE,
    call,
    eye,
    filled,
    hadamard,
    inverse,
    matpow,
    mul,
    number,
    power,
    scale,
    transpose,
    zeros,
)
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import (
    commutation,
    duplication,
    elimination,
    number_value,
    pi,
    tangent,
    variable,
)
from mcalc.core.op import OPS, Op
from mcalc.core.powers import LARGEST_EXPONENT
from mcalc.core.shape import Shape
from mcalc.core.size import UNKNOWN
from mcalc.core.sums import linear_combination
from mcalc.errors import DomainError, LimitError, McalcError, ShapeError
from mcalc.ops.blocks import blocks
from mcalc.ops.reductions import MAXIMUM, MINIMUM
from mcalc.ops.vectorize import kron
from mcalc.syntax.characters import quote
from mcalc.syntax.functions import CHANGE, SIZED
from mcalc.syntax.infer import Inference
from mcalc.syntax.parser import Limits
from mcalc.syntax.sizes import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from mcalc.syntax.declared import Declaration
    from mcalc.syntax.surface import Node


@dataclass(frozen=True, slots=True)
class Lowered:
    """A formula with its variables: `written` as typed, `value` in normal form.

    variables are those that occur, in alphabetical order, capitals first; declared are all that a
    declaration names.
    """

    written: Expr
    value: Expr
    variables: Mapping[str, Expr]
    declared: Mapping[str, Expr]


def lower(
    tree: Node,
    text: str,
    declared: Mapping[str, Declaration],
    *,
    limits: Limits | None = None,
    functions: Mapping[str, Op] | None = None,
    expected: Shape | None = None,
) -> Lowered:
    """The expression a surface tree stands for.

    functions are the request's own. A shape that is expected fixes the sizes of constants that
    nothing else fixes.

    Raises: ShapeError, UnknownName, DomainError, ParseError (a wrong number of arguments), with
        the place in the text.
    """
    inference = Inference(declared, (limits or Limits()).variables, functions or {})
    order = list(_postorder(tree, inference))
    for node in order:
        inference.visit(node, text)
    inference.match()
    inference.settle()
    if expected is not None:
        inference.expect(tree, expected)
    if inference.sizes.unsolved is not None:
        left, right = inference.sizes.unsolved
        names = inference.size_names()
        raise ShapeError(
            f"the sizes {left.substitute(names)} and {right.substitute(names)} must be equal, "
            "and nothing says how",
            hint="declare the sizes of the variables in them",
        )
    return _Builder(inference, text).build(order, tree)


def _postorder(tree: Node, inference: Inference) -> Iterator[Node]:
    """Definitions in their order, then the body; arguments before what uses them.

    Sizes in calls, and a transpose mark, are no expressions and are not visited.
    """
    stack: list[tuple[Node, bool]] = [(tree, False)]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
            continue
        stack.append((node, True))
        args = node.args
        if node.kind == "where":
            args = (*node.args[1:], node.args[0])
        elif node.kind == "definition":
            stack[-1] = (node, True)
        elif node.kind == "call" and node.text in SIZED:
            args = ()
        elif node.kind == "call":
            args = inference.arguments(node)
        elif inference.is_transpose_mark(node):
            args = node.args[:1]
        stack.extend((a, False) for a in reversed(args))
        if node.kind == "definition":
            inference.definitions.setdefault(node.text, node)


class _Builder:
    def __init__(self, inference: Inference, text: str) -> None:
        self.inference = inference
        self.text = text
        self.names = inference.size_names()
        self.variables: dict[str, Expr] = {}
        self.value: dict[Node, Expr] = {}
        self.written: dict[Node, Expr] = {}

    def build(self, order: list[Node], tree: Node) -> Lowered:
        # Of a run as a+b-c or A*B*C the whole is built at once, not each beginning of it.
        begun = {n.args[0] for n in order if _run(n) and _run(n) == _run(n.args[0])}
        for node in order:
            if node.kind == "row" or node in begun:
                continue
            try:
                self._build(node)
                self._check_domain(node)
            except McalcError as error:
                raise error.at(node.start, node.end - node.start) from None
        declared = {name: self._variable(name) for name in self.inference.declared}
        used = {name: self.variables[name] for name in sorted(self.variables)}
        return Lowered(self.written[tree], self.value[tree], used, declared)

    def _check_domain(self, node: Node) -> None:
        """Refuse what has no value anywhere.

        Raises: DomainError.
        """
        e = self.value[node]
        if e.op is POWER:  # of a negative number there are powers where the exponent is whole
            return
        asked = e.op.exists or e.op.domain
        if asked is not None and any(is_impossible(condition) for condition in asked(e)):
            raise DomainError(f"{quote(self.text[node.start : node.end])} has no value anywhere")

    def _shape(self, node: Node) -> Shape:
        """The shape of a node, its sizes named.

        Raises: ShapeError where nothing fixes a size.
        """
        shape = self.inference.resolve(self.inference.shapes[node])
        named = Shape(*(None if a is None else a.substitute(self.names) for a in shape))
        for axis in named.axes:
            if any(s.startswith(UNKNOWN) for s in axis.symbols):
                raise ShapeError(
                    "nothing fixes the size of this constant",
                    hint="write its size: eye(n), ones(n), ones(m, n)",
                )
        return named

    def _variable(self, name: str) -> Expr:
        shape = self.inference.resolve(self.inference.variables[name])
        named = Shape(*(None if a is None else a.substitute(self.names) for a in shape))
        said = self.inference.declared.get(name)
        return variable(name, named, tuple(sorted(set(said.structure))) if said else ())

    def _both(self, node: Node, e: Expr) -> None:
        self.value[node] = self.written[node] = e

    def _build(self, node: Node) -> None:
        if node.kind == "number":
            self._both(node, number(_number(node.text)))
        elif node.kind == "name":
            self._name(node)
        elif node.kind in ("where", "definition"):
            self.value[node] = self.value[node.args[0]]
            self.written[node] = self.written[node.args[0]]
        elif node.kind == "unary":
            sign = -1 if node.text == "-" else 1
            a, w = self.value[node.args[0]], self.written[node.args[0]]
            self.value[node] = scale(sign, a)
            self.written[node] = (
                w if sign == 1 else _as_written(ADD, (w,), w.shape, (Fraction(-1),))
            )
        elif node.kind == "transpose" or self.inference.is_transpose_mark(node):
            a, w = self.value[node.args[0]], self.written[node.args[0]]
            self.value[node] = transpose(a)
            self.written[node] = w if w.shape.is_scalar else _as_written(TRANSPOSE, (w,), w.shape.T)
        elif node.kind == "norm":
            self._apply(node, OPS["norm2"], node.args)
        elif node.kind == "block":
            rows = [[self.value[e] for e in row.args] for row in node.args]
            self._both(node, blocks(rows, self._shape(node)))
        elif node.kind == "call":
            self._call(node)
        else:
            self._binary(node)

    def _name(self, node: Node) -> None:
        name = node.text
        definition = self.inference.meanings.get(node)
        if definition is not None:
            self.value[node], self.written[node] = self.value[definition], self.written[definition]
        elif name in self.inference.variables:
            if name not in self.variables:
                self.variables[name] = self._variable(name)
            self._both(node, self.variables[name])
        elif name == "pi":
            self._both(node, pi())
        else:
            self._constant(node, name)

    def _constant(self, node: Node, name: str) -> None:
        shape = self._shape(node)
        if name == "eye":
            self._both(node, eye(shape.axes[0]))
        elif name == "zeros":
            self._both(node, zeros(shape))
        else:
            self._both(node, filled(shape))

    def _call(self, node: Node) -> None:
        if node.text in _OF_SIZES:
            self._both(node, _OF_SIZES[node.text](*[size_of(a) for a in node.args]))
        elif node.text in SIZED:
            self._constant(node, node.text)
        elif node.text in ("vector", "matrix"):
            self._both(node, mul(self.value[node.args[0]], filled(self._shape(node))))
        elif node in self.inference.meanings:
            definition = self.inference.meanings[node]
            self.value[node], self.written[node] = self.value[definition], self.written[definition]
        elif node not in self.inference.resolved_ops:
            change = CHANGE.fullmatch(node.text)
            assert change is not None
            number_of = int(change[1] or 1) - 1
            self._both(node, tangent(self.value[node.args[0]], number_of))
        else:
            op = self.inference.resolved_ops[node]
            self._apply(node, op, self.inference.arguments(node))

    def _apply(self, node: Node, op: Op, arguments: tuple[Node, ...]) -> None:
        values = [self.value[a] for a in arguments]
        if op.needs_symmetric and not values[0].has(facts.SYMMETRIC):
            typed = quote(self.text[arguments[0].start : arguments[0].end])
            raise ShapeError(
                f"{op.name} takes a symmetric matrix, and nothing says that {typed} is one",
                hint="declare its variable symmetric (or spd), or write sym(…) around it",
            )
        if op in (MAXIMUM, MINIMUM):
            shape = self._shape(node)
            values = [mul(v, filled(shape)) if v.shape.is_scalar else v for v in values]
        self.value[node] = call(op, *values)
        written = tuple([self.written[a] for a in arguments])
        self.written[node] = _as_written(op, written, self.value[node].shape)

    def _terms(self, top: Node) -> None:
        """A sum: the first term, then the others with their signs."""
        node = top
        operands, signs = [node.args[1]], [node.text]
        while _run(node.args[0]) == "sum":
            node = node.args[0]
            operands.append(node.args[1])
            signs.append(node.text)
        operands.append(node.args[0])
        signs.append("+")
        operands.reverse()
        coefficients = tuple([Fraction(1 if s == "+" else -1) for s in reversed(signs)])
        values, written = self._operands(operands)
        shape = self._shape(top)
        self.value[top] = linear_combination(zip(coefficients, values, strict=True), shape)
        self.written[top] = _as_written(ADD, written, shape, coefficients)

    def _factors(self, top: Node) -> None:
        """A matrix product of any number of factors."""
        node = top
        operands = [node.args[1]]
        while _run(node.args[0]) == "product":
            node = node.args[0]
            operands.append(node.args[1])
        operands.append(node.args[0])
        operands.reverse()
        values, written = self._operands(operands)
        self.value[top] = mul(*values)
        self.written[top] = _as_written(MUL, written, self._shape(top))

    def _operands(self, nodes: list[Node]) -> tuple[tuple[Expr, ...], tuple[Expr, ...]]:
        return tuple([self.value[n] for n in nodes]), tuple([self.written[n] for n in nodes])

    def _binary(self, node: Node) -> None:
        if _run(node) == "sum":
            self._terms(node)
            return
        if _run(node) == "product":
            self._factors(node)
            return
        left, right = node.args
        a, b = self.value[left], self.value[right]
        u, v = self.written[left], self.written[right]
        shape = self._shape(node)
        if node.text == ".*":
            self.value[node] = hadamard(a, b)
            product = MUL if u.shape.is_scalar or v.shape.is_scalar else HADAMARD
            self.written[node] = _continued(product, u, v, shape)
        elif node.text == "/":
            self.value[node] = mul(a, inverse(b))
            self.written[node] = _continued(MUL, u, _reciprocal(v), shape)
        elif node.text == "\\":
            self.value[node] = mul(inverse(a), b)
            self.written[node] = _as_written(MUL, (_reciprocal(u), v), shape)
        elif node.text == "./":
            self.value[node] = _elementwise_quotient(a, b)
            product = MUL if u.shape.is_scalar or v.shape.is_scalar else HADAMARD
            self.written[node] = _continued(product, u, _entry_reciprocal(v), shape)
        elif node.text == "kron":
            self.value[node] = kron(a, b)
            self.written[node] = _as_written(OPS["kron"], (u, v), shape)
        else:
            self._power(node, a, b, u, v)

    def _power(self, node: Node, a: Expr, b: Expr, u: Expr, v: Expr) -> None:
        n = number_value(b)
        if n is not None and abs(n) > LARGEST_EXPONENT:
            raise LimitError(f"an exponent beyond {LARGEST_EXPONENT}")
        if node.text == "^" and not a.shape.is_scalar:
            self.value[node] = _matrix_power(a, b)
            self.written[node] = _as_written(MATPOW, (u, v), u.shape)
            return
        if a.shape.is_scalar and not b.shape.is_scalar:
            a = mul(a, filled(b.shape))
            u = _as_written(MUL, (u, filled(b.shape)), b.shape)
        self.value[node] = power(a, b)
        self.written[node] = _as_written(POWER, (u, v), u.shape)


_OF_SIZES: dict[str, Callable[..., Expr]] = {
    "commutation": commutation,
    "duplication": duplication,
    "elimination": elimination,
}


def _number(literal: str) -> Fraction:
    """The exact value of a literal.

    Raises: DomainError where a float cannot hold it.
    """
    _, _, exponent = re.sub("[eE]", "e", literal).partition("e")
    if exponent and abs(int(exponent)) > 400:
        size = "large" if int(exponent) > 0 else "small"
        raise DomainError(f"{literal} is too {size} for a float")
    return Fraction(literal)


def _matrix_power(a: Expr, b: Expr) -> Expr:
    """A^k; half of a whole number is a power of the square root.

    Raises: DomainError for another fraction where the matrix is not known to be definite.
    """
    n = number_value(b)
    if n is not None and n.denominator == 2:
        return matpow(call(OPS["sqrtm"], a), number(n.numerator))
    if n is not None and n.denominator != 1 and not a.has(facts.PD):
        raise DomainError(
            "a matrix has this power only where it is positive definite",
            hint="declare it spd, or write a whole exponent",
        )
    return matpow(a, b)


def _as_written(op: Op, args: tuple[Expr, ...], shape: Shape, data: Hashable = None) -> Expr:
    """A node as typed, in no normal form; for display."""
    return intern(op, args, shape, data, written=True)


def _reciprocal(e: Expr) -> Expr:
    return _as_written(POWER if e.shape.is_scalar else MATPOW, (e, number(-1)), e.shape)


def _entry_reciprocal(e: Expr) -> Expr:
    return _as_written(POWER, (e, number(-1)), e.shape)


def _elementwise_quotient(a: Expr, b: Expr) -> Expr:
    return hadamard(a, power(b, number(-1)))


def _continued(op: Op, u: Expr, v: Expr, shape: Shape) -> Expr:
    """u*v as written; a product on the left goes on."""
    front = u.args if u.op is op and not u.shape.is_scalar else (u,)
    return _as_written(op, (*front, v), shape)


def _run(node: Node) -> str:
    """Which run of operators a node belongs to, if any: a sum or a product."""
    if node.kind != "binary":
        return ""
    return {"+": "sum", "-": "sum", "*": "product"}.get(node.text, "")
