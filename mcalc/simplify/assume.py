"""A user's assumptions as rules: where one side of an equation occurs, the other is written.

An assumption is taken up to the normal form: part of a longer product, sum or element-wise product
matches too, and so do the transpose of the equation and its inverse. What is rewritten depends on
the set of assumptions and not on their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.algebra import (
    ADD,
    HADAMARD,
    MUL,
    POWER,
    hadamard,
    inverse,
    mul,
    number,
    number_value,
    power,
    rebuilt,
    scale,
    split,
    transpose,
)
from mcalc.core.expr import Expr, postorder, rebuild
from mcalc.core.matrix_powers import matpow, matrix_power_parts
from mcalc.core.powers import base_and_exponent
from mcalc.core.products import chain, scalars
from mcalc.core.sums import linear_combination, terms
from mcalc.errors import McalcError, RequestError
from mcalc.simplify.engine import for_reading
from mcalc.simplify.expand import LARGEST, multiplied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_ROUNDS = 16
_LONGEST_POWER = 16
_MOST_GROWTH = 20
_ROOM = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Assumption:
    """An equation as typed, what it replaces and by what."""

    text: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class _Rewrite:
    """A pattern without a coefficient, what stands for it, and the assumption behind it."""

    pattern: Expr
    replacement: Expr
    assumption: Assumption


def reading_under(
    e: Expr, assumptions: Sequence[Assumption]
) -> tuple[Expr, tuple[Assumption, ...]]:
    """The expression as a reader would write it under assumptions, and those that were used.

    Raises: RequestError where the assumptions rewrite each other without end, or something to what
        has no value.
    """
    used: dict[Assumption, None] = {}
    rewrites = _rewrites(assumptions)
    found = for_reading(_rewritten(e, rewrites, used))
    for _ in range(MOST_ROUNDS):
        further = for_reading(_rewritten(found, rewrites, used))
        if further is found:
            break
        found = min(found, further, key=lambda e: (e.size, e.content))
        if found is not further:
            break
    return found, tuple([a for a in assumptions if a in used])


def rewritten(e: Expr, assumptions: Sequence[Assumption]) -> Expr:
    """The expression under assumptions, otherwise as it is."""
    return _rewritten(e, _rewrites(assumptions), {})


# ---------------------------------------------------------------- from equations to rules
def _rewrites(assumptions: Iterable[Assumption]) -> list[_Rewrite]:
    """The rules of all assumptions, those for large patterns first."""
    found = [rewrite for a in assumptions for rewrite in _of_equation(a)]
    return sorted(found, key=lambda r: (r.pattern.sort_key, r.replacement.sort_key))


def _of_equation(a: Assumption) -> Iterator[_Rewrite]:
    left, right = _oriented(a.left, a.right)
    if left is right:
        return
    yield from _both_ways_up(left, right, a)
    if left.op is MUL and all(f.shape.rows == f.shape.cols for f in chain(left)):
        c, inverted = split(inverse(left))
        if inverted.op is MUL:
            yield from _both_ways_up(inverted, scale(1 / c, inverse(right)), a)


def _both_ways_up(left: Expr, right: Expr, a: Assumption) -> Iterator[_Rewrite]:
    """The rule and its transpose, where that is another and does not undo it."""
    yield _Rewrite(left, right, a)
    c, flipped = split(transpose(left))
    turned = scale(1 / c, transpose(right))
    if flipped is not left and split(turned)[1] is not left:
        yield _Rewrite(flipped, turned, a)


def _oriented(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """(pattern, replacement), turned round where the left side occurs in the right one.

    So P = P*P makes P of P*P, and X = X' one of X and X', whichever way it is typed.
    """
    c, pattern = split(left)
    replacement = scale(1 / c, right)
    d, rest = split(replacement)
    if rest is not pattern and pattern in set(postorder(rest)):
        return rest, scale(1 / d, pattern)
    if rest is transpose(pattern) and rest.sort_key < pattern.sort_key:
        return pattern, replacement
    return pattern, replacement


# ---------------------------------------------------------------- rewriting
def _rewritten(e: Expr, rewrites: Sequence[_Rewrite], used: dict[Assumption, None]) -> Expr:
    """Rounds over the expression until nothing changes; of a cycle its shortest member."""

    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        made = rebuilt(node, args)
        for rewrite in rewrites:
            other = _replaced(made, rewrite)
            if other is not None:
                made = other
                used[rewrite.assumption] = None
        return made

    seen = [e]
    largest = _MOST_GROWTH * e.size + _ROOM
    for _ in range(MOST_ROUNDS):
        try:
            e = rebuild(e, step)
        except McalcError as error:
            last = next(reversed(used)).text if used else rewrites[0].assumption.text
            raise RequestError(
                f"in where: with `{last}` there is no value: {error.message}"
            ) from None
        if e is seen[-1]:
            return e
        if e in seen:
            cycle = seen[seen.index(e) :]
            return min(cycle, key=lambda member: (member.size, member.content))
        if e.size > largest:
            break
        seen.append(e)
    raise RequestError(
        "in where: these assumptions rewrite each other without end",
        hint="let each one make its left side shorter",
    )


def _replaced(node: Expr, rewrite: _Rewrite) -> Expr | None:
    """The node with the pattern replaced in it, None where it does not occur."""
    pattern, replacement = rewrite.pattern, rewrite.replacement
    if node is pattern:
        return replacement
    if pattern.op is ADD:
        return _in_sum(node, pattern, replacement)
    if len(_links(pattern)) > 1 and not pattern.shape.is_scalar:
        found = _in_chain(node, pattern, replacement)
        return found if found is not None else _multiplied_out(node, rewrite)
    if pattern.op in (MUL, POWER, HADAMARD):
        return _in_factors(node, pattern, replacement)
    return None


def _multiplied_out(node: Expr, rewrite: _Rewrite) -> Expr | None:
    """A'*(A*x-y) = x-A'*y under A'*A = eye: the terms of a sum in the chain taken one by one."""
    if node.op is not MUL or node.size > LARGEST:
        return None
    parts = multiplied(node)
    made = [_in_chain(split(part)[1], rewrite.pattern, rewrite.replacement) for part in parts]
    if len(parts) < 2 or all(m is None for m in made):
        return None
    pairs = [
        (split(part)[0], split(part)[1] if m is None else m)
        for part, m in zip(parts, made, strict=True)
    ]
    whole = linear_combination(pairs, node.shape)
    return whole if whole.size < node.size else None


def _in_sum(node: Expr, pattern: Expr, replacement: Expr) -> Expr | None:
    """A sum in which the terms of the pattern occur with proportional coefficients."""
    if node.op is not ADD or node.shape != pattern.shape:
        return None
    found, wanted = dict(terms(node)), dict(terms(pattern))
    first = next(iter(wanted))
    if first not in found or len(wanted) > len(found):
        return None
    ratio = found[first] / wanted[first]
    if any(found.get(t) != ratio * c for t, c in wanted.items()):
        return None
    rest = [(c, t) for t, c in found.items() if t not in wanted]
    return linear_combination([(ratio, replacement), *rest], node.shape)


def _in_chain(node: Expr, pattern: Expr, replacement: Expr) -> Expr | None:
    """A product in whose chain the links of the pattern stand side by side."""
    front = dict(map(base_and_exponent, scalars(pattern))) if pattern.op is MUL else {}
    wanted = _links(pattern)
    present = _links(node)
    mine = dict(map(base_and_exponent, scalars(node))) if node.op is MUL else {}
    times = _multiplicity(mine, front)
    if len(present) < len(wanted) or (front and times != 1):
        return None
    made: list[Expr] = []
    i = count = 0
    while i < len(present):
        if present[i : i + len(wanted)] == wanted and not (front and count):
            made.append(replacement)
            i += len(wanted)
            count += 1
        else:
            made.append(present[i])
            i += 1
    if not count:
        return None
    left = [power(base, k) for base, k in mine.items()]
    left += [power(base, scale(-1, k)) for base, k in front.items()]
    return mul(number(1), *left, *made)


def _links(e: Expr) -> list[Expr]:
    """The chain of a product with whole powers of a matrix written out."""
    found: list[Expr] = []
    for link in chain(e) if e.op is MUL else (e,):
        base, exponent = matrix_power_parts(link)
        n = number_value(exponent)
        if link.shape.is_matrix and n is not None and n.denominator == 1:
            repeated = base if n > 0 else matpow(base, number(-1))
            if abs(n) <= _LONGEST_POWER:
                found += [repeated] * abs(n.numerator)
                continue
        found.append(link)
    return found


def _in_factors(node: Expr, pattern: Expr, replacement: Expr) -> Expr | None:
    """A product of numbers or of entries in which a power of the pattern occurs."""
    if pattern.op is MUL and chain(pattern):
        return None  # one link or one factor, which is met on its own
    links: tuple[Expr, ...] = ()
    if node.op is MUL and pattern.shape.is_scalar:
        present, links = scalars(node), chain(node)
    elif node.shape != pattern.shape:
        return None
    else:
        present = node.args if node.op is HADAMARD else (node,)
    wanted = pattern.args if pattern.op in (MUL, HADAMARD) else (pattern,)
    mine, theirs = (dict(map(base_and_exponent, factors)) for factors in (present, wanted))
    times = _multiplicity(mine, theirs)
    if not times:
        return None
    factors = [power(base, exponent) for base, exponent in mine.items()]
    factors += [power(base, scale(-times, exponent)) for base, exponent in theirs.items()]
    made = hadamard(power(replacement, number(times)), *factors)
    return mul(made, *links) if links else made


def _multiplicity(mine: dict[Expr, Expr], wanted: dict[Expr, Expr]) -> Fraction:
    """How often the powers that are wanted occur among those present; 0 where they do not."""
    ratios = []
    for base, exponent in wanted.items():
        if base not in mine:
            return Fraction(0)
        if mine[base] is exponent:
            ratios.append(Fraction(1))
            continue
        n, k = number_value(mine[base]), number_value(exponent)
        if n is None or not k:
            return Fraction(0)
        ratios.append(n / k)
    if not ratios:
        return Fraction(0)
    plain = all(number_value(k) == 1 for k in wanted.values())
    if plain and len(set(ratios)) == 1:
        return ratios[0]
    if all(r >= 1 for r in ratios):
        return Fraction(int(min(ratios)))
    if all(r <= -1 for r in ratios):
        return Fraction(int(max(ratios)))
    return Fraction(0)
