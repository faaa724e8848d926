"""Sums, scalings and transposes in normal form.

A sum is flat, its equal terms merged, its rational coefficients without common content and the
first of them positive. A transpose stands at a leaf, a function or a sum, never at a product. Of a
matrix and its transpose the one with the shorter text is the node, the other its transpose, so the
two can never be mistaken for different things.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import (
    EYE,
    NUMBER,
    ONE,
    ZEROS,
    is_zero,
    number,
    number_value,
    zeros,
)
from mcalc.core.op import Op
from mcalc.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from mcalc.core.shape import Shape

Terms = dict[Expr, Fraction]

NOTHING = Fraction(0)
DIFFERENCE = (ONE, -ONE)
"""The coefficients of the terms of a difference."""
MOST_OPENED = 24
"""A sum of more terms is not merged into a sum that it is a term of."""
_TRANSPOSED_FACTS = {facts.LOWER: facts.UPPER, facts.UPPER: facts.LOWER}
_KEPT_BY_TRANSPOSE = ~(facts.LOWER | facts.UPPER)


# ---------------------------------------------------------------- coefficients
def times(a: Fraction, b: Fraction) -> Fraction:
    """The product; most coefficients are one, and cost nothing."""
    return b if a is ONE else a if b is ONE else a * b


def split(e: Expr) -> tuple[Fraction, Expr]:
    """The rational coefficient in front of an expression, and the rest."""
    if e.op is NUMBER:
        value = number_value(e)
        assert value is not None
        return value, number(1)
    if e.op is ADD and len(e.args) == 1:
        return coefficients(e)[0], e.args[0]
    return ONE, e


def coefficients(e: Expr) -> tuple[Fraction, ...]:
    """The coefficients of the terms of a sum."""
    assert isinstance(e.data, tuple)
    return e.data


def is_clean(c: Fraction, rest: Expr) -> bool:
    """Whether a coefficient leaves its place inside a power or a function.

    Of a sum it does when it is whole, or more terms have one with it than without: `inv(X+Y)`
    comes from `inv((X+Y)/2)`, but `1/(0.3+x'*x)` reads better than `10/(3+10*x'*x)`.
    """
    if c.denominator == 1 or rest.op is not ADD:
        return True
    without = sum(k != 1 for k in coefficients(rest))
    return sum(c * k != 1 for k in coefficients(rest)) > without


def scale(factor: int | Fraction, e: Expr) -> Expr:
    """The rational multiple of an expression."""
    if factor is ONE:
        return e
    c, rest = split(e)
    c = times(c, factor if isinstance(factor, Fraction) else Fraction(factor))
    if not c or is_zero(rest):
        return zeros(e.shape)
    if rest.op is NUMBER:
        return number(c)
    if c == 1:
        return rest
    return intern(ADD, (rest,), e.shape, (c,), facts=_scaled_facts(rest, c), cost=int(c != 1))


def _scaled_facts(e: Expr, c: Fraction) -> int:
    lost = facts.ORTHOGONAL | facts.INTEGER | facts.PROJECTOR
    if c.numerator < 0:
        lost |= facts.NONNEGATIVE | facts.POSITIVE | facts.PSD | facts.PD
    return e.facts & ~lost


# ---------------------------------------------------------------- sums
def terms(e: Expr) -> Iterable[tuple[Expr, Fraction]]:
    """The terms of a sum with their coefficients; of anything else, itself.

    A very long sum stays one term of the next: opened again at each level of a deep expression, as
    x+f(x) within x+f(x), its terms would be as many as the square of the levels.
    """
    c, rest = split(e)
    if is_zero(e):
        return ()
    inner = rest.args[0] if rest.op is TRANSPOSE else rest
    if inner.op is ADD and len(inner.args) > MOST_OPENED:
        return ((rest, c),)
    if rest.op is ADD:
        return [(t, times(c, k)) for t, k in zip(rest.args, coefficients(rest), strict=True)]
    if rest.op is TRANSPOSE and rest.args[0].op is ADD:
        inner = rest.args[0]
        pairs = zip(inner.args, coefficients(inner), strict=True)
        return [_signed(transpose(t), times(c, k)) for t, k in pairs]
    return ((rest, c),)


def _signed(e: Expr, factor: Fraction) -> tuple[Expr, Fraction]:
    """A term whose own coefficient has joined the factor (as of a transposed skew matrix)."""
    c, rest = split(e)
    return rest, times(c, factor)


def combine(pairs: Iterable[tuple[Expr, Fraction]]) -> Terms:
    """Equal terms merged, what cancels left out."""
    merged: Terms = {}
    for term, c in pairs:
        merged[term] = merged[term] + c if term in merged else c
    return {term: c for term, c in merged.items() if c}


def add(*summands: Expr) -> Expr:
    """The sum of expressions of one shape.

    Raises: ShapeError where the shapes differ.
    """
    shape = summands[0].shape
    for e in summands:
        if e.shape != shape:
            raise ShapeError(f"{shape.describe()} plus {e.shape.describe()}")
    return _sum(combine(pair for e in summands for pair in terms(e)), shape)


def subtract(a: Expr, b: Expr) -> Expr:
    """The difference of two expressions of one shape."""
    return add(a, scale(-1, b))


def linear_combination(pairs: Iterable[tuple[Fraction, Expr]], shape: Shape) -> Expr:
    """The sum of multiples."""
    parts = (_multiplied(pair, c) for c, e in pairs for pair in terms(e))
    return _sum(combine(parts), shape)


def _multiplied(pair: tuple[Expr, Fraction], c: Fraction) -> tuple[Expr, Fraction]:
    return pair[0], times(pair[1], c)


def _sum(merged: Terms, shape: Shape) -> Expr:
    """The node of a sum whose terms are merged."""
    if not merged:
        return zeros(shape)
    if len(merged) == 1:
        ((term, c),) = merged.items()
        return scale(c, term)
    if shape.is_row:
        return transpose(_sum(_transposed_terms(merged), shape.T))
    known = _sum_facts(merged, shape)
    if shape.is_matrix:
        flipped = _transposed_terms(merged)
        if shape.rows == shape.cols and flipped == merged:
            known |= facts.SYMMETRIC
        elif shape.rows == shape.cols and flipped == {t: -c for t, c in merged.items()}:
            known |= facts.SKEW
        elif _measure(flipped) < _measure(merged):
            return transpose(_ordered_sum(flipped, shape.T, _transpose_facts(known)))
    return _ordered_sum(merged, shape, known)


def _ordered_sum(merged: Terms, shape: Shape, known: int) -> Expr:
    ordered = sorted(merged, key=lambda t: t.sort_key)
    content = _content(merged.values())
    if merged[ordered[0]] < 0:
        content = -content
    if content == 1:
        signed = known
    elif content > 0:
        signed = known & ~facts.INTEGER
    else:
        signed = _negated_facts(known, merged, shape)
    reduced = tuple([merged[t] if content is ONE else merged[t] / content for t in ordered])
    signed |= _complement_facts(ordered, reduced, known)
    # The coefficient of a constant is a part of it: vector(2), but not 2*eye.
    cost = (
        len(ordered)
        - 1
        + sum(
            abs(c) != 1 and (t.size > 0 or t.op is EYE)
            for t, c in zip(ordered, reduced, strict=True)
        )
    )
    return scale(content, intern(ADD, tuple(ordered), shape, reduced, facts=signed, cost=cost))


def _negated_facts(known: int, merged: Terms, shape: Shape) -> int:
    negated = _sum_facts({t: -c for t, c in merged.items()}, shape)
    return negated | known & (facts.SYMMETRIC | facts.SKEW)


def _content(values: Iterable[Fraction]) -> Fraction:
    """The largest positive rational that leaves whole coprime coefficients."""
    numerator, denominator = 0, 1
    for c in values:
        numerator = gcd(numerator, c.numerator)
        denominator = lcm(denominator, c.denominator)
    return ONE if numerator == denominator else Fraction(numerator, denominator)


def _transposed_terms(merged: Terms) -> Terms:
    return combine(_signed(transpose(t), c) for t, c in merged.items())


def _measure(merged: Terms) -> tuple[int, list[tuple[tuple[str, str], Fraction]]]:
    return sum(t.size for t in merged), sorted((t.content, c) for t, c in merged.items())


_ADDITIVE = facts.DECLARED["diagonal"] | facts.SKEW


def _sum_facts(merged: Mapping[Expr, Fraction], shape: Shape) -> int:
    """What holds for a sum since it holds for each of its multiples."""
    known = _ADDITIVE | facts.NONNEGATIVE | facts.PSD
    somewhere = 0
    for term, c in merged.items():
        mine = _scaled_facts(term, c)
        known &= mine
        somewhere |= mine
    if known & facts.NONNEGATIVE and somewhere & facts.POSITIVE:
        known |= facts.POSITIVE
    if known & facts.PSD and somewhere & facts.PD:
        known |= facts.PD | facts.INVERTIBLE
    return known | (facts.SYMMETRIC if shape.is_scalar else 0)


def _complement_facts(ordered: list[Expr], reduced: tuple[Fraction, ...], known: int) -> int:
    """What is known of eye-P for a projector P."""
    if reduced != DIFFERENCE or ordered[0].op is not EYE or not ordered[1].has(facts.PROJECTOR):
        return 0
    return facts.PROJECTOR | (facts.PSD if known & facts.SYMMETRIC else 0)


# ---------------------------------------------------------------- the transpose
def transpose(e: Expr) -> Expr:
    """The transpose."""
    if e.has(facts.SYMMETRIC):
        return e
    if e.op is TRANSPOSE:
        return e.args[0]
    if e.has(facts.SKEW):
        return scale(-1, e)
    if e.op is ZEROS:
        return zeros(e.shape.T)
    if e.op is ADD and len(e.args) == 1:
        return scale(coefficients(e)[0], transpose(e.args[0]))
    if e.op.transpose is not None:
        return e.op.transpose(e)
    # The transpose of a constant is a constant, and as short.
    cost = int(e.size > 0)
    return intern(TRANSPOSE, (e,), e.shape.T, facts=_transpose_facts(e.facts), cost=cost, turn=cost)


def _transpose_facts(known: int) -> int:
    kept = known & _KEPT_BY_TRANSPOSE
    for fact, image in _TRANSPOSED_FACTS.items():
        if known & fact:
            kept |= image
    return kept


def upright(e: Expr) -> tuple[Expr, bool]:
    """Of an expression and its transpose the one to apply a function to, and whether it turned."""
    if e.shape.is_row or (e.op is TRANSPOSE and not e.shape.is_column):
        return transpose(e), True
    if e.shape.is_matrix and not e.has(facts.SYMMETRIC):
        flipped = transpose(e)
        (c, rest), (_, other) = split(e), split(flipped)
        if flipped is e:  # symmetric, and not known to be
            return e, False
        if rest is other:  # skew: minus the matrix is its transpose
            return (flipped, True) if c < 0 else (e, False)
        if (other.size, other.content) < (rest.size, rest.content):
            return flipped, True
    return e, False


# ---------------------------------------------------------------- their operations
def _build_sum(args: tuple[Expr, ...], data: Hashable) -> Expr:
    assert isinstance(data, tuple)
    return linear_combination(zip(data, args, strict=True), args[0].shape)


ADD = Op(name="sum of terms", joint=True, build=_build_sum)
TRANSPOSE = Op(name="transposed", build=lambda args, data: transpose(args[0]))
