"""How R spells each value; vectors have no dim, other arrays have theirs."""

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
    negative,
    operation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.writer import Spell

from mcalc.printers.code.r_operations import OPERATIONS


# ---------------------------------------------------------------- axes
def _laid(source: str, places: Sequence[int], sizes: Sequence[str]) -> str:
    """An array of these sizes: axis k of the source at places[k], repeated along the others."""
    rest = [k for k in range(len(sizes)) if k not in places]
    order = [*places, *rest]
    if len(sizes) == 1:
        return source if places else f"rep({source}, {sizes[0]})"
    if len(sizes) == 2 and len(places) < 2:
        by = ", byrow = TRUE" if order == [1, 0] else ""
        return f"matrix({source}, {sizes[0]}, {sizes[1]}{by})"
    if len(sizes) == 2:
        return source if order == [0, 1] else f"t({source})"
    if rest:
        source = f"array({source}, {vector([sizes[k] for k in order])})"
    if order == sorted(order):
        return source
    return f"aperm({source}, {vector([str(order.index(k) + 1) for k in range(len(sizes))])})"


def vector(items: Sequence[str]) -> str:
    """c(…), one item as it is."""
    return items[0] if len(items) == 1 else f"c({', '.join(items)})"


def spread(
    w: Writer, a: Value, shape: tuple[Size, ...], level: int = SUM, *, recycled: bool = False
) -> str:
    """An array, of broadcast axes perhaps, in that shape; `recycled` beside an array of the shape.

    There an array that has the first axes needs no more than its entries.
    """
    if a.shape == shape or not a.rank:
        return w.text(a, level)
    first = len(shape) - a.rank
    there = [first + k for k in range(a.rank) if a.shape[k] == shape[first + k]]
    if a.kind in ("column", "expand") and a.args[0].rank == len(there):
        a = a.args[0]
    if recycled and there == list(range(len(there))):
        return w.text(a, level) if a.rank == 1 else f"c({w.text(a, SUM)})"
    return _laid(w.text(a, SUM), there, [w.size(s) for s in shape])


def _entrywise(operator: str, level: int, right: int) -> Spell:
    """a ∘ b entry by entry."""

    def spell(w: Writer, v: Value) -> Spelled:
        a, b = v.args
        whole = v.shape in (a.shape, b.shape)
        if not whole and v.rank == 2 and a.kind == "column" and b.rank == 1:
            entries = f"{w.text(a.args[0], SUM)}, {w.text(b, SUM)}"
            return f'outer({entries}, "{operator}")', ATOM
        source = [
            spread(w, x, v.shape, at, recycled=whole)
            for x, at in ((a, level if operator != "^" else ATOM), (b, right))
        ]
        return f" {operator} ".join(source) if operator != "^" else "^".join(source), level

    return spell


def _number(w: Writer, v: Value) -> Spelled:
    q = Fraction(v.data)
    return number_source(q), UNARY if q < 0 else ATOM


def _count(w: Writer, v: Value) -> Spelled:
    """A size as a number; R multiplies lengths as integers of 32 bits."""
    pieces = []
    for monomial, c in v.data.terms:
        front = [str(c)] if c != 1 or not monomial else []
        factors = [*front, *[w.size(Size.symbol(symbol)) for symbol in monomial]]
        pieces.append(factors[0] if len(factors) == 1 else f"prod({', '.join(factors)})")
    return " + ".join(pieces), SUM if len(pieces) > 1 else ATOM


def _is_transposed(w: Writer, a: Value) -> bool:
    """Whether a matrix is a transpose that stands where it is used."""
    return a.kind == "transpose" and w.uses[a] == 1 and w.text(a, SUM) not in w.named


def _matmul(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    if v.rank == 0:
        return f"sum({w.text(a, PRODUCT)} * {w.text(b, UNARY)})", ATOM
    if _is_transposed(w, a):
        source = f"crossprod({w.text(a.args[0], SUM)}, {w.text(b, SUM)})"
    elif b.rank == 2 and _is_transposed(w, b) and a.rank == 2:
        source = f"tcrossprod({w.text(a, SUM)}, {w.text(b.args[0], SUM)})"
    elif v.rank == 1:
        source = f"{w.text(a, UNARY)} %*% {w.text(b, UNARY)}"
    else:
        return f"{w.text(a, UNARY)} %*% {w.text(b, UNARY)}", PRODUCT
    return (source if v.rank == 2 else f"c({source})"), ATOM


def _norm(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    source = w.text(a, SUM)
    return f'norm({source if a.rank == 2 else f"matrix({source})"}, "F")', ATOM


def _vdot(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"sum({w.text(a, PRODUCT)} * {w.text(b, UNARY)})", ATOM


def _column(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    return w.written[a] if a.rank == 0 else (f"matrix({w.text(a, SUM)})", ATOM)


def sizes_of(w: Writer, sizes: Sequence[Size]) -> str:
    """A vector of sizes."""
    return vector([w.size(s) for s in sizes])


def constant(w: Writer, entry: str, sizes: Sequence[Size]) -> str:
    """An array of one entry."""
    return _laid(entry, (), [w.size(s) for s in sizes]) if sizes else entry


def _expand(w: Writer, v: Value) -> Spelled:
    return f"array({w.text(v.args[0], SUM)}, {sizes_of(w, v.shape)})", ATOM


def _permute(w: Writer, v: Value) -> Spelled:
    order = ", ".join(str(k + 1) for k in v.data)
    return f"aperm({w.text(v.args[0], SUM)}, c({order}))", ATOM


def _reshape(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    source = w.text(a, SUM)
    if v.rank == 1:
        return (f"c(aperm({source}))" if a.rank > 1 else source), ATOM
    if a.rank > 1:
        return f"refold({source}, {sizes_of(w, v.data)})", ATOM
    if v.rank == 2:
        return f"matrix({source}, {', '.join(w.size(s) for s in v.data)}, byrow = TRUE)", ATOM
    return f"aperm(array({source}, {sizes_of(w, tuple(reversed(v.data)))}))", ATOM


def _selection(w: Writer, v: Value) -> Spelled:
    whole, part, before = v.data
    return f"diag({w.size(whole)})[, {_range(w, before, part)}, drop = FALSE]", ATOM


def _range(w: Writer, before: Size, part: Size) -> str:
    numbers = f"seq_len({w.size(part)})"
    return f"{w.size(before)} + {numbers}" if before.terms else numbers


def _unit(w: Writer, v: Value) -> Spelled:
    whole, before = v.data
    place = w.size(before + Size.of(1))
    return f"replace(rep(0, {w.size(whole)}), {place}, 1)", ATOM


def _block(w: Writer, v: Value) -> Spelled:
    rows, start = [], 0
    for length in v.data:
        row = ", ".join(w.text(a, SUM) for a in v.args[start : start + length])
        rows.append(f"cbind({row})" if length > 1 else row)
        start += length
    return (f"rbind({', '.join(rows)})" if len(rows) > 1 else rows[0]), ATOM


def _contract(w: Writer, v: Value) -> Spelled:
    """The factors side by side, the axes that are kept first, and then a sum over the others."""
    parts, out = v.data
    sizes: dict[int, Size] = {}
    for a, part in zip(v.args, parts, strict=True):
        sizes.update(zip(part, a.shape, strict=True))
    axes = [*out, *sorted(set(sizes) - set(out))]
    lengths = [w.size(sizes[k]) for k in axes]
    factors = []
    for a, part in zip(v.args, parts, strict=True):
        source, indices = w.text(a, SUM), list(dict.fromkeys(part))
        if len(indices) < len(part):
            name = source if source.isidentifier() else w.line(source, a)
            where = vector([str(indices.index(k) + 1) for k in part])
            source = f"{name}[positions({where}, dim({name}))]"
            if len(indices) > 1:
                source = f"array({source}, {sizes_of(w, [sizes[k] for k in indices])})"
        factors.append(_laid(source, [axes.index(k) for k in indices], lengths))
    source = " * ".join(f"({x})" if " " in x and not x.endswith(")") else x for x in factors)
    if len(axes) == len(out):
        return source, PRODUCT
    return (f"rowSums({source}, dims = {len(out)})" if out else f"sum({source})"), ATOM


# ---------------------------------------------------------------- matrix functions
def _matrix_power(w: Writer, v: Value) -> Spelled:
    X, k = v.args
    exponent = str(Fraction(k.data)) if k.kind == "number" else f"round({w.text(k, SUM)})"
    return f"matrix_power({w.text(X, SUM)}, {exponent})", ATOM


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
    return f"frechet_matrix(function(B) {function}, {w.text(A, SUM)})", ATOM


def _operation(w: Writer, v: Value) -> Spelled:
    """The call of an operation of the table; entry by entry the shapes of its arguments agree."""
    op, args = v.data, v.args
    assert isinstance(op, Op)
    if op is DIAG:
        return f"diag({w.text(args[0], SUM)}, {w.size(v.shape[0])})", ATOM
    if op.name == "kron" and v.rank < 2:
        return f"c(kronecker({w.text(args[0], SUM)}, {w.text(args[1], SUM)}))", ATOM
    if not op.elementwise or len(args) < 2 or not args[0].rank + args[1].rank:
        return operation(w, v)
    template = w.language.operation(op)
    if op.name.startswith(("max", "min")):
        # The extremes of two take their dim from the first.
        args = tuple(sorted(args, key=lambda a: -a.rank))
    return template.format(*[spread(w, a, v.shape) for a in args]), ATOM


# ---------------------------------------------------------------- factorisations
def _solve(w: Writer, v: Value) -> Spelled:
    a, b = (w.text(a, SUM) for a in v.args)
    return f"solve({f't({a})' if v.data else a}, {b})", ATOM


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    T, b = v.args
    part, transposed = v.data
    name = "forwardsolve" if part == "lower" else "backsolve"
    how = ", transpose = TRUE" if transposed else ""
    return f"{name}({w.text(T, SUM)}, {w.text(b, SUM)}{how})", ATOM


def _add_diagonal(w: Writer, v: Value) -> Spelled:
    K, x = v.args
    return f"{w.text(K, SUM)} + diag({w.text(x, SUM)}, {w.size(v.shape[0])})", SUM


def _diagonal_product(w: Writer, v: Value) -> Spelled:
    a, b = v.args
    return f"rowSums({w.text(a, PRODUCT)} * t({w.text(b, SUM)}))", ATOM


SPELLING: dict[str, Spell] = {
    "input": lambda w, v: (w.names.of(v.data), ATOM),
    "size": _count,
    "number": _number,
    "pi": lambda w, v: ("pi", ATOM),
    "eye": lambda w, v: (f"diag({w.size(v.data)})", ATOM),
    "ones": lambda w, v: (f"rep(1, {w.size(v.data)})", ATOM),
    "zeros": lambda w, v: (constant(w, "0", v.data), ATOM),
    "commutation": lambda w, v: (f"commutation({', '.join(w.size(s) for s in v.data)})", ATOM),
    "duplication": lambda w, v: (f"duplication({w.size(v.data)})", ATOM),
    "elimination": lambda w, v: (f"elimination({w.size(v.data)})", ATOM),
    "abstract": lambda w, v: (f"{w.names.function(v.data)}({w.text(v.args[0], SUM)})", ATOM),
    "add": _entrywise("+", SUM, PRODUCT),
    "sub": _entrywise("-", SUM, PRODUCT),
    "mul": _entrywise("*", PRODUCT, UNARY),
    "div": _entrywise("/", PRODUCT, UNARY),
    "pow": _entrywise("^", POWER, ATOM),
    "neg": negative,
    "sqrt": call("sqrt"),
    "norm": _norm,
    "sum": call("sum"),
    "vdot": _vdot,
    "transpose": call("t"),
    "column": _column,
    "matmul": _matmul,
    "outer": call("outer"),
    "solve": _solve,
    "inverse": call("solve"),
    # There is no LU factor in R to be used again: the matrix stands for it.
    "lu": lambda w, v: w.written[v.args[0]],
    "lu solve": _solve,
    "lu inverse": call("solve"),
    "lu logdet": call("log_abs_det"),
    "lu sign": lambda w, v: (f"determinant({w.text(v.args[0], SUM)})$sign", ATOM),
    "lu det": call("det"),
    "cholesky": call("chol"),
    "cholesky solve": call("cholesky_solve"),
    "cholesky inverse": call("chol2inv"),
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
    "unvec": lambda w, v: (
        f"matrix({w.text(v.args[0], SUM)}, {', '.join(w.size(s) for s in v.data)})",
        ATOM,
    ),
    "contract": _contract,
    "concatenate": call("c"),
    "block": _block,
    "selection": _selection,
    "unit": _unit,
    "frechet": _frechet,
    "frechet matrix": _frechet_matrix,
}
