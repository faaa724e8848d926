"""What an expert has at hand: LAPACK's routines without a wrapper."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import blas, lapack


def cholesky(S: Any) -> Any:
    """The lower factor as LAPACK leaves it, of the transpose, which needs no reordering."""
    factor, info = lapack.dpotrf(S.T, lower=1, clean=0)
    if info:
        raise np.linalg.LinAlgError("not positive definite")
    return factor


def half_logdet(factor: Any) -> Any:
    """The sum of the logarithms of the diagonal of a factor."""
    return np.log(factor.ravel("K")[:: len(factor) + 1]).sum()


def solve(factor: Any, b: Any) -> Any:
    """inv(S)*b by the factor."""
    return lapack.dpotrs(factor, b, lower=1)[0]


def inverse(factor: Any) -> Any:
    """inv(S) by the factor, both triangles."""
    inv, _ = lapack.dpotri(factor, lower=1)
    n = len(inv)
    if n <= 64:
        return np.where(lower(n), inv, inv.T)
    mirror(inv)
    return inv


_masks: dict[int, Any] = {}


def lower(n: int) -> Any:
    """Where the lower triangle is."""
    if n not in _masks:
        _masks[n] = np.tri(n, dtype=bool)
    return _masks[n]


def mirror(S: Any) -> None:
    """The lower triangle into the upper, block by block."""
    n = len(S)
    for i in range(0, n, 64):
        block = S[i : i + 64, i : i + 64]
        block[:] = np.where(lower(len(block)), block, block.T)
        S[i : i + 64, i + 64 :] = S[i + 64 :, i : i + 64].T


def lu_inverse(X: Any) -> tuple[Any, Any]:
    """(the factor, inv(X)); the factor is that of X'."""
    lu, pivots, info = lapack.dgetrf(X.T)
    if info:
        raise np.linalg.LinAlgError("singular")
    return lu, lapack.dgetri(lu, pivots, lwork=64 * len(X))[0].T


def gemm(A: Any, B: Any) -> Any:
    """A @ B for arrays in C order, by SciPy's BLAS."""
    return blas.dgemm(1.0, B.T, A.T).T
