"""How NumPy code says what there is to sparse arrays: those of SciPy, in the CSR format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.op import OPS
from mcalc.ops.vectorize import KRON
from mcalc.printers.code.python import SPELLING
from mcalc.printers.code.sparse import keeps_zero
from mcalc.printers.code.writer import ATOM, PRODUCT, SUM, Spelled, Writer, call, operation

if TYPE_CHECKING:
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.writer import Spell


def _input(w: Writer, v: Value) -> Spelled:
    """The name of an argument, after the line that makes it a CSR array; these lines come first."""
    name = w.names.of(v.data)
    before = sum(other.kind == "sparse input" for other in w.written)
    w.lines.insert(before, f"{name} = sparse({name})")
    return name, ATOM


def _of(template: str) -> Spell:
    """A template that an argument stands in as an atom."""
    return lambda w, v: (template.format(w.text(v.args[0], ATOM)), ATOM)


_METHODS = frozenset(
    ("abs", "arcsin", "arcsinh", "arctan", "arctanh", "expm1", "log1p", "sin", "sinh",
     "tan", "tanh")
)  # fmt: skip
"""Functions of entries that NumPy hands on to sparse arrays."""
_CALLS = {
    KRON: "scipy.sparse.kron",
    OPS["tril"]: "scipy.sparse.tril",
    OPS["triu"]: "scipy.sparse.triu",
}


def _call(w: Writer, v: Value) -> Spelled:
    if v.data in _CALLS:
        return call(_CALLS[v.data])(w, v)
    if not keeps_zero(v.data) or v.data.name in _METHODS:
        return operation(w, v)
    template = w.language.operation(v.data)
    plain = template.removesuffix("({0})")
    function = plain if "{0}" not in plain else f"lambda t: {template.format('t')}"
    return f"on_entries({function}, {w.text(v.args[0], SUM)})", ATOM


def _vdot(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if a is b:
        return f"np.square({w.text(a, ATOM)}.data).sum()", ATOM
    return f"({w.text(a, PRODUCT)} * {w.text(b, ATOM)}).sum()", ATOM


def _add_diagonal(w: Writer, v: Value) -> Spelled:
    A, d = v.args
    if d.rank:
        diagonal = f"scipy.sparse.diags_array({w.text(d, SUM)})"
    else:
        eye = f"scipy.sparse.eye_array({w.size(v.shape[0])})"
        is_one = d.kind == "number" and d.data == 1
        diagonal = eye if is_one else f"{w.text(d, PRODUCT)} * {eye}"
    return f"{w.text(A, SUM)} + {diagonal}", SUM


def _block(w: Writer, v: Value) -> Spelled:
    rows, start = [], 0
    for length in v.data:
        rows.append(f"[{', '.join(w.text(a, SUM) for a in v.args[start : start + length])}]")
        start += length
    return f"scipy.sparse.block_array([{', '.join(rows)}])", ATOM


def _solve(w: Writer, v: Value) -> Spelled:
    factors, b = v.args
    turned = ", 'T'" if v.data else ""
    return f"{w.text(factors, ATOM)}.solve({w.text(b, SUM)}{turned})", ATOM


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    side, turned = v.data
    T, b = v.args
    source = f"{w.text(T, ATOM)}.T" if turned else w.text(T, SUM)
    lower = (side == "lower") is not turned
    return (
        f"scipy.sparse.linalg.spsolve_triangular({source}, {w.text(b, SUM)}, lower={lower})",
        ATOM,
    )


def _matrix_power(w: Writer, v: Value) -> Spelled:
    X, k = v.args
    return f"scipy.sparse.linalg.matrix_power({w.text(X, SUM)}, {k.data})", ATOM


KINDS: dict[str, Spell] = {
    **{f"sparse {kind}": SPELLING[kind] for kind in (
        "transpose", "neg", "mul", "div", "add", "sub", "pow", "matmul",
    )},
    **{f"{kind} of sparse": SPELLING[kind] for kind in ("add", "sub", "matmul", "call")},
    "sparse input": _input,
    "dense": _of("{}.toarray()"),
    "sparse sqrt": call("np.sqrt"),
    "sparse sampled": call("sampled"),
    "sparse call": _call,
    "sparse add diagonal": _add_diagonal,
    "sparse matrix power": _matrix_power,
    "sparse block": _block,
    "sum of sparse": _of("{}.sum()"),
    "norm of sparse": _of("norm({}.data)"),
    "vdot of sparse": _vdot,
    "row sums of sparse": lambda w, v: (
        f"({w.text(v.args[0], PRODUCT)} * {w.text(v.args[1], ATOM)}).sum(axis=1)",
        ATOM,
    ),
    "lu of sparse": call("sparse_lu"),
    "cholesky of sparse": call("sparse_cholesky"),
    "solve of sparse": _solve,
    "inverse of sparse": call("sparse_inverse"),
    "lu det of sparse": call("sparse_det"),
    "lu sign of sparse": call("sparse_sign"),
    "lu logdet of sparse": call("sparse_logdet"),
    "triangular solve of sparse": _triangular_solve,
}  # fmt: skip

HELPERS = {
    "sparse": '''\
def sparse(A):
    """A as a CSR array of floats, each entry once; it may come in any format, or dense."""
    if not isinstance(A, scipy.sparse.csr_array) or A.dtype != np.float64:
        A = scipy.sparse.csr_array(A, dtype=np.float64)
    if not A.has_canonical_format:
        A = A.copy()
        A.sum_duplicates()
    return A
''',
    "on_entries": '''\
def on_entries(f, A):
    """f of each entry of sparse A, for f(0) = 0."""
    A = A.copy()
    A.data = f(A.data)
    return A
''',
    "sampled": '''\
def sampled(S, A, B):
    """S * (A @ B), from the entries of A @ B where sparse S has some."""
    S = S.tocoo()
    rows, cols = S.coords
    entries = S.data * np.einsum("ij,ij->i", A[rows], B.T[cols])
    return scipy.sparse.csr_array((entries, (rows, cols)), shape=S.shape)
''',
    "sparse_lu": '''\
def sparse_lu(X, **options):
    """The LU factors of sparse X."""
    try:
        return scipy.sparse.linalg.splu(X.tocsc(), **options)
    except RuntimeError as error:
        raise np.linalg.LinAlgError("Singular matrix") from error
''',
    "sparse_cholesky": '''\
def sparse_cholesky(S):
    """The LU factors of sparse S in an order that keeps its symmetry, S being positive definite."""
    symmetric = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}}
    factors = sparse_lu(S, diag_pivot_thresh=0.0, **symmetric)
    if (factors.perm_r != factors.perm_c).any() or (factors.U.diagonal() <= 0.0).any():
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    return factors
''',
    "sparse_inverse": '''\
def sparse_inverse(factors):
    """The inverse of a sparse matrix, which is dense."""
    return factors.solve(np.eye(factors.shape[0]))
''',
    "sparse_det": '''\
def sparse_det(factors):
    """The determinant of a sparse matrix."""
    return sparse_sign(factors) * np.abs(factors.U.diagonal()).prod()
''',
    "sparse_sign": '''\
def sparse_sign(factors):
    """1.0 where the determinant of a sparse matrix is positive, -1.0 where it is negative."""
    n = factors.shape[0]
    swaps = np.count_nonzero(factors.U.diagonal() < 0.0)
    for order in (factors.perm_r, factors.perm_c):
        cycles = scipy.sparse.csr_array((np.ones(n), (np.arange(n), order)), shape=(n, n))
        swaps += n - scipy.sparse.csgraph.connected_components(cycles, directed=False)[0]
    return -1.0 if swaps % 2 else 1.0
''',
    "sparse_logdet": '''\
def sparse_logdet(factors):
    """The logarithm of the absolute value of the determinant of a sparse matrix."""
    return np.log(np.abs(factors.U.diagonal())).sum()
''',
}
"""Functions that a module defines where it uses them, by their names."""
