"""The left side of an answer: ∂/∂x of the expression, or of f where that is long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from mcalc.printers.markup import (
    APPLY,
    EQUALS,
    TOP,
    annotated,
    close_bracket,
    identifier,
    inside,
    mathml_name,
    number,
    open_bracket,
    operator,
    pieces,
)

__all__ = ["equation"]

_PARTIAL: Final = operator("∂", "prefix")
_LONGEST: Final = 32
"""Signs of an expression that is written on the left side."""


def equation(
    entry: Mapping[str, Any], expression: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """The derivative as an equation in pieces, and `f = …` where its left side says f."""
    inner = inside(expression["mathml"])
    is_long = len(re.sub("<[^>]*>", "", inner)) > _LONGEST
    vec = entry["notation"] == "vec"
    left = _left(entry, identifier("f") if is_long else inner, vec and _is_array(expression), vec)
    result = pieces(annotated(left + EQUALS + inside(entry["mathml"]), ""))
    if not is_long:
        return result, []
    return result, pieces(annotated(identifier("f") + EQUALS + inner, ""))


def _is_array(expression: Mapping[str, Any]) -> bool:
    return len(expression["shape"]) > 1


def _left(entry: Mapping[str, Any], inner: str, vec_above: bool, vec: bool) -> str:
    order = len(entry["wrt"])
    partial = _PARTIAL if order == 1 else f"<msup>{_PARTIAL}{number(str(order))}</msup>"
    below = []
    for name, run in groupby(entry["wrt"]):
        times = len(list(run))
        shown = mathml_name(name)
        if vec:
            shown = f"<msup>{_vec(shown)}{TOP}</msup>"
        below.append(_PARTIAL + _raised(shown, times))
    small = inner == identifier("f")
    value = _vec(inner) if vec_above else inner if small else ""
    top = f"<mrow>{partial}{value}</mrow>"
    fraction = f"<mfrac>{top}<mrow>{''.join(below)}</mrow></mfrac>"
    return fraction if value else fraction + _bracketed(inner)


def _raised(shown: str, times: int) -> str:
    return shown if times == 1 else f"<msup><mrow>{shown}</mrow>{number(str(times))}</msup>"


def _vec(inner: str) -> str:
    return f"<mrow>{identifier('vec')}{APPLY}{_bracketed(inner)}</mrow>"


def _bracketed(inner: str) -> str:
    tall = any(f"<{tag}>" in inner for tag in ("mfrac", "msqrt", "mtable"))
    return f"<mrow>{open_bracket('(', tall=tall)}{inner}{close_bracket(')', tall=tall)}</mrow>"
