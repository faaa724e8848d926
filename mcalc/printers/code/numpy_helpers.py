"""Functions that a generated NumPy module defines where it uses them."""

HELPERS = {
    "softplus": '''\
def softplus(t):
    """log(1 + exp(t)), also where exp(t) overflows."""
    return np.maximum(t, 0.0) + np.log1p(np.exp(-np.abs(t)))
''',
    "softmax": '''\
def softmax(x):
    """exp(x) / sum(exp(x)), also where exp(x) overflows."""
    e = np.exp(x - x.max())
    e /= e.sum()
    return e
''',
    "logsumexp": '''\
def logsumexp(x):
    """log(sum(exp(x))), also where exp(x) overflows."""
    top = x.max()
    return top + np.log(np.exp(x - top).sum())
''',
    "norm": '''\
def norm(x):
    """The Euclidean norm, also where squares under- or overflow."""
    square = np.vdot(x, x)
    if 1e-280 < square < 1e300:
        return np.sqrt(square)
    largest = np.abs(x).max(initial=0.0)
    return largest * np.sqrt(np.square(x / largest).sum()) if 0.0 < largest < np.inf else largest
''',
    "add_diagonal": '''\
def add_diagonal(K, v):
    """K with v added along its diagonal, in place."""
    K.flat[:: len(K) + 1] += v
    return K
''',
    "lu": '''\
def lu(X):
    """The LU factors of X.T, which LAPACK takes as it lies in memory."""
    return dgetrf(X.T)
''',
    "lu_solve": '''\
def lu_solve(factors, b, transposed=False):
    """The solution x of X @ x = b, or of X.T @ x = b."""
    matrix, pivots, info = factors
    if info:
        raise np.linalg.LinAlgError("Singular matrix")
    return dgetrs(matrix, pivots, b, trans=0 if transposed else 1)[0]
''',
    "lu_inverse": '''\
def lu_inverse(factors):
    """The inverse of X."""
    matrix, pivots, info = factors
    if info:
        raise np.linalg.LinAlgError("Singular matrix")
    return dgetri(matrix, pivots, lwork=64 * len(matrix))[0].T
''',
    "lu_det": '''\
def lu_det(factors):
    """The determinant of X."""
    return lu_sign(factors) * np.abs(factors[0].diagonal()).prod()
''',
    "lu_sign": '''\
def lu_sign(factors):
    """1.0 where the determinant of X is positive, -1.0 where it is negative."""
    matrix, pivots, _ = factors
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    return -1.0 if (swaps + np.count_nonzero(matrix.diagonal() < 0.0)) % 2 else 1.0
''',
    "lu_log_det": '''\
def lu_log_det(factors):
    """The logarithm of the determinant of X; nan where that is negative."""
    return lu_logdet(factors) if lu_sign(factors) > 0.0 else np.nan
''',
    "lu_logdet": '''\
def lu_logdet(factors):
    """The logarithm of the absolute value of the determinant of X."""
    return np.log(np.abs(factors[0].diagonal())).sum()
''',
    "cholesky": '''\
def cholesky(S):
    """The lower Cholesky factor of S."""
    factor, info = dpotrf(S.T, lower=1)
    if info:
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    return factor
''',
    "cholesky_solve": '''\
def cholesky_solve(factor, b):
    """The solution x of S @ x = b."""
    return dpotrs(factor, b, lower=1)[0]
''',
    "cholesky_inverse": '''\
def cholesky_inverse(factor):
    """The inverse of S."""
    return mirrored(dpotri(factor, lower=1)[0])
''',
    "cholesky_inverse_trace": '''\
def cholesky_inverse_trace(factor):
    """The trace of the inverse of S."""
    return dpotri(factor, lower=1)[0].trace()
''',
    "cholesky_logdet": '''\
def cholesky_logdet(factor):
    """The logarithm of the determinant of S."""
    return 2.0 * np.log(factor.diagonal()).sum()
''',
    "triangular_solve": '''\
def triangular_solve(T, b, lower=False, transposed=False):
    """The solution x of T @ x = b, or of T.T @ x = b."""
    x, info = dtrtrs(T.T, b, lower=not lower, trans=not transposed)
    if info:
        raise np.linalg.LinAlgError("Singular matrix")
    return x
''',
    "product": '''\
def product(A, B):
    """A @ B by the BLAS that also factorises, each matrix as it lies in memory."""
    a, turned_a = (A.T, 0) if A.flags.c_contiguous else (A, 1)
    b, turned_b = (B.T, 0) if B.flags.c_contiguous else (B, 1)
    return dgemm(1.0, b, a, trans_a=turned_b, trans_b=turned_a).T
''',
    "gram": '''\
def gram(W):
    """W @ W.T by the BLAS that also factorises; where it is large, half of it."""
    if len(W) <= 64:
        return product(W, W.T)
    if W.flags.c_contiguous:
        return mirrored(dsyrk(1.0, W.T, trans=1, lower=1))
    return mirrored(dsyrk(1.0, W, lower=1))
''',
    "applied": '''\
def applied(A, x):
    """A @ x by the BLAS that also factorises, the matrix as it lies in memory."""
    return dgemv(1.0, A.T, x, trans=1) if A.flags.c_contiguous else dgemv(1.0, A, x)
''',
    "vdot": '''\
def vdot(A, B):
    """The sum of A * B, row by row."""
    return np.einsum("ij,ij->", A, B)
''',
    "mirrored": '''\
def mirrored(S):
    """The lower triangle also above the diagonal, where S has zeros."""
    n = len(S)
    if n <= 64:
        whole = S + S.T
        diagonal = whole.ravel("K")[:: n + 1]
        diagonal *= 0.5
        return whole
    for i in range(0, n, 64):
        S[i : i + 64, i : i + 64] = mirrored(S[i : i + 64, i : i + 64])
        S[i : i + 64, i + 64 :] = S[i + 64 :, i : i + 64].T
    return S
''',
    "adjugate": '''\
def adjugate(X):
    """The adjugate of X, singular or not."""
    U, s, Vh = np.linalg.svd(X)
    ones = np.ones(1)
    before = np.concatenate([ones, np.cumprod(s[:-1])])
    behind = np.concatenate([np.cumprod(s[:0:-1])[::-1], ones])
    return np.linalg.det(U) * np.linalg.det(Vh) * (Vh.T * (before * behind)) @ U.T
''',
    "lu_adjugate": '''\
def lu_adjugate(factors, X):
    """The adjugate of X: the inverse times the determinant, unless X is nearly singular."""
    if factors[2] == 0:
        inverse = lu_inverse(factors)
        if np.abs(X).sum(axis=0).max() * np.abs(inverse).sum(axis=0).max() < 1e5:
            return lu_det(factors) * inverse
    return adjugate(X)
''',
    "commutation": '''\
def commutation(m, n):
    """K with K vec(X) = vec(X.T) for m by n X."""
    order = np.arange(m * n).reshape(n, m).T.ravel()
    return np.eye(m * n)[order]
''',
    "spd_power": '''\
def spd_power(S, k):
    """S to a real power, for symmetric positive definite S."""
    values, V = np.linalg.eigh(S)
    return (V * values**k) @ V.T
''',
    "duplication": '''\
def duplication(n):
    """D with D vech(S) = vec(S) for symmetric n by n S."""
    first, second = np.triu_indices(n)
    D = np.zeros((n * n, len(first)))
    D[first * n + second, np.arange(len(first))] = 1.0
    D[second * n + first, np.arange(len(first))] = 1.0
    return D
''',
    "elimination": '''\
def elimination(n):
    """L with L vec(X) = vech(X) for n by n X."""
    cols, rows = np.triu_indices(n)
    L = np.zeros((len(rows), n * n))
    L[np.arange(len(rows)), cols * n + rows] = 1.0
    return L
''',
    "upper_blocks": '''\
def upper_blocks(A, E):
    """[A, E; 0, A]: a function of it has the derivative at A along E in its upper corner."""
    return np.block([[A, E], [np.zeros_like(A), A]])
''',
    "frechet_matrix": '''\
def frechet_matrix(function, A):
    """M with vec(L(E)) = M vec(E), L the derivative of a matrix function at A."""
    n = len(A)
    M = np.empty((n * n, n * n))
    for k in range(n * n):
        E = np.zeros((n, n))
        E[k % n, k // n] = 1.0
        M[:, k] = function(upper_blocks(A, E))[:n, n:].ravel(order="F")
    return M
''',
}
"""The source of each, by its name."""
