"""MATLAB and Octave: a function file that returns handles of its functions, the same for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mcalc.ops.shaping import DIAGONAL
from mcalc.printers.code.matlab_helpers import HELPERS
from mcalc.printers.code.module import Language, Result, no_counterpart
from mcalc.printers.code.writer import SUM, Writer
from mcalc.printers.names import ascii_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mcalc.core.op import Op
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.names import Argument
    from mcalc.printers.code.trial import Trial
    from mcalc.printers.code.writer import Spell

from mcalc.printers.code.matlab_operations import OPERATIONS
from mcalc.printers.code.matlab_spelling import SPELLING, size_arguments, size_vector

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
        total = f"zeros({size_arguments(writer, shape)})"
        for k, (core, (pattern, full)) in enumerate(zip(v.args, patterns, strict=True)):
            source, split = writer.text(core, SUM), size_vector(writer, pattern.split)
            axes = f"[{' '.join(str(k + 1) for k in pattern.axes)}]"
            if pattern.is_dense:
                total = source if full and k == 0 else f"{total} + {source}"
            elif pattern.kept[-1:] == (-1,):
                start = f"zeros({size_arguments(writer, pattern.split)})"
                placed = f"add_at({start}, {source}, {axes}, {split})"
                total = f"{total} + refold({placed}, {split}, {size_vector(writer, shape)})"
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
    places = {name: k + 1 for k, name in enumerate(trial.values)}
    point = [f"  {_literal(X)}, ... {name}" for name, X in trial.values.items()]
    moves = [f"  {places[c.argument]}, {_literal(c.direction)}" for c in trial.changes]
    order = " ".join(str(k + 1) for k in trial.back)
    count = len(trial.changes)
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
        *([f"found = permute(found, [{order}]);"] if trial.transposed else []),
        f"for k = {len(trial.free)}:-1:1",
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
