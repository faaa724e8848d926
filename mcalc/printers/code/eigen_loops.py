"""Arrays of more than two axes in C++: their entries as formulas, and loops that fill them.

A value of more than two axes is not stored but spelled as the formula of its entry, with ⟨0⟩, ⟨1⟩,
… for its subscripts, unless it has to be summed or put together: then it is a vector of all
entries, the first subscript running fastest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcalc.core.size import Size
from mcalc.printers.code.writer import ATOM, PRODUCT, SUM, UNARY, Spelled, Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcalc.printers.code.ir import Value

_ONE = Size.of(1)
_MARK = re.compile("⟨(\\d+)⟩")
SUBSCRIPTS = tuple(f"i{k}" for k in range(64))
"""The names of loop variables."""


def marks(rank: int) -> list[str]:
    """The subscripts of an entry, still open."""
    return [f"⟨{k}⟩" for k in range(rank)]


def entry(w: Writer, a: Value, at: Sequence[str]) -> Spelled:
    """The entry of an array at subscripts, an atom each."""
    source, binding = w.written[a]
    if a.rank == 0:
        simple = a.kind in ("input", "number", "pi", "size")
        return (source, binding) if simple else (name(w, a), ATOM)
    if "⟨" in source:
        return _MARK.sub(lambda m: at[int(m[1])], source), binding
    if a.rank <= 2 and a.kind == "transpose" and source not in w.named:
        return entry(w, a.args[0], at[::-1])
    if a.kind == "eye" and source not in w.named:
        return f"double({at[0]} == {at[1]})", ATOM
    return f"{name(w, a)}({_place(w, a, at)})", ATOM


def name(w: Writer, a: Value) -> str:
    """The name of an array; it gets one where it has none."""
    source = w.written[a][0]
    if not source.isidentifier():
        w.written[a] = (w.line(w.language.result(w, a), a), ATOM)
    return w.written[a][0]


def _place(w: Writer, a: Value, at: Sequence[str]) -> str:
    """Subscripts in brackets: of a vector of all entries their one place."""
    if a.rank <= 2:
        return ", ".join(at)
    return _horner(list(at), [w.size(s) for s in a.shape])


def _horner(at: Sequence[str], sizes: Sequence[str]) -> str:
    """The place of an entry, the first subscript running fastest."""
    place = at[-1]
    for i, size in zip(at[-2::-1], sizes[-2::-1], strict=True):
        place = f"{i} + {_factor(size)} * {place if place.isidentifier() else f'({place})'}"
    return place


def _factor(size: str) -> str:
    return f"({size})" if " + " in size else size


def _bracketed(size: str) -> str:
    return size if size.isalnum() else f"({size})"


def _text(spelled: Spelled, level: int) -> str:
    source, binding = spelled
    return f"({source})" if binding < level else source


# ---------------------------------------------------------------- entries as formulas
_OPERATORS = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}


def entrywise(w: Writer, v: Value) -> Spelled:
    """The formula of an entry of a sum, product, quotient or negative."""
    found = [entry(w, a, _broadcast(a, v.rank)) for a in v.args]
    if v.kind == "neg":
        return f"-{_text(found[0], UNARY)}", UNARY
    operator, level = _OPERATORS[v.kind]
    return f"{_text(found[0], level)} {operator} {_text(found[1], level + 1)}", level


def _broadcast(a: Value, rank: int) -> list[str]:
    """The subscripts of an operand in those of the result; an axis of length one has but 0."""
    own = marks(rank)[rank - a.rank :]
    return ["0" if size == _ONE else i for i, size in zip(own, a.shape, strict=True)]


def expanded(w: Writer, v: Value) -> Spelled:
    """The formula of an entry where axes of length one were put in."""
    at = [i for i, there in zip(marks(v.rank), v.data, strict=True) if there]
    return entry(w, v.args[0], at)


def permuted(w: Writer, v: Value) -> Spelled:
    """The formula of an entry where the axes have another order."""
    own = marks(v.rank)
    return entry(w, v.args[0], [own[v.data.index(k)] for k in range(v.rank)])


def reshaped(w: Writer, v: Value) -> Spelled:
    """The formula of an entry where axes were split or merged, the last running fastest."""
    (a,) = v.args
    at: list[str] = []
    own = marks(v.rank)
    for old, new in matched(a.shape, v.shape):
        linear = own[new[0]]
        for k in new[1:]:
            linear = f"({linear} * {_factor(w.size(v.shape[k]))} + {own[k]})"
        for k in old:
            below = [_factor(w.size(a.shape[later])) for later in old if later > k]
            part = f"({linear} / {_bracketed(' * '.join(below))})" if below else linear
            size = _bracketed(w.size(a.shape[k]))
            at.append(part if k == old[0] else f"({part} % {size})")
    return entry(w, a, at)


def matched(
    old: Sequence[Size], new: Sequence[Size]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Runs of axes of both shapes that have as many entries together, as short as they come."""
    runs: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        first, second = i, j
        ends = [
            (p, q)
            for p in range(i + 1, len(old) + 1)
            for q in range(j + 1, len(new) + 1)
            if count(old[i:p]) == count(new[j:q])
        ]
        i, j = min(ends, key=sum)
        if len(old) == i or len(new) == j:
            i, j = len(old), len(new)
        runs.append((tuple(range(first, i)), tuple(range(second, j))))
    return runs


def count(sizes: Sequence[Size]) -> Size:
    """The number of entries of an array of these sizes."""
    total = _ONE
    for size in sizes:
        total = total * size
    return total


# ---------------------------------------------------------------- loops
def _loops(w: Writer, sizes: Mapping[str, Size], body: str) -> None:
    """Lines that run a statement for all subscripts, the first the fastest."""
    depth = 0
    for i, size in reversed(list(sizes.items())):
        head = f"for (Eigen::Index {i} = 0; {i} < {w.size(size)}; ++{i}) {{"
        w.lines.append("  " * depth + head)
        depth += 1
    w.lines.append("  " * depth + body)
    w.lines += ["  " * k + "}" for k in range(depth - 1, -1, -1)]


def zeros(w: Writer, shape: Sequence[Size]) -> str:
    """An array of zeros."""
    if not shape:
        return "0.0"
    sizes = [w.size(s) for s in shape]
    if len(shape) == 2:
        return f"Eigen::MatrixXd::Zero({', '.join(sizes)})"
    return f"Eigen::VectorXd::Zero({' * '.join(_factor(s) for s in sizes)})"


def _start(w: Writer, shape: Sequence[Size]) -> str:
    """The name of a new array of zeros."""
    made = w.new_name()
    kind = "double" if not shape else f"Eigen::{'Matrix' if len(shape) == 2 else 'Vector'}Xd"
    w.lines.append(f"{kind} {made} = {zeros(w, shape)};")
    return made


def _target(w: Writer, made: str, shape: Sequence[Size], at: Sequence[str]) -> str:
    if not shape:
        return made
    if len(shape) <= 2:
        return f"{made}({', '.join(at)})"
    return f"{made}({_horner(list(at), [w.size(s) for s in shape])})"


def materialized(w: Writer, v: Value) -> str:
    """The name of an array, after loops that fill it from the formula of its entries."""
    at = SUBSCRIPTS[: v.rank]
    source, _ = entry(w, v, at)
    made = _start(w, v.shape)
    body = f"{_target(w, made, v.shape, at)} = {source};"
    _loops(w, dict(zip(at, v.shape, strict=True)), body)
    return made


def contracted(w: Writer, v: Value) -> str:
    """The name of a sum of products, after the loops that sum."""
    parts, out = v.data
    sizes: dict[int, Size] = {}
    for a, part in zip(v.args, parts, strict=True):
        sizes.update(zip(part, a.shape, strict=True))
    order = [*out, *sorted(set(sizes) - set(out))]
    at = dict(zip(order, SUBSCRIPTS, strict=False))
    factors = [
        _text(entry(w, a, [at[k] for k in part]), PRODUCT)
        for a, part in zip(v.args, parts, strict=True)
    ]
    made = _start(w, v.shape)
    body = f"{_target(w, made, v.shape, [at[k] for k in out])} += {' * '.join(factors)};"
    _loops(w, {at[k]: sizes[k] for k in order}, body)
    return made


def assembled(w: Writer, v: Value) -> str:
    """The name of an array filled term by term, after the loops that fill it."""
    shape, patterns = v.data
    sources = []
    for core, (pattern, _) in zip(v.args, patterns, strict=True):
        count = max(pattern.axes) + 1
        kept = [pattern.split[pattern.axes.index(d)] for d in range(count)]
        own = SUBSCRIPTS[:count][count - core.rank :]
        lengths = kept[count - core.rank :]
        at = [
            "0" if have == _ONE and want != _ONE else i
            for i, have, want in zip(own, core.shape, lengths, strict=True)
        ]
        sources.append((entry(w, core, at)[0], dict(zip(SUBSCRIPTS, kept, strict=False))))
    made = _start(w, shape)
    for (source, sizes), (pattern, _) in zip(sources, patterns, strict=True):
        split = [SUBSCRIPTS[d] for d in pattern.axes]
        at = []
        for _old, new in matched(shape, pattern.split):
            place = split[new[0]]
            for k in new[1:]:
                place = f"{place} * {_factor(w.size(pattern.split[k]))} + {split[k]}"
                place = f"({place})" if k != new[-1] else place
            at.append(place if len(new) == 1 else f"({place})")
        _loops(w, sizes, f"{_target(w, made, shape, at)} += {source};")
    return made
