"""Regressions, networks and factorisations, as machine learning meets them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.special import expit, softmax

from rows.row import SMALL_TO_LARGE, Arrays, Row, normal, square


def logistic_data(rng: Generator, n: int) -> Arrays:
    return {"X": square(rng, n), "w": normal(rng, n), "y": np.sign(normal(rng, n)),
            "v": normal(rng, n)}  # fmt: skip


def logistic_expert(X: Any, w: Any, y: Any, v: Any) -> Any:
    z = (X @ w) * y
    e = np.exp(-np.abs(z))
    loss = np.log1p(e).sum() - np.minimum(z, 0.0).sum()
    return loss, (y * -expit(-z)) @ X


def logistic_weights(X: Any, w: Any, y: Any) -> Any:
    s = expit((X @ w) * y)
    return (s - s * s) * (y * y)


def logistic_hessian_expert(X: Any, w: Any, y: Any, v: Any) -> Any:
    d = logistic_weights(X, w, y)
    if len(X) < 50:
        return X.T @ (X * d[:, None])
    W = X * np.sqrt(d)[:, None]
    return W.T @ W


def logistic_naive(X: Any, w: Any, y: Any, v: Any) -> Any:
    z = -y * (X @ w)
    loss = np.sum(np.log(1 + np.exp(z)))
    return loss, -X.T @ np.diag(y) @ (np.exp(z) / (1 + np.exp(z)))


def logistic_hessian_naive(X: Any, w: Any, y: Any, v: Any) -> Any:
    s = 1 / (1 + np.exp(-(-y * (X @ w))))
    return X.T @ np.diag(s * (1 - s) * y**2) @ X


LOGISTIC = "sum(log(vector(1)+exp(-y.*(X*w))))"


def low_rank_data(rng: Generator, n: int) -> Arrays:
    return {"T": normal(rng, n, n), "U": normal(rng, n, 5), "V": normal(rng, n, 5)}


def low_rank_expert(T: Any, U: Any, V: Any) -> Any:
    R = U @ V.T
    R -= T
    flat = R.ravel()
    return flat @ flat, R @ (2.0 * V)


def low_rank_hessian_expert(T: Any, U: Any, V: Any) -> Any:
    m, p = U.shape
    H = np.zeros((m, p, m, p))
    first, row, second, column = H.strides
    blocks = np.ndarray((m, p, p), H.dtype, H, 0, (first + second, row, column))
    blocks[...] = 2.0 * (V.T @ V)
    return H


def low_rank_hessian_naive(T: Any, U: Any, V: Any) -> Any:
    m, p = U.shape
    return np.kron(np.eye(m), 2 * V.T @ V).reshape(m, p, m, p)


def least_squares_data(rng: Generator, n: int) -> Arrays:
    return {"A": square(rng, n), "x": normal(rng, n), "y": normal(rng, n)}


def least_squares_expert(A: Any, x: Any, y: Any) -> Any:
    r = A @ x
    r -= y
    return r @ r, (2.0 * r) @ A


def softmax_expert(x: Any) -> Any:
    s = np.exp(x - x.max())
    s /= s.sum()
    J = np.multiply.outer(-s, s)
    J.ravel()[:: len(s) + 1] += s
    return J


def net_data(rng: Generator, n: int) -> Arrays:
    return {"W1": square(rng, n), "W2": square(rng, n), "W3": square(rng, n), "x": normal(rng, n)}


def net_expert(W1: Any, W2: Any, W3: Any, x: Any) -> Any:
    h1 = np.tanh(W1 @ x)
    h2 = np.tanh(W2 @ h1)
    o = W3 @ h2
    top = o.max()
    e = np.exp(o - top)
    total = e.sum()
    e /= total
    g2 = (e @ W3) * (1.0 - h2 * h2)
    g1 = (g2 @ W2) * (1.0 - h1 * h1)
    return top + np.log(total), np.multiply.outer(g1, x)


def net_naive(W1: Any, W2: Any, W3: Any, x: Any) -> Any:
    h1 = np.tanh(W1 @ x)
    h2 = np.tanh(W2 @ np.tanh(W1 @ x))
    o = W3 @ h2
    s = np.exp(o) / np.sum(np.exp(o))
    g = np.diag(1 - h1**2) @ W2.T @ np.diag(1 - h2**2) @ W3.T @ s
    return np.log(np.sum(np.exp(o))), np.outer(g, x)


def attention_data(rng: Generator, n: int) -> Arrays:
    return {"K": square(rng, n), "V": square(rng, n), "q": normal(rng, n)}


def attention_expert(K: Any, V: Any, q: Any) -> Any:
    s = K @ q
    s -= s.max()
    np.exp(s, out=s)
    s /= s.sum()
    o = s @ V
    return o, (V - o).T @ (K * s[:, None])


def hessian_vector_expert(X: Any, w: Any, y: Any, v: Any) -> Any:
    s = expit((X @ w) * y)
    return ((s - s * s) * (y * y) * (X @ v)) @ X


def ridge_expert(A: Any, b: Any, x: Any, y: Any) -> Any:
    r = A @ x - y
    return r @ r + b * (x @ x), 2.0 * (r @ A + b * x)


def poisson_expert(X: Any, w: Any, y: Any) -> Any:
    z = X @ w
    m = np.exp(z)
    return m.sum() - y @ z, (m - y) @ X


ROWS: tuple[Row, ...] = (
    Row(
        "logistic loss by w", LOGISTIC, "w", (10, 100, 2000),
        logistic_data,
        lambda np, X, w, y, v: np.logaddexp(np.zeros_like(y), -y * (X @ w)).sum(),
        logistic_expert, logistic_naive,
        lambda X, w, y, v: (X @ w, y @ X),
    ),
    Row(
        "logistic loss, Hessian", LOGISTIC, "w", (10, 100, 1500),
        logistic_data,
        lambda np, X, w, y, v: np.logaddexp(np.zeros_like(y), -y * (X @ w)).sum(),
        logistic_hessian_expert, logistic_hessian_naive,
        lambda X, w, y, v: X.T @ X,
        order=2, both=False,
    ),
    Row(
        "norm2(T-U*V')^2 by U", "norm2(T-U*V')^2", "U", (10, 100, 2000),
        low_rank_data,
        lambda np, T, U, V: ((T - U @ V.T) ** 2).sum(),
        low_rank_expert,
        lambda T, U, V: (np.linalg.norm(T - U @ V.T) ** 2, -2 * (T - U @ V.T) @ V),
        lambda T, U, V: (U @ V.T, T @ V),
    ),
    Row(
        "norm2(T-U*V')^2, Hessian", "norm2(T-U*V')^2", "U", (10, 100, 300),
        low_rank_data,
        lambda np, T, U, V: ((T - U @ V.T) ** 2).sum(),
        low_rank_hessian_expert, low_rank_hessian_naive,
        lambda T, U, V: np.zeros((U.size, U.size)),
        order=2, both=False,
    ),
    Row(
        "norm2(A*x-y)^2 by x", "norm2(A*x-y)^2", "x", (10, 100, 2000),
        least_squares_data,
        lambda np, A, x, y: ((A @ x - y) ** 2).sum(),
        least_squares_expert,
        lambda A, x, y: (np.linalg.norm(A @ x - y) ** 2, 2 * A.T @ A @ x - 2 * A.T @ y),
        lambda A, x, y: (A @ x, y @ A),
    ),
    Row(
        "softmax(x) by x", "softmax(x)", "x", (10, 500, 2000),
        lambda rng, n: {"x": normal(rng, n)},
        lambda np, x: np.exp(x) / np.exp(x).sum(),
        softmax_expert,
        lambda x: np.diag(np.exp(x) / np.sum(np.exp(x)))
        - np.outer(np.exp(x) / np.sum(np.exp(x)), np.exp(x) / np.sum(np.exp(x))),
        lambda x: np.multiply.outer(x, x),
        both=False,
    ),
    Row(
        "3-layer net by W1", "log(sum(exp(W3*tanh(W2*tanh(W1*x)))))", "W1", (10, 100, 2000),
        net_data,
        lambda np, W1, W2, W3, x: np.log(np.exp(W3 @ np.tanh(W2 @ np.tanh(W1 @ x))).sum()),
        net_expert, net_naive,
        lambda W1, W2, W3, x: (W1 @ x, W2 @ x, W3 @ x, x @ W3, x @ W2),
    ),
    Row(
        "attention by q", "V'*softmax(K*q)", "q", SMALL_TO_LARGE,
        attention_data,
        lambda np, K, V, q: V.T @ (np.exp(K @ q) / np.exp(K @ q).sum()),
        attention_expert,
        lambda K, V, q: (V.T @ softmax(K @ q),
                         V.T @ (np.diag(softmax(K @ q)) - np.outer(softmax(K @ q), softmax(K @ q)))
                         @ K),
        lambda K, V, q: V.T @ K,
    ),
    Row(
        "logistic loss, Hessian times v", LOGISTIC, "w", (10, 100, 2000),
        logistic_data,
        lambda np, X, w, y, v: np.logaddexp(np.zeros_like(y), -y * (X @ w)).sum(),
        hessian_vector_expert,
        lambda X, w, y, v: logistic_hessian_naive(X, w, y, v) @ v,
        lambda X, w, y, v: (X @ w, X @ v, y @ X),
        order=2, along="v", both=False,
    ),
    Row(
        "ridge regression by x", "norm2(A*x-y)^2+b*norm2(x)^2", "x", (10, 100, 2000),
        lambda rng, n: {**least_squares_data(rng, n), "b": 0.3},
        lambda np, A, b, x, y: ((A @ x - y) ** 2).sum() + b * (x * x).sum(),
        ridge_expert,
        lambda A, b, x, y: (np.linalg.norm(A @ x - y) ** 2 + b * np.linalg.norm(x) ** 2,
                            2 * A.T @ A @ x - 2 * A.T @ y + 2 * b * x),
        lambda A, b, x, y: (A @ x, y @ A),
    ),
    Row(
        "Poisson regression by w", "sum(exp(X*w))-y'*X*w", "w", (10, 100, 2000),
        lambda rng, n: {"X": square(rng, n), "w": normal(rng, n), "y": normal(rng, n) ** 2},
        lambda np, X, w, y: np.exp(X @ w).sum() - y @ (X @ w),
        poisson_expert,
        lambda X, w, y: (np.sum(np.exp(X @ w)) - y @ X @ w, X.T @ np.exp(X @ w) - X.T @ y),
        lambda X, w, y: (X @ w, y @ X),
    ),
)  # fmt: skip
