"""Structured variables at numbers: a value drawn, and the space in which it may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mcalc.numeric.evaluate import Array

_TOLERANCE = 1e-9
_LIKE_SYMMETRIC = frozenset({"symmetric", "spd", "psd"})


# ---------------------------------------------------------------- the space of changes
_UNDISTURBED: dict[str, Callable[[Array, Array], Array]] = {
    "symmetric": lambda X, H: H - H.T,
    "spd": lambda X, H: H - H.T,
    "psd": lambda X, H: H - H.T,
    "skew": lambda X, H: H + H.T,
    "diagonal": lambda X, H: H - np.diag(np.diag(H)),
    "lower": lambda X, H: np.triu(H, 1),
    "upper": lambda X, H: np.tril(H, -1),
    "orthogonal": lambda X, H: X.T @ H + H.T @ X,
}
"""(X, H) ↦ what is zero just where a change H of X keeps the structure, to first order."""


def directions(X: Array, structure: Collection[str] = ()) -> Array:
    """An orthonormal basis of the space in which X may change, as an array of arrays like X."""
    units = np.eye(X.size).reshape(X.size, *X.shape)
    kept = [_UNDISTURBED[word] for word in structure if word in _UNDISTURBED]
    if not kept or not X.shape:
        return units
    constraints = np.vstack(
        [np.stack([disturbance(X, E).ravel() for E in units], axis=1) for disturbance in kept]
    )
    basis = np.asarray(scipy.linalg.null_space(constraints), dtype=np.float64)
    return basis.T.reshape(-1, *X.shape)


def moved(X: Array, H: Array, structure: Collection[str] = ()) -> Array:
    """X+H, for an orthogonal X the orthogonal matrix next to it."""
    if "orthogonal" not in structure:
        return X + H
    U, _, Vt = np.linalg.svd(X + H)
    return np.asarray(U @ Vt, dtype=np.float64)


# ---------------------------------------------------------------- values
def belongs(X: Array, structure: Collection[str]) -> bool:
    """Whether X has the structure, up to rounding."""
    return all(_HAS[word](X) for word in structure)


def _vanishes(E: Array) -> bool:
    return bool(np.abs(E).max(initial=0.0) <= _TOLERANCE)


_HAS: dict[str, Callable[[Array], bool]] = {
    "symmetric": lambda X: _vanishes(X - X.T),
    "skew": lambda X: _vanishes(X + X.T),
    "diagonal": lambda X: _vanishes(X - np.diag(np.diag(X))),
    "lower": lambda X: _vanishes(np.triu(X, 1)),
    "upper": lambda X: _vanishes(np.tril(X, -1)),
    "orthogonal": lambda X: _vanishes(X.T @ X - np.eye(len(X))),
    "spd": lambda X: _vanishes(X - X.T) and bool(np.linalg.eigvalsh(X)[0] > 0),
    "psd": lambda X: _vanishes(X - X.T) and bool(np.linalg.eigvalsh(X)[0] > -_TOLERANCE),
    "projector": lambda X: _vanishes(X @ X - X),
    "positive": lambda X: bool((X > 0).all()),
    "sparse": lambda X: True,
}


def structured(M: Array, structure: Collection[str]) -> Array:
    """A matrix of the structure, made from a full one of random entries; it may fail to belong."""
    words = set(structure)
    if "positive" in words:
        M = np.abs(M) + 0.1
    if not M.shape:
        return M
    two_sided = bool(words & _LIKE_SYMMETRIC) or {"lower", "upper"} <= words
    is_diagonal = "diagonal" in words or (two_sided and bool(words & {"lower", "upper"}))
    if "orthogonal" in words:
        return _orthogonal(M, words, is_diagonal=is_diagonal)
    if "projector" in words:
        return _projector(M, oblique=not two_sided)
    if words & {"spd", "psd"}:
        M = M @ M.T / len(M) + ("spd" in words) * 0.5 * np.eye(len(M))
    if "symmetric" in words:
        M = (M + M.T) / 2
    if "skew" in words:
        M = (M - M.T) / 2
    if is_diagonal:
        return np.diag(np.diag(M))
    if "lower" in words:
        return np.tril(M)
    return np.triu(M) if "upper" in words else M


def _projector(M: Array, *, oblique: bool) -> Array:
    """The projector onto half of the columns of M, along a complement that the others tilt."""
    half = max(len(M) // 2, 1)
    onto, others = M[:, :half], M[:, -half:]
    inverse = np.linalg.pinv(onto)
    tilt = (others - onto @ (inverse @ others)).T  # no part of it is along `onto`
    return np.asarray(onto @ (inverse + tilt if oblique else inverse), dtype=np.float64)


def _orthogonal(M: Array, words: set[str], *, is_diagonal: bool) -> Array:
    n = len(M)
    if words & {"spd", "psd", "positive"}:
        return np.eye(n)
    if is_diagonal or words & {"lower", "upper"}:
        return np.diag(np.where(np.diag(M) < 0, -1.0, 1.0))
    if "symmetric" in words:
        v = M[:, :1]
        return np.eye(n) - 2 / (v.T @ v) * (v @ v.T)
    if "skew" in words:
        return np.kron(np.eye(n // 2), np.array([[0.0, 1.0], [-1.0, 0.0]]))
    Q, R = np.linalg.qr(M)
    return np.asarray(Q * np.where(np.diag(R) < 0, -1.0, 1.0), dtype=np.float64)
