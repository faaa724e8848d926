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
    space,
)

__all__ = ["equation", "sides", "solved"]

_PARTIAL: Final = operator("∂", "prefix")
_DOT: Final = operator("⋅", before="0.2222em", after="0.2222em")
_THIN: Final = space("0.1667em")
_LONGEST: Final = 24
"""Signs of an expression that is written on the left side."""


def equation(entry: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """An entry of an answer as an equation in pieces, and `f = …` where its left side says f."""
    inner = inside(answer["expression"]["mathml"])
    is_long = len(re.sub("<[^>]*>", "", inner)) > _LONGEST
    left = _left(entry, answer, identifier("f") if is_long else inner)
    result = pieces(annotated(left + EQUALS + inside(entry["mathml"]), ""))
    if not is_long:
        return result, []
    return result, pieces(annotated(identifier("f") + EQUALS + inner, ""))


def solved(name: str, formula: str) -> list[str]:
    """A variable and the formula, in MathML, that it equals, in pieces."""
    return pieces(annotated(mathml_name(name) + EQUALS + inside(formula), ""))


def sides(left: str, right: str) -> list[str]:
    """An equation of two formulas in MathML, in pieces."""
    return pieces(annotated(inside(left) + EQUALS + inside(right), ""))


def _left(entry: Mapping[str, Any], answer: Mapping[str, Any], inner: str) -> str:
    vec = entry["notation"] == "vec"
    order = len(entry["wrt"])
    partial = _PARTIAL if order == 1 else f"<msup>{_PARTIAL}{number(str(order))}</msup>"
    below = []
    for name, run in groupby(entry["wrt"]):
        shown = mathml_name(name)
        if vec:
            is_matrix = answer["variables"][name]["kind"] == "matrix"
            shown = f"<msup>{_vec(shown) if is_matrix else shown}{TOP}</msup>"
        below.append(_PARTIAL + _raised(shown, len(list(run))))
    value = inner if inner == identifier("f") else ""
    if vec and len(answer["expression"]["shape"]) > 1:
        value = _vec(inner)
    top = f"<mrow>{partial}{value}</mrow>"
    fraction = f"<mfrac>{top}<mrow>{''.join(below)}</mrow></mfrac>"
    left = fraction if value else fraction + _THIN + _bracketed(inner)
    return left + "".join([_DOT + mathml_name(name) for name in entry.get("along", ())])


def _raised(shown: str, times: int) -> str:
    return shown if times == 1 else f"<msup><mrow>{shown}</mrow>{number(str(times))}</msup>"


def _vec(inner: str) -> str:
    return f"<mrow>{_THIN}{identifier('vec')}{APPLY}{_bracketed(inner)}</mrow>"


def _bracketed(inner: str) -> str:
    tall = any(f"<{tag}>" in inner for tag in ("mfrac", "msqrt", "mtable"))
    return f"<mrow>{open_bracket('(', tall=tall)}{inner}{close_bracket(')', tall=tall)}</mrow>"
