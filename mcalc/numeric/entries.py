"""Values of expressions entry by entry, as arrays of SymPy's formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcalc.core.algebra import MATPOW
from mcalc.core.leaves import (
    COMMUTATION,
    DUPLICATION,
    ELIMINATION,
    EXTENT,
    EYE,
    NUMBER,
    ONES,
    PI,
    ZEROS,
    number_value,
)
from mcalc.numeric.evaluate import evaluate, spread
from mcalc.numeric.meanings import (
    MEANINGS,
    OF_THE_ALGEBRA,
    WITHOUT,
    Formulas,
    Meaning,
    entrywise,
    known_to_sympy,
    unknown_function,
)
from mcalc.numeric.quotients import TooLarge
from mcalc.ops.blocks import SELECTION
from mcalc.ops.further import from_sympy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.core.expr import Expr
    from mcalc.numeric.evaluate import Sizes
    from mcalc.numeric.identity import Formula

_MOST_PARTS = 60_000
_MOST_ENTRIES = 400
_DEEPEST = 120


class NoFormula(Exception):
    """The entries of an operation are no formulas in those of its arguments; says why."""


class Entries:
    """Values of expressions as arrays of formulas, those of the leaves given."""

    def __init__(self, leaves: Mapping[Expr, Formulas], sizes: Sizes) -> None:
        self._sizes = sizes
        self._values: dict[Expr, Formulas] = {
            leaf: _spread(value, leaf) for leaf, value in leaves.items()
        }
        self._extent = Extent()

    def __call__(self, root: Expr) -> Formulas:
        """The value, of the shape that users see.

        Raises: NoFormula; TooLarge.
        """
        stack = [(root, False)]
        while stack:
            node, done = stack.pop()
            if node in self._values:
                continue
            meaning, parts = _meaning_and_parts(node)
            if done:
                self._values[node] = self._made(node, meaning, parts)
                continue
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(parts))
        absent = tuple([i for i, axis in enumerate(root.shape) if axis is None])
        return np.squeeze(self._values[root], axis=absent)

    def _made(self, node: Expr, meaning: Meaning | None, parts: tuple[Expr, ...]) -> Formulas:
        rows, cols = (1 if a is None else a.evaluate(self._sizes) for a in node.shape)
        if rows * cols > _MOST_ENTRIES:
            raise TooLarge
        if not parts:
            return _constant(node, self._sizes)
        args = [self._values[a] for a in parts]
        if meaning is None:
            return args[0]
        found = meaning(node, args, (rows, cols))
        assert found.shape == (rows, cols)
        self._extent.check(found)
        return found


class Extent:
    """How large formulas are, written out; of what was seen before it is known."""

    def __init__(self) -> None:
        self._known: dict[Formula, tuple[int, int]] = {}

    def check(self, formulas: Formulas) -> None:
        """Raises: TooLarge where they have too many parts, or too deep ones."""
        total = 0
        for formula in formulas.flat:
            size, depth = self._measured(formula)
            total += size
            if total > _MOST_PARTS or depth > _DEEPEST:
                raise TooLarge

    def _measured(self, formula: Formula) -> tuple[int, int]:
        stack = [formula]
        while stack:
            part = stack[-1]
            unknown = [a for a in part.args if a not in self._known]
            if unknown:
                stack += unknown
                continue
            stack.pop()
            inner = [self._known[a] for a in part.args]
            self._known[part] = (
                1 + sum(size for size, _ in inner),
                1 + max((depth for _, depth in inner), default=0),
            )
        return self._known[formula]


def _spread(value: Formulas, leaf: Expr) -> Formulas:
    absent = tuple([i for i, axis in enumerate(leaf.shape) if axis is None])
    return np.expand_dims(np.asarray(value, dtype=object), absent)


def _meaning_and_parts(node: Expr) -> tuple[Meaning | None, tuple[Expr, ...]]:
    """The meaning of a node and the parts it is made of; for None, the one that it is spelled in.

    Raises: NoFormula.
    """
    name = node.op.name
    if node.op in _CONSTANTS:
        return None, ()
    if node.op is MATPOW and not _is_whole(node.args[1]):
        raise NoFormula("a matrix power has a formula for its entries for a whole exponent only")
    if node.op in OF_THE_ALGEBRA:
        return OF_THE_ALGEBRA[node.op], node.args
    if node.op.abstract is not None:
        return entrywise(unknown_function(*node.op.abstract)), node.args
    if name in MEANINGS:
        return MEANINGS[name], node.args
    if name in WITHOUT:
        raise NoFormula(f"{name}: {WITHOUT[name]}")
    if node.op.spelled is not None:
        return None, (node.op.spelled(node),)
    if node.op.elementwise and from_sympy(name) is node.op:
        return entrywise(known_to_sympy(name)), node.args
    raise NoFormula(f"{name} has no formula for its entries")


def _is_whole(exponent: Expr) -> bool:
    value = number_value(exponent)
    return value is not None and value.denominator == 1


def require_formulas(*roots: Expr) -> None:
    """Raises: NoFormula where an operation in one of the expressions has no meaning here."""
    seen: set[Expr] = set()
    pending = list(roots)
    while pending:
        node = pending.pop()
        if node not in seen:
            seen.add(node)
            pending += _meaning_and_parts(node)[1] if node.args else ()


def _constant(node: Expr, sizes: Sizes) -> Formulas:
    """A number as it is, a constant matrix from its whole entries."""
    import sympy

    if node.op is PI:
        return np.full((1, 1), sympy.pi, dtype=object)
    value = number_value(node)
    if value is not None:
        exact = sympy.Rational(value.numerator, value.denominator)
        return np.full((1, 1), exact, dtype=object)
    (numbers,) = evaluate([node], {}, sizes)
    whole = np.frompyfunc(lambda entry: sympy.Integer(round(entry)), 1, 1)
    return np.asarray(whole(spread(numbers, node.shape)), dtype=object)


_CONSTANTS = frozenset(
    (NUMBER, PI, EXTENT, ONES, ZEROS, EYE, COMMUTATION, DUPLICATION, ELIMINATION, SELECTION)
)
