"""The element-wise product in normal form, and the inner product of two columns.

A Hadamard product is flat, powers of equal bases merged, its scalar factors taken out in front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.expr import Expr, intern
from mcalc.core.leaves import extent, is_zero, number, number_value, ones, zeros
from mcalc.core.op import Op
from mcalc.core.powers import power
from mcalc.core.products import (
    MUL,
    Powers,
    chain,
    collect,
    fill_value,
    joined_pair,
    mul,
    take_scalars,
)
from mcalc.core.sums import TRANSPOSE, transpose
from mcalc.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Hashable
    from fractions import Fraction

    from mcalc.core.shape import Shape


def hadamard(*factors: Expr) -> Expr:
    """The product element by element; scalars scale.

    Raises: ShapeError where two shapes differ.
    """
    arrays = [f for f in factors if not f.shape.is_scalar]
    if len(arrays) < 2:
        return mul(*factors)
    shape = arrays[0].shape
    for f in arrays:
        if f.shape != shape:
            raise ShapeError(f"{shape.describe()} times {f.shape.describe()} element by element")
    if any(is_zero(f) for f in factors):
        return zeros(shape)
    if shape.is_row:
        return transpose(hadamard(*[transpose(f) for f in factors]))
    front = [f for f in factors if f.shape.is_scalar]
    powers: Powers = {}
    for f in arrays:
        for part in hadamard_factors(f):
            scalar, rest = take_scalars(part)
            front.append(scalar)
            if fill_value(rest) is None:
                front.append(number(collect(powers, (rest,))))
    rest = _product(powers, shape, front)
    return mul(*front, rest)


def hadamard_factors(e: Expr) -> tuple[Expr, ...]:
    """The factors of a Hadamard product, under a transpose too; of anything else, itself."""
    scalar, rest = take_scalars(e)
    if rest.op is HADAMARD:
        parts = rest.args
    elif rest.op is TRANSPOSE and rest.args[0].op is HADAMARD:
        parts = tuple([transpose(a) for a in rest.args[0].args])
    else:
        return (e,)
    return parts if number_value(scalar) == 1 else (mul(scalar, parts[0]), *parts[1:])


def _product(powers: Powers, shape: Shape, front: list[Expr]) -> Expr:
    """The node of merged powers; scalar factors that come up join `front`."""
    from mcalc.core.products import filled

    for _ in range(2):  # a power may be of another base, as |x|^2 is x^2: then they merge anew
        merged: Powers = {}
        for base, exponent in powers.items():
            for part in hadamard_factors(power(base, exponent)):
                scalar, rest = take_scalars(part)
                front.append(scalar)
                if is_zero(rest):
                    return zeros(shape)
                if fill_value(rest) is None:
                    front.append(number(collect(merged, (rest,))))
        powers = merged
    found = [power(base, exponent) for base, exponent in powers.items()]
    found = _joined_outer_products(found)
    if not found:
        return filled(shape)
    if len(found) == 1:
        return found[0]
    joined = joined_pair(found)
    return _node(found, shape) if joined is None else hadamard(*joined)


def _joined_outer_products(found: list[Expr]) -> list[Expr]:
    """(x*y').*(u*v') = (x.*u)*(y.*v)'; the others as they are."""
    outer = [f for f in found if f.op is MUL and f.shape.is_matrix and _is_outer(f)]
    if len(outer) < 2:
        return found
    columns, rows = zip(*[_outer_parts(f) for f in outer], strict=True)
    joined = mul(hadamard(*columns), transpose(hadamard(*[transpose(r) for r in rows])))
    return [f for f in found if f not in outer] + [joined]


def _is_outer(e: Expr) -> bool:
    return any(f.shape.cols is None for f in chain(e))


def _outer_parts(e: Expr) -> tuple[Expr, Expr]:
    """The column and the row of an outer product."""
    links = chain(e)
    cut = next(i for i, f in enumerate(links) if f.shape.cols is None) + 1
    return mul(*links[:cut]), mul(*links[cut:])


def _node(found: list[Expr], shape: Shape) -> Expr:
    known = facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER | facts.PSD | facts.PD
    somewhere = 0
    for f in found:
        known &= f.facts
        somewhere |= f.facts
    known |= somewhere & (facts.DIAGONAL | facts.LOWER | facts.UPPER)
    if known & facts.DIAGONAL:
        known |= facts.DECLARED["diagonal"]
    if shape.is_matrix:
        flipped = [transpose(f) for f in found]
        if shape.rows == shape.cols and set(flipped) == set(found):
            known |= facts.SYMMETRIC
        elif _weight(flipped) < _weight(found):
            return transpose(_ordered(flipped, shape.T, known & ~(facts.LOWER | facts.UPPER)))
    return _ordered(found, shape, known)


def _ordered(found: list[Expr], shape: Shape, known: int) -> Expr:
    args = tuple(sorted(found, key=lambda f: f.sort_key))
    return intern(HADAMARD, args, shape, facts=known, cost=len(args) - 1)


def _weight(found: list[Expr]) -> tuple[int, list[tuple[str, str]]]:
    return sum(f.size for f in found), sorted(f.content for f in found)


def dot(u: Expr, v: Expr) -> Expr:
    """u'*v for two columns, in the form that depends on the entry-wise product alone."""
    whole = hadamard(u, v)
    scalar, w = take_scalars(whole)
    value = fill_value(w)
    assert u.shape.rows is not None
    if value is not None:
        return mul(scalar, value, extent(u.shape.rows))
    if w.op is MUL:
        return mul(scalar, transpose(ones(u.shape.rows)), w)
    parts = w.args if w.op is HADAMARD else (w,)
    if len(parts) == 1:
        base, exponent = _square_parts(w)
        pair = (base, base) if exponent == 2 else (ones(u.shape.rows), w)
    elif len(parts) == 2:
        a, b = sorted(parts, key=lambda f: (f.size, f.content))
        pair = (a, b)
    else:
        pair = (ones(u.shape.rows), w)
    known = facts.SYMMETRIC | _dot_facts(*pair)
    row, column = transpose(pair[0]), pair[1]
    from mcalc.core.shape import SCALAR

    node = (
        intern(MUL, (row, column), SCALAR, facts=known)
        if row.op is not MUL and column.op is not MUL
        else mul(row, column)
    )
    return mul(scalar, node)


def _square_parts(w: Expr) -> tuple[Expr, Fraction | None]:
    from mcalc.core.powers import base_and_exponent

    base, exponent = base_and_exponent(w)
    return base, number_value(exponent)


def _dot_facts(a: Expr, b: Expr) -> int:
    both = a.facts & b.facts & (facts.NONNEGATIVE | facts.POSITIVE | facts.INTEGER)
    return both | (facts.NONNEGATIVE if a is b else 0)


def _power(node: Expr, exponent: Expr) -> Expr | None:
    """(x.*y).^k = x.^k.*y.^k for whole k or x, y ≥ 0."""
    if exponent.has(facts.INTEGER) or all(f.has(facts.NONNEGATIVE) for f in node.args):
        return hadamard(*[power(f, exponent) for f in node.args])
    return None


def _build(args: tuple[Expr, ...], data: Hashable) -> Expr:
    return hadamard(*args)


HADAMARD = Op(
    name="hadamard",
    elementwise=True,
    power=_power,
    build=_build,
)
