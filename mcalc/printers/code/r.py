"""R: scripts of functions, in base R; vectors have no dim, other arrays have theirs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcalc.core.op import Op
from mcalc.core.size import Size
from mcalc.ops.shaping import DIAG, DIAGONAL
from mcalc.printers.code.module import (
    ATOM,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Argument,
    Language,
    Result,
    Spelled,
    Writer,
    call,
    negative,
    no_counterpart,
    operation,
)
from mcalc.printers.code.python import number_source
from mcalc.printers.code.r_helpers import HELPERS
from mcalc.printers.code.trial import Trial, require_one_transpose
from mcalc.printers.names import ascii_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Spell

_KEYWORDS = frozenset((
    "if", "else", "repeat", "while", "function", "for", "next", "break", "in", "TRUE", "FALSE",
    "NULL", "Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_character_", "pi",
))  # fmt: skip
_CALLED = frozenset((
    "abs", "acos", "acosh", "aperm", "array", "as.matrix", "as.numeric", "asin", "asinh",
    "atan", "atanh", "backsolve", "c", "cbind", "chol", "chol2inv", "colMeans", "colSums",
    "cos", "cosh", "crossprod", "det", "determinant", "diag", "digamma", "eigen", "exp",
    "expm1", "forwardsolve", "gamma", "kronecker", "length", "lgamma", "list", "log", "log1p",
    "matrix", "max", "mean", "min", "ncol", "norm", "nrow", "outer", "plogis", "pmax", "pmin",
    "prod", "rbind", "rep", "replace", "round", "rowMeans", "rowSums", "seq_len", "sign", "sin",
    "sinh", "solve", "sqrt", "sum", "svd", "t", "tan", "tanh", "tcrossprod",
))  # fmt: skip

OPERATIONS = {
    "abs": "abs({0})",
    "adj": "adjugate({0})",
    "arccos": "acos({0})",
    "arccosh": "acosh({0})",
    "arcsin": "asin({0})",
    "arcsinh": "asinh({0})",
    "arctan": "atan({0})",
    "arctanh": "atanh({0})",
    "chol": "t(chol({0}))",
    "cos": "cos({0})",
    "cosh": "cosh({0})",
    "cot": "(1 / tan({0}))",
    "coth": "(1 / tanh({0}))",
    "cross": "cross({0}, {1})",
    "csc": "(1 / sin({0}))",
    "csch": "(1 / sinh({0}))",
    "det": "det({0})",
    "diag": "diag({0}, length({0}))",
    "diagonal": "diag({0})",
    "digamma": "digamma({0})",
    "dot": "sum({0} * {1})",
    "eigvals": "eigenvalues({0})",
    "eigvec_max": "eigen({0}, symmetric = TRUE)$vectors[, 1]",
    "eigvec_min": "eigenvectors({0})[, 1]",
    "eigvecs": "eigenvectors({0})",
    "erf": "erf({0})",
    "erfc": "erfc({0})",
    "exp": "exp({0})",
    "expm": "expm({0})",
    "expm1": "expm1({0})",
    "gamma": "gamma({0})",
    "indicator of the largest entry": "largest_entries({0})",
    "indicator of the smallest entry": "smallest_entries({0})",
    "inv": "solve({0})",
    "kron": "kronecker({0}, {1})",
    "lambda_max": "max(eigenvalues({0}))",
    "lambda_min": "min(eigenvalues({0}))",
    "lgamma": "lgamma({0})",
    "log": "log({0})",
    "log1p": "log1p({0})",
    "logdet": "log_abs_det({0})",
    "logm": "logm({0})",
    "logsumexp": "logsumexp({0})",
    "max": "max({0})",
    "max of two": "pmax({0}, {1})",
    "mean": "mean({0})",
    "mean along 1": "colMeans({0})",
    "mean along 2": "rowMeans({0})",
    "min": "min({0})",
    "min of two": "pmin({0}, {1})",
    "norm1": "sum(abs({0}))",
    "norm2": 'norm(as.matrix({0}), "F")',
    "norminf": "max(abs({0}))",
    "nucnorm": "sum(svd({0}, 0, 0)$d)",
    "outer": "outer({0}, {1})",
    "pinv": "pseudoinverse({0})",
    "polygamma": "polygamma({0}, {1})",
    "prod": "prod({0})",
    "relu": "pmax({0}, 0)",
    "sec": "(1 / cos({0}))",
    "sech": "(1 / cosh({0}))",
    "sigmoid": "plogis({0})",
    "sign": "sign({0})",
    "sin": "sin({0})",
    "sinh": "sinh({0})",
    "softmax": "softmax({0})",
    "softplus": "softplus({0})",
    "specnorm": 'norm({0}, "2")',
    "sqrt": "sqrt({0})",
    "sqrtm": "sqrtm({0})",
    "square": "({0})^2",
    "sum": "sum({0})",
    "sum along 1": "colSums({0})",
    "sum along 2": "rowSums({0})",
    "svdu": "svd({0})$u",
    "svdv": "svd({0})$v",
    "svdvals": "svd({0}, 0, 0)$d",
    "sym": "({0} + t({0})) / 2",
    "tan": "tan({0})",
    "tanh": "tanh({0})",
    "tr": "sum(diag({0}))",
    "transpose": "t({0})",
    "tril": "lower_part({0})",
    "triu": "upper_part({0})",
    "vec": "c({0})",
}
"""Operations, by their names in the table, and some functions of SymPy's by theirs."""


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
        source = f"array({source}, {_vector([sizes[k] for k in order])})"
    if order == sorted(order):
        return source
    return f"aperm({source}, {_vector([str(order.index(k) + 1) for k in range(len(sizes))])})"


def _vector(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"c({', '.join(items)})"


def _spread(
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
            _spread(w, x, v.shape, at, recycled=whole)
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


def _sizes(w: Writer, sizes: Sequence[Size]) -> str:
    """A vector of sizes."""
    return _vector([w.size(s) for s in sizes])


def _filled(w: Writer, entry: str, sizes: Sequence[Size]) -> str:
    """An array of one entry."""
    return _laid(entry, (), [w.size(s) for s in sizes]) if sizes else entry


def _expand(w: Writer, v: Value) -> Spelled:
    return f"array({w.text(v.args[0], SUM)}, {_sizes(w, v.shape)})", ATOM


def _permute(w: Writer, v: Value) -> Spelled:
    order = ", ".join(str(k + 1) for k in v.data)
    return f"aperm({w.text(v.args[0], SUM)}, c({order}))", ATOM


def _reshape(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    source = w.text(a, SUM)
    if v.rank == 1:
        return (f"c(aperm({source}))" if a.rank > 1 else source), ATOM
    if a.rank > 1:
        return f"refold({source}, {_sizes(w, v.data)})", ATOM
    if v.rank == 2:
        return f"matrix({source}, {', '.join(w.size(s) for s in v.data)}, byrow = TRUE)", ATOM
    return f"aperm(array({source}, {_sizes(w, tuple(reversed(v.data)))}))", ATOM


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
            where = _vector([str(indices.index(k) + 1) for k in part])
            source = f"{name}[positions({where}, dim({name}))]"
            if len(indices) > 1:
                source = f"array({source}, {_sizes(w, [sizes[k] for k in indices])})"
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
    return template.format(*[_spread(w, a, v.shape) for a in args]), ATOM


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
    "zeros": lambda w, v: (_filled(w, "0", v.data), ATOM),
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

_DOCS = {
    "value": "The value.",
    "derivative": "The derivative.",
    "value_and_derivative": "The value and the derivative, sharing their work.",
}


class R(Language):
    """Scripts for R, without packages."""

    name = "r"
    spelling: ClassVar[Mapping[str, Spell]] = SPELLING
    reserved = _KEYWORDS | {"check", "CHECK", "B", "shape", "given", "wanted"}
    called = _CALLED
    helpers: ClassVar[Mapping[str, str]] = HELPERS

    def identifier(self, name: str) -> str:
        """The name in ASCII, `lambda` for λ."""
        return ascii_name(name)

    def extent(self, argument: str, axis: int, rank: int) -> str:
        """nrow(X), length(x)."""
        return f"{'length' if rank == 1 else ('nrow', 'ncol')[axis]}({argument})"

    def derived(self, symbol: str, parts: tuple[str, ...]) -> str:
        """min(m, n), and n * (n + 1) / 2."""
        return super().derived(symbol, parts).replace("//", "/")

    def assignment(self, name: str, source: str) -> str:
        """name <- source."""
        return f"{name} <- {source}"

    def operation(self, op: Op) -> str:
        """As `OPERATIONS` has it.

        Raises: RequestError where there is none.
        """
        name = "diagonal" if op is DIAGONAL else op.name
        if name not in OPERATIONS:
            raise no_counterpart("R", op)
        return OPERATIONS[name]

    def assemble(self, writer: Writer, v: Value) -> str:
        """An array filled term by term, each at its entries."""
        shape, patterns = v.data
        name = writer.new_name()
        total = _filled(writer, "0", shape)
        for k, (core, (pattern, full)) in enumerate(zip(v.args, patterns, strict=True)):
            kept = [pattern.split[pattern.axes.index(d)] for d in range(max(pattern.axes) + 1)]
            axes = _vector([str(k + 1) for k in pattern.axes])
            if pattern.is_dense and full and k == 0:
                total = _spread(writer, core, shape)
            elif pattern.is_dense:
                total = f"{total} + {_spread(writer, core, shape, PRODUCT, recycled=True)}"
            elif pattern.kept[-1:] == (-1,):
                start, source = (
                    _filled(writer, "0", pattern.split),
                    _spread(writer, core, tuple(kept)),
                )
                placed = f"add_at({start}, {source}, {axes})"
                refolded = f"refold({placed}, {_sizes(writer, shape)})"
                total = f"{total} + {refolded if len(shape) > 1 else f'c(aperm({placed}))'}"
            else:
                total = f"add_at({total}, {_spread(writer, core, tuple(kept))}, {axes})"
            writer.lines.append(self.assignment(name, total))
            total = name
        return name

    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """A function of named arguments."""
        names = ", ".join(a.name for a in arguments)
        checked = ", ".join(a.name for a in arguments if a.axes is not None)
        check = [f"if (CHECK) check({checked})"] if checked else []
        returned = results[0].source
        if len(results) > 1:
            parts = zip(("value", "derivative"), results, strict=True)
            returned = f"list({', '.join(f'{part} = {r.source}' for part, r in parts)})"
        body = [f"  {line}" for line in (*check, *lines, returned)]
        return "\n".join([f"# {_DOCS[name]}", f"{name} <- function({names}) {{", *body, "}"]) + "\n"

    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
        trial: Trial | None,
    ) -> str:
        """The question, checks of arguments, functions, and what these call."""
        usage = [
            "Vectors are without dim; value_and_derivative returns a list of both.",
        ]
        comment = [f"# {line}".rstrip() for line in [*question.splitlines(), "", *usage]]
        checks = _checks([a for a in arguments if a.axes is not None])
        switch = ["CHECK <- TRUE  # whether the shapes of arguments are looked at", ""]
        head = [*comment, "", *(switch if checks else ())]
        tried = [] if trial is None else [_trial(trial)]
        return "\n".join([*head, *["\n".join([*checks, *helpers, *functions, *tried])]])


def _checks(arguments: list[Argument]) -> list[str]:
    """The function that refuses arguments whose shapes do not fit."""
    if not arguments:
        return []
    names = ", ".join(a.name for a in arguments)
    told = [
        f"  {axis.length} <- given${a.name}[{k + 1}]"
        for a in arguments
        for k, axis in enumerate(a.axes or ())
        if axis.tells
    ]
    given = ", ".join(f"{a.name} = shape({a.name})" for a in arguments)
    wanted = ", ".join(f"{a.name} = {_wanted(a)}" for a in arguments)
    words = ", ".join(f"{a.name} {_described(a)}" for a in arguments)
    return [
        "# Stops where the shapes of arguments do not fit.",
        f"check <- function({names}) {{",
        "  shape <- function(X) as.numeric(if (is.null(dim(X))) length(X) else dim(X))",
        f"  given <- list({given})",
        *told,
        f"  wanted <- list({wanted})",
        "  if (!identical(given, lapply(wanted, as.numeric))) {",
        '    found <- paste(names(given), lapply(given, paste, collapse = " x "), collapse = ", ")',
        f'    stop("the shapes do not fit: {words}; given ", found)',
        "  }",
        "}",
        "",
    ]


def _wanted(a: Argument) -> str:
    """The shape that an argument has to have."""
    assert a.axes is not None
    if not a.axes:
        return "1"
    return _vector([x.length or f"given${a.name}[{k + 1}]" for k, x in enumerate(a.axes)])


def _described(a: Argument) -> str:
    """What an argument has to be, for people."""
    assert a.axes is not None
    lengths = [axis.length.replace(" ", "") or "any" for axis in a.axes]
    return " x ".join(lengths) if lengths else "a number"


def _literal(X: NDArray[np.float64]) -> str:
    """An array of numbers."""
    entries = [repr(x) for x in X.ravel(order="F").tolist()]
    if X.ndim == 0:
        return entries[0]
    listed = f"c({', '.join(entries)})"
    return listed if X.ndim == 1 else f"matrix({listed}, {X.shape[0]}, {X.shape[1]})"


def _trial(trial: Trial) -> str:
    """What a script does where it is run by itself: the derivative is held against differences."""
    require_one_transpose(trial)
    point = [f"    {name} = {_literal(X)}" for name, X in trial.values.items()]
    moves = [f'    list("{c.argument}", {_literal(c.direction)})' for c in trial.changes]
    free = sum(c.free for c in trial.changes)
    count = len(trial.changes)
    turned = [
        "  d <- moves[[1]][[2]]",
        "  whole <- length(d) == 1 || length(found) == length(d)",
        "  found <- t(if (whole) found else matrix(found, length(d)))",
    ]
    lines = [
        "  point <- list(",
        ",\n".join(point),
        "  )",
        "  moves <- list(",
        ",\n".join(moves),
        "  )",
        f"  step <- {trial.step!r}",
        "  expected <- 0",
        f"  for (k in 0:{2**count - 1}) {{",
        f"    signs <- 1 - 2 * (k %/% 2^(0:{count - 1}) %% 2)",
        "    moved <- point",
        f"    for (j in 1:{count}) {{",
        "      name <- moves[[j]][[1]]",
        "      moved[[name]] <- moved[[name]] + signs[j] * step * moves[[j]][[2]]",
        "    }",
        "    expected <- expected + prod(signs / (2 * step)) * do.call(value, moved)",
        "  }",
        "  found <- do.call(derivative, point)",
        *(turned if trial.transposed else ()),
        f"  for (move in rev(moves[seq_len({free})])) {{",
        "    d <- move[[2]]",
        "    found <- matrix(found, ncol = length(d)) %*% c(d)",
        "  }",
        '  cat("derivative along random directions:", found, "\\n")',
        '  cat("differences of the value:", expected, "\\n")',
        "  off <- max(abs(c(found) - c(expected)))",
        f"  stopifnot(off <= {trial.tolerance!r} * (1 + max(abs(expected))))",
    ]
    return "\n".join(["if (sys.nframe() == 0) {", *lines, "}"]) + "\n"
