"""C++ with Eigen: a header of inline functions on doubles, VectorXd and MatrixXd."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from mcalc.calculus.layout import is_transposed
from mcalc.ops.shaping import DIAGONAL
from mcalc.printers.code import eigen_loops as loops
from mcalc.printers.code.eigen_helpers import HELPERS
from mcalc.printers.code.eigen_operations import OPERATIONS
from mcalc.printers.code.module import Language, Result, no_counterpart
from mcalc.printers.names import ascii_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.printers.code.generate import Generator
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.module import Emit
    from mcalc.printers.code.names import Argument
    from mcalc.printers.code.trial import Trial
    from mcalc.printers.code.writer import Spell, Writer

from mcalc.printers.code.eigen_spelling import BY_RANK, SPELLING, matrix

_FORMULAS = frozenset(("add", "sub", "mul", "div", "neg", "expand", "permute", "reshape"))
_TYPES = {"lu": "Eigen::PartialPivLU<Eigen::MatrixXd>", "cholesky": "Eigen::LLT<Eigen::MatrixXd>"}
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
        kind = _TYPES.get(v.kind, BY_RANK[min(v.rank, 2)])
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

    def functions(
        self, derivative: Derivative, result: Expr, layout: str
    ) -> Mapping[str, tuple[Emit, ...]]:
        """Those of every module; derivatives of more than two axes as matrices."""
        found = super().functions(derivative, result, layout)
        (entries,) = found["derivative"]
        first = sum(len(v.shape.axes) for v in (derivative.value, *derivative.free[:-1]))
        sizes = (loops.count(derivative.axes[:first]), loops.count(derivative.axes[first:]))
        if is_transposed(derivative, layout):
            sizes = sizes[::-1]

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
        kinds = [BY_RANK[r.rank] for r in results]
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
    return "double" if a.rank == 0 else f"const {BY_RANK[a.rank]}&"


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
    return f"({BY_RANK[X.ndim]}({sizes}) << {entries}).finished()"


def _trial(trial: Trial, arguments: tuple[Argument, ...]) -> str:
    """A program that holds the derivative against differences of the value."""
    kinds = {a.name: BY_RANK[a.rank] for a in arguments}
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
