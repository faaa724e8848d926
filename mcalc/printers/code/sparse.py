"""Sparse arrays in programs: what stays sparse, and what has to be made dense before it is used.

An array is sparse where that follows from its arguments, so that none is ever larger than they are
together. `sparse …` is the operation of that name with a sparse result, `… of sparse` one with a
dense result or none that is an array, from arguments of which some are sparse.

    sparse input name                the argument of a function
    dense A                          all entries of a sparse array
    sparse sampled (S, A, B)         S.*(A*B), from the entries of A*B where S has some
    row sums of sparse (A, B)        of A.*B: the diagonal of A*B'
    lu of sparse · cholesky of sparse    the sparse factors of a matrix, for what is solved with it
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from mcalc.core.op import OPS
from mcalc.ops.linear import trace_op
from mcalc.ops.shaping import DIAGONAL
from mcalc.ops.vectorize import KRON
from mcalc.printers.code.ir import live
from mcalc.printers.code.passes import Pass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from mcalc.core.op import Op
    from mcalc.printers.code.ir import Program, Value

Values: TypeAlias = "tuple[Value, ...]"
Rule: TypeAlias = "Callable[[Program, Value, Values], Value | None]"
"""(program, old value, new arguments) ↦ the new value, None where they have to be dense."""


def is_sparse(v: Value) -> bool:
    """Whether a value is a sparse array."""
    return v.kind.startswith("sparse ")


def with_sparse(roots: Values, names: Collection[str], *, dense_results: bool) -> Values:
    """The same values where the inputs of these names are sparse."""
    if not names:
        return roots
    made = _Sparse(roots, names)
    return tuple([_dense(made.program, v) for v in made.roots]) if dense_results else made.roots


def made_dense(roots: Values) -> set[str]:
    """The names of sparse inputs that something dense is made of, of the size of a matrix."""
    below = tuple([v for v in live(roots) if v.kind in ("dense", "inverse of sparse")])
    return {v.data for v in live(below) if v.kind == "sparse input"}


class _Sparse(Pass):
    def __init__(self, roots: Values, names: Collection[str]) -> None:
        self.names = names
        super().__init__(roots)

    def make(self, v: Value, args: Values) -> Value:
        """By the rule of its kind, or else from dense arguments."""
        p = self.program
        if v.kind == "input" and v.data in self.names:
            return p.value("sparse input", data=v.data, shape=v.shape)
        if any(is_sparse(a) or a.kind in _FACTORS for a in args):
            rule = _RULES.get(v.kind)
            made = None if rule is None else rule(p, v, args)
            if made is not None:
                return made
        return p.again(v, tuple([_dense(p, a) for a in args]))


def _dense(p: Program, a: Value) -> Value:
    return p.value("dense", a, shape=a.shape) if is_sparse(a) else a


_FACTORS = ("lu of sparse", "cholesky of sparse")


# ---------------------------------------------------------------- entries
def _sparse(p: Program, v: Value, args: Values) -> Value:
    """The operation of that name, its result sparse."""
    return p.value(f"sparse {v.kind}", *args, data=v.data, shape=v.shape)


def _of_sparse(p: Program, v: Value, args: Values) -> Value:
    """The operation of that name, its result dense."""
    return p.value(f"{v.kind} of sparse", *args, data=v.data, shape=v.shape)


def _product(p: Program, v: Value, args: Values) -> Value | None:
    """Zero where a sparse factor is."""
    if any(a.shape != v.shape for a in args if is_sparse(a)):
        return None
    return _sampled_of(p, args) or _sparse(p, v, args)


def _sum_of_product(p: Program, v: Value, args: Values) -> Value:
    """Of A.*B, for a product B only from the entries where A has some."""
    sampled = _sampled_of(p, args)
    return _of_sparse(p, v, args) if sampled is None else p.value("sum of sparse", sampled)


def _sampled_of(p: Program, args: Values) -> Value | None:
    """A sparse argument times the other one, where that has products of dense matrices."""
    for S, other in (args, args[::-1]):
        if is_sparse(S) and _has_product(other):
            return _sampled(p, S, other)
    return None


_SUMS = ("add", "sub", "add of sparse", "sub of sparse")


def _is_product(v: Value) -> bool:
    return v.kind == "matmul" and v.rank == v.args[0].rank == 2


def _has_product(v: Value) -> bool:
    """Whether it is a sum with a product of dense matrices, whose entries are not all needed."""
    if v.kind == "neg" or (v.kind in _SUMS and all(a.shape == v.shape for a in v.args)):
        return any(map(_has_product, v.args))
    return _is_product(v)


def _sampled(p: Program, S: Value, v: Value) -> Value:
    """S.*v, a sum term by term."""
    if _is_product(v):
        return p.value("sparse sampled", S, *v.args, shape=v.shape)
    if _has_product(v):
        kind = v.kind.removesuffix(" of sparse")
        return p.value(f"sparse {kind}", *[_sampled(p, S, a) for a in v.args], shape=v.shape)
    return p.value("sparse mul", S, v, shape=v.shape)


def _quotient(p: Program, v: Value, args: Values) -> Value | None:
    """Zero where its numerator is."""
    a, b = args
    return _sparse(p, v, args) if a.shape == v.shape and not is_sparse(b) else None


def _sum(p: Program, v: Value, args: Values) -> Value | None:
    """Of two sparse arrays, or of a sparse and a dense one; nothing is broadcast."""
    if any(a.shape != v.shape for a in args):
        return None
    return _sparse(p, v, args) if all(map(is_sparse, args)) else _of_sparse(p, v, args)


def _power(p: Program, v: Value, args: Values) -> Value | None:
    exponent = args[1]
    keeps = exponent.kind == "number" and exponent.data > 0 and args[0].shape == v.shape
    return _sparse(p, v, args) if keeps else None


def _call(p: Program, v: Value, args: Values) -> Value | None:
    if v.data in _REDUCTIONS:
        return _of_sparse(p, v, args)
    if v.data in _OF_DETERMINANTS:
        kind = f"{_OF_DETERMINANTS[v.data]} of sparse"
        return p.value(kind, _factored("lu", p, args[0]))
    if all(map(is_sparse, args)) and (v.data in _KEEPING or keeps_zero(v.data)):
        return _sparse(p, v, args)
    return None


_REDUCTIONS = {
    trace_op,
    DIAGONAL,
    *[OPS[name] for name in ("sum", "mean", "norm1", "norminf", "max", "min")],
    *[OPS[f"{name} along {k}"] for name in ("sum", "mean") for k in (1, 2)],
}
_KEEPING = {KRON, OPS["tril"], OPS["triu"], OPS["sym"]}
_OF_DETERMINANTS = {OPS["det"]: "lu det", OPS["logdet"]: "lu logdet"}


@cache
def keeps_zero(op: Op) -> bool:
    """Whether it is a function of an entry that is zero at zero."""
    from mcalc.numeric.evaluate import numpy_form

    if not op.elementwise or op.signature is None or len(op.signature.arguments) != 1:
        return False
    import numpy as np

    with np.errstate(all="ignore"):
        return bool(numpy_form(op)(np.zeros(1))[0] == 0.0)


# ---------------------------------------------------------------- products
def _matmul(p: Program, v: Value, args: Values) -> Value:
    return _sparse(p, v, args) if all(map(is_sparse, args)) else _of_sparse(p, v, args)


def _diagonal_product(p: Program, v: Value, args: Values) -> Value:
    a, b = args
    return p.value("row sums of sparse", a, _transposed(p, b), shape=v.shape)


def _transposed(p: Program, a: Value) -> Value:
    if not is_sparse(a):
        return p.transposed(a)
    if a.kind == "sparse transpose":
        return a.args[0]
    return p.value("sparse transpose", a, shape=a.shape[::-1])


def _all_sparse(p: Program, v: Value, args: Values) -> Value | None:
    return _sparse(p, v, args) if all(map(is_sparse, args)) else None


def _matrix_power(p: Program, v: Value, args: Values) -> Value | None:
    return _sparse(p, v, args) if args[1].kind == "number" else None


# ---------------------------------------------------------------- factors
def _factored(kind: str, p: Program, X: Value) -> Value:
    return p.value(f"{kind} of sparse", X, shape=X.shape)


def _solved(p: Program, v: Value, args: Values) -> Value:
    """With the factors of the first argument, or of what it is the transpose of."""
    X, b = args
    if not is_sparse(X) and X.kind not in _FACTORS:
        return p.again(v, (X, _dense(p, b)))
    turned = bool(v.data)
    if X.kind not in _FACTORS:
        turned = X.kind == "sparse transpose"
        X = _factored("lu", p, X.args[0] if turned else X)
    return p.value("solve of sparse", X, _dense(p, b), data=turned or None, shape=v.shape)


def _inverse(p: Program, v: Value, args: Values) -> Value:
    factors = args[0] if args[0].kind in _FACTORS else _factored("lu", p, args[0])
    return p.value("inverse of sparse", factors, shape=v.shape)


def _triangular_solve(p: Program, v: Value, args: Values) -> Value | None:
    return _of_sparse(p, v, (args[0], _dense(p, args[1]))) if is_sparse(args[0]) else None


_RULES: dict[str, Rule] = {
    "transpose": lambda p, v, args: _transposed(p, args[0]),
    "neg": _sparse,
    "sqrt": _sparse,
    "mul": _product,
    "div": _quotient,
    "add": _sum,
    "sub": _sum,
    "pow": _power,
    "sum": _of_sparse,
    "norm": _of_sparse,
    "vdot": _sum_of_product,
    "call": _call,
    "matmul": _matmul,
    "diagonal product": _diagonal_product,
    "add diagonal": lambda p, v, args: _sparse(p, v, args) if is_sparse(args[0]) else None,
    "matrix power": _matrix_power,
    "block": _all_sparse,
    "lu": lambda p, v, args: _factored("lu", p, args[0]),
    "cholesky": lambda p, v, args: _factored("cholesky", p, args[0]),
    "solve": _solved,
    "lu solve": _solved,
    "cholesky solve": _solved,
    "inverse": _inverse,
    "lu inverse": _inverse,
    "cholesky inverse": _inverse,
    "lu det": _of_sparse,
    "lu sign": _of_sparse,
    "lu logdet": _of_sparse,
    "cholesky logdet": lambda p, v, args: p.value("lu logdet of sparse", args[0]),
    "triangular solve": _triangular_solve,
}
