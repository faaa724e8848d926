"""A line of the table, and the data that lines are timed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator

Arrays = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    value   the function, by keywords, for a namespace with the functions of NumPy that it uses
    both    whether value and derivative are asked for, or the derivative alone
    """

    name: str
    expression: str
    wrt: str
    sizes: tuple[int, ...]
    data: Callable[[Generator, int], Arrays]
    value: Callable[..., Any]
    expert: Callable[..., Any]
    naive: Callable[..., Any]
    bound: Callable[..., Any]
    order: int = 1
    along: str | None = None
    both: bool = True
    variables: Mapping[str, Any] = field(default_factory=dict)


def square(rng: Generator, n: int) -> Any:
    """A matrix of unit scale."""
    return rng.standard_normal((n, n)) / np.sqrt(n)


def spd(rng: Generator, n: int) -> Any:
    """A symmetric matrix with eigenvalues from 1 to about 5."""
    A = square(rng, n)
    return A @ A.T + np.eye(n)


def regular(rng: Generator, n: int) -> Any:
    """A matrix far from singular, with a positive determinant."""
    return square(rng, n) + 3.0 * np.eye(n)


def normal(rng: Generator, *shape: int) -> Any:
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def declared(*names: str, **kinds: Any) -> dict[str, Any]:
    """Declarations: names that are spd, and whole ones."""
    return {**{name: {"structure": ["spd"]} for name in names}, **kinds}


SMALL_TO_LARGE = (10, 100, 1000)
