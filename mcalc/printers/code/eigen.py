"""C++ with Eigen: a header of inline functions on doubles, VectorXd and MatrixXd."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcalc.core.op import Op
from mcalc.core.size import Size
from mcalc.ops.shaping import DIAGONAL
from mcalc.printers.code import eigen_loops as loops
from mcalc.printers.code.eigen_helpers import HELPERS
from mcalc.printers.code.eigen_operations import ENTRYWISE, OPERATIONS
from mcalc.printers.code.module import (
    ATOM,
    PRODUCT,
    SUM,
    UNARY,
    Argument,
    Language,
    Result,
    Spelled,
    Writer,
    filled,
    no_counterpart,
)
from mcalc.printers.code.python import number_source
from mcalc.printers.code.trial import Trial, require_one_transpose
from mcalc.printers.names import ascii_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Emit, Spell

ARRAY = 10
"""Added to how tightly an expression binds that Eigen takes for an array, no matrix."""
_ONE = Size.of(1)


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
        return f"{matrix(w, a, ATOM)}.dot({matrix(w, b)})", ATOM
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
    return f"{_BY_RANK[v.rank]}({solved})", ATOM


def _triangular_solve(w: Writer, v: Value) -> Spelled:
    T, b = v.args
    part, transposed = v.data
    view = f"{loops.name(w, T)}.triangularView<Eigen::{part.capitalize()}>()"
    return f"{view}{'.transpose()' if transposed else ''}.solve({matrix(w, b)})", ATOM


def _vdot(w: Writer, v: Value) -> Spelled:
    a, b = v.args
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

_FORMULAS = frozenset(("add", "sub", "mul", "div", "neg", "expand", "permute", "reshape"))
_TYPES = {"lu": "Eigen::PartialPivLU<Eigen::MatrixXd>", "cholesky": "Eigen::LLT<Eigen::MatrixXd>"}
_BY_RANK = ("double", "Eigen::VectorXd", "Eigen::MatrixXd")
_DOCS = {
    "value": "The value.",
    "derivative": "The derivative.",
    "value_and_derivative": "The value and the derivative, sharing their work.",
}


class Eigen(Language):
    """Headers for C++ (from C++14) with Eigen (from 3.4)."""

    name = "eigen"
    spelling: ClassVar[Mapping[str, Spell]] = SPELLING
    reserved = frozenset((
        "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break",
        "case", "catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await",
        "co_return", "co_yield", "compl", "concept", "const", "const_cast", "consteval",
        "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double",
        "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for",
        "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new",
        "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected",
        "public", "register", "reinterpret_cast", "requires", "return", "short", "signed",
        "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this",
        "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "union",
        "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
        "Eigen", "std", "derivatives", "check", "CHECK", "main", "B", "trial", "I", "EOF", "NAN",
        "HUGE_VAL", "INFINITY", "NULL", "assert", "ValueAndDerivative", *loops.SUBSCRIPTS,
    ))  # fmt: skip
    helpers: ClassVar[Mapping[str, str]] = HELPERS

    def identifier(self, name: str) -> str:
        """The name in ASCII, `lambda` for λ."""
        plain = ascii_name(name)
        while "__" in plain:  # names with two underscores are the compiler's
            plain = plain.replace("__", "_")
        return plain

    def extent(self, argument: str, axis: int, rank: int) -> str:
        """X.rows(), x.size()."""
        return f"{argument}.{'size' if rank == 1 else ('rows', 'cols')[axis]}()"

    def derived(self, symbol: str, parts: tuple[str, ...]) -> str:
        """std::min(m, n), and n * (n + 1) / 2."""
        return super().derived(symbol, parts).replace("//", "/").replace("min(", "std::min(")

    def assignment(self, name: str, source: str) -> str:
        """The declaration of a size."""
        return f"const Eigen::Index {name} = {source};"

    def declaration(self, name: str, source: str, v: Value) -> str:
        """With the type of what is declared: `auto` would keep a formula, not its value."""
        kind = _TYPES.get(v.kind, _BY_RANK[min(v.rank, 2)])
        return f"const {kind} {name} = {source};"

    def inlined(self, v: Value) -> bool:
        """Besides the usual, formulas of entries."""
        return super().inlined(v) or (v.rank > 2 and v.kind in _FORMULAS)

    def result(self, writer: Writer, v: Value) -> str:
        """A matrix, no array."""
        return matrix(writer, v)

    def operation(self, op: Op) -> str:
        """As `OPERATIONS` has it.

        Raises: RequestError where there is none.
        """
        name = "diagonal" if op is DIAGONAL else op.name
        if name not in OPERATIONS:
            raise no_counterpart("Eigen", op)
        return OPERATIONS[name]

    def assemble(self, writer: Writer, v: Value) -> str:
        """An array filled term by term, each at its entries."""
        return loops.assembled(writer, v)

    def functions(self, derivative: Derivative, result: Expr) -> Mapping[str, tuple[Emit, ...]]:
        """Those of every module; derivatives of more than two axes as matrices."""
        found = super().functions(derivative, result)
        (entries,) = found["derivative"]
        axes, last = derivative.axes, derivative.free[-1:]
        cols = last[0].shape.axes if last else ()
        if result.shape == derivative.result.shape.T != derivative.result.shape:
            cols = derivative.value.shape.axes or cols
            axes = axes[len(derivative.value.shape.axes) :] + derivative.value.shape.axes
        rows = axes[: len(axes) - len(cols)]
        sizes = (loops.count(rows), loops.count(cols))

        def jacobian(g: Generator) -> Value:
            v = entries(g)
            return v if v.rank <= 2 else g.value("flattened", v, data=sizes, shape=sizes)

        return {
            **found,
            "derivative": (jacobian,),
            "value_and_derivative": (*found["value"], jacobian),
        }

    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """An inline function."""
        kinds = [_BY_RANK[r.rank] for r in results]
        returned = results[0].source
        struct = []
        if len(results) > 1:
            struct = [
                "struct ValueAndDerivative {",
                f"  {kinds[0]} value;",
                f"  {kinds[1]} derivative;",
                "};",
                "",
            ]
            returned = f"{{{', '.join(r.source for r in results)}}}"
        kind = kinds[0] if len(results) == 1 else "ValueAndDerivative"
        checked = ", ".join(a.name for a in _checked(arguments))
        check = [f"if (CHECK) check({checked});"] if checked else []
        body = [f"  {line}" for line in (*check, *lines, f"return {returned};")]
        written = "\n".join(body)
        head = [f"// {_DOCS[name]}", _signature(f"inline {kind} {name}", arguments, written)]
        return "\n".join([*struct, *head, *body, "}"]) + "\n"

    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
        trial: Trial | None,
    ) -> str:
        """The question, includes, and a namespace with checks of arguments and functions."""
        usage = [
            "For C++ from C++14 with Eigen from 3.4. A derivative of more than two axes is a",
            "matrix with a column for each entry of the last variable and a row for each entry of",
            "what is differentiated by it, both column by column.",
        ]
        comment = [f"// {line}".rstrip() for line in [*question.splitlines(), "", *usage]]
        checks = _checks(_checked(arguments))
        body = "\n".join([*checks, *helpers, *functions])
        tried = [] if trial is None else ["", _trial(trial, arguments)]
        whole = "\n".join([body, *tried])
        includes = [
            f"#include <{header}>"
            for header, words in _INCLUDES
            if any(word in whole for word in words)
        ]
        space = ["namespace derivatives {", "", body + "\n}  // namespace derivatives"]
        return "\n".join([*comment, "#pragma once", "", *includes, "", *space, *tried]) + "\n"


_INCLUDES = (
    ("Eigen/Dense", ("",)),
    ("algorithm", ("std::max", "std::min")),
    ("cmath", ("std::",)),
    ("cstdlib", ("EXIT_",)),
    ("functional", ("std::function", "std::cref")),
    ("iostream", ("std::cout",)),
    ("stdexcept", ("std::invalid_argument", "std::domain_error")),
    ("string", ("std::to_string",)),
    ("unsupported/Eigen/MatrixFunctions", ("return X.", "X.pow(k)")),
)  # fmt: skip
"""Headers, and the words whose use asks for them."""


def _type(a: Argument) -> str:
    """How an argument is passed."""
    if a.kind == "size":
        return "Eigen::Index"
    if a.kind == "function":
        return "const std::function<double(double)>&"
    return "double" if a.rank == 0 else f"const {_BY_RANK[a.rank]}&"


def _signature(front: str, arguments: Sequence[Argument], body: str) -> str:
    """The first line of a function, or the first two; arguments it does not use have no name."""
    names = [a.name if re.search(rf"\b{a.name}\b", body) else f"/* {a.name} */" for a in arguments]
    taken = ", ".join(f"{_type(a)} {name}" for a, name in zip(arguments, names, strict=True))
    line = f"{front}({taken}) {{"
    return line if len(line) <= _LONGEST else f"{front}(\n    {taken}) {{"


_LONGEST = 100


def _extents(a: Argument) -> list[str]:
    """The lengths of an array."""
    if len(a.axes or ()) == 1:
        return [f"{a.name}.size()"]
    return [f"{a.name}.rows()", f"{a.name}.cols()"]


def _checked(arguments: tuple[Argument, ...]) -> list[Argument]:
    """The arrays, where there is anything about their sizes to check."""
    arrays = [a for a in arguments if a.axes]
    compared = any(axis.length and not axis.tells for a in arrays for axis in a.axes or ())
    return arrays if compared else []


def _checks(arguments: list[Argument]) -> list[str]:
    """The switch, and the function that refuses arguments whose sizes do not fit."""
    if not arguments:
        return []
    axes = [
        (extent, axis)
        for a in arguments
        for extent, axis in zip(_extents(a), a.axes or (), strict=True)
    ]
    wrong = " || ".join(f"{e} != {x.length}" for e, x in axes if x.length and not x.tells)
    told = [
        f"  const Eigen::Index {x.length} = {e};"
        for e, x in axes
        if x.tells and re.search(rf"\b{x.length}\b", wrong)
    ]
    wanted = ", ".join(f"{a.name} {_described(a)}" for a in arguments)
    given = [
        f'"{a.name} " + ' + ' + " x " + '.join(f"std::to_string({e})" for e in _extents(a))
        for a in arguments
    ]
    listed = ' + ", " +\n        '.join(given)
    return [
        "// Whether the sizes of arguments are looked at.\nconstexpr bool CHECK = true;\n",
        "\n".join(
            [
                "// Throws where the sizes of arguments do not fit.",
                _signature("inline void check", arguments, ", ".join(given)),
                *told,
                f"  if ({wrong}) {{",
                "    throw std::invalid_argument(",
                f'        std::string("the sizes do not fit: {wanted}; given ") +',
                f"        {listed});",
                "  }",
                "}",
            ]
        )
        + "\n",
    ]


def _described(a: Argument) -> str:
    """What an argument has to be, for people."""
    return " x ".join([axis.length.replace(" ", "") or "any" for axis in a.axes or ()])


def _literal(X: NDArray[np.float64]) -> str:
    """An array of numbers."""
    entries = ", ".join(repr(x) for x in X.ravel().tolist())
    if X.ndim == 0:
        return entries
    sizes = ", ".join(str(n) for n in X.shape)
    return f"({_BY_RANK[X.ndim]}({sizes}) << {entries}).finished()"


def _trial(trial: Trial, arguments: tuple[Argument, ...]) -> str:
    """A program that holds the derivative against differences of the value."""
    require_one_transpose(trial)
    kinds = {a.name: _BY_RANK[a.rank] for a in arguments}
    point = [f"  const {kinds[n]} point_{n} = {_literal(trial.values[n])};" for n in kinds]
    names, at = ", ".join(kinds), ", ".join(f"point_{name}" for name in kinds)
    moved, directions, contracted = [], [], []
    for k, c in enumerate(trial.changes):
        kind = kinds[c.argument]
        directions.append(f"  const {kind} i{k} = {_literal(c.direction)};")
        moved.append(f"    {c.argument} += (k >> {k} & 1 ? -1.0 : 1.0) * {trial.step!r} * i{k};")
        moved.append(f"    weight *= (k >> {k} & 1 ? -0.5 : 0.5) / {trial.step!r};")
        d = f"column(i{k})"
        if c.free:
            sides = f"found.size() / {d}.size(), {d}.size()"
            contracted.append(f"  found = (found.reshaped({sides}) * {d}).eval();")
    found = f"derivatives::derivative({at})"
    if trial.transposed:
        found = f"matrix({found}).transpose()"
    copies = [f"    {kinds[n]} {n} = point_{n};" for n in kinds]
    lines = [
        "// Holds the derivative along random directions against differences of the value:",
        "// g++ -DDERIVATIVES_TRIAL -I/usr/include/eigen3 -x c++ this_file && ./a.out",
        "#ifdef DERIVATIVES_TRIAL",
        "Eigen::MatrixXd matrix(double x) { return Eigen::MatrixXd::Constant(1, 1, x); }",
        "Eigen::MatrixXd matrix(const Eigen::MatrixXd& X) { return X; }",
        "template <class T> Eigen::VectorXd column(const T& x) { return matrix(x).reshaped(); }",
        "",
        "int main() {",
        *point,
        *directions,
        f"  Eigen::VectorXd expected = 0.0 * column(derivatives::value({at}));",
        f"  for (int k = 0; k < {2 ** len(trial.changes)}; ++k) {{",
        *copies,
        "    double weight = 1.0;",
        *moved,
        f"    expected += weight * column(derivatives::value({names}));",
        "  }",
        f"  Eigen::VectorXd found = column({found});",
        *reversed(contracted),
        '  std::cout << "derivative along random directions: " << found.transpose()',
        '            << "\\ndifferences of the value: " << expected.transpose() << std::endl;',
        "  const double off = (found - expected).cwiseAbs().maxCoeff();",
        f"  const double most = {trial.tolerance!r} * (1.0 + expected.cwiseAbs().maxCoeff());",
        "  return off <= most ? EXIT_SUCCESS : EXIT_FAILURE;",
        "}",
        "#endif",
    ]
    return "\n".join(lines)
