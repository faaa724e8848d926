"""How MATLAB and Octave spell each value; vectors are columns."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcalc.core.op import Op
from mcalc.core.size import Size
from mcalc.ops.shaping import DIAG
from mcalc.printers.code.python import number_source
from mcalc.printers.code.writer import (
    ATOM,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Spelled,
    Writer,
    call,
    filled,
    negative,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.writer import Spell

from mcalc.printers.code.matlab_operations import FOR_VECTORS, OPERATIONS


# ---------------------------------------------------------------- axes
def _aligned(source: str, places: Sequence[int | None], rank: int) -> str:
    """An array of that rank with its axes put at places, None for a new axis of length one."""
    spare = iter(range(rank, rank + len(places)))
    order = [next(spare) if p is None else p for p in places]
    order += [p for p in range(2) if p not in order]
    if order == list(range(len(order))):
        return source
    if order == [1, 0]:
        return f"{source}'"
    return f"permute({source}, [{' '.join(str(p + 1) for p in order)}])"


def _operand(w: Writer, v: Value, i: int, level: int) -> str:
    """An operand of an operation entry by entry, its axes the last of those of the result."""
    a = v.args[i]
    if a.rank not in (0, v.rank):
        places = [None] * (v.rank - a.rank) + list(range(a.rank))
        return _aligned(w.text(a, ATOM), places, a.rank)
    if a.rank and any(b.rank and b.shape != v.shape for b in v.args) and _is_diagonal(a):
        return f"full({w.text(a, SUM)})"
    return w.text(a, level)


_KEEP_DIAGONAL = (
    "neg",
    "add",
    "sub",
    "mul",
    "div",
    "transpose",
    "matmul",
    "inverse",
    "matrix power",
)


def _is_diagonal(v: Value) -> bool:
    """Whether a matrix may be of Octave's diagonal ones, which are not broadcast to."""
    pending, seen = [v], set()
    while pending:
        a = pending.pop()
        if a in seen or not a.rank or a.kind == "eye" or (a.kind == "call" and a.data is DIAG):
            continue
        if a.kind not in _KEEP_DIAGONAL:
            return False
        seen.add(a)
        pending.extend(a.args)
    return True


def _entrywise(operator: str, level: int) -> Spell:
    """a ∘ b entry by entry; a dot belongs to operators that mean something else for matrices."""

    def spell(w: Writer, v: Value) -> Spelled:
        a, b = v.args
        scalar = b.rank == 0 or (operator == "*" and a.rank == 0)
        dotted = operator if operator in "+-" or scalar else f".{operator}"
        left, right = _operand(w, v, 0, level), _operand(w, v, 1, level + 1)
        return f"{left} {dotted} {right}", level

    return spell


def _pow(w: Writer, v: Value) -> Spelled:
    b = v.args[1]
    operator = "^" if v.rank == 0 else ".^"
    if b.kind == "number":
        exponent = number_source(Fraction(b.data))
        exponent = f"({exponent})" if b.data < 0 else exponent
    else:
        exponent = _operand(w, v, 1, ATOM)
    return f"{_operand(w, v, 0, ATOM)}{operator}{exponent}", POWER


def _number(w: Writer, v: Value) -> Spelled:
    q = Fraction(v.data)
    return number_source(q), UNARY if q < 0 else ATOM


def _transposed(w: Writer, a: Value) -> str:
    return f"{w.text(a, ATOM)}'"


def _matmul(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if a.rank == 1 and b.rank == 2:
        return f"{_transposed(w, b)} * {w.text(a, UNARY)}", PRODUCT
    left = _transposed(w, a) if a.rank == 1 else w.text(a, PRODUCT)
    return f"{left} * {w.text(b, UNARY)}", PRODUCT


def _outer(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"{w.text(a, PRODUCT)} * {_transposed(w, b)}", PRODUCT


def _solve(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"{w.text(a, ATOM)} \\ {w.text(b, UNARY)}", PRODUCT


def _sum(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    return _summed(w.text(a, SUM), a.rank), ATOM


def _summed(source: str, rank: int) -> str:
    for axis in range(rank):
        source = f"sum({source})" if rank < 3 else f"sum({source}, {axis + 1})"
    return source


def _vdot(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return _summed(f"{w.text(a, PRODUCT)} .* {w.text(b, UNARY)}", a.rank), ATOM


def _norm(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    return f"norm({w.text(a, SUM)}{', ' + repr('fro') if a.rank == 2 else ''})", ATOM


def _expand(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    present = iter(range(a.rank))
    places = [next(present) if there else None for there in v.data]
    return _aligned(w.text(a, ATOM), places, a.rank), ATOM


def _permute(w: Writer, v: Value) -> Spelled:
    return _aligned(w.text(v.args[0], ATOM), v.data, v.rank), ATOM


def size_vector(w: Writer, sizes: Sequence[Size]) -> str:
    """A vector of sizes."""
    return f"[{', '.join(w.size(s) for s in sizes)}]"


def size_arguments(w: Writer, sizes: Sequence[Size]) -> str:
    """Arguments that make an array of these sizes."""
    return ", ".join([*[w.size(s) for s in sizes], *(["1"] if len(sizes) == 1 else [])])


def _reshape(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    if a.rank == 1 and v.rank == 2:
        rows, cols = v.data
        return f"reshape({w.text(a, SUM)}, {w.size(cols)}, {w.size(rows)})'", ATOM
    old, new = size_vector(w, a.shape), size_vector(w, v.data)
    return f"refold({w.text(a, SUM)}, {old}, {new})", ATOM


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    return _stacked(w, before, f"eye({w.size(part)})", whole - before - part, w.size(part)), ATOM


def _unit(w: Writer, v: Value) -> Spelled:
    whole, before = v.data
    return _stacked(w, before, "1", whole - before - Size.of(1), "1"), ATOM


def _stacked(w: Writer, above: Size, middle: str, below: Size, cols: str) -> str:
    parts = [f"zeros({w.size(s)}, {cols})" if s.terms else "" for s in (above, below)]
    return f"[{'; '.join(part for part in (parts[0], middle, parts[1]) if part)}]"


def _concatenate(w: Writer, v: Value) -> Spelled:
    return f"[{'; '.join(w.text(a, SUM) for a in v.args)}]", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    rows, start = [], 0
    for length in v.data:
        rows.append(", ".join(w.text(a, SUM) for a in v.args[start : start + length]))
        start += length
    return f"[{'; '.join(rows)}]", ATOM


def _contract(w: Writer, v: Value) -> Spelled:
    """The factors side by side, the axes that are kept first, and then sums over the others."""
    parts, out = v.data
    axes = [*out, *sorted({k for part in parts for k in part} - set(out))]
    factors = []
    for a, part in zip(v.args, parts, strict=True):
        source, indices = w.text(a, ATOM), list(dict.fromkeys(part))
        if len(indices) < len(part):
            where = " ".join(str(indices.index(k) + 1) for k in part)
            source = f"diagonal_entries({w.text(a, SUM)}, [{where}], {size_vector(w, a.shape)})"
        places = [indices.index(k) if k in indices else None for k in axes]
        factors.append(_aligned(source, places, len(indices)))
    source = " .* ".join(factors)
    for axis in range(len(axes), len(out), -1):
        source = f"sum({source}, {axis})"
    return source, PRODUCT if len(axes) == len(out) else ATOM


# ---------------------------------------------------------------- matrix functions
def _matrix_power(w: Writer, v: Value) -> Spelled:
    X, k = v.args
    exponent = str(Fraction(k.data)) if k.kind == "number" else f"round({w.text(k, SUM)})"
    return f"{w.text(X, ATOM)}^{exponent}", POWER


def _function_of(op: Op, argument: str, parameters: list[str]) -> str:
    if not op.numpy:
        return f"matrix_power({argument}, {parameters[0]})"
    return OPERATIONS[op.name].format(argument)


def _frechet(w: Writer, v: Value) -> Spelled:
    A, E, *rest = v.args
    whole = f"upper_blocks({w.text(A, SUM)}, {w.text(E, SUM)})"
    function = _function_of(v.data, whole, [w.text(p, SUM) for p in rest])
    return f"upper_corner({function})", ATOM


def _frechet_matrix(w: Writer, v: Value) -> Spelled:
    A, *rest = v.args
    function = _function_of(v.data, "B", [w.text(p, SUM) for p in rest])
    return f"frechet_matrix(@(B) {function}, {w.text(A, SUM)})", ATOM


def _operation(w: Writer, v: Value) -> Spelled:
    """The call of an operation of the table; entry by entry the axes of its arguments agree."""
    op, args = v.data, v.args
    assert isinstance(op, Op)
    template = w.language.operation(op)
    if args[0].rank == 1:
        template = FOR_VECTORS.get(op.name, template)
    aligned = op.elementwise and all(a.rank for a in args)
    return filled(
        template,
        [
            (_operand(w, v, i, SUM), w.written[a][1]) if aligned else w.written[a]
            for i, a in enumerate(args)
        ],
    )


# ---------------------------------------------------------------- factorisations
def _lu_solve(w: Writer, v: Value) -> Spelled:
    F, b = v.args
    name = "lu_solve_transposed" if v.data else "lu_solve"
    return f"{name}({w.text(F, SUM)}, {w.text(b, SUM)})", ATOM


def _cholesky_solve(w: Writer, v: Value) -> Spelled:
    L, b = (w.text(a, ATOM) for a in v.args)
    return f"{L}' \\ ({L} \\ {b})", PRODUCT


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    T, b = v.args
    part, transposed = v.data
    triangle = f"tri{part[0]}({w.text(T, SUM)})" + ("'" if transposed else "")
    return f"{triangle} \\ {w.text(b, UNARY)}", PRODUCT


def _add_diagonal(w: Writer, v: Value) -> Spelled:
    K, x = v.args
    identity = f"eye({w.size(v.shape[0])})"
    if x.kind == "number" and x.data == 1:
        diagonal = identity
    elif x.rank == 0:
        diagonal = f"{w.text(x, PRODUCT)} * {identity}"
    else:
        diagonal = f"diag({w.text(x, SUM)})"
    return f"{w.text(K, SUM)} + {diagonal}", SUM


def _diagonal_product(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"sum({w.text(a, PRODUCT)} .* {_transposed(w, b)}, 2)", ATOM


SPELLING: dict[str, Spell] = {
    "input": lambda w, v: (w.names.of(v.data), ATOM),
    "size": lambda w, v: (f"({w.size(v.data)})", ATOM),
    "number": _number,
    "pi": lambda w, v: ("pi", ATOM),
    "eye": lambda w, v: (f"eye({w.size(v.data)})", ATOM),
    "ones": lambda w, v: (f"ones({w.size(v.data)}, 1)", ATOM),
    "zeros": lambda w, v: (f"zeros({size_arguments(w, v.data)})", ATOM),
    "commutation": lambda w, v: (f"commutation({', '.join(w.size(s) for s in v.data)})", ATOM),
    "duplication": lambda w, v: (f"duplication({w.size(v.data)})", ATOM),
    "elimination": lambda w, v: (f"elimination({w.size(v.data)})", ATOM),
    "abstract": lambda w, v: (f"{w.names.function(v.data)}({w.text(v.args[0], SUM)})", ATOM),
    "add": _entrywise("+", SUM),
    "sub": _entrywise("-", SUM),
    "mul": _entrywise("*", PRODUCT),
    "div": _entrywise("/", PRODUCT),
    "pow": _pow,
    "neg": negative,
    "sqrt": call("sqrt"),
    "norm": _norm,
    "sum": _sum,
    "vdot": _vdot,
    "transpose": lambda w, v: (_transposed(w, v.args[0]), ATOM),
    "column": lambda w, v: w.written[v.args[0]],
    "matmul": _matmul,
    "outer": _outer,
    "solve": _solve,
    "inverse": call("inv"),
    "lu": call("lu_factor"),
    "lu solve": _lu_solve,
    "lu inverse": call("lu_inverse"),
    "lu logdet": call("lu_log_abs_det"),
    "lu sign": call("lu_sign"),
    "lu det": call("lu_det"),
    "cholesky": lambda w, v: (f"chol({w.text(v.args[0], SUM)}, 'lower')", ATOM),
    "cholesky solve": _cholesky_solve,
    "cholesky inverse": call("cholesky_inverse"),
    "cholesky logdet": lambda w, v: (f"2 * sum(log(diag({w.text(v.args[0], SUM)})))", PRODUCT),
    "triangular solve": _triangular_solve,
    "add diagonal": _add_diagonal,
    "diagonal product": _diagonal_product,
    "matrix power": _matrix_power,
    "spd power": call("spd_power"),
    "call": _operation,
    "expand": _expand,
    "permute": _permute,
    "reshape": _reshape,
    "unvec": lambda w, v: (f"reshape({w.text(v.args[0], SUM)}, {size_arguments(w, v.data)})", ATOM),
    "contract": _contract,
    "concatenate": _concatenate,
    "block": _block,
    "selection": _selection,
    "unit": _unit,
    "frechet": _frechet,
    "frechet matrix": _frechet_matrix,
}
