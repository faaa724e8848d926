"""A module of code in any language: what the frame asks of a language, and the frame."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, TypeAlias

from mcalc.calculus.layout import entries_in
from mcalc.core.leaves import Direction, structure
from mcalc.core.size import DERIVED, Size
from mcalc.errors import RequestError
from mcalc.printers.code.generate import Generator
from mcalc.printers.code.ir import Value, live
from mcalc.printers.code.passes import optimized
from mcalc.printers.code.sparse import is_sparse, made_dense
from mcalc.printers.code.tensor import emit_tensor

if TYPE_CHECKING:
    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.printers.code.trial import Trial

# How tightly a piece of source binds.
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)

DEEPEST = 4
"""What is nested deeper gets a name."""

Spelled: TypeAlias = tuple[str, int]
"""The source of a value, and how tightly it binds."""
Spell: TypeAlias = Callable[["Writer", Value], Spelled]

Emit: TypeAlias = Callable[[Generator], Value]
"""What a function returns, as a value of its program."""


@dataclass(frozen=True, slots=True)
class Code:
    """A complete module; `arguments` maps variables to the arguments of its functions."""

    source: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of the functions: what it stands for, its name there, and its axes.

    `axes` is None for a size, a tangent or a function, whose shapes nobody checks.
    """

    variable: str
    name: str
    axes: tuple[Axis, ...] | None
    kind: Literal["array", "size", "function"] = "array"
    rank: int = 0


class Axis(NamedTuple):
    """An axis of an argument: the source of its length, and whether that is read off here.

    The source is empty where no argument tells the length.
    """

    length: str
    tells: bool


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


_FUNCTIONS = {"value", "derivative", "value_and_derivative"}


def no_counterpart(language: str, op: Op) -> RequestError:
    """The refusal of an operation that a language has not."""
    return RequestError(f"{language} has no {op.name}", hint="NumPy has")


class Names:
    """Names of arguments and sizes, renamed where the language or the module has them already."""

    def __init__(self, language: Language, variables: Mapping[str, Expr]) -> None:
        self.language = language
        self.variables = variables
        self.taken = set(language.reserved) | set(language.helpers) | _FUNCTIONS
        self.arguments = {name: self._fresh(name) for name in variables}
        self.ranks = {name: len(node.shape.axes) for name, node in variables.items()}
        self.sizes: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        found: dict[str, str] = {}
        for name, node in variables.items():
            axes = node.shape.axes
            for k, axis in enumerate(axes):
                if axis == Size.symbol(str(axis)):
                    extent = language.extent(self.arguments[name], k, len(axes))
                    found.setdefault(str(axis), extent)
        # What follows from others comes last: it has to be read off only where they are not told.
        for symbol in sorted(found, key=lambda s: s in DERIVED):
            if not self._is_told(symbol):
                self.sources[symbol] = found[symbol]

    def _is_told(self, symbol: str) -> bool:
        """Whether the arguments tell a size."""
        if symbol in self.sources or symbol not in DERIVED:
            return symbol in self.sources
        return all(self._is_told(s) for part in DERIVED[symbol].parts for s in part.symbols)

    def _fresh(self, wanted: str) -> str:
        name = self.language.identifier(re.sub(r"\W+", "_", wanted))
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def list_arguments(self) -> tuple[Argument, ...]:
        """All arguments, in the order of the functions."""
        return tuple(
            [
                Argument(v, name, self._axes(v), self._kind(v), self.ranks.get(v, 0))
                for v, name in self.arguments.items()
            ]
        )

    def _kind(self, variable: str) -> Literal["array", "size", "function"]:
        if variable in self.ranks:
            return "array"
        return "size" if self.arguments[variable] in self.sizes.values() else "function"

    def _axes(self, variable: str) -> tuple[Axis, ...] | None:
        if variable not in self.variables:
            return None
        argument, axes = self.arguments[variable], self.variables[variable].shape.axes
        found = []
        for k, size in enumerate(axes):
            known = all(self._is_told(s) for s in size.symbols)
            source = self.language.extent(argument, k, len(axes))
            tells = known and self.sources.get(str(size)) == source
            found.append(Axis(self.expression(size) if known else "", tells))
        return tuple(found)

    def size_lines(self, symbols: set[str]) -> list[str]:
        """The lines that read sizes off the arguments."""
        return [
            self.language.assignment(self.size(s), self.sources[s])
            for s in sorted(symbols)
            if s in self.sources
        ]

    def size(self, symbol: str) -> str:
        """The name of a size; one that no argument has is an argument itself."""
        if symbol in DERIVED and symbol not in self.sources:
            parts = tuple([self.expression(s) for s in DERIVED[symbol].parts])
            return f"({self.language.derived(symbol, parts)})"
        if symbol not in self.sizes:
            self.sizes[symbol] = self._fresh(symbol)
            if symbol not in self.sources:
                name = self.sizes[symbol]
                # A variable may bear the same name.
                self.arguments[name if symbol in self.variables else symbol] = name
        return self.sizes[symbol]

    def of(self, data: object) -> str:
        """The argument that a variable is, or its change d(X)."""
        if not isinstance(data, Direction):
            return self.arguments[str(data)]
        change = "d" if data.number == 0 else f"d{data.number + 1}"
        spelled = f"{change}({data.variable})"
        if spelled not in self.arguments:
            self.arguments[spelled] = self._fresh(f"{change}_{data.variable}")
            self.ranks[spelled] = self.ranks[data.variable]
        return self.arguments[spelled]

    def function(self, op: Op) -> str:
        """The argument that an unknown function, or a derivative of one, is."""
        if op.name not in self.arguments:
            wanted = op.name.replace("'", "_prime")
            clashes = self.language.identifier(wanted) in self.language.called
            self.arguments[op.name] = self._fresh(f"{wanted}_" if clashes else wanted)
        return self.arguments[op.name]

    def expression(self, size: Size) -> str:
        """A size in terms of the named ones."""
        pieces = []
        for monomial, c in size.terms:
            factors = ([] if c == 1 and monomial else [str(c)]) + [self.size(s) for s in monomial]
            pieces.append(" * ".join(factors))
        return " + ".join(pieces) or "0"


class Writer:
    """Source of the values of one function, in order; what is used once stands where it is used."""

    def __init__(self, language: Language, names: Names, roots: tuple[Value, ...]) -> None:
        self.language = language
        self.names = names
        self.lines: list[str] = []
        self.symbols: set[str] = set()
        self.written: dict[Value, Spelled] = {}
        self.named: set[str] = set()
        self.count = 0
        order = live(roots)
        self.uses: dict[Value, int] = dict.fromkeys(roots, 1)
        for v in order:
            for a in v.args:
                self.uses[a] = self.uses.get(a, 0) + 1
        for v in order:
            self._write(v)

    def text(self, v: Value, level: int) -> str:
        """The source of a value, in brackets where it binds less than `level`."""
        source, binding = self.written[v]
        return f"({source})" if binding < level else source

    def size(self, size: Size) -> str:
        """The source of a size."""
        stack = list(size.symbols)
        while stack:
            s = stack.pop()
            if s in DERIVED and s not in self.names.sources:
                stack.extend(name for part in DERIVED[s].parts for name in part.symbols)
            else:
                self.symbols.add(s)
        return self.names.expression(size)

    def line(self, source: str, v: Value) -> str:
        """The name of a value, after the line that gives it."""
        name = self.new_name()
        self.lines.append(self.language.declaration(name, source, v))
        return name

    def new_name(self) -> str:
        """A name that nothing has."""
        while True:
            name = f"t{self.count}"
            self.count += 1
            if name not in self.names.taken:
                self.named.add(name)
                return name

    def _write(self, v: Value) -> None:
        if v.kind == "assemble":
            self.written[v] = (self.language.assemble(self, v), ATOM)
            return
        source, binding = self.language.spelling[v.kind](self, v)
        simple = self.language.inlined(v) or source in self.named
        long = len(source) > self.language.longest_inline or _depth(source) > DEEPEST
        if not simple and (self.uses[v] > 1 or long):
            source, binding = self.line(source, v), ATOM
        self.written[v] = (source, binding)


def _depth(source: str) -> int:
    """How many brackets are open at once."""
    return max(accumulate((c in "([{") - (c in ")]}") for c in source), default=0)


# ---------------------------------------------------------------- spelling
def infix(operator: str, level: int) -> Spell:
    """a ∘ b, for an operator that associates to the left."""

    def spell(w: Writer, v: Value) -> Spelled:
        a, b = v.args
        return f"{w.text(a, level)} {operator} {w.text(b, level + 1)}", level

    return spell


def call(name: str) -> Spell:
    """name(a, b, …)."""
    return lambda w, v: (f"{name}({', '.join(w.text(a, SUM) for a in v.args)})", ATOM)


def operation(w: Writer, v: Value) -> Spelled:
    """The call of an operation of the table, as the language's template has it."""
    return filled(w.language.operation(v.data), [w.written[a] for a in v.args])


def filled(template: str, arguments: list[Spelled]) -> Spelled:
    """A template with its arguments, in brackets where they stand among operators."""
    alone = all(_is_alone(template, place) for place in _PLACE.finditer(template))
    found = [f"({s})" if binding < ATOM and not alone else s for s, binding in arguments]
    return template.format(*found), SUM if _has_operators(template) else ATOM


_PLACE = re.compile(r"\{\d\}")


def _is_alone(template: str, place: re.Match[str]) -> bool:
    """Whether a place is all of an argument of a call."""
    before, after = template[: place.start()], template[place.end() :]
    return before.endswith(("(", ", ")) and after.startswith((",", ")"))


def _has_operators(template: str) -> bool:
    """Whether an operator stands outside all brackets."""
    depth = 0
    for c in template:
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and c in "+-*/\\ ":
            return True
    return False


def negative(w: Writer, v: Value) -> Spelled:
    """-a."""
    return f"-{w.text(v.args[0], UNARY)}", UNARY
