"""A request, checked: what every way in hands to the engine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Final, Literal

from mcalc.declaration import Declaration
from mcalc.errors import LimitError, RequestError, UnknownName
from mcalc.fields import boolean, choice, string, variable, wrong
from mcalc.printers.code.languages import LANGUAGES
from mcalc.syntax.characters import quote
from mcalc.syntax.names import is_name

__all__ = [
    "DEFAULT_FORMATS",
    "EXACT",
    "FORMATS",
    "LAYOUTS",
    "MAX_ASSUMPTIONS",
    "MAX_ORDER",
    "MAX_VARIABLES",
    "Request",
    "definitions",
]

FORMATS: Final = ("text", "latex", "mathml", *LANGUAGES)
"""What a derivative can be written in."""
DEFAULT_FORMATS: Final = ("text", "latex")

LAYOUTS: Final = ("mixed", "numerator", "denominator")
"""How the axes of a derivative are arranged; see `mcalc.calculus.layout`."""

EXACT: Final = "exact"
"""The check that is no numeric one; see `mcalc.numeric.exact`."""

MAX_ORDER: Final = 16
MAX_VARIABLES: Final = 50
MAX_ASSUMPTIONS: Final = 20


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
            raise wrong("A request", 'an object such as {"expression": "x\'*A*x"}', obj)
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
            expression=string(given["expression"], "expression"),
            wrt=wrt,
            order=order,
            variables=_variables(given.get("variables", {})),
            formats=_formats(given.get("formats", DEFAULT_FORMATS)),
            steps=boolean(given.get("steps", False), "steps"),
            check=_check(given.get("check", False)),
            compare=string(given["compare"], "compare") if "compare" in given else None,
            along=_along(given.get("along", []), order),
            define=_define(given.get("define", {})),
            layout=choice(given.get("layout", LAYOUTS[0]), LAYOUTS, "layout"),
            where=_where(given.get("where", [])),
            with_check=boolean(given.get("with_check", False), "with_check"),
            fold=boolean(given.get("fold", True), "fold"),
            convexity=boolean(given.get("convexity", False), "convexity"),
            stationary=boolean(given.get("stationary", False), "stationary"),
        )


def definitions(texts: Iterable[str]) -> dict[str, str]:
    """The `define` of a request, from texts such as `swish(t) = t*sigmoid(t)`.

    Raises: RequestError for a text without a `=`, and for a second one of the same function.
    """
    found: dict[str, str] = {}
    for text in texts:
        head, sign, formula = text.partition("=")
        if not sign:
            raise RequestError(
                f"A definition has a `=`, {quote(text)} has none.",
                hint="Write `swish(t) = t*sigmoid(t)`.",
            )
        if head.strip() in found:
            raise RequestError(f"{quote(head.strip())} is defined twice.")
        found[head.strip()] = formula.strip()
    return found


def _check(value: object) -> bool | Literal["exact"]:
    if value == EXACT:
        return "exact"
    if not isinstance(value, bool):
        raise wrong("`check`", f'true, false or "{EXACT}"', value)
    return value


def _formats(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise wrong("`formats`", 'a list such as ["text", "latex"]', value)
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
        raise wrong("`wrt`", 'a variable such as "x", or a list of them', wrt)
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
        raise wrong("`define`", 'an object such as {"swish": "t*sigmoid(t)"}', value)
    found: dict[str, str] = {}
    for typed, formula in value.items():
        head = _HEAD.fullmatch(str(typed))
        if head is None:
            raise RequestError(
                f"`define` has {quote(str(typed))} for the name of a function.",
                hint="Write a name such as `swish`, or `swish(u)` where its parameter is not `t`.",
            )
        name, parameter = variable(head[1]), variable(head[2] or "t")
        found[f"{name}({parameter})"] = string(formula, f"define.{name}")
    return MappingProxyType(found)


_HEAD = re.compile(r"\s*(\w+)\s*(?:\(\s*(\w+)\s*\)\s*)?")


def _along(value: object, order: int) -> tuple[str, ...]:
    """The names of directions, for the last of the differentiations."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        raise wrong("`along`", 'a direction such as "V", or a list of them', value)
    if len(names) > order:
        raise RequestError(
            f"`along` has {len(names)} directions for a derivative of order {order}.",
            hint="There is at most one for each differentiation.",
        )
    for name in names:
        if not isinstance(name, str):
            raise wrong("A direction in `along`", "a name", name)
    return tuple(variable(name) for name in names)


def _where(value: object) -> tuple[str, ...]:
    """The assumptions, equations as `A'*A = eye`."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple):
        raise wrong("`where`", 'a list such as ["A\'*A = eye", "a = x\'*x"]', value)
    if len(found) > MAX_ASSUMPTIONS:
        raise LimitError(f"{len(found)} assumptions are made; the limit is {MAX_ASSUMPTIONS}.")
    return tuple(dict.fromkeys(string(text, "where").strip() for text in found))


def _order(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong("`order`", "a whole number", value)
    if value < 1:
        raise RequestError("`order` is at least 1.", hint="The first derivative has order 1.")
    if value > MAX_ORDER:
        raise LimitError(f"`order` is at most {MAX_ORDER}.", hint="Differentiate an answer again.")
    return value


def _wrt_name(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("A variable in `wrt`", "a name", value)
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
        raise wrong("`variables`", 'an object such as {"A": {"structure": ["spd"]}}', value)
    if len(value) > MAX_VARIABLES:
        raise LimitError(f"{len(value)} variables are declared; the limit is {MAX_VARIABLES}.")
    declared: dict[str, Declaration] = {}
    for typed, declaration in value.items():
        name = variable(typed)
        if name in declared:
            raise RequestError(f"{quote(name)} is declared twice.")
        declared[name] = Declaration.from_json(name, declaration)
    return MappingProxyType(declared)
