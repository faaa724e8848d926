"""The source of values: written in order, and named where that reads or computes better."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from mcalc.core.size import DERIVED
from mcalc.printers.code.ir import Value, live

if TYPE_CHECKING:
    from mcalc.core.size import Size
    from mcalc.printers.code.module import Language
    from mcalc.printers.code.names import Names

# How tightly a piece of source binds.
SUM, PRODUCT, UNARY, POWER, ATOM = range(5)

DEEPEST = 4
"""What is nested deeper gets a name."""

Spelled: TypeAlias = tuple[str, int]
"""The source of a value, and how tightly it binds."""
Spell: TypeAlias = Callable[["Writer", Value], Spelled]


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
