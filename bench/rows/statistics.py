"""Likelihoods and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.linalg import blas, lapack

from rows.expert import cholesky, gemm, half_logdet, inverse, lower, mirror, solve
from rows.row import SMALL_TO_LARGE, Arrays, Row, declared, normal, spd


def gauss_data(rng: Generator, n: int) -> Arrays:
    return {"S": spd(rng, n), "X": normal(rng, n, n), "a": float(n)}


def gauss_expert(S: Any, X: Any, a: Any) -> Any:
    n = len(S)
    factor = cholesky(S)
    W = solve(factor, X)
    value = 2.0 * a * half_logdet(factor) + np.vdot(X, W)
    inv, _ = lapack.dpotri(factor, lower=1)
    if n < 50:
        G = blas.dgemm(-1.0, W, W, beta=a, c=inv, trans_b=1)
    else:
        G = blas.dsyrk(-1.0, W, beta=a, c=inv, lower=1, overwrite_c=1)
    if n <= 64:
        return value, np.where(lower(n), G, G.T)
    mirror(G)
    return value, G


def gauss_naive(S: Any, X: Any, a: Any) -> Any:
    inv = np.linalg.inv(S)
    value = a * np.linalg.slogdet(S)[1] + np.trace(X.T @ np.linalg.inv(S) @ X)
    return value, a * inv - inv @ X @ X.T @ inv


def kalman_data(rng: Generator, n: int) -> Arrays:
    m = max(2, n // 2)
    return {"H": normal(rng, m, n) / np.sqrt(n), "P": spd(rng, n), "R": spd(rng, m),
            "m": normal(rng, n), "y": normal(rng, m)}  # fmt: skip


def kalman_expert(H: Any, P: Any, R: Any, m: Any, y: Any) -> Any:
    e = y - blas.dgemv(1.0, H.T, m, trans=1)
    PH = blas.dgemm(1.0, P.T, H.T)
    S = blas.dgemm(1.0, H.T, PH, trans_a=1, beta=1.0, c=R.T)
    factor = cholesky(S)
    a = solve(factor, e)
    value = 2.0 * half_logdet(factor) + e @ a
    V = lapack.dpotrs(factor, H, lower=1)[0]
    u = blas.dgemv(1.0, H.T, a)
    G = blas.dgemm(1.0, H.T, V)
    return value, G - np.multiply.outer(u, u)


def kalman_naive(H: Any, P: Any, R: Any, m: Any, y: Any) -> Any:
    S = H @ P @ H.T + R
    e = y - H @ m
    inv = np.linalg.inv(S)
    value = np.linalg.slogdet(S)[1] + e @ np.linalg.inv(S) @ e
    return value, H.T @ inv @ H - H.T @ inv @ np.outer(e, e) @ inv @ H


def cca_data(rng: Generator, n: int) -> Arrays:
    return {"A": spd(rng, n), "B": spd(rng, n), "C": normal(rng, n, n)}


def cca_expert(A: Any, B: Any, C: Any) -> Any:
    T = solve(cholesky(B), C.T).T
    G = solve(cholesky(A), T)
    return np.vdot(G, C), 2.0 * G


def gp_data(rng: Generator, n: int) -> Arrays:
    return {"K": spd(rng, n), "b": 0.5, "y": normal(rng, n)}


def shifted(K: Any, b: Any) -> Any:
    S = K.copy()
    S.ravel()[:: len(S) + 1] += b
    return S


def gp_expert(K: Any, b: Any, y: Any) -> Any:
    factor = cholesky(shifted(K, b))
    a = solve(factor, y)
    value = 2.0 * half_logdet(factor) + y @ a
    inv, _ = lapack.dpotri(factor, lower=1)
    return value, inv.trace() - a @ a


def gp_kernel_expert(K: Any, b: Any, y: Any) -> Any:
    factor = cholesky(shifted(K, b))
    a = solve(factor, y)
    value = 2.0 * half_logdet(factor) + y @ a
    return value, inverse(factor) - np.multiply.outer(a, a)


def gp_naive(K: Any, b: Any, y: Any) -> Any:
    S = K + b * np.eye(len(K))
    inv = np.linalg.inv(S)
    return np.linalg.slogdet(S)[1] + y @ np.linalg.inv(S) @ y, np.trace(inv) - y @ inv @ inv @ y


def gp_kernel_naive(K: Any, b: Any, y: Any) -> Any:
    S = K + b * np.eye(len(K))
    inv = np.linalg.inv(S)
    value = np.linalg.slogdet(S)[1] + y @ np.linalg.inv(S) @ y
    return value, inv - inv @ np.outer(y, y) @ inv


def matrix_normal_data(rng: Generator, n: int) -> Arrays:
    return {"U": spd(rng, n), "V": spd(rng, n), "M": normal(rng, n, n), "X": normal(rng, n, n),
            "p": float(n)}  # fmt: skip


def matrix_normal_expert(U: Any, V: Any, M: Any, X: Any, p: Any) -> Any:
    D = X - M
    factor = cholesky(U)
    W = solve(factor, D)
    Y = solve(cholesky(V), D.T)  # inv(V)*D'
    value = np.vdot(W, Y.T) + 2.0 * p * half_logdet(factor)
    Z = solve(factor, Y.T)
    G = p * inverse(factor)
    return value, blas.dgemm(-1.0, Z, W, trans_b=1, beta=1.0, c=G, overwrite_c=1)


def matrix_normal_naive(U: Any, V: Any, M: Any, X: Any, p: Any) -> Any:
    iU, iV, D = np.linalg.inv(U), np.linalg.inv(V), X - M
    value = np.trace(iV @ D.T @ iU @ D) + p * np.linalg.slogdet(U)[1]
    return value, p * iU - iU @ D @ iV @ D.T @ iU


def mahalanobis_data(rng: Generator, n: int) -> Arrays:
    return {"S": spd(rng, n), "m": normal(rng, n), "x": normal(rng, n)}


def mahalanobis_expert(S: Any, m: Any, x: Any) -> Any:
    d = x - m
    _, a, info = lapack.dposv(S.T, d, lower=1)
    if info:
        raise np.linalg.LinAlgError("not positive definite")
    return d @ a, 2.0 * a


ROWS: tuple[Row, ...] = (
    Row(
        "a*logdet(S)+tr(X'*inv(S)*X) by S", "a*logdet(S)+tr(X'*inv(S)*X)", "S", (10, 100, 1500),
        gauss_data,
        lambda np, S, X, a: a * np.linalg.slogdet(S)[1] + (X * np.linalg.solve(S, X)).sum(),
        gauss_expert, gauss_naive,
        lambda S, X, a: lapack.dpotri(lapack.dpotrf(S.T, lower=1)[0], lower=1),
        variables=declared("S"),
    ),
    Row(
        "Kalman likelihood by P",
        "logdet(H*P*H'+R)+(y-H*m)'*inv(H*P*H'+R)*(y-H*m)", "P", SMALL_TO_LARGE,
        kalman_data,
        lambda np, H, P, R, m, y: np.linalg.slogdet(H @ P @ H.T + R)[1]
        + (y - H @ m) @ np.linalg.solve(H @ P @ H.T + R, y - H @ m),
        kalman_expert, kalman_naive,
        lambda H, P, R, m, y: blas.dgemm(1.0, P.T, H.T),
        variables=declared("P", "R", m={"kind": "vector"}),
    ),
    Row(
        "CCA by C", "tr(inv(A)*C*inv(B)*C')", "C", SMALL_TO_LARGE,
        cca_data,
        lambda np, A, B, C: (np.linalg.solve(A, C) * np.linalg.solve(B, C.T).T).sum(),
        cca_expert,
        lambda A, B, C: (np.trace(np.linalg.inv(A) @ C @ np.linalg.inv(B) @ C.T),
                         2 * np.linalg.inv(A) @ C @ np.linalg.inv(B)),
        lambda A, B, C: gemm(A, C),
        variables=declared("A", "B"),
    ),
    Row(
        "GP likelihood by b", "logdet(K+b*eye)+y'*inv(K+b*eye)*y", "b", SMALL_TO_LARGE,
        gp_data,
        lambda np, K, b, y: np.linalg.slogdet(K + b * np.eye(len(K)))[1]
        + y @ np.linalg.solve(K + b * np.eye(len(K)), y),
        gp_expert, gp_naive,
        lambda K, b, y: lapack.dpotri(lapack.dpotrf(K.T, lower=1)[0], lower=1),
        variables=declared("K", b={"kind": "scalar", "structure": ["positive"]}),
    ),
    Row(
        "GP likelihood by K", "logdet(K+b*eye)+y'*inv(K+b*eye)*y", "K", SMALL_TO_LARGE,
        gp_data,
        lambda np, K, b, y: np.linalg.slogdet(K + b * np.eye(len(K)))[1]
        + y @ np.linalg.solve(K + b * np.eye(len(K)), y),
        gp_kernel_expert, gp_kernel_naive,
        lambda K, b, y: lapack.dpotri(lapack.dpotrf(K.T, lower=1)[0], lower=1),
        variables=declared("K", b={"kind": "scalar", "structure": ["positive"]}),
    ),
    Row(
        "matrix-normal density by U", "tr(inv(V)*(X-M)'*inv(U)*(X-M))+p*logdet(U)", "U",
        SMALL_TO_LARGE,
        matrix_normal_data,
        lambda np, U, V, M, X, p: (np.linalg.solve(U, X - M)
                                   * np.linalg.solve(V, (X - M).T).T).sum()
        + p * np.linalg.slogdet(U)[1],
        matrix_normal_expert, matrix_normal_naive,
        lambda U, V, M, X, p: lapack.dpotri(lapack.dpotrf(U.T, lower=1)[0], lower=1),
        variables=declared("U", "V", p={"kind": "scalar"}),
    ),
    Row(
        "Mahalanobis distance by x", "(x-m)'*inv(S)*(x-m)", "x", SMALL_TO_LARGE,
        mahalanobis_data,
        lambda np, S, m, x: (x - m) @ np.linalg.solve(S, x - m),
        mahalanobis_expert,
        lambda S, m, x: ((x - m) @ np.linalg.inv(S) @ (x - m), 2 * np.linalg.inv(S) @ (x - m)),
        lambda S, m, x: lapack.dpotrf(S.T, lower=1),
        variables=declared("S", m={"kind": "vector"}),
    ),
)  # fmt: skip
