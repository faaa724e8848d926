"""The identities of linear operations, worked out by applying their own rules to letters."""

from __future__ import annotations

from itertools import chain as joined
from typing import TYPE_CHECKING, NamedTuple

from mcalc.core.algebra import HADAMARD, MUL, TRANSPOSE, build, mul, number, transpose
from mcalc.core.leaves import variable
from mcalc.core.shape import Shape
from mcalc.core.sums import ADD
from mcalc.ops.linear import trace_op
from mcalc.ops.vectorize import VEC
from mcalc.printers.text import text
from mcalc.steps.written import inner_product, product_of

if TYPE_CHECKING:
    from mcalc.core.expr import Expr
    from mcalc.core.op import Linear

LONGEST = 72
"""Characters of a formula that serves as the name of a rule."""

_LETTERS = {"matrix": "ABEFG", "vector": "abghk", "row_vector": "abghk", "scalar": "stpqr"}


_DISTRIBUTED = {
    "matrix": "tr(A*(B+C)) = tr(A*B)+tr(A*C)",
    "vector": "a'*(b+c) = a'*b+a'*c",
    "scalar": "s*(a+b) = s*a+s*b",
    "sum": "A*(x+y) = A*x+A*y",
}


class Rule(NamedTuple):
    """What a line is by, and where that is proved if not everybody knows it."""

    name: str
    source: str = ""


def spelled(formula: str, otherwise: str) -> str:
    """A formula as the name of a rule where it is short enough for that."""
    return formula if len(formula) <= LONGEST else otherwise


class _Pattern(NamedTuple):
    """An operation on letters: `dX` for the argument that changes, its place among them."""

    node: Expr
    dX: Expr
    place: int

    @property
    def rules(self) -> Linear:
        """The rules for the argument that changes."""
        found = self.node.op.linear_in(self.place)
        assert found is not None
        return found


def adjoint_rule(node: Expr, i: int, *, summed: bool) -> Rule:
    """⟨c, L(dX)⟩ = ⟨L*(c), dX⟩ for the operation of a node, linear in its argument i.

    summed is for a c of equal entries, which makes ⟨c, ·⟩ a multiple of the sum of the entries.
    """
    changing = node.args[i]
    if node.op is ADD:
        kind = "scalar" if node.shape.is_scalar else "matrix" if node.shape.is_matrix else "vector"
        return Rule(_DISTRIBUTED[kind])
    if node.op is TRANSPOSE:
        return Rule("tr(A') = tr(A)" if node.shape.is_matrix else "a scalar is its own transpose")
    if node.op is trace_op or (
        node.op is MUL and node.shape.is_matrix and changing.shape.is_matrix
    ):
        return Rule("tr(A*B) = tr(B*A)")
    if node.op is HADAMARD and summed:
        return Rule("sum(A.*B) = tr(A'*B)" if node.shape.is_matrix else "sum(a.*b) = a'*b")
    if node.op is VEC:
        return Rule("⟨vec(C), vec(dX)⟩ = ⟨C, dX⟩")
    pattern = _pattern(node, i)
    if pattern is None:
        return Rule(f"adjoint of {node.op.name}")
    c = (
        number(1)
        if node.shape.is_scalar
        else variable("C" if node.shape.is_matrix else "c", node.shape)
    )
    moved = pattern.rules.adjoint(pattern.node, pattern.place, c)
    if node.op is MUL and not changing.shape.is_scalar:
        before, after = inner_product(c, pattern.node), inner_product(moved, pattern.dX)
        return Rule(f"{text(before)} = {text(after)}")
    change = text(pattern.dX)
    after_it = (
        f"{text(moved)}*{change}" if changing.shape.is_scalar else f"⟨{text(moved)}, {change}⟩"
    )
    bracket = f"⟨{text(c)}, {text(pattern.node)}⟩ = {after_it}"
    return Rule(spelled(bracket, f"adjoint of {node.op.name}"))


def matrix_rule(node: Expr, i: int) -> Rule:
    """vec(L(dX)) = M*vec(dX) for the operation of a node, linear in its argument i."""
    if node.op is ADD:
        return Rule("vec(A+B) = vec(A)+vec(B)" if node.shape.is_matrix else _DISTRIBUTED["sum"])
    pattern = _pattern(node, i)
    if pattern is None:
        return Rule(f"matrix of {node.op.name}")
    M = pattern.rules.matrix(pattern.node, pattern.place)
    formula = f"{_stacked(pattern.node)} = {text(M)}*{_stacked(pattern.dX)}"
    source = pattern.rules.source if pattern.dX.shape.is_matrix else ""
    return Rule(spelled(formula, f"matrix of {node.op.name}"), source)


def product_rule(node: Expr, i: int) -> Rule:
    """vec(A*dX*B) = kron(B', A)*vec(dX), for products with factors on either side."""
    changing = node.args[i]
    dX = variable("dX", changing.shape)
    A = variable("A", Shape(node.shape.rows, dX.shape.rows))
    B = variable("B", Shape(dX.shape.cols, node.shape.cols))
    return matrix_rule(product_of(MUL, (A, dX, B), node.shape), 1)


def _stacked(e: Expr) -> str:
    if e.shape.is_row:
        return text(transpose(e))
    return f"vec({text(e)})" if e.shape.is_matrix else text(e)


def _pattern(node: Expr, i: int) -> _Pattern | None:
    """The operation on letters; None where it is another one on them."""
    changing = node.args[i]
    shape = changing.shape
    name = "dX" if shape.is_matrix else "ds" if shape.is_scalar else "dx"
    dX = transpose(variable(name, shape.T)) if shape.is_row else variable(name, shape)
    if node.op is MUL:
        made = product_of(MUL, _around(node, i, dX), node.shape)
    elif node.op is HADAMARD:
        made = product_of(HADAMARD, [variable(_LETTERS[shape.kind][0], shape), dX], node.shape)
    else:
        rest = [a for j, a in enumerate(node.args) if j != i]
        if len(rest) > len(_LETTERS["matrix"]):
            return None
        pools = {kind: iter(letters) for kind, letters in _LETTERS.items()}
        others = [variable(next(pools[a.shape.kind]), a.shape) for a in rest]
        made = build(node.op, (*others[:i], dX, *others[i:]), node.data)
    if made.op is not node.op or dX not in made.args:
        return None
    return _Pattern(made, dX, made.args.index(dX))


def _around(node: Expr, i: int, dX: Expr) -> list[Expr]:
    """A letter for what stands left of the argument that changes, and one for what stands right."""
    if dX.shape.is_scalar:
        rest = mul(number(1), *[a for j, a in enumerate(node.args) if j != i])
        return [dX, _letter(rest.shape, 0)]
    left = [a for a in node.args[:i] if not a.shape.is_scalar]
    right = node.args[i + 1 :]
    letters = []
    for place, links in enumerate((left, right)):
        shape = Shape(links[0].shape.rows, links[-1].shape.cols) if links else None
        letters.append([] if shape is None else [_letter(shape, place)])
    if not left and not right:
        return [variable("s", Shape()), dX]
    return list(joined(letters[0], [dX], letters[1]))


def _letter(shape: Shape, place: int) -> Expr:
    if shape.is_row:
        return transpose(variable(_LETTERS["vector"][place], shape.T))
    return variable(_LETTERS[shape.kind][place], shape)
