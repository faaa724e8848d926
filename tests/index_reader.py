"""The value of an equation in index notation, read from its text alone."""

import re
from string import ascii_letters

import numpy as np

from mcalc.core.shape import Shape
from mcalc.core.size import Size
from mcalc.declaration import Declaration
from mcalc.numeric.evaluate import evaluate
from mcalc.syntax.lower import lower
from mcalc.syntax.parser import parse

_OPENING, _CLOSING = "([", ")]"


def value_of(equation, variables, values, sizes, shape):
    """The array of the left side of an equation, which has that shape.

    variables are declarations, values arrays, sizes integers by size symbol. An index that does not
    stand on the left is summed.
    """
    equation, where, definitions = equation.partition(" where ")
    left, _, right = equation.partition(" = ")
    free = [i for bracket in re.findall(r"\[(.*?)\]", left) for i in bracket.split(",")]
    assert len(free) == len(shape)
    lengths = dict(zip(free, shape, strict=True))
    total = np.zeros(shape)
    if right == "0":
        return total
    for sign, term in _split(right, "+-"):
        sources = [f for _, f in _split(term, "*")]
        factors = [_factor(f, where + definitions, variables, values, sizes) for f in sources]
        found = _contracted([f for f in factors if f is not None], free, lengths)
        total = total + (-1 if sign == "-" else 1) * found
    return total


def _split(source, signs):
    """Pairs of a sign and what follows it, outside all brackets."""
    pieces, depth = [["", ""]], 0
    for c in source:
        depth += (c in _OPENING) - (c in _CLOSING)
        if depth == 0 and c in signs:
            pieces.append([c, ""])
        else:
            pieces[-1][1] += c
    return [(sign, piece) for sign, piece in pieces if piece]


def _factor(source, definitions, variables, values, sizes):
    """(array, its indices), the array None for a δ; an index is a letter or a tuple of them."""
    base, indices = source, []
    if source.endswith("]"):
        depth = 0
        for place in reversed(range(len(source))):
            depth += (source[place] in _CLOSING) - (source[place] in _OPENING)
            if depth == 0:
                break
        base, indices = source[:place], [_index(s) for _, s in _split(source[place + 1 : -1], ",")]
    if base == "δ":
        return None, indices
    return _array(base + definitions, len(indices), variables, values, sizes), indices


def _index(source):
    return tuple(source[1:-1].split(",")) if source.startswith("(") else (source,)


def _array(source, rank, variables, values, sizes):
    known = {name: Declaration.from_json(name, variables[name]) for name in values}
    expected = [None, Shape(Size.symbol("n"))][rank] if rank < 2 else None
    written = lower(parse(source), source, known, expected=expected).written
    (found,) = evaluate([written], values, sizes)
    assert found.ndim == rank
    return found


def _contracted(factors, free, lengths):
    lengths = dict(lengths)
    for array, indices in factors:
        for length, parts in zip(array.shape if array is not None else (), indices, strict=False):
            if len(parts) == 1:
                assert lengths.setdefault(parts[0], length) == length
    _complete(factors, lengths)
    operands = []
    for array, indices in factors:
        if array is None:
            array = np.eye(int(np.prod([lengths[i] for i in indices[0]])))
        split = [i for parts in indices for i in parts]
        operands.append((array.reshape([lengths[i] for i in split]), split))
    missing = set(free) - {i for _, split in operands for i in split}
    operands += [(np.ones(lengths[i]), [i]) for i in missing]
    letters = {}
    for _, split in [*operands, (None, free)]:
        for i in split:
            letters.setdefault(i, ascii_letters[len(letters)])
    left = ",".join("".join(letters[i] for i in split) for _, split in operands)
    right = "".join(letters[i] for i in free)
    return np.einsum(f"{left}->{right}", *[array for array, _ in operands])


def _complete(factors, lengths):
    """The lengths of indices that stand in pairs only: what is left of the axis."""
    equations = []
    for array, indices in factors:
        if array is None:
            equations.append((indices[0], indices[1]))
        else:
            equations += zip(array.shape, indices, strict=True)
    for _ in range(len(equations) + 1):
        for whole, parts in equations:
            for a, b in ((whole, parts), (parts, whole)):
                if not isinstance(b, tuple):
                    continue
                unknown = [i for i in b if i not in lengths]
                known = isinstance(a, int) or all(i in lengths for i in a)
                if len(unknown) == 1 and known:
                    length = a if isinstance(a, int) else int(np.prod([lengths[i] for i in a]))
                    lengths[unknown[0]] = length // int(
                        np.prod([lengths[i] for i in b if i in lengths])
                    )
