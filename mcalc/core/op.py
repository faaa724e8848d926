"""The declaration of an operation, and what it refuses at import.

Everything about an operation stands in one `Op`: its shape rule, what it is in each argument
(linear, with an adjoint; or not, with a differential), its NumPy form, its domain, how it prints.
Parser, printers, reference, code generators and tests are derived from the table `OPS`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from mcalc.core.shape import Shape, Signature, signature

if TYPE_CHECKING:
    from mcalc.core.condition import Condition
    from mcalc.core.expr import Expr
    from mcalc.core.graph import Graph
    from mcalc.core.index import IndexRule

Differential: TypeAlias = Callable[["Expr", int, "Expr"], "Expr"]
"""(node, i, dX) ↦ the part of the node's differential due to the change dX of argument i."""

EACH = -1
"""The key of a rule that serves every argument of an operation with any number of them."""


def everywhere(node: Expr) -> list[Condition]:
    """No condition: for `exists`."""
    return []


@dataclass(frozen=True, slots=True)
class Linear:
    """What is known of an operation that is linear in argument i, the others held fixed.

    adjoint: (node, i, c) ↦ L*c, with ⟨c, L v⟩ = ⟨L*c, v⟩ in the Frobenius inner product
    matrix:  (node, i) ↦ M with vec(L v) = M*vec(v)
    indices: the same map entry by entry (see `mcalc.core.index`)
    source:  where the matrix is derived, if that is not common knowledge

    None of them reads the value of the argument, only its shape.
    """

    adjoint: Callable[[Expr, int, Expr], Expr]
    matrix: Callable[[Expr, int], Expr]
    indices: IndexRule
    source: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Op:
    """An operation; made by `op`, or directly for the few of the algebra.

    signature     the shape rule; None where the constructor knows better
    linear        the rules of the arguments it is linear in; with `joint`, in all of them together
    differential  the rules of the others
    numpy         the NumPy expression, arguments as {0}, {1}
    domain        node ↦ the conditions under which the node and its differential exist
    build         (arguments, data) ↦ the node in normal form, where it is no plain call
    canonical     node ↦ a simpler equal expression, or None
    transpose     node ↦ its transpose, where it does not simply stand outside
    define        arguments ↦ what the operation abbreviates
    transposed    how it goes with the transpose: f(X') = f(X)' commutes, f(X') = f(X) is invariant
    facts         (arguments, data, shape) ↦ what is known of the value (see `mcalc.core.facts`)
    power         (node, exponent) ↦ a simpler form of node.^exponent, or None
    inverse       node ↦ a simpler form of its inverse, or None
    before        (node, right neighbour) ↦ a simpler form of their product, or None
    after         (node, left neighbour) ↦ a simpler form of their product, or None
    spelled       node ↦ the same in operations that have a name in the language, where it has none
    beside        (node, other factor) ↦ a simpler form of their element-wise product, or None
    needs_symmetric  whether the argument has to be known to be symmetric
    exists        node ↦ the conditions under which it has a value, where they are fewer than those
                  of the domain, under which it has a differential
    abstract      of an unknown function its name and how often it is differentiated
    length        the number of entries that vector arguments must have
    sample        where its argument is drawn from in tests
    source        where the differential is proved, if that is not common knowledge
    graph         of an element-wise function, where it bends and rises
    """

    name: str
    signature: Signature | None = None
    doc: str = ""
    linear: Mapping[int, Linear] = field(default_factory=dict)
    joint: bool = False
    differential: Mapping[int, Differential] = field(default_factory=dict)
    numpy: str = ""
    latex: str = ""
    domain: Callable[[Expr], list[Condition]] | None = None
    build: Callable[[tuple[Expr, ...], Hashable], Expr] | None = None
    canonical: Callable[[Expr], Expr | None] | None = None
    define: Callable[..., Expr] | None = None
    transpose: Callable[[Expr], Expr] | None = None
    transposed: Literal["commutes", "invariant", ""] = ""
    elementwise: bool = False
    facts: Callable[[tuple[Expr, ...], Hashable, Shape], int] | None = None
    power: Callable[[Expr, Expr], Expr | None] | None = None
    inverse: Callable[[Expr], Expr | None] | None = None
    before: Callable[[Expr, Expr], Expr | None] | None = None
    after: Callable[[Expr, Expr], Expr | None] | None = None
    spelled: Callable[[Expr], Expr] | None = None
    beside: Callable[[Expr, Expr], Expr | None] | None = None
    needs_symmetric: bool = False
    length: int | None = None
    exists: Callable[[Expr], list[Condition]] | None = None
    abstract: tuple[str, int] | None = None
    sample: str = "normal"
    source: str = ""
    graph: Graph | None = None
    aliases: tuple[str, ...] = ()

    def linear_in(self, i: int) -> Linear | None:
        """The rules for argument i where the operation is linear in it."""
        return self.linear.get(i) or self.linear.get(EACH)

    def differential_by(self, i: int) -> Differential | None:
        """The differential rule for argument i where the operation is not linear in it."""
        return self.differential.get(i) or self.differential.get(EACH)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


_OPS: dict[str, Op] = {}
OPS: Mapping[str, Op] = MappingProxyType(_OPS)
"""Every operation that has a name in the language, by that name."""


def op(name: str, shape_rule: str, doc: str, **parts: object) -> Op:
    """A new operation, entered in the table.

    Raises: TypeError at import for a declaration that is incomplete or contradicts itself.
    """
    rule = signature(shape_rule)
    new = Op(name=name, signature=rule, doc=doc, **parts)  # type: ignore[arg-type]
    fault = _fault(new, len(rule.arguments))
    if fault:
        raise TypeError(f"operation {name}: {fault}")
    for spelling in (name, *new.aliases):
        if spelling in _OPS:
            raise TypeError(f"operation {spelling} is declared twice")
        _OPS[spelling] = new
    return new


def give_rules(
    to: Op,
    *,
    linear: Mapping[int, Linear] | None = None,
    differential: Mapping[int, Differential] | None = None,
    power: Callable[[Expr, Expr], Expr | None] | None = None,
    beside: Callable[[Expr, Expr], Expr | None] | None = None,
    source: str | None = None,
) -> None:
    """Complete an operation of the algebra, whose rules need operations declared later."""
    given = {
        "linear": linear,
        "differential": differential,
        "power": power,
        "beside": beside,
        "source": source,
    }
    for name, rule in given.items():
        if rule is not None:
            object.__setattr__(to, name, rule)


def _fault(new: Op, arity: int) -> str:
    """What is wrong with a declaration, or the empty string."""
    if not new.doc.endswith("."):
        return "the doc is no sentence"
    if new.define is not None:
        if new.linear or new.differential or new.numpy == "":
            return (
                "a defined operation has a definition and a numeric form, and no rules of its own"
            )
        return ""
    if set(new.linear) & set(new.differential):
        return "an argument is either linear or not"
    if set(new.linear) | set(new.differential) != set(range(arity)):
        return "each argument needs an adjoint or a differential"
    if not new.numpy:
        return "no numeric form"
    return ""
