"""The derivatives that bench/code.py times, and how others compute them.

Of each: the expert's NumPy and SciPy, written by hand from the closed form with every trick, the
formula as a textbook prints it, the value for automatic differentiation, and the one operation of
BLAS that no code can do without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.linalg import blas, lapack
from scipy.special import expit, softmax

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


# ---------------------------------------------------------------- what an expert has at hand
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
        return np.where(_lower(n), inv, inv.T)
    mirror(inv)
    return inv


_masks: dict[int, Any] = {}


def _lower(n: int) -> Any:
    if n not in _masks:
        _masks[n] = np.tri(n, dtype=bool)
    return _masks[n]


def mirror(S: Any) -> None:
    """The lower triangle into the upper, block by block."""
    n = len(S)
    for i in range(0, n, 64):
        block = S[i : i + 64, i : i + 64]
        block[:] = np.where(_lower(len(block)), block, block.T)
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


# ---------------------------------------------------------------- the rows
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
        return value, np.where(_lower(n), G, G.T)
    mirror(G)
    return value, G


def gauss_naive(S: Any, X: Any, a: Any) -> Any:
    inv = np.linalg.inv(S)
    value = a * np.linalg.slogdet(S)[1] + np.trace(X.T @ np.linalg.inv(S) @ X)
    return value, a * inv - inv @ X @ X.T @ inv


def logdet_expert(X: Any) -> Any:
    lu, inv = lu_inverse(X)
    return np.log(np.abs(lu.diagonal())).sum(), inv.T


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


# ---------------------------------------------------------------- ten more
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


def attention_data(rng: Generator, n: int) -> Arrays:
    return {"K": square(rng, n), "V": square(rng, n), "q": normal(rng, n)}


def attention_expert(K: Any, V: Any, q: Any) -> Any:
    s = K @ q
    s -= s.max()
    np.exp(s, out=s)
    s /= s.sum()
    o = s @ V
    return o, (V - o).T @ (K * s[:, None])


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


SMALL_TO_LARGE = (10, 100, 1000)

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
        "A*exp(x) by x", "A*exp(x)", "x", (10, 500, 2000),
        lambda rng, n: {"A": square(rng, n), "x": normal(rng, n)},
        lambda np, A, x: A @ np.exp(x),
        lambda A, x: A * np.exp(x),
        lambda A, x: A @ np.diag(np.exp(x)),
        lambda A, x: A * x,
        both=False,
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
        "a*logdet(S)+tr(X'*inv(S)*X) by S", "a*logdet(S)+tr(X'*inv(S)*X)", "S", (10, 100, 1500),
        gauss_data,
        lambda np, S, X, a: a * np.linalg.slogdet(S)[1] + (X * np.linalg.solve(S, X)).sum(),
        gauss_expert, gauss_naive,
        lambda S, X, a: lapack.dpotri(lapack.dpotrf(S.T, lower=1)[0], lower=1),
        variables=declared("S"),
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
        "3-layer net by W1", "log(sum(exp(W3*tanh(W2*tanh(W1*x)))))", "W1", (10, 100, 2000),
        net_data,
        lambda np, W1, W2, W3, x: np.log(np.exp(W3 @ np.tanh(W2 @ np.tanh(W1 @ x))).sum()),
        net_expert, net_naive,
        lambda W1, W2, W3, x: (W1 @ x, W2 @ x, W3 @ x, x @ W3, x @ W2),
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
