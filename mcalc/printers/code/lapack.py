"""Whose linear algebra a function of NumPy code calls: all of SciPy's, or all of NumPy's.

Each of the two brings a BLAS with threads of its own. A function that went from one to the other
would have them wait for each other, which costs more than the work at sizes of some hundreds.
SciPy's has the factorisations apart from what is asked of them, so it serves wherever there is one;
where something else needs NumPy's (eigenvalues, singular values), so does all the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcalc.core.op import OPS
from mcalc.ops.elementwise import LOG
from mcalc.ops.linear import trace_op
from mcalc.printers.code.passes import Pass

if TYPE_CHECKING:
    from mcalc.printers.code.ir import Program, Value

NOT_NEW = ("input", "transpose", "expand", "column", "reshape", "unvec", "permute")
"""Kinds that may hand on their argument's memory, so that nothing is written into them."""

ADJ = OPS["adj"]
_FACTORED = ("lu", "cholesky")
_BY_SCIPY = (*_FACTORED, "triangular solve", "solve", "inverse")
_OF_DETERMINANTS = {"det": "lu det", "logdet": "lu logdet"}
_BY_NUMPY = ("spd power", "matrix power", "frechet", "frechet matrix")


def lowered(roots: tuple[Value, ...]) -> tuple[Value, ...]:
    """The program with the calls of one library."""
    return _Lowered(roots).roots


class _Lowered(Pass):
    def before(self, roots: tuple[Value, ...]) -> None:
        """Which library it is."""
        kinds = {v.kind for v in self.order}
        other = any(
            v.kind == "call"
            and v.data.name not in _OF_DETERMINANTS
            and any(word in v.data.numpy for word in ("np.linalg", "scipy.linalg"))
            for v in self.order
        )
        needs_numpy = other or not kinds.isdisjoint(_BY_NUMPY)
        adjugate = any(v.kind == "call" and v.data is ADJ for v in self.order)
        factored = adjugate or not kinds.isdisjoint(_BY_SCIPY)
        self.by_scipy = factored and not needs_numpy
        self.by_numpy = factored and needs_numpy

    def make(self, v: Value, args: tuple[Value, ...]) -> Value:
        """The value in the words of the library."""
        if v.kind in ("mul", "vdot") or (v.kind == "matmul" and not v.shape):
            found = _with_log(self.program, v, args)
            if found is not None:
                return found
        if self.by_scipy:
            return _by_scipy(self.program, v, args)
        if self.by_numpy:
            return _by_numpy(self.program, v, args)
        return self.program.again(v, args)


def _with_log(p: Program, v: Value, args: tuple[Value, ...]) -> Value | None:
    """p.*log(q) and p'*log(q) as an operation that is 0 where p and q are."""
    for a, b in (args, args[::-1]):
        if b.kind == "call" and b.data.name in ("log", "log1p") and a.shape == b.shape:
            if a.kind == "number" or (a.rank == 0 and a not in b.args):
                return None
            product = p.value(f"times {b.data.name}", a, *b.args, shape=a.shape)
            return product if v.kind == "mul" else p.value("sum", product)
    return None


def _by_scipy(p: Program, v: Value, args: tuple[Value, ...]) -> Value:
    if v.kind == "add" and args[0].kind == "lu logdet" and args[1].kind == "call":
        (sign,) = args[1].args
        if args[1].data is LOG and sign.kind == "lu sign" and sign.args == args[0].args:
            return p.value("lu log det", *sign.args)
    if v.kind == "call" and v.data is trace_op and args[0].kind == "cholesky inverse":
        return p.value("cholesky inverse trace", *args[0].args)
    if v.kind == "matmul":
        a, b = args
        if a.rank == b.rank == 1:
            return p.again(v, args)
        if a.rank == 1:
            return p.value("blas applied", p.transposed(b), a, shape=v.shape)
        if b.rank == 1:
            return p.value("blas applied", a, b, shape=v.shape)
        if p.transposed(a) is b:
            return p.value("blas gram", a, shape=v.shape)
        return p.value("blas product", a, b, shape=v.shape)
    if v.kind == "vdot":
        return p.value("blas vdot", *args)
    if v.kind == "solve":
        X, b = args
        turned = X.kind == "transpose"
        factor = _lu(p, X.args[0] if turned else X)
        return p.value("lu solve", factor, b, data=turned or None, shape=v.shape)
    if v.kind == "inverse":
        return p.value("lu inverse", _lu(p, args[0]), shape=v.shape)
    if v.kind == "call" and v.data is ADJ:
        return p.value("lu adjugate", _lu(p, args[0]), args[0], shape=v.shape)
    if v.kind == "call" and v.data.name in _OF_DETERMINANTS:
        return p.value(_OF_DETERMINANTS[v.data.name], _lu(p, args[0]))
    return p.again(v, args)


def _lu(p: Program, X: Value) -> Value:
    return p.value("lu", X, shape=X.shape)


def _by_numpy(p: Program, v: Value, args: tuple[Value, ...]) -> Value:
    if v.kind in _FACTORED:
        return args[0]
    words = v.kind.split()
    if words[0] in _FACTORED and words[1] == "solve":
        return p.value("solve", p.transposed(args[0]) if v.data else args[0], args[1],
                       shape=v.shape)  # fmt: skip
    if words[0] in _FACTORED and words[1] == "inverse":
        return p.value("inverse", args[0], shape=v.shape)
    if words[0] in _FACTORED and words[1] in _OF_DETERMINANTS:
        return p.value("call", args[0], data=OPS[words[1]])
    if v.kind == "lu sign":
        det = p.value("call", args[0], data=OPS["det"])
        return p.value("call", det, data=OPS["sign"])
    if v.kind == "triangular solve":
        _, turned = v.data
        return p.value("solve", p.transposed(args[0]) if turned else args[0], args[1],
                       shape=v.shape)  # fmt: skip
    return p.again(v, args)
