"""Common factors: A*x+B*x = (A+B)*x, and its like for scalars, entries and diagonals.

Normal form never multiplies out and never factors, so that equal terms meet. An answer is factored
once it is complete, where that makes it shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    add,
    eye,
    filled,
    hadamard,
    inverse,
    matpow,
    mul,
    number,
    number_value,
    power,
    scale,
)
from mcalc.core.matrix_powers import matrix_power_parts
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, scalars
from mcalc.core.sums import NOTHING, terms
from mcalc.ops.shaping import DIAG, diag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from mcalc.core.expr import Expr
    from mcalc.core.size import Axis

MOST_TERMS = 64
"""Longer sums are left as they are: the search is quadratic in the terms."""


class _Share(NamedTuple):
    """A part that several terms have, where it stands in them.

    With a sign it is the base of powers with positive or with negative exponents, of which the
    smallest is common to all.
    """

    side: str
    part: Expr
    sign: int = 0


def factored(e: Expr) -> Expr:
    """A sum with common factors taken out while that makes it shorter; anything else as it is."""
    while e.op is ADD and 1 < len(e.args) <= MOST_TERMS:
        shorter = _best_step(e)
        if shorter is None:
            return e
        e = shorter
    return e


def _best_step(e: Expr) -> Expr | None:
    """The sum with the one grouping that saves most, or None where none saves."""
    pairs = list(terms(e))
    groups: dict[_Share, list[int]] = {}
    for i, (term, _) in enumerate(pairs):
        for share in dict.fromkeys(_shares(term)):
            groups.setdefault(share, []).append(i)
    best: tuple[int, int, tuple[str, str], _Share, list[int]] | None = None
    for share, members in groups.items():
        if len(members) < 2:
            continue
        if share.sign:
            powers = _smallest_power(share, [pairs[i][0] for i in members])
            if powers is None:
                continue
            share = powers
        whole = _grouped(share, members, pairs, lambda rest: rest)
        if whole.size < e.size:
            found = (whole.size, -len(members), whole.content, share, members)
            best = min(best, found, key=lambda b: b[:3]) if best else found
    if best is None:
        return None
    *_, share, members = best
    return _grouped(
        share, members, pairs, lambda rest: factored(rest) if rest.size < e.size else rest
    )


def _grouped(
    share: _Share,
    members: list[int],
    pairs: list[tuple[Expr, Fraction]],
    further: Callable[[Expr], Expr],
) -> Expr:
    """The sum with the common part of some of its terms taken out."""
    taken = set(members)
    joined = _join(share, [pairs[i] for i in members], further)
    rest = [scale(c, t) for i, (t, c) in enumerate(pairs) if i not in taken]
    return add(joined, *rest)


def _shares(term: Expr) -> Iterator[_Share]:
    """What a term may have in common with others."""
    for side, part in _parts(term):
        yield _Share(side, part)
        base, exponent = _power_parts(side, part)
        if exponent:
            yield _Share(side, base, 1 if exponent > 0 else -1)


def _parts(term: Expr) -> Iterator[tuple[str, Expr]]:
    """The factors of a term with the sides on which they stand."""
    if term.op is MUL:
        links = chain(term)
        for s in scalars(term):
            yield "scalar", s
        if links:
            yield "left", links[0]
            yield "right", links[-1]
    elif term.op is HADAMARD:
        for f in term.args:
            yield "entry", f
    elif term.op is DIAG:
        yield "diagonal", DIAGONAL_MARK
    elif not term.shape.is_scalar:
        yield "left", term
        yield "right", term
        yield "entry", term
    else:
        yield "scalar", term


def _power_parts(side: str, part: Expr) -> tuple[Expr, Fraction]:
    """The base and the exponent of a factor, zero where the exponent is no number."""
    in_chain = side in ("left", "right")
    if side == "diagonal" or (in_chain and part.shape.rows != part.shape.cols):
        return part, NOTHING
    parts = matrix_power_parts if in_chain else base_and_exponent
    base, exponent = parts(part)
    return base, number_value(exponent) or NOTHING


def _smallest_power(share: _Share, members: list[Expr]) -> _Share | None:
    """The power of a base that all of the terms have as a factor; None where it is the same."""
    exponents = [
        exponent
        for term in members
        for side, part in _parts(term)
        for base, exponent in [_power_parts(side, part)]
        if side == share.side and base is share.part and exponent * share.sign > 0
    ]
    if len(set(exponents)) == 1:
        return None
    least = number(share.sign * min(abs(k) for k in exponents))
    raised = matpow if share.side in ("left", "right") else power
    return _Share(share.side, raised(share.part, least), share.sign)


DIAGONAL_MARK = number(0)


def _join(
    share: _Share, pairs: list[tuple[Expr, Fraction]], further: Callable[[Expr], Expr]
) -> Expr:
    """The sum of terms with the common part in front of, behind or around what is left."""
    remove = _divided if share.sign else _REMOVE[share.side]
    rest = further(add(*[scale(c, remove(t, share)) for t, c in pairs]))
    if share.side == "diagonal":
        return diag(rest)
    if share.side == "left":
        return mul(share.part, rest)
    if share.side == "right":
        return mul(rest, share.part)
    return hadamard(share.part, rest)


def _divided(term: Expr, share: _Share) -> Expr:
    """A term without a power that is a factor of it; exponents of one base add up."""
    if share.side == "left":
        return mul(inverse(share.part), term)
    if share.side == "right":
        return mul(term, inverse(share.part))
    return hadamard(power(share.part, number(-1)), term)


def _without(items: tuple[Expr, ...], part: Expr) -> list[Expr]:
    i = items.index(part)
    return [*items[:i], *items[i + 1 :]]


def _without_scalar(term: Expr, share: _Share) -> Expr:
    return mul(number(1), *_without(term.args, share.part)) if term.op is MUL else number(1)


def _without_left(term: Expr, share: _Share) -> Expr:
    links = chain(term) if term.op is MUL else (term,)
    rest = links[1:] or (_unit(share.part.shape.cols),)
    return mul(number(1), *(scalars(term) if _has_front(term) else ()), *rest)


def _without_right(term: Expr, share: _Share) -> Expr:
    links = chain(term) if term.op is MUL else (term,)
    rest = links[:-1] or (_unit(share.part.shape.rows),)
    return mul(number(1), *(scalars(term) if _has_front(term) else ()), *rest)


def _has_front(term: Expr) -> bool:
    return term.op is MUL and bool(scalars(term)) and bool(chain(term))


def _unit(axis: Axis) -> Expr:
    return number(1) if axis is None else eye(axis)


def _without_entry(term: Expr, share: _Share) -> Expr:
    if term.op is not HADAMARD:
        return filled(term.shape)
    return hadamard(*_without(term.args, share.part)) if len(term.args) > 1 else filled(term.shape)


_REMOVE: dict[str, Callable[[Expr, _Share], Expr]] = {
    "scalar": _without_scalar,
    "left": _without_left,
    "right": _without_right,
    "entry": _without_entry,
    "diagonal": lambda term, share: term.args[0],
}
