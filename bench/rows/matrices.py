"""Forms, determinants, inverses and products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import blas, lapack

from rows.expert import half_logdet, lu_inverse
from rows.row import SMALL_TO_LARGE, Row, normal, regular, square


def quadratic_expert(A: Any, x: Any) -> Any:
    return A @ x + x @ A


def add_transpose_expert(A: Any, x: Any) -> Any:
    n = len(A)
    if n < 256:
        return A + A.T
    H = np.empty((n, n))
    for i in range(0, n, 128):
        for j in range(0, i + 1, 128):
            block = A[i : i + 128, j : j + 128] + A[j : j + 128, i : i + 128].T
            H[i : i + 128, j : j + 128] = block
            H[j : j + 128, i : i + 128] = block.T
    return H


def logdet_expert(X: Any) -> Any:
    lu, inv = lu_inverse(X)
    return np.log(np.abs(lu.diagonal())).sum(), inv.T


def low_rank_logdet_expert(U: Any) -> Any:
    S = blas.dsyrk(1.0, U.T, lower=1)  # U is in C order: U.T costs nothing
    S.ravel("K")[:: len(S) + 1] += 1.0
    factor, info = lapack.dpotrf(S, lower=1, clean=0)
    if info:
        raise np.linalg.LinAlgError("not positive definite")
    return 2.0 * half_logdet(factor), lapack.dpotrs(factor, 2.0 * U.T, lower=1)[0].T


def inverse_form_expert(X: Any, x: Any, y: Any) -> Any:
    lu, pivots, info = lapack.dgetrf(X.T)
    if info:
        raise np.linalg.LinAlgError("singular")
    b = lapack.dgetrs(lu, pivots, y, trans=1)[0]
    a = lapack.dgetrs(lu, pivots, x)[0]
    return x @ b, np.multiply.outer(-a, b)


def inverse_jacobian_expert(X: Any) -> Any:
    _, inv = lu_inverse(X)
    return (-inv)[:, None, :, None] * inv.T[None, :, None, :]


def sandwich_expert(A: Any, B: Any, X: Any) -> Any:
    R = A @ X @ B
    flat = R.ravel()
    return flat @ flat, A.T @ (2.0 * R) @ B.T


ROWS: tuple[Row, ...] = (
    Row(
        "x'*A*x by x", "x'*A*x", "x", (10, 100, 2000),
        lambda rng, n: {"A": square(rng, n), "x": normal(rng, n)},
        lambda np, A, x: x @ A @ x,
        quadratic_expert,
        lambda A, x: (A + A.T) @ x,
        lambda A, x: A @ x,
        both=False,
    ),
    Row(
        "x'*A*x, Hessian", "x'*A*x", "x", (10, 100, 2000),
        lambda rng, n: {"A": square(rng, n), "x": normal(rng, n)},
        lambda np, A, x: x @ A @ x,
        add_transpose_expert,
        lambda A, x: A + A.T,
        lambda A, x: A.copy(),
        order=2, both=False,
    ),
    Row(
        "A*exp(x) by x", "A*exp(x)", "x", (10, 500, 2000),
        lambda rng, n: {"A": square(rng, n), "x": normal(rng, n)},
        lambda np, A, x: A @ np.exp(x),
        lambda A, x: A * np.exp(x),
        lambda A, x: A @ np.diag(np.exp(x)),
        lambda A, x: A * x,
        both=False,
    ),
    Row(
        "log(det(X)) by X", "log(det(X))", "X", (10, 100, 2000),
        lambda rng, n: {"X": regular(rng, n) / (3.0 if n > 500 else 1.0)},
        lambda np, X: np.linalg.slogdet(X)[1],
        logdet_expert,
        lambda X: (np.linalg.slogdet(X)[1], np.linalg.inv(X).T),
        lambda X: lapack.dgetri(*lapack.dgetrf(X.T)[:2], lwork=64 * len(X)),
    ),
    Row(
        "low-rank logdet(eye+U'*U) by U", "logdet(eye+U'*U)", "U", SMALL_TO_LARGE,
        lambda rng, n: {"U": normal(rng, n, 5)},
        lambda np, U: np.linalg.slogdet(np.eye(5) + U.T @ U)[1],
        low_rank_logdet_expert,
        lambda U: (np.linalg.slogdet(np.eye(U.shape[1]) + U.T @ U)[1],
                   2 * U @ np.linalg.inv(np.eye(U.shape[1]) + U.T @ U)),
        lambda U: U.T @ U,
    ),
    Row(
        "x'*inv(X)*y by X", "x'*inv(X)*y", "X", SMALL_TO_LARGE,
        lambda rng, n: {"X": regular(rng, n), "x": normal(rng, n), "y": normal(rng, n)},
        lambda np, X, x, y: x @ np.linalg.solve(X, y),
        inverse_form_expert,
        lambda X, x, y: (x @ np.linalg.inv(X) @ y,
                         -np.linalg.inv(X).T @ np.outer(x, y) @ np.linalg.inv(X).T),
        lambda X, x, y: lapack.dgetrf(X.T),
    ),
    Row(
        "A*X*B by X, 4 axes", "A*X*B", "X", (10, 30, 60),
        lambda rng, n: {"A": square(rng, n), "B": square(rng, n), "X": square(rng, n)},
        lambda np, A, B, X: A @ X @ B,
        lambda A, B, X: A[:, None, :, None] * B.T[None, :, None, :],
        lambda A, B, X: np.einsum("ik,lj->ijkl", A, B),
        lambda A, B, X: np.full((len(A),) * 4, 1.0),
        both=False,
    ),
    Row(
        "inv(X) by X, 4 axes", "inv(X)", "X", (10, 30, 60),
        lambda rng, n: {"X": regular(rng, n)},
        lambda np, X: np.linalg.inv(X),
        inverse_jacobian_expert,
        lambda X: -np.einsum("ik,lj->ijkl", np.linalg.inv(X), np.linalg.inv(X)),
        lambda X: np.full((len(X),) * 4, 1.0),
        both=False,
    ),
    Row(
        "norm2(A*X*B)^2 by X", "norm2(A*X*B)^2", "X", SMALL_TO_LARGE,
        lambda rng, n: {"A": square(rng, n), "B": square(rng, n), "X": square(rng, n)},
        lambda np, A, B, X: ((A @ X @ B) ** 2).sum(),
        sandwich_expert,
        lambda A, B, X: (np.trace((A @ X @ B).T @ (A @ X @ B)), 2 * A.T @ A @ X @ B @ B.T),
        lambda A, B, X: A @ X,
    ),
)  # fmt: skip
