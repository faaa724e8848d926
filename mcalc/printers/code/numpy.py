"""NumPy: modules of straight lines on arrays, with SciPy where NumPy has no word."""

from __future__ import annotations

from fractions import Fraction
from string import ascii_letters
from typing import TYPE_CHECKING, ClassVar

from mcalc.core.leaves import structure
from mcalc.core.op import Op
from mcalc.ops.shaping import DIAGONAL
from mcalc.printers.code.lapack import NOT_NEW, lowered
from mcalc.printers.code.numpy_helpers import HELPERS
from mcalc.printers.code.numpy_sparse import HELPERS as SPARSE_HELPERS
from mcalc.printers.code.numpy_sparse import KINDS as SPARSE_KINDS
from mcalc.printers.code.python import SPELLING, Python, size_tuple, subscripts
from mcalc.printers.code.sparse import is_sparse, with_sparse
from mcalc.printers.code.writer import ATOM, SUM, Spelled, Writer, call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Result
    from mcalc.printers.code.tensor import Pattern
    from mcalc.printers.code.writer import Spell


def _column(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    if a.rank == 0:
        return f"np.atleast_1d({w.text(a, SUM)})", ATOM
    return f"{w.text(a, ATOM)}[:, None]", ATOM


def _contract(w: Writer, v: Value) -> Spelled:
    arrays = ", ".join(w.text(a, SUM) for a in v.args)
    optimize = ", optimize=True" if len(v.args) > 2 else ""
    return f"np.einsum('{subscripts(v.data)}', {arrays}{optimize})", ATOM


def _matrix_power(w: Writer, v: Value) -> Spelled:
    X, k = v.args
    if k.kind == "number":
        return f"np.linalg.matrix_power({w.text(X, SUM)}, {Fraction(k.data)})", ATOM
    # Where the exponent is whole this multiplies, as matrix_power does.
    return f"scipy.linalg.fractional_matrix_power({w.text(X, SUM)}, {w.text(k, SUM)})", ATOM


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    offset = w.size(-before) if before.terms else "0"
    return f"np.eye({w.size(whole)}, {w.size(part)}, {offset})", ATOM


def _unit(w: Writer, v: Value) -> Spelled:
    whole, before = v.data
    return f"np.eye({w.size(whole)})[{w.size(before)}]", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    lengths = v.data
    assert isinstance(lengths, tuple)
    rows, start = [], 0
    for length in lengths:
        row = ", ".join(w.text(a, SUM) for a in v.args[start : start + length])
        rows.append(f"[{row}]")
        start += length
    return f"np.block([{', '.join(rows)}])", ATOM


def _function_of(op: Op, argument: str, parameters: list[str]) -> str:
    """The source of a matrix function of an argument."""
    if not op.numpy:
        return f"scipy.linalg.fractional_matrix_power({argument}, {parameters[0]})"
    return op.numpy.format(argument)


def _frechet(w: Writer, v: Value) -> Spelled:
    A, E, *rest = v.args
    op = v.data
    assert isinstance(op, Op)
    a, e = w.text(A, SUM), w.text(E, SUM)
    if op.name == "expm":
        return f"scipy.linalg.expm_frechet({a}, {e}, compute_expm=False)", ATOM
    whole = _function_of(op, f"upper_blocks({a}, {e})", [w.text(p, SUM) for p in rest])
    return f"{whole}[:len({a}), len({a}):]", ATOM


def _frechet_matrix(w: Writer, v: Value) -> Spelled:
    A, *rest = v.args
    op = v.data
    assert isinstance(op, Op)
    function = _function_of(op, "B", [w.text(p, SUM) for p in rest])
    return f"frechet_matrix(lambda B: {function}, {w.text(A, SUM)})", ATOM


def _method(name: str) -> Spell:
    """a.name(), which is quicker than the function."""
    return lambda w, v: (f"{w.text(v.args[0], ATOM)}.{name}()", ATOM)


def _add_diagonal(w: Writer, v: Value) -> Spelled:
    """In place where the matrix is new and nothing else uses it."""
    K, d = v.args
    matrix = w.text(K, SUM)
    if K.kind in NOT_NEW or w.uses[K] > 1:
        matrix = f"{w.text(K, ATOM)}.copy()"
    return f"add_diagonal({matrix}, {w.text(d, SUM)})", ATOM


def _turned(name: str) -> Spell:
    """name(F, b), with a flag for the transpose."""

    def spell(w: Writer, v: Value) -> Spelled:
        flag = ", transposed=True" if v.data else ""
        return f"{name}({', '.join(w.text(a, SUM) for a in v.args)}{flag})", ATOM

    return spell


def _triangular(w: Writer, v: Value) -> Spelled:
    side, turned = v.data
    T, b = [w.text(a, SUM) for a in v.args]
    flags = (", lower=True" if side == "lower" else "") + (", transposed=True" if turned else "")
    return f"triangular_solve({T}, {b}{flags})", ATOM


_KINDS: dict[str, Spell] = {
    "pi": lambda w, v: ("np.pi", ATOM),
    "eye": lambda w, v: (f"np.eye({w.size(v.data)})", ATOM),
    "ones": lambda w, v: (f"np.ones({w.size(v.data)})", ATOM),
    "zeros": lambda w, v: (f"np.zeros({size_tuple(w, v.data)})", ATOM),
    "sqrt": call("np.sqrt"),
    "norm": call("norm"),
    "sum": _method("sum"),
    "outer": call("np.multiply.outer"),
    "vdot": call("np.vdot"),
    "diagonal product": lambda w, v: (
        f"np.einsum('ij,ji->i', {w.text(v.args[0], SUM)}, {w.text(v.args[1], SUM)})",
        ATOM,
    ),
    "add diagonal": _add_diagonal,
    "solve": call("np.linalg.solve"),
    "inverse": call("np.linalg.inv"),
    "eigh": call("np.linalg.eigh"),
    "svd": lambda w, v: (f"np.linalg.svd({w.text(v.args[0], SUM)}, full_matrices=False)", ATOM),
    "matrix power": _matrix_power,
    "spd power": call("spd_power"),
    "column": _column,
    "permute": lambda w, v: (f"np.transpose({w.text(v.args[0], SUM)}, {v.data})", ATOM),
    "contract": _contract,
    "concatenate": lambda w, v: (
        f"np.concatenate([{', '.join(w.text(a, SUM) for a in v.args)}])",
        ATOM,
    ),
    "block": _block,
    "frechet": _frechet,
    "frechet matrix": _frechet_matrix,
    "selection": _selection,
    "unit": _unit,
    # by SciPy's BLAS and LAPACK
    "lu": call("lu"),
    "lu solve": _turned("lu_solve"),
    "lu inverse": call("lu_inverse"),
    "lu det": call("lu_det"),
    "lu sign": call("lu_sign"),
    "lu logdet": call("lu_logdet"),
    "cholesky": call("cholesky"),
    "cholesky solve": call("cholesky_solve"),
    "cholesky inverse": call("cholesky_inverse"),
    "cholesky logdet": call("cholesky_logdet"),
    "times log": call("scipy.special.xlogy"),
    "times log1p": call("scipy.special.xlog1py"),
    "lu adjugate": call("lu_adjugate"),
    "lu log det": call("lu_log_det"),
    "cholesky inverse trace": call("cholesky_inverse_trace"),
    "triangular solve": _triangular,
    "blas product": call("product"),
    "blas gram": call("gram"),
    "blas applied": call("applied"),
    "blas vdot": call("vdot"),
}

_TEMPLATES = {
    "softplus": "softplus({0})",
    "softmax": "softmax({0})",
    "logsumexp": "logsumexp({0})",
    "tr": "{0}.trace()",
    "max": "{0}.max()",
    "min": "{0}.min()",
}
"""What is quicker than the table has it."""


class NumPy(Python):
    """Modules for NumPy and SciPy."""

    name = "numpy"
    array = "np"
    sparse_arrays = "in any format of SciPy's"
    dense_results = False
    """Whether what functions return is always dense."""
    spelling: ClassVar[Mapping[str, Spell]] = {**SPELLING, **_KINDS, **SPARSE_KINDS}
    reserved = frozenset({"np", "scipy", "round", "d", "check", "CHECK"})
    helpers: ClassVar[Mapping[str, str]] = {**HELPERS, **SPARSE_HELPERS}
    imports = (
        ("import itertools\n", "itertools"),
        ("import numpy as np", ""),
        ("import scipy.special", "scipy.special"),
        ("import scipy.linalg", "scipy.linalg."),
        ("import scipy.sparse", "scipy.sparse."),
        ("import scipy.sparse.csgraph", "csgraph."),
        ("import scipy.sparse.linalg", "scipy.sparse.linalg."),
        ("from scipy.linalg.blas import dgemm", "dgemm("),
        ("from scipy.linalg.blas import dgemv", "dgemv("),
        ("from scipy.linalg.blas import dsyrk", "dsyrk("),
        ("from scipy.linalg.lapack import dgetrf", "dgetrf("),
        ("from scipy.linalg.lapack import dgetri", "dgetri("),
        ("from scipy.linalg.lapack import dgetrs", "dgetrs("),
        ("from scipy.linalg.lapack import dpotrf", "dpotrf("),
        ("from scipy.linalg.lapack import dpotri", "dpotri("),
        ("from scipy.linalg.lapack import dpotrs", "dpotrs("),
        ("from scipy.linalg.lapack import dtrtrs", "dtrtrs("),
    )

    def operation(self, op: Op) -> str:
        """As the table has it, or quicker."""
        return "{0}.diagonal()" if op is DIAGONAL else _TEMPLATES.get(op.name, op.numpy)

    def sparse(self, derivative: Derivative, variables: Mapping[str, Expr]) -> frozenset[str]:
        """All of them: they come as sparse arrays of SciPy's."""
        return frozenset([name for name, node in variables.items() if "sparse" in structure(node)])

    def lowered(self, roots: tuple[Value, ...], sparse: frozenset[str]) -> tuple[Value, ...]:
        """The program with its dense linear algebra all by SciPy or all by NumPy."""
        known = with_sparse(roots, sparse, dense_results=self.dense_results)
        return super().lowered(lowered(known), sparse)

    def result(self, writer: Writer, v: Value) -> str:
        """What is sparse is returned as a CSR array."""
        if is_sparse(v) and v.kind != "sparse input":
            return f"{writer.text(v, ATOM)}.tocsr()"
        return super().result(writer, v)

    def doc(self, name: str, results: list[Result]) -> str:
        """With what of it is sparse."""
        doc = super().doc(name, results)
        if len(results) == 1:
            return f"{doc.removesuffix('.')}, a sparse array." if results[0].sparse else doc
        sparse = [n for n, r in zip(("value", "derivative"), results, strict=True) if r.sparse]
        return (
            f"{doc.removesuffix('.')}; sparse: the {' and the '.join(sparse)}." if sparse else doc
        )

    def assemble(self, writer: Writer, v: Value) -> str:
        """An array filled term by term, through a view of the entries each term is for."""
        shape, patterns = v.data
        name = writer.new_name()
        started = False
        for core, (pattern, full) in zip(v.args, patterns, strict=True):
            source = writer.text(core, SUM)
            fresh = core.kind not in NOT_NEW
            if started:
                writer.lines.append(f"{_view(writer, name, pattern)} += {source}")
            elif pattern.is_dense and full and fresh and writer.uses[core] == 1:
                writer.lines.append(f"{name} = {source}")
            else:
                writer.lines.append(f"{name} = np.zeros({size_tuple(writer, shape)})")
                view = _view(writer, name, pattern)
                writer.lines.append(f"{view if view != name else f'{name}[...]'} = {source}")
            started = True
        return name


def _view(w: Writer, name: str, pattern: Pattern) -> str:
    """The entries of an array that a term is for."""
    if pattern.is_dense:
        return name
    target = name
    if pattern.kept and pattern.kept[-1] == -1:
        target = f"{name}.reshape{size_tuple(w, pattern.split)}"
    left = "".join(ascii_letters[a] for a in pattern.axes)
    right = "".join(ascii_letters[k] for k in pattern.kept if k >= 0)
    if left == right:
        return f"{target}[...]"
    return f"np.einsum('{left}->{right}', {target})[...]"
