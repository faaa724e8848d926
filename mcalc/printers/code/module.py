"""A module of code in any language: what the frame asks of a language, and the frame."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias

from mcalc.calculus.layout import entries_in
from mcalc.core.leaves import structure
from mcalc.core.size import DERIVED
from mcalc.errors import RequestError
from mcalc.printers.code.generate import Generator
from mcalc.printers.code.ir import Value
from mcalc.printers.code.names import Argument, Names
from mcalc.printers.code.passes import optimized
from mcalc.printers.code.sparse import is_sparse, made_dense
from mcalc.printers.code.tensor import emit_tensor
from mcalc.printers.code.writer import SUM, Spell, Writer

if TYPE_CHECKING:
    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.printers.code.trial import Trial

Emit: TypeAlias = Callable[[Generator], Value]
"""What a function returns, as a value of its program."""


@dataclass(frozen=True, slots=True)
class Code:
    """A complete module; `arguments` maps variables to the arguments of its functions."""

    source: str
    arguments: Mapping[str, str]


class Result(NamedTuple):
    """What a function returns: its source, the rank of that array, and whether it is sparse."""

    source: str
    rank: int
    sparse: bool


class Language(ABC):
    """What a language says differently: its names, its spelling of each value, its functions.

    spelling      the source of each kind of value of `ir`, from those of its arguments
    reserved      what no argument may be called
    helpers       functions that a module brings along where it calls them, by name
    missing       operations of the table that nothing here computes
    called        what no argument that is a function may be called, beyond what is reserved
    arranges      whether its derivative comes in the layout asked for, not always in the mixed one
    sparse_arrays what an argument that is sparse may be
    """

    name: ClassVar[str]
    spelling: ClassVar[Mapping[str, Spell]]
    reserved: ClassVar[frozenset[str]]
    helpers: ClassVar[Mapping[str, str]]
    missing: ClassVar[frozenset[str]] = frozenset()
    called: ClassVar[frozenset[str]] = frozenset()
    arranges: ClassVar[bool] = True
    sparse_arrays: ClassVar[str] = ""
    longest_inline: ClassVar[int] = 72

    def identifier(self, name: str) -> str:
        """What a name of the input language is called here, reserved or not."""
        return name

    @abstractmethod
    def extent(self, argument: str, axis: int, rank: int) -> str:
        """The length of an axis of an argument, the first axis being 0."""

    def derived(self, symbol: str, parts: tuple[str, ...]) -> str:
        """A size that is no polynomial, as min(m,n), from the sources of its parts."""
        return DERIVED[symbol].source.format(*parts)

    def sparse(self, derivative: Derivative, variables: Mapping[str, Expr]) -> frozenset[str]:
        """The variables whose arguments are sparse, of those that are declared so."""
        return frozenset()

    def lowered(self, roots: tuple[Value, ...], sparse: frozenset[str]) -> tuple[Value, ...]:
        """The program as the language is best told it, the inputs of these names being sparse."""
        return roots

    def assignment(self, name: str, source: str) -> str:
        """The line that gives a value a name."""
        return f"{name} = {source}"

    def declaration(self, name: str, source: str, v: Value) -> str:
        """The line that gives a value of the program a name."""
        return self.assignment(name, source)

    def inlined(self, v: Value) -> bool:
        """Whether a value stands wherever it is used, and never gets a name."""
        return v.kind in ("input", "sparse input", "number", "pi")

    def result(self, writer: Writer, v: Value) -> str:
        """What a function returns for a value."""
        return writer.text(v, SUM)

    @abstractmethod
    def operation(self, op: Op) -> str:
        """The call of an operation of the table, its arguments as {0}, {1}.

        Raises: RequestError where the language has none.
        """

    @abstractmethod
    def assemble(self, writer: Writer, v: Value) -> str:
        """The name of an array that is filled term by term, after the lines that fill it."""

    @abstractmethod
    def function(
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[Result]
    ) -> str:
        """A function of the module, of those that `functions` lists."""

    def functions(
        self, derivative: Derivative, result: Expr, layout: str
    ) -> Mapping[str, tuple[Emit, ...]]:
        """The functions of a module, and what each of them returns."""

        def value(g: Generator) -> Value:
            return g.emit_root(derivative.value)

        def entries(g: Generator) -> Value:
            return emit_derivative(g, derivative, result, layout)

        return {
            "value": (value,),
            "derivative": (entries,),
            "value_and_derivative": (value, entries),
        }

    def takes(self, function: str, argument: Argument) -> bool:
        """Whether a function has this argument of the module; all have all of them."""
        return True

    def further(self, derivative: Derivative, arguments: tuple[Argument, ...]) -> list[str]:
        """Functions that are no more than calls of the others."""
        return []

    @abstractmethod
    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
        trial: Trial | None,
    ) -> str:
        """The whole source: the question at its head, what it needs, its functions, its check.

        With a trial it ends in a check of the derivative against differences at the trial's point,
        that prints both and fails where they are apart.
        """


def write(
    language: Language,
    derivative: Derivative,
    result: Expr,
    variables: Mapping[str, Expr],
    question: str,
    trial: Callable[[Mapping[str, str]], Trial] | None = None,
    layout: str = "mixed",
) -> Code:
    """The module of a value and its derivative, the latter as it reads after simplification.

    variables are those of the expression, and others that only give sizes; `trial` is given the
    arguments of the variables.
    Raises: RequestError for what cannot be said in the language.
    """
    names = Names(language, variables)
    sparse = language.sparse(derivative, variables)
    filled: set[str] = set()
    written = []
    for name, wanted in language.functions(derivative, result, layout).items():
        g = Generator()
        roots = language.lowered(optimized(tuple([emit(g) for emit in wanted])), sparse)
        filled |= made_dense(roots)
        writer = Writer(language, names, roots)
        results = [
            Result(language.result(writer, root), root.rank, is_sparse(root)) for root in roots
        ]
        written.append((name, writer, results))
    # Writing may find arguments, so that functions are made when all is written.
    arguments = names.list_arguments()
    functions = []
    for name, writer, results in written:
        taken = tuple([a for a in arguments if language.takes(name, a)])
        lines = [*names.size_lines(writer.symbols), *writer.lines]
        functions.append(language.function(name, taken, lines, results))
    helpers = _helpers(language, "\n".join(functions))
    functions += language.further(derivative, arguments)
    taken_by_all = {a.variable: a.name for a in arguments if language.takes("value", a)}
    data = None if trial is None else trial(taken_by_all)
    said = "\n".join([question, *_of_sparse(language, variables, sparse, filled)])
    return Code(language.module(said, arguments, functions, helpers, data), taken_by_all)


def _of_sparse(
    language: Language,
    variables: Mapping[str, Expr],
    kept: Collection[str],
    filled: Collection[str],
) -> list[str]:
    """What becomes of the variables that are declared sparse."""
    declared = [name for name, node in variables.items() if "sparse" in structure(node)]
    groups = {
        f"Sparse, {language.sparse_arrays}": [name for name in declared if name in kept],
        "Made dense on the way, since the formula fills it": [n for n in declared if n in filled],
        "Declared sparse, here a dense array": [name for name in declared if name not in kept],
    }
    return [f"{said}: {', '.join(names)}." for said, names in groups.items() if names]


def emit_derivative(
    g: Generator, derivative: Derivative, result: Expr, layout: str = "mixed"
) -> Value:
    """The array of the derivative in a layout, in which the result is already."""
    if derivative.notation == "matrix":
        return g.emit_root(result)
    return emit_tensor(g, entries_in(derivative, layout))


def _helpers(language: Language, body: str) -> list[str]:
    """The helpers that the body calls, and those that they call, in the language's order."""
    called: set[str] = set()
    pending = [body]
    while pending:
        source = pending.pop()
        for name, helper in language.helpers.items():
            # Called as name(…) or, by entries, name.(…); or handed on to another function.
            if name not in called and re.search(rf"(?<![\w.]){name}(?=\.?\(|,|\))", source):
                called.add(name)
                pending.append(helper)
    return [source for name, source in language.helpers.items() if name in called]


def no_counterpart(language: str, op: Op) -> RequestError:
    """The refusal of an operation that a language has not."""
    return RequestError(f"{language} has no {op.name}", hint="NumPy has")
