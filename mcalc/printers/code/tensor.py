"""From index notation to programs: arrays of any rank by broadcasting, deltas by strides."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from mcalc.calculus.indices import Tensor, Term, leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.core.index import Factor, Index
    from mcalc.core.size import Size
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value

# Kinds that hand on their argument's memory: writing into them would change what they came from.
_VIEWS = ("input", "transpose", "expand", "column", "reshape")


class Pattern(NamedTuple):
    """Where a term goes: the array with its axes split, which of them are one, in which order."""

    split: tuple[Size, ...]
    axes: tuple[int, ...]
    kept: tuple[int, ...]

    @property
    def is_dense(self) -> bool:
        """Whether the term fills the array as it is."""
        return self.axes == self.kept


def emit_tensor(g: Generator, tensor: Tensor) -> Value:
    """The array of all entries."""
    shape = tuple([i.size for i in tensor.free])
    if not tensor.terms:
        return g.value("zeros", data=shape, rank=len(shape))
    parts = [_emit_term(g, term) for term in tensor.terms]
    if len(parts) == 1 and parts[0][1].is_dense and parts[0][2]:
        return parts[0][0]
    # A term that fills the whole array comes first: what follows is added into it.
    parts.sort(key=lambda part: not (part[1].is_dense and part[2] and part[0].kind not in _VIEWS))
    return g.value(
        "assemble",
        *[core for core, _, _ in parts],
        data=(shape, tuple([(pattern, full) for _, pattern, full in parts])),
        rank=len(shape),
    )


def _emit_term(g: Generator, term: Term) -> tuple[Value, Pattern, bool]:
    """(the array over the distinct free indices, where it goes, whether it has all their axes)."""
    flat = [i for slot in term.free for i in leaves(slot)]
    distinct = list(dict.fromkeys(flat))
    pattern = Pattern(
        tuple([i.size for i in flat]),
        tuple([distinct.index(i) for i in flat]),
        tuple(range(len(distinct))),
    )
    if len(flat) != len(term.free):
        pattern = pattern._replace(kept=(*pattern.kept, -1))
    core, covered = _emit_core(g, term, distinct)
    return core, pattern, covered


def _emit_core(g: Generator, term: Term, distinct: list[Index]) -> tuple[Value, bool]:
    front: Value | None = None
    arrays: list[tuple[Value, list[Index]]] = []
    for value, slots in term.factors:
        array, indices = _factor(g, (value, slots))
        if indices:
            arrays.append((array, indices))
        else:
            front = array if front is None else g.times(front, array)
    c = term.coefficient
    summed = {i for _, indices in arrays for i in indices} - set(distinct)
    repeated = any(len(set(indices)) < len(indices) for _, indices in arrays)
    if summed or repeated:
        arrays = [_contracted(g, arrays, distinct)]
    if front is not None or not arrays:
        scalar = g.multiple(c, front) if front is not None else g.number(c)
    else:
        scalar = g.number(c)
    arrays = _scaled(g, arrays, scalar)
    if not arrays:
        return scalar, not distinct
    total: Value | None = None
    covered: set[Index] = set()
    for array, indices in sorted(arrays, key=lambda pair: len(pair[1])):
        covered |= set(indices)
        expanded = _expanded(g, array, indices, distinct)
        total = expanded if total is None else g.value("mul", total, expanded, rank=len(distinct))
    assert total is not None
    return total, covered == set(distinct)


def _scaled(
    g: Generator, arrays: list[tuple[Value, list[Index]]], scalar: Value
) -> list[tuple[Value, list[Index]]]:
    """The scalar in the factor with the fewest entries."""
    if not arrays or (scalar.kind == "number" and scalar.data == 1):
        return arrays
    i = min(range(len(arrays)), key=lambda k: len(arrays[k][1]))
    array, indices = arrays[i]
    scaled = (
        g.multiple(Fraction(scalar.data), array)
        if scalar.kind == "number"
        else g.times(scalar, array)
    )
    return [*arrays[:i], (scaled, indices), *arrays[i + 1 :]]


def _factor(g: Generator, factor: Factor) -> tuple[Value, list[Index]]:
    """The array of a factor with an axis for each index."""
    value, slots = factor
    array = g.emit(value)
    present = [slot for slot in slots if slot is not None]
    indices = [i for slot in present for i in leaves(slot)]
    if len(indices) != len(present):
        sizes = tuple([i.size for i in indices])
        array = g.value("reshape", array, data=sizes, rank=len(sizes))
    return array, indices


def _contracted(
    g: Generator, arrays: list[tuple[Value, list[Index]]], distinct: list[Index]
) -> tuple[Value, list[Index]]:
    """The product of the factors, summed."""
    there = {i for _, indices in arrays for i in indices}
    kept = [i for i in distinct if i in there]
    numbers = {i: k for k, i in enumerate(dict.fromkeys(i for _, s in arrays for i in s))}
    spec = tuple([tuple([numbers[i] for i in indices]) for _, indices in arrays])
    out = tuple([numbers[i] for i in kept])
    value = g.value("contract", *[a for a, _ in arrays], data=(spec, out), rank=len(kept))
    return value, kept


def _expanded(g: Generator, array: Value, indices: Sequence[Index], distinct: list[Index]) -> Value:
    """The array with its axes in order, and axes of length one for the other indices."""
    order = sorted(range(len(indices)), key=lambda k: distinct.index(indices[k]))
    if order != list(range(len(indices))):
        array = (
            g.transposed(array)
            if len(order) == 2
            else g.value("permute", array, data=tuple(order), rank=len(order))
        )
    mask = tuple([i in indices for i in distinct])
    if all(mask):
        return array
    return g.value("expand", array, data=mask, rank=len(distinct))
