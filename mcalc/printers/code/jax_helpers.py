"""Functions that a generated JAX module defines where it uses them; all can be traced."""

HELPERS = {
    "adjugate": '''\
def adjugate(X):
    """The adjugate of X, singular or not."""
    U, s, Vh = jnp.linalg.svd(X)
    others = jnp.prod(jnp.where(jnp.eye(len(s), dtype=bool), 1.0, s), axis=1)
    return jnp.linalg.det(U) * jnp.linalg.det(Vh) * (Vh.T * others) @ U.T
''',
    "norm": '''\
def norm(x):
    """The root of the sum of squares, which neither underflow nor overflow."""
    largest = jnp.max(jnp.abs(x), initial=0.0)
    scale = jnp.where((largest > 0) & jnp.isfinite(largest), largest, 1.0)
    return scale * jnp.sqrt(jnp.sum(jnp.square(x / scale)))
''',
    "is_extreme": '''\
def is_extreme(X, extreme):
    """1 where an entry is the extreme one, else 0."""
    return (X == extreme).astype(X.dtype)
''',
    "commutation": '''\
def commutation(m, n, dtype):
    """K with K vec(X) = vec(X.T) for m by n X."""
    order = jnp.arange(m * n).reshape(n, m).T.ravel()
    return jnp.eye(m * n, dtype=dtype)[order]
''',
    "duplication": '''\
def duplication(n, dtype):
    """D with D vech(S) = vec(S) for symmetric n by n S."""
    first, second = jnp.triu_indices(n)
    k = jnp.arange(len(first))
    D = jnp.zeros((n * n, len(first)), dtype=dtype)
    return D.at[first * n + second, k].set(1.0).at[second * n + first, k].set(1.0)
''',
    "elimination": '''\
def elimination(n, dtype):
    """L with L vec(X) = vech(X) for n by n X."""
    cols, rows = jnp.triu_indices(n)
    k = jnp.arange(len(rows))
    return jnp.zeros((len(rows), n * n), dtype=dtype).at[k, cols * n + rows].set(1.0)
''',
    "add_diagonal": '''\
def add_diagonal(K, v):
    """K with v, a number or a vector, added along its diagonal."""
    i = jnp.arange(len(K))
    return jnp.asarray(K).at[i, i].add(v)
''',
    "parity": '''\
def parity(pivots):
    """The sign of the permutation of an LU factorisation."""
    swaps = jnp.sum(pivots != jnp.arange(len(pivots)))
    return 1 - 2 * (swaps % 2)
''',
    "lu_det": '''\
def lu_det(factor):
    """det(X) from the LU factorisation of X."""
    return jnp.prod(jnp.diagonal(factor[0])) * parity(factor[1])
''',
    "lu_sign": '''\
def lu_sign(factor):
    """The sign of det(X) from the LU factorisation of X."""
    return jnp.prod(jnp.sign(jnp.diagonal(factor[0]))) * parity(factor[1])
''',
    "lu_inverse": '''\
def lu_inverse(factor):
    """inv(X) from the LU factorisation of X."""
    return jax.scipy.linalg.lu_solve(factor, jnp.eye(len(factor[0]), dtype=factor[0].dtype))
''',
    "cholesky_inverse": '''\
def cholesky_inverse(L):
    """inv(S) from the Cholesky factor of S."""
    return jax.scipy.linalg.cho_solve((L, True), jnp.eye(len(L), dtype=L.dtype))
''',
    "spd_power": '''\
def spd_power(S, k):
    """S to a real power, for symmetric positive definite S."""
    values, V = jnp.linalg.eigh(S)
    return (V * values**k) @ V.T
''',
    "frechet_matrix": '''\
def frechet_matrix(function, A):
    """M with vec(L(E)) = M vec(E), L the derivative of a matrix function at A."""
    n = len(A)
    units = jnp.eye(n * n, dtype=A.dtype).reshape(n * n, n, n)
    columns = jax.vmap(lambda E: frechet(function, A, E.T).T.ravel())(units)
    return columns.T
''',
    "frechet": '''\
def frechet(function, A, E):
    """The derivative of a matrix function at A along E: its corner at [A, E; 0, A]."""
    n = len(A)
    return function(jnp.block([[A, E], [jnp.zeros_like(A), A]]))[:n, n:]
''',
    "matrix_power": '''\
def matrix_power(X, k):
    """X to a power that is known only when this runs; by logarithms where it is not whole."""
    k = jnp.asarray(k, dtype=X.dtype)
    return jax.lax.cond(
        k == jnp.round(k),
        lambda: whole_power(X, jnp.round(k).astype(int)),
        lambda: jax.scipy.linalg.expm(k * logm(X)),
    )
''',
    "whole_power": '''\
def whole_power(X, k):
    """X to a whole power, by squares."""

    def step(state):
        power, square, k = state
        return jnp.where(k % 2 == 1, power @ square, power), square @ square, k // 2

    X = jax.lax.cond(k < 0, jnp.linalg.inv, lambda X: X, X)
    start = (jnp.eye(len(X), dtype=X.dtype), X, jnp.abs(k))
    return jax.lax.while_loop(lambda state: state[2] > 0, step, start)[0]
''',
    "logm": '''\
def logm(X):
    """The principal logarithm of X; nan for an eigenvalue on the negative axis.

    Source: Higham, Functions of Matrices, sec. 11.5: roots until X is near the identity, and there
    log(I + Z) as the integral of Z inv(I + t Z) for t from 0 to 1, by Gauss's rule.
    """
    eye = jnp.eye(len(X), dtype=X.dtype)
    X, halvings = jax.lax.while_loop(
        lambda state: (jnp.linalg.norm(state[0] - eye) > 0.25) & (state[1] < 100),
        lambda state: (sqrtm(state[0]), state[1] + 1),
        (X, 0),
    )
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = jnp.zeros_like(X)
    for t, weight in zip((0.5 + nodes / 2).tolist(), (weights / 2).tolist()):
        total += weight * jnp.linalg.solve(eye + t * (X - eye), X - eye)
    return 2.0**halvings * total
''',
    "sqrtm": '''\
def sqrtm(X):
    """The principal square root of X; nan for an eigenvalue on the negative axis.

    Source: Higham, Functions of Matrices, eq. (6.29): the scaled iteration of Denman and Beavers in
    its product form, in which M goes to the identity as fast as Newton's method.
    """
    n, eye = len(X), jnp.eye(len(X), dtype=X.dtype)

    def distance(M):
        return jnp.linalg.norm(M - eye)

    def step(state):
        root, M, count = state
        scale = jnp.exp(jnp.linalg.slogdet(M)[1] / -n)
        inverse = jnp.linalg.inv(M) / scale
        root = jnp.sqrt(scale) * root @ (eye + inverse) / 2
        return root, (eye + (scale * M + inverse) / 2) / 2, count + 1

    near = jnp.sqrt(jnp.finfo(X.dtype).eps)
    state = jax.lax.while_loop(
        lambda state: (distance(state[1]) > near) & (state[2] < 100), step, (X, X, 0)
    )
    return jnp.where(distance(state[1]) <= near, step(state)[0], jnp.nan)
''',
}
"""The source of each, by its name; a helper stands before those that it calls."""
