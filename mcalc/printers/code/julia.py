"""Julia: broadcasting with dots along the first axes, factorisations of `LinearAlgebra`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from mcalc.printers.code.julia_arrays import fill
from mcalc.printers.code.julia_helpers import HELPERS
from mcalc.printers.code.julia_spelling import ENTRYWISE, OPERATIONS, SPECIAL, SPELLING
from mcalc.printers.code.module import Language, Result, no_counterpart

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mcalc.core.op import Op
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.names import Argument
    from mcalc.printers.code.trial import Trial
    from mcalc.printers.code.writer import Spell, Writer

_KEYWORDS = frozenset(
    {"abstract", "as", "baremodule", "begin", "break", "catch", "const", "continue", "do",
     "else", "elseif", "end", "export", "false", "finally", "for", "function", "global", "if",
     "import", "in", "isa", "let", "local", "macro", "module", "mutable", "outer", "primitive",
     "public", "quote", "return", "struct", "true", "try", "type", "using", "where", "while"}
)  # fmt: skip
_USED = frozenset(
    {"I", "NaN", "Inf", "pi", "Matrix", "Symmetric", "Diagonal", "LowerTriangular",
     "UpperTriangular", "Float64", "Ref", "Int", "real", "dot", "norm", "sum", "inv", "lu",
     "logabsdet", "logdet", "zeros", "ones", "reshape", "permutedims", "vcat", "hvcat", "size",
     "ndims", "axes", "length", "isfinite", "collect", "div", "newaxis", "check", "CHECK",
     "Derivative", "shapes", "throw", "DimensionMismatch", "CartesianIndex", "missing",
     "nothing", "undef"}
)  # fmt: skip
_SAME = str.maketrans({"µ": "μ", "ɛ": "ε"})
"""Letters that Julia reads as others: the micro sign, the open e."""


_DOCS = {
    "value": "The value.",
    "derivative": "The derivative.",
    "value_and_derivative": "The value and the derivative, sharing their work.",
}


class Julia(Language):
    """Modules for Julia with its standard library, and SpecialFunctions where they need it."""

    name = "julia"
    spelling: ClassVar[Mapping[str, Spell]] = SPELLING
    reserved = _KEYWORDS | _USED | frozenset(ENTRYWISE.values()) | frozenset(
        name for t in OPERATIONS.values() for name in re.findall(r"[A-Za-z_]\w*(?=\()", t)
    )  # fmt: skip
    helpers: ClassVar[Mapping[str, str]] = HELPERS

    def identifier(self, name: str) -> str:
        """The name as Julia reads it, behind which a keyword gets a `_`."""
        name = name.translate(_SAME)
        return f"{name}_" if name in _KEYWORDS else name

    def extent(self, argument: str, axis: int, rank: int) -> str:
        """size(X, 1)."""
        return f"size({argument}, {axis + 1})"

    def operation(self, op: Op) -> str:
        """Its function in Julia.

        Raises: RequestError for a function that only SciPy has.
        """
        if op.name in ENTRYWISE:
            arguments = ", ".join(f"{{{i}}}" for i in range(1 + ("{1}" in op.numpy)))
            return f"{ENTRYWISE[op.name]}.({arguments})"
        if op.name == "polygamma":
            return "polygamma.(Int({0}), {1})"
        if op.name not in OPERATIONS:
            raise no_counterpart("Julia", op)
        return OPERATIONS[op.name]

    def assemble(self, writer: Writer, v: Value) -> str:
        """An array filled by loops over the entries that each term is for."""
        return fill(writer, v)

    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """A function of keywords."""
        names = ", ".join(a.name for a in arguments)
        checked = ", ".join(a.name for a in arguments if a.axes is not None)
        body = [
            *([f"CHECK[] && check({checked})"] if checked else []),
            *lines,
            f"return {', '.join(r.source for r in results)}",
        ]
        signature = f"function {name}({f'; {names}' if names else ''})"
        return "\n".join(
            [f'"""{_DOCS[name]}"""', signature, *[f"    {line}" for line in body], "end\n"]
        )

    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
        trial: Trial | None,
    ) -> str:
        """A module with what it uses at its head, then checks of arguments, helpers, functions."""
        checks = _checks([a for a in arguments if a.axes is not None])
        body = "\n".join([*checks, *helpers, *functions])
        packages = ["using LinearAlgebra"]
        special = sorted(f for f in SPECIAL if re.search(rf"\b{f}\.?\(", body))
        if special:
            packages.append(f"using SpecialFunctions: {', '.join(special)}  # a package to add")
        constants = []
        if checks:
            constants.append("const CHECK = Ref(true)  # whether shapes of arguments are looked at")
        if re.search(r"\bnewaxis\b", body):
            constants.append("const newaxis = [CartesianIndex()]")
        head = [
            *[f"# {line}".rstrip() for line in question.splitlines()],
            "",
            "module Derivative",
            "",
            *packages,
            "",
            "export value, derivative, value_and_derivative",
            "",
            *[*constants, ""][: len(constants) + bool(constants)],
        ]
        tail = ["end # module", *([] if trial is None else ["", *_trial(trial)])]
        return "\n".join([*head, body, *tail]) + "\n"


# ---------------------------------------------------------------- checks
def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _checks(arguments: list[Argument]) -> list[str]:
    """The function that refuses arguments whose shapes do not fit."""
    if not arguments:
        return []
    lines = [
        f"{axis.length} = ndims({a.name}) == {len(a.axes)} ? size({a.name}, {k + 1}) : -1"
        for a in arguments
        if a.axes
        for k, axis in enumerate(a.axes)
        if axis.tells
    ]
    wanted = [
        _tuple([x.length or f"size({a.name}, {k + 1})" for k, x in enumerate(a.axes or ())])
        for a in arguments
    ]
    shapes = ", ".join(f"{a.name} {_described(a)}" for a in arguments)
    lines += [
        f"shapes = {_tuple([f'size({a.name})' for a in arguments])}",
        f"shapes == {_tuple(wanted)} ||",
        f'    throw(DimensionMismatch("the shapes do not fit: {shapes}; given $shapes"))',
        "return nothing",
    ]
    doc = '"""Throws a DimensionMismatch where the shapes of arguments do not fit."""'
    names = ", ".join(a.name for a in arguments)
    return ["\n".join([doc, f"function check({names})", *[f"    {x}" for x in lines], "end\n"])]


def _described(a: Argument) -> str:
    """What an argument has to be, for people."""
    lengths = [axis.length.replace(" ", "") or "…" for axis in a.axes or ()]
    return "×".join(lengths) if lengths else "a number"


def _literal(X: NDArray[np.float64]) -> str:
    """An array of numbers."""
    if X.ndim == 0:
        return repr(float(X))
    entries = f"[{', '.join(repr(float(x)) for x in X.ravel(order='F'))}]"
    return entries if X.ndim == 1 else f"reshape({entries}, {', '.join(map(str, X.shape))})"


def _trial(trial: Trial) -> list[str]:
    """What a file does where it is run: it holds the derivative against differences."""
    free = len(trial.free)
    order = tuple([k + 1 for k in trial.back])
    lines = [
        "point = (",
        *[f"    {name} = {_literal(X)}," for name, X in trial.values.items()],
        ")",
        "directions = [",
        *[f"    (:{c.argument}, {_literal(c.direction)})," for c in trial.changes],
        "]",
        f"step, expected = {trial.step!r}, 0.0",
        f"for signs in Iterators.product(fill((1, -1), {len(trial.changes)})...)",
        "    moved, weight = point, 1.0",
        "    for (sign, (name, direction)) in zip(signs, directions)",
        "        change = NamedTuple{(name,)}((moved[name] + sign * step * direction,))",
        "        moved, weight = merge(moved, change), weight * sign / (2 * step)",
        "    end",
        "    expected = expected .+ weight .* Derivative.value(; moved...)",
        "end",
        "found = Derivative.derivative(; point...)",
        *([f"found = permutedims(found, {order})"] if trial.transposed else []),
    ]
    if free:
        lines += [
            f"for (_, direction) in reverse(directions[1:{free}])",
            "    rest = size(found)[1:(ndims(found) - ndims(direction))]",
            "    product = reshape(collect(found), :, length(direction)) * vec(collect(direction))",
            "    found = isempty(rest) ? product[1] : reshape(product, rest)",
            "end",
        ]
    lines += [
        'println("derivative along random directions: ", found)',
        'println("differences of the value: ", expected)',
        "error = maximum(abs.(found .- expected))",
        f"@assert error <= {trial.tolerance!r} * (1 + maximum(abs.(expected)))",
    ]
    opening = ["if abspath(PROGRAM_FILE) == @__FILE__", "    let"]
    return [*opening, *[f"        {line}" for line in lines], "    end", "end"]
