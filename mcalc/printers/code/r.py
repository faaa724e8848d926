"""R: scripts of functions, in base R; vectors have no dim, other arrays have theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcalc.ops.shaping import DIAGONAL
from mcalc.printers.code.module import Language, Result, no_counterpart
from mcalc.printers.code.r_helpers import HELPERS
from mcalc.printers.code.writer import PRODUCT, Writer
from mcalc.printers.names import ascii_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mcalc.core.op import Op
    from mcalc.printers.code.ir import Value
    from mcalc.printers.code.names import Argument
    from mcalc.printers.code.trial import Trial
    from mcalc.printers.code.writer import Spell

from mcalc.printers.code.r_operations import OPERATIONS
from mcalc.printers.code.r_spelling import SPELLING, constant, sizes_of, spread, vector

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
        total = constant(writer, "0", shape)
        for k, (core, (pattern, full)) in enumerate(zip(v.args, patterns, strict=True)):
            kept = [pattern.split[pattern.axes.index(d)] for d in range(max(pattern.axes) + 1)]
            axes = vector([str(k + 1) for k in pattern.axes])
            if pattern.is_dense and full and k == 0:
                total = spread(writer, core, shape)
            elif pattern.is_dense:
                total = f"{total} + {spread(writer, core, shape, PRODUCT, recycled=True)}"
            elif pattern.kept[-1:] == (-1,):
                start, source = (
                    constant(writer, "0", pattern.split),
                    spread(writer, core, tuple(kept)),
                )
                placed = f"add_at({start}, {source}, {axes})"
                refolded = f"refold({placed}, {sizes_of(writer, shape)})"
                total = f"{total} + {refolded if len(shape) > 1 else f'c(aperm({placed}))'}"
            else:
                total = f"add_at({total}, {spread(writer, core, tuple(kept))}, {axes})"
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
    return vector([x.length or f"given${a.name}[{k + 1}]" for k, x in enumerate(a.axes)])


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
    point = [f"    {name} = {_literal(X)}" for name, X in trial.values.items()]
    moves = [f'    list("{c.argument}", {_literal(c.direction)})' for c in trial.changes]
    free = len(trial.free)
    order = ", ".join(str(k + 1) for k in trial.back)
    count = len(trial.changes)
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
        *([f"  found <- aperm(found, c({order}))"] if trial.transposed else []),
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
