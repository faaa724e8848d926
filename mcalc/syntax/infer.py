"""Shapes of all parts of a formula, by unification, before any expression is built."""

from __future__ import annotations

from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from mcalc.core.leaves import duplication, elimination
from mcalc.core.shape import SCALAR, Shape
from mcalc.core.size import UNKNOWN, Axis, Size, SizeMismatch, Unifier, matched
from mcalc.errors import LimitError, McalcError, ShapeError, UnknownName
from mcalc.ops.reductions import MAXIMUM, MINIMUM
from mcalc.syntax.characters import quote
from mcalc.syntax.clashes import explain
from mcalc.syntax.declared import declared_shape
from mcalc.syntax.functions import CHANGE, SIZED, arity, meant
from mcalc.syntax.shape_rules import OPERATORS, Rules
from mcalc.syntax.sizes import names_of_sizes, size_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.core.op import Op
    from mcalc.syntax.declared import Declaration
    from mcalc.syntax.surface import Node


class Inference:
    """Shapes under one unification; nodes are visited arguments first."""

    def __init__(
        self,
        declared: Mapping[str, Declaration],
        most_variables: int,
        functions: Mapping[str, Op] = MappingProxyType({}),
    ) -> None:
        self.functions = functions
        self.declared = declared
        self.most_variables = most_variables
        self.sizes = Unifier()
        self.rules = Rules(self.sizes)
        self.variables: dict[str, Shape] = {}
        self.definitions: dict[str, Node] = {}
        self.meanings: dict[Node, Node] = {}
        self.shapes: dict[Node, Shape] = {}
        self.resolved_ops: dict[Node, Op] = {}
        self.minima: list[tuple[Size, Shape]] = []
        self.written_sizes: set[str] = set()
        for name in declared:
            self._declare(name)

    # ------------------------------------------------------------ variables
    def _declare(self, name: str) -> Shape:
        """The shape of a variable as declared, unknown sizes where nothing is said."""
        if len(self.variables) >= self.most_variables:
            raise LimitError(f"more than {self.most_variables} variables")
        shape = declared_shape(name, self.declared.get(name), self.sizes)
        self.variables[name] = shape
        return shape

    def resolve(self, shape: Shape) -> Shape:
        """The shape with all that is known by now."""
        return Shape(self.sizes.resolve(shape.rows), self.sizes.resolve(shape.cols))

    def expect(self, node: Node, shape: Shape) -> None:
        """Take sizes from the shape that a whole is expected to have, where it can have it."""
        for mine, other in zip(self.resolve(self.shapes[node]), shape, strict=True):
            with suppress(SizeMismatch):
                self.sizes.unify(mine, other)

    # ------------------------------------------------------------ messages
    def size_names(self) -> dict[str, Size]:
        """A name for each size of a variable that has none, in the order of the variables."""
        taken = set(self.declared) | set(self.variables) | self.written_sizes
        for shape in self.variables.values():
            taken.update(s for axis in self.resolve(shape).axes for s in axis.symbols)
        shapes = [self.resolve(self.variables[name]) for name in sorted(self.variables)]
        return names_of_sizes(shapes, taken)

    def show(self, shape: Shape) -> str:
        """`m×n`, `n entries`, `a scalar`, in the names that the answer would use."""
        shape = self.resolve(shape)
        names = self.size_names()
        rows, cols = (None if a is None else _plain(a.substitute(names)) for a in shape)
        if rows is not None and cols is not None:
            return f"{rows}×{cols}"
        if rows is None and cols is None:
            return "a scalar"
        return f"a vector of {rows} entries" if cols is None else f"a row of {cols} entries"

    def _is(self, text: str, node: Node) -> str:
        shape = self.resolve(self.shapes[node])
        verb = "is" if not shape.is_column else "has"
        shown = self.show(shape)
        if shape.is_column:
            shown = shown.removeprefix("a vector of ")
        return f"{text} {verb} {shown}"

    # ------------------------------------------------------------ the visit
    def visit(self, node: Node, text: str) -> None:
        """The shape of a node whose arguments have theirs.

        Raises: ShapeError, UnknownName with the place.
        """
        try:
            self.shapes[node] = self._shape(node, text)
        except McalcError as error:
            start, end = node.start, node.end
            if isinstance(error, UnknownName):
                start, end = node.op_start, node.op_end
            raise error.at(start, end - start) from None

    def _shape(self, node: Node, text: str) -> Shape:
        if node.kind == "number":
            return SCALAR
        if node.kind == "name":
            return self._name(node)
        if node.kind == "unary":
            return self.shapes[node.args[0]]
        if node.kind == "definition":
            return self._definition(node)
        if node.kind == "where":
            return self.shapes[node.args[0]]
        if node.kind == "transpose":
            return self.shapes[node.args[0]].T
        if node.kind == "norm":
            return SCALAR
        if node.kind == "block":
            return self._block(node)
        if node.kind == "row":
            return SCALAR
        if node.kind == "call":
            return self._call(node, text)
        return self._binary(node, text)

    def _name(self, node: Node) -> Shape:
        name = node.text
        if name in self.definitions:
            definition = self.definitions[name]
            if definition not in self.shapes:
                raise UnknownName(
                    f"{name} is used before it is defined",
                    hint="a definition may use those before it: put this one later",
                )
            self.meanings[node] = definition
            return self.shapes[definition]
        if name not in self.variables and name not in self.declared:
            if name == "eye":
                size = self.sizes.fresh()
                return Shape(size, size)
            if name in ("ones", "zeros"):
                fresh = self.sizes.fresh
                return Shape(fresh(maybe_absent=True), fresh(maybe_absent=True))
            if name == "pi":
                return SCALAR
        return self.variables.get(name) or self._declare(name)

    def _definition(self, node: Node) -> Shape:
        """The shape of what a name, or the change of a name, stands for."""
        shape = self.shapes[node.args[0]]
        name = _changed(node.text)
        if name is None:
            return shape
        named = self.definitions.get(name)
        if named is None or named not in self.shapes:
            raise UnknownName(
                f"{quote(node.text)} is defined, and {name} is not",
                hint=f"define {name} first, then its change: `u = A*x, d(u) = A*d(x)`",
            )
        try:
            return self.rules.same(self.shapes[named], shape)
        except SizeMismatch:
            raise ShapeError(
                f"{self._is(name, named)}, {self._is(quote(node.text), node.args[0])}",
                hint="the change of a matrix or vector has its sizes",
            ) from None

    def _change(self, node: Node) -> Shape:
        """The shape of d(X), as it is defined or that of the variable."""
        (of,) = node.args
        definition = self.definitions.get(f"{node.text}({of.text})")
        if definition is not None and definition in self.shapes:
            self.meanings[node] = definition
        elif of in self.meanings:
            raise UnknownName(
                f"{node.text}({of.text}) is not defined, and {of.text} is no variable",
                hint=f"define it: `{of.text} = A*x, {node.text}({of.text}) = A*d(x)`",
            )
        return self.shapes[of]

    # ------------------------------------------------------------ operators
    def _binary(self, node: Node, text: str) -> Shape:
        left, right = node.args
        if self.is_transpose_mark(node):
            return self.shapes[left].T
        a, b = self.resolve(self.shapes[left]), self.resolve(self.shapes[right])
        here, there = (text[n.start : n.end] for n in (left, right))
        try:
            return OPERATORS[node.text](self.rules, a, b)
        except SizeMismatch:
            facts = f"{self._is(quote(here), left)}, {self._is(quote(there), right)}"
            message, hint = explain(node.text, a, b, here, there, facts)
            raise ShapeError(message, hint=hint) from None

    def is_transpose_mark(self, node: Node) -> bool:
        """Whether this is `X^T` with no variable T."""
        return (
            node.kind == "binary"
            and node.text == "^"
            and node.args[1].kind == "name"
            and node.args[1].text == "T"
            and "T" not in self.declared
            and "T" not in self.definitions
        )

    # ------------------------------------------------------------ blocks
    def _block(self, node: Node) -> Shape:
        """Heights agree along a row of blocks, widths add up to the same; None counts as one."""
        grid = [[self.resolve(self.shapes[e]) for e in row.args] for row in node.args]
        entries = [shape for row in grid for shape in row]
        heights, widths = [], []
        try:
            for row in grid:
                for shape in row[1:]:
                    self.sizes.unify(_length(row[0].rows), _length(shape.rows))
                heights.append(_length(row[0].rows))
                widths.append(_total([_length(shape.cols) for shape in row]))
            for width in widths[1:]:
                self.sizes.unify(widths[0], width)
        except SizeMismatch:
            shown = "; ".join(", ".join(self.show(s) for s in row) for row in grid)
            raise ShapeError(
                f"these blocks do not fit together: [{shown}]",
                hint="blocks in a row have one height, and all rows have one width",
            ) from None
        one_column = all(len(row) == 1 for row in grid) and all(s.cols is None for s in entries)
        one_row = len(grid) == 1 and all(s.rows is None for s in entries)
        return Shape(
            None if one_row else _total(heights),
            None if one_column else widths[0],
        )

    # ------------------------------------------------------------ calls
    def _call(self, node: Node, text: str) -> Shape:
        name = node.text
        if name in SIZED:
            return self._sized(node)
        if name in ("vector", "matrix"):
            arity(node, 1, 1)
            if not self.resolve(self.shapes[node.args[0]]).is_scalar:
                raise ShapeError(f"{name}(…) takes a scalar: all its entries are that number")
            size = self.sizes.fresh
            return Shape(size(), None if name == "vector" else size())
        if CHANGE.fullmatch(name) and len(node.args) == 1 and node.args[0].kind == "name":
            return self._change(node)
        first = self.resolve(self.shapes[node.args[0]]) if node.args else None
        op = meant(node, self.functions, first)
        self.resolved_ops[node] = op
        assert op.signature is not None
        shapes = [self.resolve(self.shapes[a]) for a in self.arguments(node)]
        try:
            if op in (MAXIMUM, MINIMUM):
                return self.rules.spread(*shapes)
            if op.length is not None:
                for shape in shapes:
                    self.sizes.unify(shape.rows, Size.of(op.length))
            if "min" in op.signature.result:
                return self._with_minimum(op, shapes[0])
            return op.signature.apply(shapes, self.sizes.unify)
        except SizeMismatch:
            raise self._unfit(node, op, text) from None

    def _with_minimum(self, op: Op, argument: Shape) -> Shape:
        """A result of min(m, n) entries, a size that is settled when m and n are known."""
        assert op.signature is not None
        if not argument.is_matrix:
            raise SizeMismatch
        lesser = self.sizes.fresh()
        self.minima.append((lesser, argument))
        letters = {"m": argument.rows, "n": argument.cols, "min": lesser, "_": None}
        return Shape(*[letters[part] for part in op.signature.result])

    def match(self) -> None:
        """Match sizes in the order of the variables where an equation between them leaves a choice.

        kron(A, B) and [A, X; Y, B] are square for square A and B, and vec(X) is as long as
        kron(A, B) is wide where X has as many columns as A, as many rows as B.
        """
        while (equation := self.sizes.unsolved) is not None:
            matrices = [s for s in map(self.resolve, self.variables.values()) if s.is_matrix]
            columns_first = [(str(s.cols), str(s.rows)) for s in matrices]
            stacked = {frozenset(names): names for names in columns_first}
            pairs = matched(*equation, stacked)
            if pairs is None:
                return
            try:
                for one, other in pairs:
                    self.sizes.unify(one, other)
            except SizeMismatch:
                return

    def settle(self) -> None:
        """Give the sizes min(m, n) their names, and hold them against what was found out.

        Raises: ShapeError.
        """
        for lesser, argument in self.minima:
            rows, cols = self.resolve(argument).axes
            if rows == cols:
                self.sizes.unify(lesser, rows)
        names = self.size_names()
        for lesser, argument in self.minima:
            axes = self.resolve(argument).axes
            m, n = (axis.substitute(names) for axis in axes)
            found = self.sizes.resolve(lesser)
            fits = found not in axes or axes[0] == axes[1]  # one of two need not be the lesser
            if fits:
                try:
                    self.sizes.unify(lesser, Size.smaller(m, n))
                except SizeMismatch:
                    fits = False
            if not fits:
                assert found is not None
                raise ShapeError(
                    f"a {m}×{n} matrix has min({m}, {n}) singular values, "
                    f"and here they would have to be {found.substitute(names)}",
                    hint="declare the sizes of the matrix",
                )

    def arguments(self, node: Node) -> tuple[Node, ...]:
        """The arguments that are expressions, not an axis."""
        axis = node.text in ("sum", "mean") and len(node.args) > 1
        return node.args[:1] if axis else node.args

    def _unfit(self, node: Node, op: Op, text: str) -> ShapeError:
        arguments = self.arguments(node)
        shown = [self._is(quote(text[a.start : a.end]), a) for a in arguments]
        pattern = op.signature.arguments[0] if op.signature else ("", "", False)
        if len(arguments) == 1 and pattern[0] == pattern[1]:
            return ShapeError(
                f"{node.text} takes a square matrix; {shown[0]}",
                hint="declare its shape as n×n" if not _is_rectangle(self, arguments[0]) else None,
            )
        return ShapeError(f"{node.text} does not take these: {', '.join(shown)}")

    def _sized(self, node: Node) -> Shape:
        arity(node, *SIZED[node.text])
        sizes = [size_of(a) for a in node.args]
        self.written_sizes.update(symbol for size in sizes for symbol in size.symbols)
        if node.text == "eye":
            return Shape(sizes[0], sizes[0])
        if node.text in _VECH:
            return _VECH[node.text](sizes[0]).shape
        if node.text == "commutation":
            whole = sizes[0] * sizes[1]
            return Shape(whole, whole)
        return Shape(sizes[0], sizes[1] if len(sizes) > 1 else None)


_VECH = {"duplication": duplication, "elimination": elimination}


def _is_rectangle(inference: Inference, node: Node) -> bool:
    shape = inference.resolve(inference.shapes[node])
    return not shape.is_matrix or all(axis.value is not None for axis in shape.axes)


def _changed(left: str) -> str | None:
    """The name whose change stands on the left of a definition."""
    function, bracket, name = left.partition("(")
    if not bracket:
        return None
    if CHANGE.fullmatch(function) is None:
        raise UnknownName(
            f"{function}(…) cannot be defined here",
            hint="a definition names a value, or the change of one: `u = A*x, d(u) = A*d(x)`",
        )
    return name.removesuffix(")")


def _plain(size: Size) -> str:
    """A size in a message; what has no name yet is a question mark."""
    return "?" if any(s.startswith(UNKNOWN) for s in size.symbols) else str(size)


def _length(axis: Axis) -> Size:
    return Size.of(1) if axis is None else axis


def _total(lengths: list[Size]) -> Size:
    whole = Size.of(0)
    for length in lengths:
        whole = whole + length
    return whole
