"""From index notation to programs: arrays of any rank by broadcasting, deltas by strides."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from mcalc.calculus.indices import Tensor, Term, leaves
from mcalc.core.index import Index
from mcalc.printers.code.chains import count
from mcalc.printers.code.ir import UNIT, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcalc.core.index import Factor
    from mcalc.core.size import Size
    from mcalc.printers.code.generate import Generator

Indexed = tuple[Value, list[Index]]
"""An array and what its axes are."""

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
        return g.value("zeros", data=shape, shape=shape)
    parts = [_emit_term(g, term) for term in tensor.terms]
    if len(parts) == 1 and parts[0][1].is_dense and parts[0][2]:
        return parts[0][0]
    # A term that fills the whole array comes first: what follows is added into it.
    parts.sort(key=lambda part: not (part[1].is_dense and part[2] and part[0].kind not in _VIEWS))
    return g.value(
        "assemble",
        *[core for core, _, _ in parts],
        data=(shape, tuple([(pattern, full) for _, pattern, full in parts])),
        shape=shape,
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
    scalar = g.number(term.coefficient)
    arrays = contracted(g, [_factor(g, factor) for factor in term.factors], distinct)
    for array, indices in arrays:
        if not indices:
            scalar = array if _is_one(scalar) else g.times(scalar, array)
    arrays = _scaled(g, [pair for pair in arrays if pair[1]], scalar)
    if not arrays:
        return scalar, not distinct
    total: Value | None = None
    covered: set[Index] = set()
    for array, indices in sorted(arrays, key=lambda pair: len(pair[1])):
        covered |= set(indices)
        expanded = _expanded(g, array, indices, distinct)
        total = expanded if total is None else g.times(total, expanded)
    assert total is not None
    return total, covered == set(distinct)


def _is_one(v: Value) -> bool:
    return v.kind == "number" and bool(v.data == 1)


def _scaled(g: Generator, arrays: list[Indexed], scalar: Value) -> list[Indexed]:
    """The scalar in the factor with the fewest entries."""
    if not arrays or _is_one(scalar):
        return arrays
    i = min(range(len(arrays)), key=lambda k: len(arrays[k][1]))
    array, indices = arrays[i]
    scaled = (
        g.multiple(Fraction(scalar.data), array)
        if scalar.kind == "number"
        else g.times(scalar, array)
    )
    return [*arrays[:i], (scaled, indices), *arrays[i + 1 :]]


def _factor(g: Generator, factor: Factor) -> Indexed:
    """The array of a factor with an axis for each index."""
    value, slots = factor
    array = g.emit_root(value)
    present = [slot for slot in slots if slot is not None]
    indices = [i for slot in present for i in leaves(slot)]
    if len(indices) != len(present):
        array = _reshaped(g, array, tuple([i.size for i in indices]))
    return array, indices


def _reshaped(g: Generator, array: Value, sizes: tuple[Size, ...]) -> Value:
    if array.shape == sizes:
        return array
    return g.value("reshape", array, data=sizes, shape=sizes)


def _permuted(g: Generator, array: Value, order: Sequence[int]) -> Value:
    if list(order) == list(range(len(order))):
        return array
    if len(order) == 2:
        return g.transposed(array)
    shape = tuple([array.shape[k] for k in order])
    return g.value("permute", array, data=tuple(order), shape=shape)


def _expanded(g: Generator, array: Value, indices: Sequence[Index], distinct: list[Index]) -> Value:
    """The array with its axes in order, and axes of length one for the other indices."""
    order = sorted(range(len(indices)), key=lambda k: distinct.index(indices[k]))
    array = _permuted(g, array, order)
    mask = tuple([i in indices for i in distinct])
    if all(mask):
        return array
    shape = tuple([i.size if there else UNIT for i, there in zip(distinct, mask, strict=True)])
    return g.value("expand", array, data=mask, shape=shape)


# ---------------------------------------------------------------- sums over indices
def contracted(g: Generator, arrays: list[Indexed], kept: list[Index]) -> list[Indexed]:
    """Factors with the indices that are not kept summed, two at a time, the least result first."""
    arrays = [_alone(g, i, arrays, kept) for i in range(len(arrays))]
    while True:
        pairs = [
            (_entries(_after(arrays, i, j, kept)[1]), i, j)
            for j in range(len(arrays))
            for i in range(j)
            if _share(arrays[i], arrays[j], kept)
        ]
        if not pairs:
            return arrays
        _, i, j = min(pairs)
        summed, left = _after(arrays, i, j, kept)
        joined = _joined(g, arrays[i], arrays[j], summed, left)
        arrays = [pair for k, pair in enumerate(arrays) if k not in (i, j)] + [joined]


def _alone(g: Generator, i: int, arrays: list[Indexed], kept: list[Index]) -> Indexed:
    """A factor without repeated indices, and without those that are summed and nowhere else."""
    array, indices = arrays[i]
    needed = {k for j, (_, others) in enumerate(arrays) if j != i for k in others} | set(kept)
    left = [k for k in dict.fromkeys(indices) if k in needed]
    return (array, indices) if left == indices else (_einsum(g, [arrays[i]], left), left)


def _share(a: Indexed, b: Indexed, kept: list[Index]) -> bool:
    """Whether two factors have an index that is summed, here or with a third one."""
    return any(k in b[1] and k not in kept for k in a[1])


def _after(
    arrays: list[Indexed], i: int, j: int, kept: list[Index]
) -> tuple[list[Index], list[Index]]:
    """(the indices that a product of two factors sums, those that it leaves)."""
    others = {k for n, (_, indices) in enumerate(arrays) if n not in (i, j) for k in indices}
    a, b = arrays[i][1], arrays[j][1]
    summed = [k for k in a if k in b and k not in others and k not in kept]
    return summed, [k for k in dict.fromkeys([*a, *b]) if k not in summed]


def _entries(indices: Iterable[Index]) -> int:
    return prod(count(i.size) for i in indices)


def _joined(
    g: Generator, a: Indexed, b: Indexed, summed: list[Index], left: list[Index]
) -> Indexed:
    """The product of two factors, summed: of matrices, where no index stays in both."""
    if any(k in a[1] and k in b[1] for k in left):
        return _einsum(g, [a, b], left), left
    rows = [k for k in a[1] if k not in summed]
    cols = [k for k in b[1] if k not in summed]
    product = g.matmul(_as_matrix(g, a, rows, summed), _as_matrix(g, b, summed, cols))
    return _reshaped(g, product, tuple([k.size for k in rows + cols])), rows + cols


def _as_matrix(g: Generator, a: Indexed, rows: list[Index], cols: list[Index]) -> Value:
    """A factor as a matrix with these indices for rows and columns, or as a vector."""
    array, indices = a
    array = _permuted(g, array, [indices.index(k) for k in rows + cols])
    sizes = [_total(part) for part in (rows, cols) if part]
    return _reshaped(g, array, tuple(sizes))


def _total(indices: list[Index]) -> Size:
    total = UNIT
    for k in indices:
        total = total * k.size
    return total


def _einsum(g: Generator, arrays: list[Indexed], out: list[Index]) -> Value:
    numbers = {i: k for k, i in enumerate(dict.fromkeys(i for _, s in arrays for i in s))}
    spec = tuple([tuple([numbers[i] for i in indices]) for _, indices in arrays])
    data = (spec, tuple([numbers[i] for i in out]))
    shape = tuple([i.size for i in out])
    return g.value("contract", *[a for a, _ in arrays], data=data, shape=shape)
