"""What arguments and sizes are called in code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from mcalc.core.leaves import Direction
from mcalc.core.size import DERIVED, Size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.printers.code.module import Language

_FUNCTIONS = {"value", "derivative", "value_and_derivative"}


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
