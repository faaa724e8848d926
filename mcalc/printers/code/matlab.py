"""MATLAB and Octave: a function file that returns handles of its functions, the same for both."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mcalc.core.op import Op
from mcalc.core.size import Size
from mcalc.ops.shaping import DIAG, DIAGONAL
from mcalc.printers.code.matlab_helpers import HELPERS
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
    filled,
    negative,
    no_counterpart,
)
from mcalc.printers.code.python import number_source
from mcalc.printers.code.trial import Trial, require_one_transpose
from mcalc.printers.names import ascii_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Spell

_KEYWORDS = frozenset((
    "break", "case", "catch", "classdef", "continue", "do", "else", "elseif", "end", "endfor",
    "endfunction", "endif", "endwhile", "for", "function", "global", "if", "otherwise",
    "parfor", "persistent", "return", "spmd", "switch", "try", "unwind_protect", "until",
    "while", "ans", "varargin", "nargin",
))  # fmt: skip
_CALLED = frozenset((
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "besseli", "besselj", "besselk",
    "bessely", "bitget", "chol", "cos", "cosh", "cot", "coth", "cross", "csc", "csch",
    "cumprod", "det", "diag", "double", "eig", "erf", "erfc", "error", "exp", "expm", "expm1",
    "eye", "factorial", "find", "fliplr", "fprintf", "full", "gamma", "gammaln", "inv", "isequal",
    "isfinite", "kron", "log", "log1p", "logm", "lu", "mat2str", "max", "mean", "min", "norm",
    "numel", "ones", "permute", "pi", "pinv", "prod", "psi", "real", "reshape", "round", "sec",
    "sech", "sign", "sin", "sinh", "size", "sort", "sqrt", "sqrtm", "sum", "svd", "tan", "tanh",
    "trace", "transpose", "tril", "triu", "zeros",
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
    "chol": "chol({0}, 'lower')",
    "cos": "cos({0})",
    "cosh": "cosh({0})",
    "cross": "cross({0}, {1})",
    "det": "det({0})",
    "diag": "diag({0})",
    "diagonal": "diag({0})",
    "digamma": "digamma({0})",
    "dot": "sum({0} .* {1})",
    "eigvals": "eigenvalues({0})",
    "eigvec_max": "largest_eigenvector({0})",
    "eigvec_min": "smallest_eigenvector({0})",
    "eigvecs": "eigenvectors({0})",
    "erf": "erf({0})",
    "erfc": "erfc({0})",
    "exp": "exp({0})",
    "expm": "expm({0})",
    "expm1": "expm1({0})",
    "gamma": "gamma({0})",
    "indicator of the largest entry": "largest_entries({0})",
    "indicator of the smallest entry": "smallest_entries({0})",
    "inv": "inv({0})",
    "kron": "kron({0}, {1})",
    "lambda_max": "max(eigenvalues({0}))",
    "lambda_min": "min(eigenvalues({0}))",
    "lgamma": "log_gamma({0})",
    "log": "log({0})",
    "log1p": "log1p({0})",
    "logdet": "log_abs_det({0})",
    "logm": "real(logm({0}))",
    "logsumexp": "logsumexp({0})",
    "max": "max(max({0}))",
    "max of two": "max({0}, {1})",
    "mean": "mean(mean({0}))",
    "mean along 1": "transpose(mean({0}, 1))",
    "mean along 2": "mean({0}, 2)",
    "min": "min(min({0}))",
    "min of two": "min({0}, {1})",
    "norm1": "sum(sum(abs({0})))",
    "norm2": "norm({0}, 'fro')",
    "norminf": "max(max(abs({0})))",
    "nucnorm": "sum(svd({0}))",
    "outer": "{0} * {1}'",
    "pinv": "pinv({0})",
    "polygamma": "polygamma({0}, {1})",
    "prod": "prod({0})",
    "relu": "max({0}, 0)",
    "sigmoid": "sigmoid({0})",
    "sign": "sign({0})",
    "sin": "sin({0})",
    "sinh": "sinh({0})",
    "softmax": "softmax({0})",
    "softplus": "softplus({0})",
    "specnorm": "norm({0})",
    "sqrt": "sqrt({0})",
    "sqrtm": "real(sqrtm({0}))",
    "square": "{0}.^2",
    "sum": "sum(sum({0}))",
    "sum along 1": "transpose(sum({0}, 1))",
    "sum along 2": "sum({0}, 2)",
    "svdu": "left_singular_vectors({0})",
    "svdv": "right_singular_vectors({0})",
    "svdvals": "svd({0})",
    "sym": "({0} + {0}') / 2",
    "tan": "tan({0})",
    "tanh": "tanh({0})",
    "tr": "trace({0})",
    "transpose": "{0}'",
    "tril": "tril({0})",
    "triu": "triu({0})",
    "vec": "reshape({0}, [], 1)",
    **{name: name + "({0})" for name in ("cot", "coth", "csc", "csch", "sec", "sech")},
    **{name: name + "({0}, {1})" for name in ("besseli", "besselj", "besselk", "bessely")},
}
"""Operations, by their names in the table, and some functions of SymPy's by theirs."""

FOR_VECTORS = {
    "max": "max({0})",
    "mean": "mean({0})",
    "min": "min({0})",
    "norm1": "sum(abs({0}))",
    "norm2": "norm({0})",
    "norminf": "max(abs({0}))",
    "sum": "sum({0})",
}
"""The shorter forms of some of them for vectors."""


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


def _sizes(w: Writer, sizes: Sequence[Size]) -> str:
    """A vector of sizes."""
    return f"[{', '.join(w.size(s) for s in sizes)}]"


def _shape(w: Writer, sizes: Sequence[Size]) -> str:
    """Arguments that make an array of these sizes."""
    return ", ".join([*[w.size(s) for s in sizes], *(["1"] if len(sizes) == 1 else [])])


def _reshape(w: Writer, v: Value) -> Spelled:
    a = v.args[0]
    if a.rank == 1 and v.rank == 2:
        rows, cols = v.data
        return f"reshape({w.text(a, SUM)}, {w.size(cols)}, {w.size(rows)})'", ATOM
    old, new = _sizes(w, a.shape), _sizes(w, v.data)
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
            source = f"diagonal_entries({w.text(a, SUM)}, [{where}], {_sizes(w, a.shape)})"
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
    "zeros": lambda w, v: (f"zeros({_shape(w, v.data)})", ATOM),
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
    "unvec": lambda w, v: (f"reshape({w.text(v.args[0], SUM)}, {_shape(w, v.data)})", ATOM),
    "contract": _contract,
    "concatenate": _concatenate,
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
_OUTPUTS = {"value": ("val",), "derivative": ("der",), "value_and_derivative": ("val", "der")}


class Matlab(Language):
    """Function files for MATLAB (from R2016b) and Octave; vectors are columns."""

    name = "matlab"
    spelling: ClassVar[Mapping[str, Spell]] = SPELLING
    reserved = _KEYWORDS | _CALLED | {"check", "CHECK", "derivatives", "trial", "val", "der", "B"}
    helpers: ClassVar[Mapping[str, str]] = HELPERS

    def identifier(self, name: str) -> str:
        """The name in ASCII, `lambda` for λ."""
        return ascii_name(name)

    def extent(self, argument: str, axis: int, rank: int) -> str:
        """size(X, 1), numel(x)."""
        return f"numel({argument})" if rank == 1 else f"size({argument}, {axis + 1})"

    def derived(self, symbol: str, parts: tuple[str, ...]) -> str:
        """min(m, n), and n * (n + 1) / 2."""
        return super().derived(symbol, parts).replace("//", "/")

    def assignment(self, name: str, source: str) -> str:
        """The line without its output."""
        return f"{name} = {source};"

    def operation(self, op: Op) -> str:
        """As `OPERATIONS` has it.

        Raises: RequestError where there is none.
        """
        name = "diagonal" if op is DIAGONAL else op.name
        if name not in OPERATIONS:
            raise no_counterpart("MATLAB", op)
        return OPERATIONS[name]

    def assemble(self, writer: Writer, v: Value) -> str:
        """An array filled term by term, each at its entries."""
        shape, patterns = v.data
        name = writer.new_name()
        total = f"zeros({_shape(writer, shape)})"
        for k, (core, (pattern, full)) in enumerate(zip(v.args, patterns, strict=True)):
            source, split = writer.text(core, SUM), _sizes(writer, pattern.split)
            axes = f"[{' '.join(str(k + 1) for k in pattern.axes)}]"
            if pattern.is_dense:
                total = source if full and k == 0 else f"{total} + {source}"
            elif pattern.kept[-1:] == (-1,):
                placed = (
                    f"add_at(zeros({_shape(writer, pattern.split)}), {source}, {axes}, {split})"
                )
                total = f"{total} + refold({placed}, {split}, {_sizes(writer, shape)})"
            else:
                total = f"add_at({total}, {source}, {axes}, {split})"
            writer.lines.append(self.assignment(name, total))
            total = name
        return name

    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """A function of arguments in alphabetical order."""
        names = ", ".join(a.name for a in arguments)
        checked = ", ".join(a.name for a in arguments if a.axes is not None)
        check = ["if CHECK", f"  check({checked});", "end"] if checked else []
        outputs = _OUTPUTS[name]
        left = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
        body = [self.assignment(o, r.source) for o, r in zip(outputs, results, strict=True)]
        head = [f"function {left} = {name}({names})", f"% {_DOCS[name]}"]
        return "\n".join([*head, *check, *lines, *body, "end"]) + "\n"

    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
        trial: Trial | None,
    ) -> str:
        """The function that hands out the others, the question as its help."""
        names = ", ".join(a.name for a in arguments)
        usage = [
            "For MATLAB from R2016b and for Octave; save as derivatives.m. Vectors are columns.",
            "",
            "  f = derivatives();",
            f"  val = f.value({names});",
            f"  der = f.derivative({names});",
            f"  [val, der] = f.value_and_derivative({names});",
        ]
        handles = ["value", "derivative", "value_and_derivative"]
        if trial is not None:
            usage.append("  f.trial();   % holds the derivative against differences")
            handles.append("trial")
        comment = [f"% {line}".rstrip() for line in [*question.splitlines(), "", *usage]]
        fields = [f"f.{name} = @{name};" for name in handles]
        main = "\n".join(["function f = derivatives()", *comment, *fields, "end"]) + "\n"
        checks = _checks([a for a in arguments if a.axes is not None])
        tried = [] if trial is None else [_trial(trial)]
        return "\n".join([main, *functions, *tried, *checks, *helpers])


def _checks(arguments: list[Argument]) -> list[str]:
    """The switch, and the function that refuses arguments whose sizes do not fit."""
    if not arguments:
        return []
    lines = [
        f"{axis.length} = size({a.name}, {k + 1});"
        for a in arguments
        for k, axis in enumerate(a.axes or ())
        if axis.tells
    ]
    fits = " && ".join(f"isequal(size({a.name}), {_wanted(a)})" for a in arguments)
    wanted = ", ".join(f"{a.name} {_described(a)}" for a in arguments)
    given = ", ".join(f"mat2str(size({a.name}))" for a in arguments)
    places = ", ".join(f"{a.name} %s" for a in arguments)
    return [
        "function on = CHECK()\n% Whether the sizes of arguments are looked at.\non = true;\nend\n",
        "\n".join(
            [
                f"function check({', '.join(a.name for a in arguments)})",
                "% Raises an error where the sizes of arguments do not fit.",
                *lines,
                f"if ~({fits})",
                "  error('derivatives:sizes', ...",
                f"    'the sizes do not fit: {wanted}; given {places}', ...",
                f"    {given});",
                "end",
                "end",
            ]
        )
        + "\n",
    ]


def _wanted(a: Argument) -> str:
    """The size that an argument has to have."""
    assert a.axes is not None
    lengths = [axis.length or f"size({a.name}, {k + 1})" for k, axis in enumerate(a.axes)]
    return f"[{', '.join([*lengths, '1', '1'][:2])}]"


def _described(a: Argument) -> str:
    """What an argument has to be, for people."""
    assert a.axes is not None
    if not a.axes:
        return "a number"
    lengths = [axis.length.replace(" ", "") or "any" for axis in a.axes]
    return " x ".join([*lengths, "1"][:2])


def _literal(X: NDArray[np.float64]) -> str:
    """An array of numbers."""
    if X.ndim == 0:
        return repr(float(X))
    rows = [", ".join(repr(x) for x in row) for row in np.atleast_2d(X.T).T.tolist()]
    return f"[{'; '.join(rows)}]"


def _trial(trial: Trial) -> str:
    """The function that holds the derivative against differences of the value."""
    require_one_transpose(trial)
    places = {name: k + 1 for k, name in enumerate(trial.values)}
    point = [f"  {_literal(X)}, ... {name}" for name, X in trial.values.items()]
    moves = [f"  {places[c.argument]}, {_literal(c.direction)}" for c in trial.changes]
    free = [c for c in trial.changes if c.free]
    count = len(trial.changes)
    turned = [
        "if isscalar(moves{1, 2}) || numel(found) == numel(moves{1, 2})",
        "  found = found';",
        "else",
        "  found = reshape(found, numel(moves{1, 2}), [])';",
        "end",
    ]
    lines = [
        "function trial()",
        "% Holds the derivative along random directions against differences of the value.",
        "point = { ...",
        *point,
        "};",
        "moves = { ...",
        *moves,
        "};",
        f"step = {trial.step!r};",
        "expected = 0;",
        f"for k = 0:{2**count - 1}",
        "  moved = point;",
        f"  signs = 1 - 2 * bitget(k, 1:{count});",
        f"  for j = 1:{count}",
        "    moved{moves{j, 1}} = moved{moves{j, 1}} + signs(j) * step * moves{j, 2};",
        "  end",
        "  expected = expected + prod(signs / (2 * step)) * value(moved{:});",
        "end",
        "found = derivative(point{:});",
        *(turned if trial.transposed else ()),
        f"for k = {len(free)}:-1:1",
        "  found = reshape(found, [], numel(moves{k, 2})) * moves{k, 2}(:);",
        "end",
        "fprintf('derivative along random directions: %s\\n', mat2str(found(:)', 8));",
        "fprintf('differences of the value: %s\\n', mat2str(expected(:)', 8));",
        "off = max(abs(found(:) - expected(:)));",
        f"if ~(off <= {trial.tolerance!r} * (1 + max(abs(expected(:)))))",
        "  error('derivatives:trial', 'the derivative is off by %g', off);",
        "end",
        "end",
    ]
    return "\n".join(lines) + "\n"
