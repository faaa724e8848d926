"""What is declared of a variable: its kind, its sizes, its structure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final, TypeAlias

from mcalc.core.facts import DECLARED
from mcalc.errors import LimitError, RequestError, ShapeError
from mcalc.fields import choice, described, variable, wrong
from mcalc.syntax.characters import quote
from mcalc.syntax.names import closest, default_kind, is_name

__all__ = ["KINDS", "MAX_SIZE", "STRUCTURES", "Declaration", "Sizes", "declarations"]

KINDS: Final = MappingProxyType(
    {"scalar": 0, "vector": 1, "row_vector": 1, "matrix": 2, "function": 0}
)
"""The kinds of names, and the number of sizes that each has."""
STRUCTURES: Final = tuple(DECLARED)

MAX_SIZE: Final = 10**9

Sizes: TypeAlias = tuple[str | int, ...]
"""A name or a number for each axis."""

# Structures that do not go together: each of the first with each of the second, and a way out.
_AT_ODDS = (
    (
        {"skew"},
        {"symmetric", "diagonal", "lower", "upper", "spd", "psd", "positive"},
        "At most the zero matrix is both: keep one of the two.",
    ),
    (
        {"lower", "upper"},
        {"symmetric", "spd", "psd"},
        "A triangular matrix that is symmetric is `diagonal`: write that.",
    ),
    ({"lower"}, {"upper"}, "What is both is `diagonal`: write that."),
    (
        {"diagonal", "lower", "upper"},
        {"positive"},
        "`positive` speaks of all entries; `diagonal spd` has a positive diagonal.",
    ),
    (
        {"projector"},
        {"skew", "diagonal", "lower", "upper", "orthogonal", "spd", "positive"},
        "A projector is equal to its own square: an orthogonal one is `projector symmetric`.",
    ),
    (
        {"sparse"},
        {"positive"},
        "`positive` speaks of all entries, and a sparse matrix has zeros: keep one of the two.",
    ),
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is said of a variable; what is None is left to the defaults."""

    kind: str | None = None
    shape: Sizes | None = None
    structure: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> tuple[str, Declaration]:
        """The name and what is declared of it, words in any order.

        Raises: RequestError or ShapeError where it is no declaration; LimitError for a huge size.

        >>> Declaration.parse("A: symmetric n n")
        ('A', Declaration(kind=None, shape=('n', 'n'), structure=('symmetric',)))
        """
        before, colon, after = text.partition(":")
        if not colon:
            raise RequestError(
                f"A declaration has a `:` behind the name, {quote(text)} has none.",
                hint="Write `A: symmetric n n`, `x: vector 3` or `k: positive`.",
            )
        name = variable(before.strip())
        words = after.split()
        kinds = [word for word in words if word in KINDS]
        if len(set(kinds)) > 1:
            raise RequestError(f"{quote(name)} cannot be both a {kinds[0]} and a {kinds[1]}.")
        structure = [word for word in words if word in STRUCTURES]
        sizes = [word for word in words if word not in KINDS and word not in STRUCTURES]
        _check_spelling(sizes)
        shape = tuple(_size(_number(word), name) for word in sizes)
        return name, _declaration(name, kinds[0] if kinds else None, shape or None, structure)

    @classmethod
    def from_json(cls, name: str, obj: object) -> Declaration:
        """The declaration of `name`, an object with `kind`, `shape` and `structure`, all optional.

        It may be a text as well, as `parse` has it behind the `:`, or ready-made.

        Raises: RequestError or ShapeError where it is no declaration; LimitError for a huge size.
        """
        if isinstance(obj, Declaration):
            return obj
        if isinstance(obj, str):
            return cls.parse(f"{name}: {obj}")[1]
        what = f"The declaration of {quote(name)}"
        if not isinstance(obj, Mapping):
            raise wrong(what, 'an object such as {"kind": "vector"}', obj)
        known = [part.name for part in fields(cls)]
        for part in obj:
            choice(part, known, "part of a declaration")
        kind, shape = obj.get("kind"), obj.get("shape")
        if kind is not None:
            kind = choice(kind, KINDS, "kind of variable")
        if shape is not None:
            if not isinstance(shape, list | tuple):
                raise wrong(f"The shape of {quote(name)}", 'a list such as ["n", 3]', shape)
            shape = tuple(_size(size, name) for size in shape)
        structure = obj.get("structure")
        if structure is None:
            structure = []
        if not isinstance(structure, list | tuple):
            raise wrong(f"The structure of {quote(name)}", 'a list such as ["spd"]', structure)
        return _declaration(name, kind, shape, structure)


def declarations(texts: Iterable[str]) -> dict[str, Declaration]:
    """The `variables` of a request, from texts such as `A: symmetric n n`.

    Raises: RequestError or ShapeError where one is no declaration, or is of a name that had one
        before; LimitError for a huge size.
    """
    declared: dict[str, Declaration] = {}
    for text in texts:
        name, declaration = Declaration.parse(text)
        if name in declared:
            raise RequestError(
                f"{quote(name)} is declared twice.", hint="Put it all in one declaration."
            )
        declared[name] = declaration
    return declared


def _number(word: str) -> str | int:
    """The number that a word is, or the word."""
    if not re.fullmatch("-?[0-9]+", word):
        return word
    # Python reads no numbers of thousands of digits.
    return int(word) if len(word) < 20 else MAX_SIZE + 1


def _size(size: object, owner: str) -> str | int:
    """The size of an axis of `owner`: a number, or a name in NFC."""
    if isinstance(size, str):
        name = unicodedata.normalize("NFC", size)
        if is_name(name) or _SIZE_EXPRESSION.fullmatch(name):
            return name
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise RequestError(
            f"A size of {quote(owner)} is {described(size)}.",
            hint="Sizes are whole numbers from 1 on, or names, as in `A: matrix m 3`.",
        )
    if size > MAX_SIZE:
        raise LimitError(f"A size of {quote(owner)} is above {MAX_SIZE}, the limit.")
    return size


# What answers say of sizes that follow from others: m*n, m+n, min(m,n), n*(n+1)/2.
_SIZE_EXPRESSION = re.compile(r"[^\W_][\w*+/(),]*[*+(][\w*+/(),]*")


def _check_spelling(sizes: list[str]) -> None:
    """Refuse what was meant to be another word of a declaration and would pass for a size."""
    for word in sizes:
        near = closest(word, (*KINDS, *STRUCTURES), likeness=0.8)
        if near:
            raise RequestError(
                f"{quote(word)} is no word of a declaration, and too close to one for a size.",
                hint=f"Did you mean `{near}`?",
            )


def _declaration(
    name: str, kind: str | None, shape: Sizes | None, words: Collection[object]
) -> Declaration:
    """The declaration, where its parts suit each other as far as they alone can tell."""
    structure = tuple(dict.fromkeys(choice(word, STRUCTURES, "structure") for word in words))
    if shape is not None and kind is not None and len(shape) != KINDS[kind]:
        number = ("no sizes", "one size", "two sizes")[KINDS[kind]]
        raise ShapeError(
            f"{quote(name)} is declared a {kind}, which has {number}, and given {len(shape)}."
        )
    understood = kind or default_kind(name)
    if kind is None and shape is not None and len(shape) < 3:
        understood = ("scalar", "vector", "matrix")[len(shape)]
    for word in structure:
        if word != "positive" and understood != "matrix":
            raise RequestError(
                f"{quote(name)} is a {understood}, and only a matrix can be {word}.",
                hint=f"Declare it a matrix, or take `{word}` out.",
            )
    for some, others, hint in _AT_ODDS:
        one, other = some.intersection(structure), others.intersection(structure)
        if one and other:
            raise ShapeError(
                f"{quote(name)} cannot be both {min(one)} and {min(other)}.", hint=hint
            )
    return Declaration(kind, shape, structure)
