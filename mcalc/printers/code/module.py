"""A module of code in any language: what the frame asks of a language, and the frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeAlias

from mcalc.calculus.indices import entries_of
from mcalc.core.leaves import Direction
from mcalc.core.size import DERIVED, Size
from mcalc.printers.code.generate import Generator
from mcalc.printers.code.ir import Value, live
from mcalc.printers.code.tensor import emit_tensor

if TYPE_CHECKING:
    from mcalc.calculus.derivative import Derivative
    from mcalc.core.expr import Expr
    from mcalc.core.op import Op

# How tightly a piece of source binds.
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)

Spelled: TypeAlias = tuple[str, int]
"""The source of a value, and how tightly it binds."""
Spell: TypeAlias = Callable[["Writer", Value], Spelled]

FUNCTIONS = {
    "value": ("value",),
    "derivative": ("derivative",),
    "value_and_derivative": ("value", "derivative"),
}
"""The functions of a module, and what each of them returns."""


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


class Axis(NamedTuple):
    """An axis of an argument: the source of its length, and whether that is read off here.

    The source is empty where no argument tells the length.
    """

    length: str
    tells: bool


class Language(ABC):
    """What a language says differently: its names, its spelling of each value, its functions.

    spelling      the source of each kind of value of `ir`, from those of its arguments
    reserved      what no argument may be called
    helpers       functions that a module brings along where it calls them, by name
    """

    name: ClassVar[str]
    spelling: ClassVar[Mapping[str, Spell]]
    reserved: ClassVar[frozenset[str]]
    helpers: ClassVar[Mapping[str, str]]
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

    def assignment(self, name: str, source: str) -> str:
        """The line that gives a value a name."""
        return f"{name} = {source}"

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
        self, name: str, arguments: tuple[Argument, ...], lines: list[str], results: list[str]
    ) -> str:
        """A function of `FUNCTIONS`."""

    @abstractmethod
    def module(
        self,
        question: str,
        arguments: tuple[Argument, ...],
        functions: list[str],
        helpers: list[str],
    ) -> str:
        """The whole source: the question at its head, what it needs, and its functions."""


def write(
    language: Language,
    derivative: Derivative,
    result: Expr,
    variables: Mapping[str, Expr],
    question: str,
) -> Code:
    """The module of a value and its derivative, the latter as it reads after simplification.

    variables are those of the expression, and others that only give sizes.
    Raises: RequestError for what cannot be said in the language.
    """
    names = Names(language, variables)
    written = []
    for name, wanted in FUNCTIONS.items():
        g = Generator()
        roots = tuple(
            [
                g.emit(derivative.value) if w == "value" else emit_derivative(g, derivative, result)
                for w in wanted
            ]
        )
        writer = Writer(language, names, roots)
        written.append((name, writer, [writer.text(root, SUM) for root in roots]))
    # Writing may find arguments: all functions take the same.
    arguments = names.list_arguments()
    functions = [
        language.function(name, arguments, [*names.size_lines(writer.symbols), *writer.lines], text)
        for name, writer, text in written
    ]
    helpers = _helpers(language, "\n".join(functions))
    return Code(language.module(question, arguments, functions, helpers), names.arguments)


def emit_derivative(g: Generator, derivative: Derivative, result: Expr) -> Value:
    """The array of the derivative, its axes the value's and then the variables'."""
    if derivative.notation == "matrix":
        return g.emit(result)
    array = emit_tensor(g, entries_of(derivative))
    if result.shape == derivative.result.shape.T and result.shape != derivative.result.shape:
        first = len(derivative.value.shape.axes)
        order = (*range(first, array.rank), *range(first))
        return g.value("permute", array, data=order, rank=array.rank)
    return array


def _helpers(language: Language, body: str) -> list[str]:
    """The helpers that the body calls, and those that they call, in the language's order."""
    called: set[str] = set()
    pending = [body]
    while pending:
        source = pending.pop()
        for name, helper in language.helpers.items():
            if name not in called and f"{name}(" in source:
                called.add(name)
                pending.append(helper)
    return [source for name, source in language.helpers.items() if name in called]


class Names:
    """Names of arguments and sizes, renamed where the language or the module has them already."""

    def __init__(self, language: Language, variables: Mapping[str, Expr]) -> None:
        self.language = language
        self.variables = variables
        self.taken = set(language.reserved) | set(language.helpers) | set(FUNCTIONS)
        self.arguments = {name: self._fresh(name) for name in variables}
        self.sizes: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        for name, node in variables.items():
            axes = node.shape.axes
            for k, axis in enumerate(axes):
                symbol = str(axis)
                if axis == Size.symbol(symbol) and symbol not in self.sources:
                    argument = self.arguments[name]
                    self.sources[symbol] = language.extent(argument, k, len(axes))

    def _fresh(self, wanted: str) -> str:
        name = self.language.identifier(wanted)
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def list_arguments(self) -> tuple[Argument, ...]:
        """All arguments, in the order of the functions."""
        return tuple([Argument(v, name, self._axes(v)) for v, name in self.arguments.items()])

    def _axes(self, variable: str) -> tuple[Axis, ...] | None:
        if variable not in self.variables:
            return None
        argument, axes = self.arguments[variable], self.variables[variable].shape.axes
        found = []
        for k, size in enumerate(axes):
            known = all(s in self.sources for s in size.symbols)
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
                self.arguments[symbol] = self.sizes[symbol]
        return self.sizes[symbol]

    def of(self, data: object) -> str:
        """The argument that a variable is, or its change d(X)."""
        if not isinstance(data, Direction):
            return self.arguments[str(data)]
        change = "d" if data.number == 0 else f"d{data.number + 1}"
        spelled = f"{change}({data.variable})"
        if spelled not in self.arguments:
            self.arguments[spelled] = self._fresh(f"{change}_{data.variable}")
        return self.arguments[spelled]

    def function(self, op: Op) -> str:
        """The argument that an unknown function, or a derivative of one, is."""
        if op.name not in self.arguments:
            self.arguments[op.name] = self._fresh(op.name.replace("'", "_prime"))
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
            if s in DERIVED:
                stack.extend(name for part in DERIVED[s].parts for name in part.symbols)
            else:
                self.symbols.add(s)
        return self.names.expression(size)

    def line(self, source: str) -> str:
        """The name of a new value, after the line that gives it."""
        name = self.new_name()
        self.lines.append(self.language.assignment(name, source))
        return name

    def new_name(self) -> str:
        """A name that nothing has."""
        while True:
            name = f"t{self.count}"
            self.count += 1
            if name not in self.names.taken:
                return name

    def _write(self, v: Value) -> None:
        if v.kind == "assemble":
            self.written[v] = (self.language.assemble(self, v), ATOM)
            return
        source, binding = self.language.spelling[v.kind](self, v)
        simple = v.kind in ("input", "number", "pi")
        if not simple and (self.uses[v] > 1 or len(source) > self.language.longest_inline):
            source, binding = self.line(source), ATOM
        self.written[v] = (source, binding)


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
    template = w.language.operation(v.data)
    # A template that is no mere call has operators around its arguments.
    if any(mark in template for mark in ("{0}.", "{0} ", "{0}'")):
        return template.format(*[w.text(a, ATOM) for a in v.args]), SUM
    return template.format(*[w.text(a, SUM) for a in v.args]), ATOM


def negative(w: Writer, v: Value) -> Spelled:
    """-a."""
    return f"-{w.text(v.args[0], UNARY)}", UNARY
