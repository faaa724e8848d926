"""A request, checked: what every way in hands to the engine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from mcalc.core.facts import DECLARED
from mcalc.errors import LimitError, RequestError, ShapeError, UnknownName
from mcalc.printers.code.languages import LANGUAGES
from mcalc.syntax.characters import quote
from mcalc.syntax.names import closest, default_kind, is_name

__all__ = [
    "DEFAULT_FORMATS",
    "EXACT",
    "FORMATS",
    "KINDS",
    "MAX_ORDER",
    "MAX_SIZE",
    "MAX_VARIABLES",
    "STRUCTURES",
    "Declaration",
    "Request",
    "Sizes",
    "choice",
]

FORMATS: Final = ("text", "latex", "mathml", *LANGUAGES)
"""What a derivative can be written in."""
DEFAULT_FORMATS: Final = ("text", "latex")

KINDS: Final = MappingProxyType(
    {"scalar": 0, "vector": 1, "row_vector": 1, "matrix": 2, "function": 0}
)
"""The kinds of names, and the number of sizes that each has."""
STRUCTURES: Final = tuple(DECLARED)

LAYOUTS: Final = ("mixed", "numerator", "denominator")
"""How the axes of a derivative are arranged; see `mcalc.calculus.layout`."""

EXACT: Final = "exact"
"""The check that is no numeric one; see `mcalc.numeric.exact`."""

MAX_ORDER: Final = 16
MAX_SIZE: Final = 10**9
MAX_VARIABLES: Final = 50
MAX_ASSUMPTIONS: Final = 20

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
        name = _variable(before.strip())
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

        Raises: RequestError or ShapeError where it is no declaration; LimitError for a huge size.
        """
        if isinstance(obj, Declaration):
            return obj
        what = f"The declaration of {quote(name)}"
        if not isinstance(obj, Mapping):
            raise _wrong(what, 'an object such as {"kind": "vector"}', obj)
        known = [part.name for part in fields(cls)]
        for part in obj:
            choice(part, known, "part of a declaration")
        kind, shape = obj.get("kind"), obj.get("shape")
        if kind is not None:
            kind = choice(kind, KINDS, "kind of variable")
        if shape is not None:
            if not isinstance(shape, list | tuple):
                raise _wrong(f"The shape of {quote(name)}", 'a list such as ["n", 3]', shape)
            shape = tuple(_size(size, name) for size in shape)
        structure = obj.get("structure")
        if structure is None:
            structure = []
        if not isinstance(structure, list | tuple):
            raise _wrong(f"The structure of {quote(name)}", 'a list such as ["spd"]', structure)
        return _declaration(name, kind, shape, structure)


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `wrt` has a name for each order, or is None for every variable in turn."""

    expression: str
    wrt: tuple[str, ...] | None = None
    order: int = 1
    variables: Mapping[str, Declaration] = field(default_factory=dict)
    formats: tuple[str, ...] = DEFAULT_FORMATS
    steps: bool = False
    check: bool | Literal["exact"] = False
    compare: str | None = None
    along: tuple[str, ...] = ()
    define: Mapping[str, str] = field(default_factory=dict)
    layout: str = "mixed"
    where: tuple[str, ...] = ()
    with_check: bool = False
    fold: bool = True
    convexity: bool = False
    stationary: bool = False

    @classmethod
    def from_json(cls, obj: object) -> Request:
        """The request in an object as JSON has it; a field that is null is as good as absent.

        Lists may be tuples, and declarations ready-made.

        Raises: RequestError, UnknownName, ShapeError for what is no request; LimitError for one
            that is too large.
        """
        if not isinstance(obj, Mapping):
            raise _wrong("A request", 'an object such as {"expression": "x\'*A*x"}', obj)
        known = [field.name for field in fields(cls)]
        for name in obj:
            choice(name, known, "field of a request")
        given = {name: value for name, value in obj.items() if value is not None}
        if "expression" not in given:
            raise RequestError(
                "The request has no expression.",
                hint='Write {"expression": "x\'*A*x", "wrt": "x"}.',
            )
        wrt, order = _wrt_and_order(given.get("wrt"), given.get("order"))
        return cls(
            expression=_text(given["expression"], "expression"),
            wrt=wrt,
            order=order,
            variables=_variables(given.get("variables", {})),
            formats=_formats(given.get("formats", DEFAULT_FORMATS)),
            steps=_flag(given.get("steps", False), "steps"),
            check=_check(given.get("check", False)),
            compare=_text(given["compare"], "compare") if "compare" in given else None,
            along=_along(given.get("along", []), order),
            define=_define(given.get("define", {})),
            layout=choice(given.get("layout", LAYOUTS[0]), LAYOUTS, "layout"),
            where=_where(given.get("where", [])),
            with_check=_flag(given.get("with_check", False), "with_check"),
            fold=_flag(given.get("fold", True), "fold"),
            convexity=_flag(given.get("convexity", False), "convexity"),
            stationary=_flag(given.get("stationary", False), "stationary"),
        )


def choice(word: object, known: Collection[str], what: str) -> str:
    """`word`, which is one of those known.

    Raises: RequestError, which says that it is no such thing and what there is.
    """
    if not isinstance(word, str):
        raise _wrong(f"A {what}", "a word", word)
    if word in known:
        return word
    near = closest(word, known)
    raise RequestError(
        f"{quote(word)} is no {what}.",
        hint=(f"Did you mean `{near}`? " if near else "") + f"There are {', '.join(known)}.",
    )


# Python refuses to write out numbers of thousands of digits.
_SHOWN_NUMBER = 10**20


def _wrong(what: str, expected: str, found: object) -> RequestError:
    """The error for a value of the wrong type."""
    return RequestError(f"{what} is {expected}, not {_described(found)}.")


def _described(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f"the text {quote(value)}"
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) < _SHOWN_NUMBER else "a huge number"
    return "an object" if isinstance(value, Mapping) else "a list"


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong(f"`{name}`", 'a text such as "x\'*A*x"', value)
    return value


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(f"`{name}`", "true or false", value)
    return value


def _check(value: object) -> bool | Literal["exact"]:
    if value == EXACT:
        return "exact"
    if not isinstance(value, bool):
        raise _wrong("`check`", f'true, false or "{EXACT}"', value)
    return value


def _formats(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong("`formats`", 'a list such as ["text", "latex"]', value)
    if not value:
        raise RequestError("`formats` is empty.", hint="Leave it out for text and LaTeX.")
    return tuple(dict.fromkeys(choice(name, FORMATS, "format") for name in value))


def _wrt_and_order(wrt: object, order: object) -> tuple[tuple[str, ...] | None, int]:
    """A variable for each differentiation (None: every one in turn), and how many there are."""
    if order is not None:
        order = _order(order)
    if wrt is None:
        return None, order or 1
    if isinstance(wrt, str):
        order = order or 1
        return (_wrt_name(wrt),) * order, order
    if not isinstance(wrt, list | tuple):
        raise _wrong("`wrt`", 'a variable such as "x", or a list of them', wrt)
    if not wrt:
        raise RequestError("`wrt` is an empty list.", hint="Leave it out for every variable.")
    if order is None:
        order = _order(len(wrt))
    if len(wrt) != order:
        raise RequestError(
            f"`wrt` lists {len(wrt)} variables, and `order` is {order}.",
            hint="Name one variable for each differentiation, first to last, or a single one.",
        )
    return tuple(map(_wrt_name, wrt)), order


def _define(value: object) -> Mapping[str, str]:
    """Formulas by the name of the function, its parameter in brackets: `swish(t)`."""
    if not isinstance(value, Mapping):
        raise _wrong("`define`", 'an object such as {"swish": "t*sigmoid(t)"}', value)
    found: dict[str, str] = {}
    for typed, formula in value.items():
        head = _HEAD.fullmatch(str(typed))
        if head is None:
            raise RequestError(
                f"`define` has {quote(str(typed))} for the name of a function.",
                hint="Write a name such as `swish`, or `swish(u)` where its parameter is not `t`.",
            )
        name, parameter = _variable(head[1]), _variable(head[2] or "t")
        found[f"{name}({parameter})"] = _text(formula, f"define.{name}")
    return MappingProxyType(found)


_HEAD = re.compile(r"\s*(\w+)\s*(?:\(\s*(\w+)\s*\)\s*)?")


def _along(value: object, order: int) -> tuple[str, ...]:
    """The names of directions, for the last of the differentiations."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        raise _wrong("`along`", 'a direction such as "V", or a list of them', value)
    if len(names) > order:
        raise RequestError(
            f"`along` has {len(names)} directions for a derivative of order {order}.",
            hint="There is at most one for each differentiation.",
        )
    for name in names:
        if not isinstance(name, str):
            raise _wrong("A direction in `along`", "a name", name)
    return tuple(_variable(name) for name in names)


def _where(value: object) -> tuple[str, ...]:
    """The assumptions, equations as `A'*A = eye`."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple):
        raise _wrong("`where`", 'a list such as ["A\'*A = eye", "a = x\'*x"]', value)
    if len(found) > MAX_ASSUMPTIONS:
        raise LimitError(f"{len(found)} assumptions are made; the limit is {MAX_ASSUMPTIONS}.")
    return tuple(dict.fromkeys(_text(text, "where").strip() for text in found))


def _order(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong("`order`", "a whole number", value)
    if value < 1:
        raise RequestError("`order` is at least 1.", hint="The first derivative has order 1.")
    if value > MAX_ORDER:
        raise LimitError(f"`order` is at most {MAX_ORDER}.", hint="Differentiate an answer again.")
    return value


def _wrt_name(value: object) -> str:
    if not isinstance(value, str):
        raise _wrong("A variable in `wrt`", "a name", value)
    if not value:
        raise RequestError("`wrt` names nothing.", hint="Leave it out for every variable.")
    name = unicodedata.normalize("NFC", value)
    if not is_name(name):
        raise UnknownName(
            f"`wrt` names a variable, and {quote(value)} is no name.",
            hint="One differentiates by a variable of the expression, such as `x`.",
        )
    return name


def _variables(value: object) -> Mapping[str, Declaration]:
    if not isinstance(value, Mapping):
        raise _wrong("`variables`", 'an object such as {"A": {"structure": ["spd"]}}', value)
    if len(value) > MAX_VARIABLES:
        raise LimitError(f"{len(value)} variables are declared; the limit is {MAX_VARIABLES}.")
    declared: dict[str, Declaration] = {}
    for typed, declaration in value.items():
        name = _variable(typed)
        if name in declared:
            raise RequestError(f"{quote(name)} is declared twice.")
        declared[name] = Declaration.from_json(name, declaration)
    return MappingProxyType(declared)


def _variable(typed: object) -> str:
    """The name that a declaration is about, in NFC."""
    name = unicodedata.normalize("NFC", str(typed))
    if not is_name(name):
        raise RequestError(
            f"{quote(name)} is no name for a variable.",
            hint="A name is a letter, then letters, digits and `_`.",
        )
    return name


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
            f"A size of {quote(owner)} is {_described(size)}.",
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
