"""Functions that a generated NumPy module defines where it uses them."""

HELPERS = {
    "adjugate": '''\
def adjugate(X):
    """The adjugate of X, singular or not."""
    U, s, Vh = np.linalg.svd(X)
    others = np.array([np.prod(np.delete(s, i)) for i in range(len(s))])
    return np.linalg.det(U) * np.linalg.det(Vh) * (Vh.T * others) @ U.T
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
