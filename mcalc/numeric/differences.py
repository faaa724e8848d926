"""Derivatives from values alone: central differences, extrapolated to a step of zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcalc.numeric.spaces import directions, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mcalc.numeric.evaluate import Array

_STEPS = 6
_FIRST_STEPS = (2e-2, 2e-1, 2e-3, 2e-4)
_GOOD_ENOUGH = 1e-9
_LAST_DIGITS = (-7e-16, -3e-16, 4e-16, 9e-16)
_ROOM = 1e13  # times the noise: a derivative smaller than that is not sought to nine digits


class Differences(NamedTuple):
    """A derivative, of shape value.shape + variable.shape, and an estimate of its error alike."""

    derivative: Array
    error: Array


def differences(
    value: Callable[[Array], Array], X: Array, structure: Collection[str] = ()
) -> Differences:
    """The derivative of `value` at X, for a structured X the gradient within its subspace.

    That is the one array D of the subspace (along the last axes) for which D·H is the directional
    derivative along each H of the subspace.

    >>> differences(lambda X: np.asarray(X @ X), np.array([1.0, 2.0])).derivative.round(8)
    array([2., 4.])
    """
    X = np.asarray(X, dtype=np.float64)
    basis = directions(X, structure)
    if not len(basis):
        empty = np.zeros(np.shape(value(X)) + X.shape)
        return Differences(empty, empty)

    def slope(H: Array) -> Differences:
        return along(lambda t: value(moved(X, t * H, structure)), _scale(X))

    slopes = [slope(H) for H in basis]
    derivative = np.stack([found.derivative for found in slopes], axis=-1)
    error = np.stack([found.error for found in slopes], axis=-1)
    flat = basis.reshape(len(basis), X.size)
    shape = derivative.shape[:-1] + X.shape
    return Differences((derivative @ flat).reshape(shape), (error @ np.abs(flat)).reshape(shape))


def _scale(X: Array) -> float:
    largest = float(np.abs(X).max(initial=0.0))
    return largest if largest > 0 else 1.0


def along(value: Callable[[float], Array], scale: float = 1.0) -> Differences:
    """The derivative of an array by one real number, at 0; `scale` is a step that is not small.

    Step lengths over three orders of magnitude are tried until one of them is good enough; of each
    entry the best is kept. The error counts the rounding of the value, however small the value is:
    what cancels within it leaves more than its own last digit.
    """
    best = Differences(np.asarray(np.nan), np.asarray(np.inf))
    with np.errstate(all="ignore"):
        middle = np.asarray(value(0.0))
    noise = _noise(value, middle, scale)
    for first in _FIRST_STEPS:
        found = _extrapolated(value, middle, first * scale)
        error = found.error + noise / (first * scale / 2 ** (_STEPS - 1))
        better = error < best.error
        best = Differences(
            np.where(better, found.derivative, best.derivative), np.where(better, error, best.error)
        )
        size = max(np.abs(best.derivative).max(initial=0.0), noise.max(initial=0.0) * _ROOM / scale)
        if best.error.max(initial=0.0) <= _GOOD_ENOUGH * size:
            break
    return best


def _noise(value: Callable[[float], Array], middle: Array, scale: float) -> Array:
    """How much the value changes where the argument changes in its last digits."""
    with np.errstate(all="ignore"):
        changes = [np.abs(value(t * scale) - middle) for t in _LAST_DIGITS]
        changed = np.nan_to_num(np.max(changes, axis=0))
        return np.asarray(changed + np.finfo(np.float64).eps * np.abs(middle), dtype=np.float64)


def _extrapolated(value: Callable[[float], Array], middle: Array, first: float) -> Differences:
    """Ridders' table: halved steps, the error term of each even order eliminated in turn.

    The means of both sides, extrapolated alike, lead to the value in the middle, which is known.
    Where they lead elsewhere the steps are too long, however well the slopes agree.

    Source: Ridders, Accurate computation of F'(x) and F'(x)F''(x), Adv. Eng. Software 4 (1982).
    """
    best = Differences(np.asarray(np.nan), np.asarray(np.inf))
    previous: list[tuple[Array, Array]] = []
    for k in range(_STEPS):
        h = first / 2**k
        with np.errstate(all="ignore"):
            right, left = np.asarray(value(h)), np.asarray(value(-h))
            row = [((right - left) / (2 * h), right / 2 + left / 2)]
            for j, (slope_above, mean_above) in enumerate(previous):
                (slope, mean), weight = row[j], 4 ** (j + 1) - 1
                found = slope + (slope - slope_above) / weight
                met = mean + (mean - mean_above) / weight
                row.append((found, met))
                error = np.maximum(np.abs(found - slope), np.abs(found - slope_above))
                error = np.maximum(error, np.abs(met - middle) / h)
                better = error < best.error
                best = Differences(
                    np.where(better, found, best.derivative), np.where(better, error, best.error)
                )
        previous = row
    shape = middle.shape
    return Differences(np.broadcast_to(best.derivative, shape), np.broadcast_to(best.error, shape))
