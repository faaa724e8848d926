"""Eigenvalues and singular values that meet: where formulas with their vectors still hold.

Vectors of values that coincide are not determined, but in `V*diag(f(λ))*V'` any of them will do,
since equal values have equal factors. Singular vectors in `U*diag(f(σ))*V'` are determined together
where no singular value is zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.algebra import ADD, HADAMARD, MUL, TRANSPOSE, fill_value, transpose
from mcalc.core.condition import Condition, Property
from mcalc.core.expr import postorder
from mcalc.core.op import OPS
from mcalc.core.products import chain
from mcalc.ops.reductions import SOFTMAX
from mcalc.ops.shaping import DIAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcalc.core.expr import Expr

_VALUES = {"eigvecs": "eigvals", "svdu": "svdvals", "svdv": "svdvals"}
"""Vectors, and the values that they belong to."""
_OF_VECTORS = (
    Property.SIMPLE_LARGEST,
    Property.SIMPLE_SMALLEST,
    Property.SIMPLE_SPECTRUM,
    Property.SIMPLE_SINGULAR,
)


def without_coincidences(asked: Iterable[Condition], results: Iterable[Expr]) -> list[Condition]:
    """The conditions on values that meet only where the results need their vectors.

    A function of them whose derivative goes on where they meet has that derivative there too, by
    the mean value theorem, since the function itself is continuous.
    """
    alone, paired = _vectors(results)
    found = []
    for condition in asked:
        subject = condition.subject
        if condition.property not in _OF_VECTORS or subject in alone:
            found.append(condition)
        elif condition.property is Property.SIMPLE_SINGULAR and subject in paired:
            found.append(Condition(Property.FULL_RANK, subject))
    return found


def _vectors(results: Iterable[Expr]) -> tuple[set[Expr], set[Expr]]:
    """The matrices whose vectors stand in the results by themselves, and those in pairs only."""
    alone: set[Expr] = set()
    paired: set[Expr] = set()
    for node in postorder(*results):
        if node.op is TRANSPOSE:
            continue
        in_pairs = set(_pairs(node)) if node.op is MUL else set()
        links = chain(node) if node.op is MUL else node.args
        for i, link in enumerate(links):
            vectors = _upright(link)
            if vectors.op.name in _VALUES or vectors.op.name.startswith("eigvec_"):
                (paired if i in in_pairs else alone).add(vectors.args[0])
    for root in results:
        if _upright(root).op.name in _VALUES:
            alone.add(_upright(root).args[0])
    return alone, paired - alone


def _upright(e: Expr) -> Expr:
    return e.args[0] if e.op is TRANSPOSE else e


def _pairs(product: Expr) -> Iterator[int]:
    """The places in a chain of vectors that face each other, with functions of values between."""
    links = chain(product)
    for i, left in enumerate(links):
        if left.op.name not in _VALUES:
            continue
        j = i + 2 if i + 2 < len(links) and links[i + 1].op is DIAG else i + 1
        if j == len(links):
            continue
        right = transpose(links[j])
        opposite = {"eigvecs": "eigvecs", "svdu": "svdv", "svdv": "svdu"}[left.op.name]
        if right.op is not OPS[opposite] or right.args != left.args:
            continue
        values = OPS[_VALUES[left.op.name]]
        if j == i + 1 or _is_function_of(links[i + 1].args[0], values.name, left.args[0]):
            yield from (i, j)


def _is_function_of(values: Expr, name: str, M: Expr) -> bool:
    """Whether equal eigenvalues or singular values of M have equal entries in it."""
    pending = [values]
    while pending:
        e = pending.pop()
        if e.shape.is_scalar or fill_value(e) is not None:
            continue
        if e.op.name == name and e.args[0] is M:
            continue
        one_array = e.op is MUL and len(chain(e)) == 1
        if not (e.op.elementwise or e.op in (ADD, HADAMARD, SOFTMAX) or one_array):
            return False
        pending.extend(e.args)
    return True
