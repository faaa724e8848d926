"""The frame of a printer: it spells forms, in an order that needs no recursion, and joins them.

What is spelled keeps its sub-expressions as parts, so a shared one is spelled once however often it
is written, and the length of the whole is known before it is written out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from mcalc.errors import LimitError
from mcalc.printers.forms import (
    Blocks,
    Call,
    Elementwise,
    Form,
    Item,
    Leaf,
    Number,
    Part,
    Power,
    Product,
    Sum,
    Transposed,
    parts,
)
from mcalc.printers.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mcalc.core.expr import Expr
    from mcalc.core.op import Op
    from mcalc.printers.places import Places


class Level(IntEnum):
    """How tightly a formula holds together, loosest first.

    Element-wise and matrix products bind alike in the language; they are told apart here because
    a reader is spared the mixture: `A*(x.*y)`, and also `(A*x).*y`.
    """

    SUM = 0
    ELEMENTWISE = 1
    TIMES = 2
    POWER = 3
    ATOM = 4


class Spelled(NamedTuple):
    """A formula in pieces: strings, and parts spelled elsewhere.

    tall    whether it is higher than a line
    opening the string it begins with
    """

    pieces: tuple[str | Part, ...]
    level: Level
    tall: bool = False
    opening: str = ""


def joined(
    level: Level, *things: str | Spelled, tall: bool = False, opening: str | None = None
) -> Spelled:
    """Strings and spelled formulas one after the other, as tall as the tallest."""
    pieces: list[str | Part] = []
    for thing in things:
        if isinstance(thing, Spelled):
            pieces += thing.pieces
            tall = tall or thing.tall
        else:
            pieces.append(thing)
    if opening is None:
        first = things[0]
        opening = first if isinstance(first, str) else first.opening
    return Spelled(tuple(pieces), level, tall, opening)


def between(sign: str, spelled: Iterable[Spelled]) -> list[str | Spelled]:
    """Formulas with a sign between each two."""
    things: list[str | Spelled] = []
    for s in spelled:
        things += [sign, s] if things else [s]
    return things


def called(op: Op) -> str:
    """What an operation is called; further words of its name tell variants of it apart."""
    return op.name.partition(" ")[0]


class Printer(ABC):
    """Spells the forms of expressions; a subclass says how."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.spelled: dict[Part, Spelled] = {}
        """Every part laid out so far, after those in it."""

    # ------------------------------------------------------------ the frame
    def print_all(
        self, body: Expr, definitions: Iterable[tuple[str, Expr]], limit: int | None
    ) -> tuple[str, list[tuple[str, str]]]:
        """An expression and definitions written out.

        Raises: LimitError where that takes more characters than the limit.
        """
        named = [(name, self.lay_out(value)) for name, value in definitions]
        root = self.lay_out(body)
        lengths = self.lengths() if limit is not None else {}
        if limit is not None and sum(lengths[part] for _, part in [("", root), *named]) > limit:
            raise LimitError(
                f"The formula has more than {limit} characters.",
                hint="Differentiate a part of it, or by one variable at a time.",
            )
        return self._written(root), [(name, self._written(part)) for name, part in named]

    def lay_out(self, e: Expr) -> Part:
        """Spell an expression and all in it; its own part, in which nothing tells a size."""
        root = self.places.part(e)
        stack: list[tuple[Part, Form | None]] = [(root, None)]
        while stack:
            part, form = stack.pop()
            if part in self.spelled:
                continue
            if form is None:
                form = read(self.places, part)
                missing = [inner for inner in parts(form) if inner not in self.spelled]
                if missing:
                    stack.append((part, form))
                    stack.extend((inner, None) for inner in reversed(missing))
                    continue
            self.spelled[part] = self.form(form)
        return root

    def lengths(self) -> Mapping[Part, int]:
        """How many characters each part has, written out."""
        found: dict[Part, int] = {}
        for part, spelled in self.spelled.items():
            found[part] = sum(len(p) if isinstance(p, str) else found[p] for p in spelled.pieces)
        return found

    def _written(self, root: Part) -> str:
        out: list[str] = []
        pending: list[str | Part] = [root]
        while pending:
            piece = pending.pop()
            if isinstance(piece, str):
                out.append(piece)
            else:
                pending.extend(reversed(self.spelled[piece].pieces))
        return "".join(out)

    # ------------------------------------------------------------ spelling
    def form(self, form: Form) -> Spelled:
        """A form whose parts are spelled."""
        match form:
            case Sum(terms):
                return self.sum(terms)
            case Product(factors, divisors):
                return self.product(factors, divisors)
            case Elementwise():
                return self.elementwise(form)
            case Power():
                return self.power(form)
            case Transposed(base):
                return self.transposed(base)
            case Call():
                return self.call(form)
            case Blocks(rows):
                return self.blocks(rows)
            case _:
                return self.leaf(form)

    @abstractmethod
    def sum(self, terms: Sequence[tuple[bool, Item]]) -> Spelled:
        """Terms with their signs."""

    @abstractmethod
    def product(self, factors: Sequence[Item], divisors: Sequence[Item]) -> Spelled:
        """Factors over divisors."""

    @abstractmethod
    def elementwise(self, form: Elementwise) -> Spelled:
        """A product entry by entry."""

    @abstractmethod
    def power(self, form: Power) -> Spelled:
        """A power."""

    @abstractmethod
    def transposed(self, base: Item) -> Spelled:
        """A transpose."""

    @abstractmethod
    def call(self, form: Call) -> Spelled:
        """A function of its arguments."""

    @abstractmethod
    def blocks(self, rows: Sequence[Sequence[Item]]) -> Spelled:
        """A matrix of blocks."""

    @abstractmethod
    def leaf(self, form: Leaf) -> Spelled:
        """A form without items."""

    @abstractmethod
    def bracketed(self, inner: Spelled) -> Spelled:
        """A formula in brackets."""

    def item(self, item: Item) -> Spelled:
        """An item of a form, as it is."""
        if not isinstance(item, Part):
            return self.form(item)
        spelled = self.spelled[item]
        return Spelled((item,), spelled.level, spelled.tall, spelled.opening)

    def at(self, level: Level, item: Item) -> Spelled:
        """An item in brackets unless it binds at least so tightly."""
        spelled = self.item(item)
        return spelled if spelled.level >= level else self.bracketed(spelled)

    def factors(self, items: Sequence[Item]) -> list[Spelled]:
        """Factors of a matrix product, in brackets where they or the reader need them."""
        if len(items) == 1:
            return [self.at(Level.ELEMENTWISE, items[0])]
        vectors = [self._is_vector(item) for item in items]
        how_many = sum(vectors)
        found = []
        for i, item in enumerate(items):
            bare = i == 0
            if isinstance(item, Part) and item.node.shape.is_scalar:
                # Scalars may be multiplied in any order; beside vectors, (x'*y)*z is clearer.
                bare = how_many == vectors[i]
            found.append(self.at(Level.TIMES if bare else Level.POWER, item))
        return found

    def _is_vector(self, item: Item) -> bool:
        """Whether an item is a vector, or a scalar made of some."""
        if not isinstance(item, Part):
            return not isinstance(item, (Number, Power))
        shape = item.node.shape
        return self.item(item).level < Level.POWER if shape.is_scalar else not shape.is_matrix

    def entries(self, form: Elementwise) -> list[Spelled]:
        """Factors of an element-wise product, in brackets where they need them."""
        found = [self.at(Level.POWER, item) for item in form.factors]
        if form.factors and not form.scalars:
            first = self.item(form.factors[0])
            found[0] = first if first.level is Level.ELEMENTWISE else found[0]
        return found
