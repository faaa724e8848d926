"""What is known of a product from its factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core import facts
from mcalc.core.sums import split, transpose

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcalc.core.expr import Expr
    from mcalc.core.shape import Shape

PROJECTIONS: list[Callable[[Expr, Expr], bool]] = []
"""Tests whether two neighbours make an orthogonal projector, as X*pinv(X) does; ops add theirs."""


def is_projection(a: Expr, b: Expr) -> bool:
    """Whether a*b is an orthogonal projector by a rule of an operation."""
    return any(test(a, b) for test in PROJECTIONS)


def product_facts(front: tuple[Expr, ...], links: tuple[Expr, ...], shape: Shape) -> int:
    """The facts of scalar factors in front of a chain."""
    everywhere = facts.NONNEGATIVE | facts.LOWER | facts.UPPER | facts.DIAGONAL | facts.INTEGER
    everywhere |= facts.INVERTIBLE | facts.ORTHOGONAL
    known = everywhere
    for f in links:
        known &= f.facts
    if shape.is_scalar:
        known |= facts.SYMMETRIC
    sign = facts.NONNEGATIVE | facts.POSITIVE
    for s in front:
        sign &= s.facts
        known &= ~facts.INTEGER | s.facts
    if front:
        known &= ~facts.ORTHOGONAL
        if not sign & facts.POSITIVE:
            known &= ~facts.INVERTIBLE
    if not sign & facts.NONNEGATIVE:
        known &= ~facts.NONNEGATIVE
    if not links and sign & facts.POSITIVE:
        known |= facts.POSITIVE
    if len(links) == 1:
        known |= links[0].facts & (facts.SKEW | facts.SYMMETRIC)
    if links and shape.rows == shape.cols:
        known |= _palindrome_facts(links, shape, sign)
        if not front and len(links) == 2 and is_projection(*links):
            known |= facts.PROJECTOR
    return known


def _palindrome_facts(links: tuple[Expr, ...], shape: Shape, sign: int) -> int:
    """Y'*P*Y is symmetric where P is, semidefinite where P is; a scalar y'*P*y is not negative."""
    n = len(links)
    middle = links[n // 2].facts if n % 2 else facts.SYMMETRIC | facts.PSD
    for i in range(n // 2):
        c, flipped = split(transpose(links[i]))
        if flipped is links[n - 1 - i]:
            if c != 1:  # K*P*K of a skew K is symmetric, and no more is said
                middle &= ~(facts.PSD | facts.PD)
            continue
        if 2 * i + 2 != n or not is_projection(links[i], links[i + 1]):
            return 0
    if not middle & facts.SYMMETRIC:
        return 0
    if not (middle & facts.PSD and sign & facts.NONNEGATIVE):
        return facts.SYMMETRIC
    if shape.is_scalar:
        return facts.SYMMETRIC | facts.NONNEGATIVE
    known = facts.SYMMETRIC | facts.PSD
    outer_regular = all(f.has(facts.INVERTIBLE) for f in links[: n // 2])
    if outer_regular and sign & facts.POSITIVE and (middle & facts.PD or n % 2 == 0):
        known |= facts.PD | facts.INVERTIBLE
    return known
