"""The exact check of a derivative: entry by entry, by SymPy, for a few small sizes.

The value is written out in symbols by what its operations mean (`mcalc.numeric.meanings`), SymPy
differentiates each entry, and each difference from our formula is proven to be zero. What is not
proven is evaluated to many digits at rational points of the domain: a difference there is a
disproof, none there is said to be no more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from mcalc.core import facts
from mcalc.core.expr import postorder
from mcalc.core.leaves import TANGENT, VARIABLE, variable_name
from mcalc.numeric.coordinates import Coordinates, coordinates, slopes
from mcalc.numeric.entries import Entries, Extent, NoFormula, require_formulas
from mcalc.numeric.evaluate import concrete
from mcalc.numeric.identity import Prover
from mcalc.numeric.quotients import TooLarge, Undefined
from mcalc.numeric.sample import points, size_symbols

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from fractions import Fraction

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.numeric.coordinates import Place
    from mcalc.numeric.evaluate import Sizes, Values
    from mcalc.numeric.identity import Formula
    from mcalc.numeric.meanings import Formulas
    from mcalc.numeric.sample import Point

_BUDGET = 400_000
_MOST_SYMBOLS = 4
_MOST_SIZES = 8
_MOST_TRIES = 2
_MOST_ENTRIES = 200
_POINTS = 3
_DIGITS = 60
_AGREES, _DIFFERS = 1e-45, 1e-20


@dataclass(frozen=True, slots=True)
class Exact:
    """What the exact check found: all entries equal, one that is not, or why it cannot tell.

    points  of how many points the verdict is; 0 for a proof
    entry   one that differs
    at      a point where it does
    """

    passed: bool | None
    sizes: Sizes
    entries: int = 0
    points: int = 0
    entry: Place | None = None
    at: Values | None = None
    reason: str = ""


def exact(derivative: Derivative, result: Expr) -> Exact:
    """The derivative, read from `result`, against SymPy's derivative of every entry."""
    roots = [derivative.value, result, *derivative.wrt, *derivative.along]
    nodes = list(postorder(*roots))
    undefined = any(node.op.abstract or node.op is TANGENT for node in nodes)
    reason = "no point of its domain was found"
    try:
        require_formulas(derivative.value, result)
    except NoFormula as error:
        return Exact(None, {}, reason=str(error))
    for candidates in _sizes(nodes):
        tries = 0
        for sizes in candidates:
            sampled = [] if undefined else points(roots, _POINTS, sizes, derivative.wrt)
            if not sampled and not undefined:
                continue
            try:
                return _checked(derivative, result, nodes, sizes, sampled)
            except (TooLarge, RecursionError):
                reason = "it is too large to be written out entry by entry"
            except NoFormula as error:
                return Exact(None, {}, reason=str(error))
            except Undefined:
                reason = "written out entry by entry, something is divided by zero"
            tries += 1
            if tries == _MOST_TRIES:
                break
    return Exact(None, {}, reason=reason)


def _sizes(nodes: Sequence[Expr]) -> Iterator[Sequence[Sizes]]:
    """Small integers for the size symbols: all different, then twos and threes, then twos.

    Of each kind those that make few entries come first.
    """
    symbols = size_symbols(nodes)
    k = len(symbols)

    def cost(sizes: Sizes) -> int:
        return sum(int(np.prod(concrete(node.shape, sizes), dtype=int)) for node in nodes)

    if k == 1:
        yield [{symbols[0]: 3}]
    elif 1 < k <= _MOST_SYMBOLS:
        for choices in (permutations(range(2, k + 2)), product((2, 3), repeat=k)):
            assigned = [dict(zip(symbols, values, strict=True)) for values in choices]
            yield sorted(assigned, key=cost)[:_MOST_SIZES]
    yield [dict.fromkeys(symbols, 2)]


def _checked(
    derivative: Derivative,
    result: Expr,
    nodes: Sequence[Expr],
    sizes: Sizes,
    sampled: Sequence[Point],
) -> Exact:
    """The verdict for these sizes.

    Raises: TooLarge, NoFormula, Undefined.
    """
    known = {node: coordinates(node, sizes) for node in nodes if node.op in (VARIABLE, TANGENT)}
    entries = Entries({node: found.value for node, found in known.items()}, sizes)
    wanted = _differentiated(derivative, entries(derivative.value), known)
    ours = entries(result)
    shape = tuple([size.evaluate(sizes) for size in derivative.axes])
    if ours.size != wanted.size:
        return Exact(False, sizes, wanted.size)
    differences = np.asarray(wanted - np.reshape(ours, shape, order="F"), dtype=object)
    Extent().check(differences)
    prover = Prover(_BUDGET)
    open_ = [place for place in np.ndindex(*shape) if not prover.proves_zero(differences[place])]
    if not open_:
        return Exact(True, sizes, wanted.size)
    return _at_points(open_, wanted, differences, known, sizes, sampled)


def _differentiated(of: Derivative, value: Formulas, known: Mapping[Expr, Coordinates]) -> Formulas:
    """SymPy's derivative of the value, by each variable in turn, the last along directions.

    Raises: TooLarge; NoFormula for an orthogonal variable along a direction.
    """
    current = value
    for order, X in enumerate(of.wrt):
        by = known[X]
        if current.size * by.value.size > _MOST_ENTRIES:
            raise TooLarge
        current = slopes(current, by)
        Extent().check(current)
        if order >= len(of.free):
            if X.has(facts.ORTHOGONAL):
                raise NoFormula("along a direction an orthogonal matrix leaves its space")
            V = known[of.along[order - len(of.free)]].value
            current = np.asarray(np.tensordot(current, V, axes=V.ndim), dtype=object)
    return current


# ---------------------------------------------------------------- where there is no proof
def _at_points(
    open_: Sequence[Place],
    wanted: Formulas,
    differences: Formulas,
    known: Mapping[Expr, Coordinates],
    sizes: Sizes,
    sampled: Sequence[Point],
) -> Exact:
    """The entries that are not proven, to many digits at rational points of the domain."""
    import mpmath
    import sympy

    leaves = {node: found for node, found in known.items() if node.op is VARIABLE}
    symbols = sorted({s for found in leaves.values() for d in found.directions for s in d.rates},
                     key=str)  # fmt: skip
    pairs = [(differences[place], wanted[place]) for place in open_]
    own: dict[str, Any] = {
        "magnitude": mpmath.fabs,
        "signum": mpmath.sign,
        "ramp": lambda x: max(x, 0),
    }
    # What is compiled has names of ours alone.
    numbered = {s: sympy.Dummy(f"x{k}", **s.assumptions0) for k, s in enumerate(symbols)}
    formulas = [tuple(e.xreplace(numbered) for e in pair) for pair in pairs]
    evaluated = sympy.lambdify(
        list(numbered.values()), formulas, modules=[own, "mpmath"], cse=True, dummify=True
    )
    judged = 0
    for point in sampled:
        numbers: dict[Formula, Fraction] = {}
        for node, found in leaves.items():
            numbers |= found.at(point.values[variable_name(node)])
        with mpmath.workdps(_DIGITS):
            given = [mpmath.mpf(numbers[s].numerator) / numbers[s].denominator for s in symbols]
            errors = [(abs(d), max(abs(w), abs(w - d))) for d, w in evaluated(*given)]
            scale = max(size for _, size in errors)
            worst = max(range(len(errors)), key=lambda k: errors[k][0])
            error = errors[worst][0]
            if error > _DIFFERS * scale:
                return Exact(False, sizes, wanted.size, judged + 1, open_[worst], point.values)
            judged += bool(error <= _AGREES * scale)
    if judged < len(sampled) or not judged:
        return Exact(None, sizes, reason="its entries could not be proven equal")
    return Exact(True, sizes, wanted.size, judged)
