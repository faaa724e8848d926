"""Functions that a generated PyTorch module defines where it uses them."""

HELPERS = {
    "scalars": '''\
def scalars(*numbers):
    """The numbers as tensors, of the type and on the device that the tensors among them have."""
    given = [x for x in numbers if torch.is_tensor(x)]
    types = [x.dtype for x in given] or [torch.get_default_dtype()]
    dtype = functools.reduce(torch.promote_types, types)
    device = given[0].device if given else torch.get_default_device()
    return [torch.as_tensor(x, dtype=dtype, device=device) for x in numbers]
''',
    "adjugate": '''\
def adjugate(X):
    """The adjugate of X, singular or not."""
    U, s, Vh = torch.linalg.svd(X)
    others = s.repeat(len(s), 1).fill_diagonal_(1.0).prod(1)
    return torch.linalg.det(U) * torch.linalg.det(Vh) * (Vh.T * others) @ U.T
''',
    "norm": '''\
def norm(x):
    """The root of the sum of squares, which neither underflow nor overflow."""
    largest = x.detach().abs().amax() if x.numel() else x.new_zeros(())
    scale = torch.where((largest > 0) & torch.isfinite(largest), largest, torch.ones_like(largest))
    return scale * torch.linalg.vector_norm(x / scale)
''',
    "is_extreme": '''\
def is_extreme(X, extreme):
    """1 where an entry is the extreme one, else 0."""
    return (X == extreme).to(X.dtype)
''',
    "commutation": '''\
def commutation(m, n, dtype, device):
    """K with K vec(X) = vec(X.T) for m by n X."""
    order = torch.arange(m * n, device=device).reshape(n, m).T.reshape(-1)
    return torch.eye(m * n, dtype=dtype, device=device)[order]
''',
    "duplication": '''\
def duplication(n, dtype, device):
    """D with D vech(S) = vec(S) for symmetric n by n S."""
    first, second = torch.triu_indices(n, n, device=device)
    k = torch.arange(len(first), device=device)
    D = torch.zeros(n * n, len(first), dtype=dtype, device=device)
    D[first * n + second, k] = 1.0
    D[second * n + first, k] = 1.0
    return D
''',
    "elimination": '''\
def elimination(n, dtype, device):
    """L with L vec(X) = vech(X) for n by n X."""
    cols, rows = torch.triu_indices(n, n, device=device)
    L = torch.zeros(len(rows), n * n, dtype=dtype, device=device)
    L[torch.arange(len(rows), device=device), cols * n + rows] = 1.0
    return L
''',
    "add_diagonal": '''\
def add_diagonal(K, v):
    """K with v, a number or a vector, added along its diagonal."""
    return torch.diagonal_scatter(K, torch.diagonal(K) + v)
''',
    "lu_solve": '''\
def lu_solve(factor, b, transposed=False):
    """inv(X) b or inv(X.T) b for a vector or a matrix, from the LU factorisation of X."""
    columns = b if b.ndim == 2 else b[:, None]
    return torch.linalg.lu_solve(*factor, columns, adjoint=transposed).reshape(b.shape)
''',
    "lu_inverse": '''\
def lu_inverse(factor):
    """inv(X) from the LU factorisation of X."""
    LU, pivots = factor
    return torch.linalg.lu_solve(LU, pivots, torch.eye(len(LU), dtype=LU.dtype, device=LU.device))
''',
    "lu_logdet": '''\
def lu_logdet(factor):
    """log|det(X)| from the LU factorisation of X."""
    return torch.diagonal(factor[0]).abs().log().sum()
''',
    "lu_det": '''\
def lu_det(factor):
    """det(X) from the LU factorisation of X."""
    return torch.diagonal(factor[0]).prod() * parity(factor[1])
''',
    "lu_sign": '''\
def lu_sign(factor):
    """The sign of det(X) from the LU factorisation of X."""
    return torch.diagonal(factor[0]).sign().prod() * parity(factor[1])
''',
    "parity": '''\
def parity(pivots):
    """The sign of the permutation of an LU factorisation, whose pivots count from one."""
    swaps = (pivots != torch.arange(1, len(pivots) + 1, device=pivots.device)).sum()
    return 1 - 2 * (swaps % 2)
''',
    "cholesky_solve": '''\
def cholesky_solve(L, b):
    """inv(S) b for a vector or a matrix, from the Cholesky factor of S."""
    return torch.cholesky_solve(b if b.ndim == 2 else b[:, None], L).reshape(b.shape)
''',
    "triangular_solve": '''\
def triangular_solve(T, b, upper):
    """inv(T) b for a vector or a matrix and triangular T."""
    columns = b if b.ndim == 2 else b[:, None]
    return torch.linalg.solve_triangular(T, columns, upper=upper).reshape(b.shape)
''',
    "spd_power": '''\
def spd_power(S, k):
    """S to a real power, for symmetric positive definite S."""
    values, V = torch.linalg.eigh(S)
    return (V * values**k) @ V.T
''',
    "frechet_matrix": '''\
def frechet_matrix(function, A):
    """M with vec(L(E)) = M vec(E), L the derivative of a matrix function at A."""
    n = len(A)
    units = torch.eye(n * n, dtype=A.dtype, device=A.device).reshape(n * n, n, n)
    return torch.stack([frechet(function, A, E.T).T.reshape(-1) for E in units], 1)
''',
    "frechet": '''\
def frechet(function, A, E):
    """The derivative of a matrix function at A along E: its corner at [A, E; 0, A]."""
    n = len(A)
    top, bottom = torch.cat([A, E], 1), torch.cat([torch.zeros_like(A), A], 1)
    return function(torch.cat([top, bottom]))[:n, n:]
''',
    "matrix_power": '''\
def matrix_power(X, k):
    """X to a power that is known only when this runs; by logarithms where it is not whole."""
    exponent = float(torch.as_tensor(k).detach())
    if exponent.is_integer():
        return torch.linalg.matrix_power(X, int(exponent))
    return torch.matrix_exp(k * logm(X))
''',
    "logm": '''\
def logm(X):
    """The principal logarithm of X; nan for an eigenvalue on the negative axis.

    Source: Higham, Functions of Matrices, sec. 11.5: roots until X is near the identity, and there
    log(I + Z) as the integral of Z inv(I + t Z) for t from 0 to 1, by Gauss's rule.
    """
    eye, halvings = torch.eye(len(X), dtype=X.dtype, device=X.device), 0
    while torch.linalg.norm(X - eye) > 0.25 and halvings < 100:
        X, halvings = sqrtm(X), halvings + 1
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = torch.zeros_like(X)
    for t, weight in zip((0.5 + nodes / 2).tolist(), (weights / 2).tolist()):
        total = total + weight * torch.linalg.solve(eye + t * (X - eye), X - eye)
    return 2.0**halvings * total
''',
    "sqrtm": '''\
def sqrtm(X):
    """The principal square root of X; nan for an eigenvalue on the negative axis.

    Source: Higham, Functions of Matrices, eq. (6.29): the scaled iteration of Denman and Beavers in
    its product form, in which M goes to the identity as fast as Newton's method.
    """
    eye, near = torch.eye(len(X), dtype=X.dtype, device=X.device), torch.finfo(X.dtype).eps ** 0.5
    root, M = X, X
    for _ in range(100):
        is_last = torch.linalg.norm(M - eye) <= near
        scale = torch.exp(-torch.linalg.slogdet(M)[1] / len(X))
        inverse = torch.linalg.inv(M) / scale
        root = torch.sqrt(scale) * root @ (eye + inverse) / 2
        if is_last:
            return root
        M = (eye + (scale * M + inverse) / 2) / 2
    return torch.full_like(X, torch.nan)
''',
}
"""The source of each, by its name."""
