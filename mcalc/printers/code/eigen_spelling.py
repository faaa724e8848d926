"""How C++ with Eigen spells each value: as a number, a matrix, or an array of entries."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.op import Op
from mcalc.core.size import Size
from mcalc.printers.code import eigen_loops as loops
from mcalc.printers.code.eigen_operations import ENTRYWISE, OPERATIONS
from mcalc.printers.code.python import number_source
from mcalc.printers.code.writer import ATOM, PRODUCT, SUM, UNARY, Spelled, Writer, filled

if TYPE_CHECKING:
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.writer import Spell

ARRAY = 10
"""Added to how tightly an expression binds that Eigen takes for an array, no matrix."""
_ONE = Size.of(1)
BY_RANK = ("double", "Eigen::VectorXd", "Eigen::MatrixXd")


# ---------------------------------------------------------------- matrices and arrays
def matrix(w: Writer, a: Value, level: int = SUM) -> str:
    """The source of a value as a matrix or vector; of a number as it is."""
    if a.rank > 2:
        return flat(w, a)
    source, binding = w.written[a]
    if binding < ARRAY:
        return w.text(a, level)
    return f"{source}.matrix()" if binding == ARRAY + ATOM else f"({source}).matrix()"


def array(w: Writer, a: Value, level: int = SUM) -> str:
    """The source of a value as an array, for operations entry by entry."""
    source, binding = w.written[a]
    if binding >= ARRAY:
        return source if binding - ARRAY >= level else f"({source})"
    return f"{matrix(w, a, ATOM)}.array()"


def flat(w: Writer, a: Value) -> str:
    """The vector of all entries of an array of more than two axes."""
    source, _ = w.written[a]
    return loops.materialized(w, a) if "⟨" in source else source


def _is_array(w: Writer, a: Value) -> bool:
    return w.written[a][1] >= ARRAY


def _spread(w: Writer, a: Value, shape: tuple[Size, ...], level: int = SUM) -> str:
    """A matrix of that shape from one with broadcast axes."""
    if a.shape == shape or not a.rank:
        return matrix(w, a, level)
    source = matrix(w, a, ATOM)
    if a.rank < len(shape):
        source = f"{source}.transpose()"
    have = (_ONE,) * (len(shape) - a.rank) + a.shape
    times = ["1" if h == s else w.size(s) for h, s in zip(have, shape, strict=True)]
    return source if times == ["1", "1"] else f"{source}.replicate({', '.join(times)})"


def _call(method: str) -> Spell:
    """a.method(b, …)."""

    def spell(w: Writer, v: Value) -> Spelled:
        first, *rest = v.args
        return f"{matrix(w, first, ATOM)}.{method}({', '.join(matrix(w, a) for a in rest)})", ATOM

    return spell


def _function(name: str) -> Spell:
    """name(a, b, …)."""
    return lambda w, v: (f"{name}({', '.join(matrix(w, a) for a in v.args)})", ATOM)


# ---------------------------------------------------------------- entry by entry
def _sum(operator: str) -> Spell:
    """a + b, a - b."""

    def spell(w: Writer, v: Value) -> Spelled:
        if v.rank > 2:
            return loops.entrywise(w, v)
        a, b = v.args
        if a.rank and b.rank and not (_is_array(w, a) or _is_array(w, b)):
            left, right = _spread(w, a, v.shape), _spread(w, b, v.shape, PRODUCT)
            return f"{left} {operator} {right}", SUM
        left, right = (_entries(w, x, v.shape, at) for x, at in ((a, SUM), (b, PRODUCT)))
        return f"{left} {operator} {right}", SUM + (ARRAY if v.rank else 0)

    return spell


def _entries(w: Writer, a: Value, shape: tuple[Size, ...], level: int) -> str:
    """An operand of an operation entry by entry, as an array; a number as it is."""
    if not a.rank:
        return w.text(a, level)
    return array(w, a, level) if a.shape == shape else f"{_spread(w, a, shape, ATOM)}.array()"


def _mul(w: Writer, v: Value) -> Spelled:
    if v.rank > 2:
        return loops.entrywise(w, v)
    a, b = v.args
    if not (a.rank and b.rank):
        kind = ARRAY if _is_array(w, a) or _is_array(w, b) else 0
        scale = array if kind else matrix
        left, right = (
            w.text(x, at) if not x.rank else scale(w, x, at) for x, at in ((a, PRODUCT), (b, UNARY))
        )
        return f"{left} * {right}", PRODUCT + kind
    if a.shape == b.shape:
        if _is_array(w, a) or _is_array(w, b):
            return f"{array(w, a, PRODUCT)} * {array(w, b, UNARY)}", PRODUCT + ARRAY
        return f"{matrix(w, a, ATOM)}.cwiseProduct({matrix(w, b)})", ATOM
    scaled = _scaled(w, a, b, v.shape) or _scaled(w, b, a, v.shape)
    if scaled is not None:
        return scaled
    left, right = (_entries(w, x, v.shape, at) for x, at in ((a, PRODUCT), (b, UNARY)))
    return f"{left} * {right}", PRODUCT + ARRAY


def _scaled(w: Writer, a: Value, b: Value, shape: tuple[Size, ...]) -> Spelled | None:
    """A matrix b with its rows or columns scaled by the entries of a vector a."""
    if b.shape != shape:
        return None
    if a.rank == 1:
        return f"{matrix(w, b, PRODUCT)} * {matrix(w, a, ATOM)}.asDiagonal()", PRODUCT
    if a.kind == "column" and a.args[0].rank == 1:
        return f"{matrix(w, a.args[0], ATOM)}.asDiagonal() * {matrix(w, b, UNARY)}", PRODUCT
    return None


def _div(w: Writer, v: Value) -> Spelled:
    if v.rank > 2:
        return loops.entrywise(w, v)
    a, b = v.args
    if not b.rank:
        kind = ARRAY if a.rank and _is_array(w, a) else 0
        left = array(w, a, PRODUCT) if kind else matrix(w, a, PRODUCT)
        return f"{left} / {w.text(b, UNARY)}", PRODUCT + kind
    if a.shape == b.shape and not (_is_array(w, a) or _is_array(w, b)):
        return f"{matrix(w, a, ATOM)}.cwiseQuotient({matrix(w, b)})", ATOM
    left, right = (_entries(w, x, v.shape, at) for x, at in ((a, PRODUCT), (b, UNARY)))
    return f"{left} / {right}", PRODUCT + ARRAY


def _neg(w: Writer, v: Value) -> Spelled:
    (a,) = v.args
    if v.rank > 2:
        return loops.entrywise(w, v)
    if _is_array(w, a):
        return f"-{array(w, a, UNARY)}", UNARY + ARRAY
    return f"-{w.text(a, UNARY)}", UNARY


def _pow(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if not v.rank:
        return f"std::pow({w.text(a, SUM)}, {w.text(b, SUM)})", ATOM
    if not a.rank:
        return f"Eigen::pow({w.text(a, SUM)}, {array(w, b)})", ARRAY + ATOM
    return f"{_entries(w, a, v.shape, ATOM)}.pow({_entries(w, b, v.shape, SUM)})", ARRAY + ATOM


def _sqrt(w: Writer, v: Value) -> Spelled:
    (a,) = v.args
    if not v.rank:
        return f"std::sqrt({w.text(a, SUM)})", ATOM
    return f"{array(w, a, ATOM)}.sqrt()", ARRAY + ATOM


def _number(w: Writer, v: Value) -> Spelled:
    q = Fraction(v.data)
    source = number_source(q) + (".0" if q.denominator == 1 else "")
    return source.replace(".0.0", ".0"), UNARY if q < 0 else ATOM


def _total(w: Writer, v: Value) -> Spelled:
    (a,) = v.args
    return f"{array(w, a, ATOM) if _is_array(w, a) else matrix(w, a, ATOM)}.sum()", ATOM


# ---------------------------------------------------------------- products and axes
def _matmul(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if not v.rank:
        same = f"{matrix(w, a, ATOM)}.squaredNorm()"
        return same if a is b else f"{matrix(w, a, ATOM)}.dot({matrix(w, b)})", ATOM
    if a.rank == 1:
        return f"{matrix(w, b, ATOM)}.transpose() * {matrix(w, a, UNARY)}", PRODUCT
    return f"{matrix(w, a, PRODUCT)} * {matrix(w, b, UNARY)}", PRODUCT


def _outer(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"{matrix(w, a, PRODUCT)} * {matrix(w, b, ATOM)}.transpose()", PRODUCT


def _solve(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"{matrix(w, a, ATOM)}.partialPivLu().solve({matrix(w, b)})", ATOM


def _column(w: Writer, v: Value) -> Spelled:
    (a,) = v.args
    if a.rank == 0:
        return f"Eigen::VectorXd::Constant(1, {w.text(a, SUM)})", ATOM
    return matrix(w, a, ATOM), ATOM


def _expand(w: Writer, v: Value) -> Spelled:
    if v.rank > 2:
        return loops.expanded(w, v)
    source = matrix(w, v.args[0], ATOM)
    return (source if v.data[0] else f"{source}.transpose()"), ATOM


def _permute(w: Writer, v: Value) -> Spelled:
    if v.rank > 2:
        return loops.permuted(w, v)
    source = matrix(w, v.args[0], ATOM)
    return (source if v.data == (0, 1) else f"{source}.transpose()"), ATOM


def _reshape(w: Writer, v: Value) -> Spelled:
    (a,) = v.args
    if v.rank > 2:
        return loops.reshaped(w, v)
    if a.rank > 2:
        w.written[v] = loops.reshaped(w, v)
        return loops.materialized(w, v), ATOM
    sizes = ", ".join(w.size(s) for s in v.shape) if v.rank == 2 else ""
    return f"{matrix(w, a, ATOM)}.reshaped<Eigen::RowMajor>({sizes})", ATOM


def _flattened(w: Writer, v: Value) -> Spelled:
    sizes = ", ".join(w.size(s) for s in v.data)
    return f"{flat(w, v.args[0])}.reshaped({sizes})", ATOM


def _concatenate(w: Writer, v: Value) -> Spelled:
    pieces = ", ".join(matrix(w, a) for a in v.args)
    return f"(Eigen::VectorXd({w.size(v.shape[0])}) << {pieces}).finished()", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    pieces = ", ".join(matrix(w, a) for a in v.args)
    sizes = ", ".join(w.size(s) for s in v.shape)
    return f"(Eigen::MatrixXd({sizes}) << {pieces}).finished()", ATOM


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    identity = f"Eigen::MatrixXd::Identity({w.size(whole)}, {w.size(whole)})"
    return f"{identity}.middleCols({w.size(before)}, {w.size(part)})", ATOM


def _eye(w: Writer, v: Value) -> Spelled:
    return f"Eigen::MatrixXd::Identity({w.size(v.data)}, {w.size(v.data)})", ATOM


# ---------------------------------------------------------------- operations
def _operation(w: Writer, v: Value) -> Spelled:
    """The call of an operation of the table; of numbers by the functions of the library."""
    op, args = v.data, v.args
    assert isinstance(op, Op)
    template = w.language.operation(op)
    if op.elementwise and v.rank:
        if op.name not in ENTRYWISE:
            return _by_entry(w, v, template)
        method = ENTRYWISE[op.name]
        if method.startswith("cwise"):
            x, y = sorted(args, key=lambda a: -a.rank)
            return f"{_spread(w, x, v.shape, ATOM)}.{method}({_spread(w, y, v.shape)})", ATOM
        return f"{array(w, args[0], ATOM)}.{method}", ARRAY + ATOM
    key = f"{op.name} of a vector" if args[0].rank == 1 else ""
    template = OPERATIONS.get(key, template)
    return filled(template, [(matrix(w, a), w.written[a][1] % ARRAY) for a in args])


def _by_entry(w: Writer, v: Value, template: str) -> Spelled:
    """A function of numbers at each entry of its last argument, those before it numbers."""
    *given, x = v.args
    source = template.format(*[w.text(a, SUM) for a in given], "x")
    captured = "&" if given else ""
    lambda_ = f"[{captured}](double x) {{ return {source}; }}"
    return f"{matrix(w, x, ATOM)}.unaryExpr({lambda_})", ATOM


def _abstract(w: Writer, v: Value) -> Spelled:
    (a,) = v.args
    f = w.names.function(v.data)
    if not v.rank:
        return f"{f}({w.text(a, SUM)})", ATOM
    return f"{matrix(w, a, ATOM)}.unaryExpr(std::cref({f}))", ATOM


def _function_of(op: Op, argument: str, parameters: list[str]) -> str:
    if not op.numpy:
        return f"real_power({argument}, {parameters[0]})"
    return OPERATIONS[op.name].format(argument)


def _frechet(w: Writer, v: Value) -> Spelled:
    A, E, *rest = v.args
    whole = f"upper_blocks({matrix(w, A)}, {matrix(w, E)})"
    return f"upper_corner({_function_of(v.data, whole, [matrix(w, p) for p in rest])})", ATOM


def _frechet_matrix(w: Writer, v: Value) -> Spelled:
    A, *rest = v.args
    function = _function_of(v.data, "B", [matrix(w, p) for p in rest])
    lambda_ = f"[&](const Eigen::MatrixXd& B) {{ return {function}; }}"
    return f"frechet_matrix({lambda_}, {matrix(w, A)})", ATOM


def _lu_solve(w: Writer, v: Value) -> Spelled:
    F, b = v.args
    if not v.data:
        return f"{w.text(F, ATOM)}.solve({matrix(w, b)})", ATOM
    # Eigen evaluates this one only where it is assigned.
    solved = f"{w.text(F, ATOM)}.transpose().solve({matrix(w, b)})"
    return f"{BY_RANK[v.rank]}({solved})", ATOM


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    T, b = v.args
    part, transposed = v.data
    view = f"{loops.name(w, T)}.triangularView<Eigen::{part.capitalize()}>()"
    return f"{view}{'.transpose()' if transposed else ''}.solve({matrix(w, b)})", ATOM


def _vdot(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if a is b:
        return f"{matrix(w, a, ATOM)}.squaredNorm()", ATOM
    return f"{matrix(w, a, ATOM)}.cwiseProduct({matrix(w, b)}).sum()", ATOM


def _diagonal_product(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"({matrix(w, a, PRODUCT)} * {matrix(w, b, UNARY)}).diagonal()", ATOM


SPELLING: dict[str, Spell] = {
    "input": lambda w, v: (w.names.of(v.data), ATOM),
    "size": lambda w, v: (f"double({w.size(v.data)})", ATOM),
    "number": _number,
    "pi": lambda w, v: ("3.141592653589793", ATOM),
    "eye": _eye,
    "ones": lambda w, v: (f"Eigen::VectorXd::Ones({w.size(v.data)})", ATOM),
    "zeros": lambda w, v: (loops.zeros(w, v.data), ATOM),
    "commutation": lambda w, v: (f"commutation({', '.join(w.size(s) for s in v.data)})", ATOM),
    "duplication": lambda w, v: (f"duplication({w.size(v.data)})", ATOM),
    "elimination": lambda w, v: (f"elimination({w.size(v.data)})", ATOM),
    "abstract": _abstract,
    "add": _sum("+"),
    "sub": _sum("-"),
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "neg": _neg,
    "sqrt": _sqrt,
    "norm": _call("stableNorm"),
    "sum": _total,
    "vdot": _vdot,
    "transpose": _call("transpose"),
    "column": _column,
    "matmul": _matmul,
    "outer": _outer,
    "solve": _solve,
    "inverse": _call("inverse"),
    "lu": _call("partialPivLu"),
    "lu solve": _lu_solve,
    "lu inverse": lambda w, v: (f"{w.text(v.args[0], ATOM)}.inverse()", ATOM),
    "lu logdet": lambda w, v: (f"lu_log_abs_det({w.text(v.args[0], SUM)})", ATOM),
    "lu sign": lambda w, v: (f"lu_sign({w.text(v.args[0], SUM)})", ATOM),
    "lu det": lambda w, v: (f"{w.text(v.args[0], ATOM)}.determinant()", ATOM),
    "cholesky": _function("cholesky"),
    "cholesky solve": _lu_solve,
    "cholesky inverse": lambda w, v: (f"cholesky_inverse({w.text(v.args[0], SUM)})", ATOM),
    "cholesky logdet": lambda w, v: (f"cholesky_log_det({w.text(v.args[0], SUM)})", ATOM),
    "triangular solve": _triangular_solve,
    "add diagonal": _function("add_diagonal"),
    "diagonal product": _diagonal_product,
    "matrix power": _function("matrix_power"),
    "spd power": _function("spd_power"),
    "call": _operation,
    "expand": _expand,
    "permute": _permute,
    "reshape": _reshape,
    "flattened": _flattened,
    "unvec": lambda w, v: (
        f"{matrix(w, v.args[0], ATOM)}.reshaped({', '.join(w.size(s) for s in v.data)})",
        ATOM,
    ),
    "contract": lambda w, v: (loops.contracted(w, v), ATOM),
    "concatenate": _concatenate,
    "block": _block,
    "selection": _selection,
    "unit": lambda w, v: (
        f"Eigen::VectorXd::Unit({', '.join(w.size(s) for s in v.data)})",
        ATOM,
    ),
    "frechet": _frechet,
    "frechet matrix": _frechet_matrix,
}
