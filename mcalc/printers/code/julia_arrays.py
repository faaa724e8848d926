"""Arrays of any rank in Julia: sums of products, and terms on diagonals, by loops."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from mcalc.printers.code.ir import UNIT
from mcalc.printers.code.writer import ATOM, SUM, Spelled, Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcalc.core.size import Size
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.tensor import Pattern

_LETTERS = "ijklpqrsuvwabcdefgh"


def _letters(w: Writer, count: int, sizes: Iterable[Size] = ()) -> list[str]:
    """Names for the indices of a loop, that nothing else in the function has."""
    taken = w.names.taken | w.names.sources.keys()
    taken = taken.union(*[size.symbols for size in sizes])
    found: list[str] = []
    number = 0
    while len(found) < count:
        letter = _LETTERS[number % len(_LETTERS)] + str(number // len(_LETTERS) or "")
        if letter not in taken:
            found.append(letter)
        number += 1
    return found


def _loop(w: Writer, ranges: Sequence[tuple[str, str]], body: str) -> None:
    """The lines of a loop whose first index runs fastest, as memory does."""
    if not ranges:
        w.lines.append(body)
        return
    header = ", ".join(f"{letter} in {over}" for letter, over in reversed(ranges))
    w.lines += [f"for {header}", f"    {body}", "end"]


def _named(w: Writer, source: str) -> str:
    """A name for what is used inside of a loop."""
    if source in w.named or source in w.names.taken:
        return source
    name = w.new_name()
    w.lines.append(w.language.assignment(name, source))
    return name


# ---------------------------------------------------------------- sums of products
class _Operand(NamedTuple):
    """An array by its name, and the number of the index of each of its axes."""

    name: str
    indices: tuple[int, ...]


def contract(w: Writer, v: Value) -> Spelled:
    """A sum of products of arrays, two of them at a time, those first whose product is smallest."""
    parts, out = v.data
    arrays = [_Operand(_named(w, w.text(a, SUM)), p) for a, p in zip(v.args, parts, strict=True)]

    def kept(pair: Iterable[_Operand]) -> tuple[int, ...]:
        chosen = list(pair)
        others = {k for x in arrays if x not in chosen for k in x.indices}
        there = dict.fromkeys(k for x in chosen for k in x.indices)
        wanted = [k for k in there if k in out or k in others]
        return out if set(wanted) == set(out) else tuple(wanted)

    while len(arrays) > 2:
        pair = min(combinations(arrays, 2), key=lambda pair: len(kept(pair)))
        product = _summed(w, pair, kept(pair))
        arrays = [*[x for x in arrays if x not in pair], product]
    return _summed(w, arrays, out).name, ATOM


def _summed(w: Writer, arrays: Sequence[_Operand], out: tuple[int, ...]) -> _Operand:
    """The sum over the indices that the result has not."""
    axes: dict[int, tuple[str, int]] = {}
    for x in arrays:
        for axis, k in enumerate(x.indices):
            axes.setdefault(k, (x.name, axis + 1))
    order = [*out[:1], *[k for k in axes if k not in out], *out[1:]]
    letters = dict(zip(order, _letters(w, len(order)), strict=True))
    name = w.new_name()
    sizes = ", ".join(f"size({axes[k][0]}, {axes[k][1]})" for k in out)
    w.lines.append(w.language.assignment(name, f"zeros({sizes})" if out else "0.0"))
    target = f"{name}[{', '.join(letters[k] for k in out)}]" if out else name
    factors = [f"{x.name}[{', '.join(letters[k] for k in x.indices)}]" for x in arrays]
    ranges = [(letters[k], f"axes({axes[k][0]}, {axes[k][1]})") for k in order]
    _loop(w, ranges, f"{target} += {' * '.join(factors)}")
    return _Operand(name, out)


# ---------------------------------------------------------------- terms on diagonals
def fill(w: Writer, v: Value) -> str:
    """The name of an array, each of whose terms is added at the entries of its pattern."""
    shape, patterns = v.data
    name = w.new_name()
    zeros = f"zeros({', '.join(w.size(s) for s in shape)})"
    w.lines.append(w.language.assignment(name, zeros))
    for core, (pattern, _) in zip(v.args, patterns, strict=True):
        if pattern.is_dense:
            w.lines.append(f"{name} .+= {w.text(core, SUM)}")
        else:
            _add(w, name, core, pattern, shape)
    return name


def _add(w: Writer, name: str, core: Value, pattern: Pattern, shape: tuple[Size, ...]) -> None:
    """A loop over the distinct indices of a term."""
    distinct = list(dict.fromkeys(pattern.axes))
    sizes = {k: pattern.split[pattern.axes.index(k)] for k in distinct}
    letters = dict(zip(distinct, _letters(w, len(distinct), pattern.split), strict=True))
    at = [letters[k] for k in distinct]
    if core.kind == "expand":
        at = [letter for letter, there in zip(at, core.data, strict=True) if there]
        core = core.args[0]
    elif core.rank:
        # Along an axis of length one an array only broadcasts.
        at = ["1" if size == UNIT else k for k, size in zip(at, core.shape, strict=True)]
    source = w.text(core, SUM)
    if core.kind != "number":
        source = _named(w, source)
    entry = f"{source}[{', '.join(at)}]" if core.rank else source
    target = ", ".join(_position(w, group, letters, pattern) for group in _groups(pattern, shape))
    ranges = [(letters[k], f"1:{_bracketed(w.size(sizes[k]))}") for k in distinct]
    _loop(w, ranges, f"{name}[{target}] += {entry}")


def _bracketed(source: str) -> str:
    return f"({source})" if " " in source else source


def _groups(pattern: Pattern, shape: tuple[Size, ...]) -> list[list[int]]:
    """For each axis of the array those that it is split into."""
    groups: list[list[int]] = []
    rest = list(range(len(pattern.split)))
    for size in shape:
        group = [rest.pop(0)]
        length = pattern.split[group[0]]
        while length != size:
            group.append(rest.pop(0))
            length = length * pattern.split[group[-1]]
        groups.append(group)
    groups[-1] += rest  # axes of length one
    return groups


def _position(w: Writer, group: list[int], letters: dict[int, str], pattern: Pattern) -> str:
    """The index along an axis whose parts have indices, the last part running fastest."""
    source = letters[pattern.axes[group[0]]]
    for k in group[1:]:
        before = f"({source} - 1)"
        source = f"{before} * {_bracketed(w.size(pattern.split[k]))} + {letters[pattern.axes[k]]}"
    return source
