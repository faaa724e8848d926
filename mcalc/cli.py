"""The command line.

Answers go to standard output, all else to standard error. The exit status is 0; 1 where a check or
a comparison fails; 2 on an error; 130 when interrupted; 141 when nobody reads the output.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn

from mcalc import terminal
from mcalc.declaration import KINDS, STRUCTURES, declarations
from mcalc.errors import LimitError, McalcError, RequestError, UnknownName
from mcalc.fields import choice
from mcalc.request import DEFAULT_FORMATS, EXACT, FORMATS, LAYOUTS, Request, definitions
from mcalc.syntax.characters import visible
from mcalc.version import __version__
from mcalc.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["main"]

# The longest expression read from standard input, in bytes; the parser has a limit of its own.
_MAX_INPUT: Final = 64 * 1024

# What only the command line has to be told of: the whole answer, and a picture of the formula.
_JSON: Final = "json"
_SVG: Final = "svg"
_FORMATS: Final = (*FORMATS, _SVG, _JSON)
_CHECK: Final = "--check"
_SOURCES: Final = {_SVG: "mathml"}

_DESCRIPTION = "The derivative of a vector or matrix expression, as a formula and as code."

_EPILOG = """\
Undeclared names are scalars (a-g, Greek), column vectors (h-z) or matrices (A-Z).

examples:
  mcalc "x'*A*x" --wrt x
  mcalc "log(det(X))" --wrt X --var "X: spd" --check
  mcalc "norm2(A*x-y)^2" --wrt x --order 2 --format latex
  mcalc "sum(softplus(-y.*(X*w)))" --wrt w --format numpy > loss.py
  mcalc "x'*A*x" --wrt x --compare "2*A*x"
  echo "-x'*x" | mcalc - --format json

commands:
  mcalc functions    the functions of the language; mcalc functions det tells about one
  mcalc batch        reads a request in JSON a line, writes an answer a line
  mcalc serve        serves the page and the REST API; mcalc serve --help tells the options
  mcalc -- batch     is not a command: the expression `batch`
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of the command with these arguments, or with those of the process."""
    if sys.stdout is None:
        return _report(RequestError("Standard output is closed."))
    _configure_output(errors="backslashreplace")  # for a terminal that lacks a character
    try:
        status = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _abandon_output()
        return 141
    except OSError as error:
        _abandon_output()
        return _report(RequestError(f"{error.strerror}."))
    return status


def _configure_output(*, encoding: str | None = None, errors: str | None = None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors=errors)


def _abandon_output() -> None:
    """Make the interpreter's last flush of standard output, which would fail again, harmless."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    command = _COMMANDS.get(arguments[0]) if arguments else None
    try:
        return command(arguments[1:]) if command else _derive(arguments)
    except SystemExit as end:  # argparse, after --help and after a mistake
        return end.code if isinstance(end.code, int) else 2


def _report(error: McalcError, expression: str | None = None) -> int:
    """The exit status 2, after the error has been told."""
    width = shutil.get_terminal_size().columns
    prefix = terminal.styled("error:", terminal.RED, sys.stderr)
    print(prefix, terminal.error_text(error, expression, width), file=sys.stderr)
    return 2


class _Parser(argparse.ArgumentParser):
    """A parser that keeps the lines of its texts and shows no control characters."""

    def __init__(
        self, command: str, description: str, *, usage: str | None = None, epilog: str = ""
    ) -> None:
        super().__init__(
            command,
            usage=usage,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        super().error(visible(message))


def _batch(arguments: list[str]) -> int:
    _Parser(
        "mcalc batch",
        "Reads requests from standard input, one JSON object a line, and writes an answer a line.",
        epilog="""example:
  echo '{"id": 1, "expression": "tr(A*X)", "wrt": "X"}' | mcalc batch
""",
    ).parse_args(arguments)
    from mcalc import batch

    try:
        return batch.run(_standard_input(), sys.stdout.buffer)
    except RequestError as error:
        return _report(error)


def _serve(arguments: list[str]) -> int:
    from mcalc.server.command import serve

    return serve(arguments)


def _functions(arguments: list[str]) -> int:
    parser = _Parser(
        "mcalc functions",
        "Lists the functions of the language, or tells all about some of them.",
        epilog="""examples:
  mcalc functions
  mcalc functions det logsumexp
""",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a function to tell about")
    names = parser.parse_args(arguments).names
    try:
        print(terminal.functions_text(names) if names else terminal.function_list())
    except UnknownName as error:
        return _report(error)
    return 0


def _derive(arguments: list[str]) -> int:
    parser, valued = _derive_parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    options = parser.parse_args(_expressions_last(arguments, valued))
    if len(options.expression) != 1:
        parser.error(f"one expression in quotes is wanted, not {len(options.expression)}")
    expression = options.expression[0]
    try:
        if expression == "-":
            expression = _read_expression()
        return _answer(expression, options)
    except McalcError as error:
        return _report(error, expression)


def _derive_parser() -> tuple[_Parser, frozenset[str]]:
    """The parser of the command without a name, and those of its options that take a value."""
    parser = _Parser(
        "mcalc",
        _DESCRIPTION,
        epilog=_EPILOG,
        usage="mcalc EXPR [--wrt X] [options]\n       mcalc functions | batch | serve",
    )
    parser.add_argument(
        "expression",
        nargs="*",
        metavar="EXPR",
        help="the expression; - reads it from standard input",
    )
    valued = (
        parser.add_argument(
            "--wrt",
            metavar="X",
            action="append",
            default=[],
            help="the variable to differentiate by, or several, one after the other: x,y "
            "(default: each variable by itself)",
        ),
        parser.add_argument("--order", metavar="N", type=int, help="how often to differentiate"),
        parser.add_argument(
            "--var",
            metavar="DECL",
            action="append",
            default=[],
            help='a declaration where the defaults are wrong: "A: symmetric n n", "x: vector 3", '
            f'"k: positive"; kinds: {", ".join(KINDS)}; structures: {", ".join(STRUCTURES)}',
        ),
        parser.add_argument(
            "--format",
            metavar="F",
            action="append",
            default=[],
            help=f"{', '.join(_FORMATS)}, or several of them (default: text)",
        ),
        parser.add_argument(
            "--compare", metavar="EXPR", help="a derivative of your own, to be compared with ours"
        ),
        parser.add_argument(
            "--along",
            metavar="V",
            action="append",
            default=[],
            help="a direction that the last derivative is taken along: with --order 2 the product "
            "of the Hessian and V",
        ),
        parser.add_argument(
            "--layout",
            metavar="L",
            help=f"how the derivative is arranged: {', '.join(LAYOUTS)} (default: {LAYOUTS[0]})",
        ),
        parser.add_argument(
            "--where",
            metavar="EQ",
            action="append",
            default=[],
            help="an assumption under which the answer is written, as often as wanted: "
            "\"A'*A = eye\" writes eye for A'*A, \"a = x'*x\" gives x'*x a name",
        ),
        parser.add_argument(
            "--define",
            metavar="DEF",
            action="append",
            default=[],
            help='a function of your own, applied entry by entry: "swish(t) = t*sigmoid(t)"',
        ),
    )
    parser.add_argument("--steps", action="store_true", help="show the way to the answer")
    parser.add_argument(
        _CHECK,
        nargs="?",
        const=True,
        default=False,
        choices=(EXACT,),
        help="compare with finite differences of the expression; --check exact: with SymPy's "
        "derivative of each entry, for a few small sizes, exactly",
    )
    parser.add_argument(
        "--with-check",
        action="store_true",
        help="end modules of code in a check of their own, with data",
    )
    parser.add_argument(
        "--no-fold",
        dest="fold",
        action="store_false",
        help="give no names to the shared parts of a long formula",
    )
    parser.add_argument("--version", action="version", version=f"mcalc {__version__}")
    return parser, frozenset(name for option in valued for name in option.option_strings)


# Whatever else begins with a minus sign is an expression.
_OPTION = re.compile("-h|--[a-z]{2,}(-[a-z]{2,})*(=.*)?", re.DOTALL)


def _expressions_last(arguments: list[str], valued: frozenset[str]) -> list[str]:
    """The arguments in the order in which argparse takes a minus sign for no option."""
    options: list[str] = []
    expressions: list[str] = []
    pending = list(reversed(arguments))
    while pending:
        argument = pending.pop()
        if argument == "--":
            expressions += reversed(pending)
            break
        if pending and _is_value(pending[-1], argument, valued):
            options.append(f"{argument}={pending.pop()}")
        elif _OPTION.fullmatch(argument):
            options.append(argument)
        else:
            expressions.append(argument)
    return [*options, "--", *expressions]


def _is_value(word: str, option: str, valued: frozenset[str]) -> bool:
    """Whether a word behind an option is its value."""
    if option == _CHECK:
        return word == EXACT
    return option in valued and not _OPTION.fullmatch(word)


def _answer(expression: str, options: argparse.Namespace) -> int:
    formats = _listed(options.format) or ["text"]
    for name in formats:
        choice(name, _FORMATS, "format")
    wrt = _listed(options.wrt)
    told = bool({"text", _JSON} & set(formats))  # all that is known of the function, for people
    request = Request.from_json(
        {
            "expression": expression,
            "wrt": wrt[0] if len(wrt) == 1 else wrt or None,
            "order": options.order,
            "variables": declarations(options.var),
            "formats": [_SOURCES.get(name, name) for name in formats if name != _JSON]
            or DEFAULT_FORMATS,
            "steps": options.steps,
            "check": options.check,
            "compare": options.compare,
            "along": _listed(options.along),
            "layout": options.layout,
            "define": definitions(options.define),
            "where": options.where,
            "with_check": options.with_check,
            "fold": options.fold,
            "convexity": told,
            "stationary": told,
        }
    )
    from mcalc import api, batch

    answer = batch.within_limits(lambda: api.answer(request).as_dict())
    for name in formats:
        if name == _JSON:
            _configure_output(encoding="utf-8")
            print(encode(answer).decode())
        elif name == "text":
            print(terminal.answer_text(answer))
        else:
            print(terminal.format_text(answer, name, headed=len(formats) > 1))
    failures = terminal.failures(answer)
    if "text" not in formats:
        for line in failures:
            print(line, file=sys.stderr)
    return 1 if failures else 0


def _listed(values: Iterable[str]) -> list[str]:
    """The words in the values of an option that may be repeated, take a list, or both."""
    return [word.strip() for value in values for word in value.split(",")]


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise RequestError("Standard input is closed.")
    return sys.stdin.buffer


def _read_expression() -> str:
    text = _standard_input().read(_MAX_INPUT + 1)
    if len(text) > _MAX_INPUT:
        raise LimitError(f"Standard input is longer than {_MAX_INPUT} bytes, the limit.")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestError(f"Standard input is not UTF-8 (byte {error.start + 1}).") from None


_COMMANDS: Final[Mapping[str, Callable[[list[str]], int]]] = {
    "batch": _batch,
    "functions": _functions,
    "serve": _serve,
}
