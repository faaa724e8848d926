"""The templates of the pages, and how they write what they are given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import jinja2
from markupsafe import Markup

from mcalc import resources
from mcalc.printers.markup import pieces
from mcalc.server.static import Static
from mcalc.version import __version__

__all__ = ["environment"]

_SHORT: Final = 100
_WORTH_AN_EXPONENT: Final = 3
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def environment(static: Static) -> jinja2.Environment:
    """The templates, which name the static files as they are now."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.find("web/templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "json": _json,
        "pieces": _markup,
        "prose": _prose,
        "scientific": _scientific,
        "shape": _shape,
    }
    found.globals |= {"static": static.address, "version": __version__}
    return found


def _json(value: object) -> str:
    """JSON, on one line where that is short."""
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= _SHORT else json.dumps(value, ensure_ascii=False, indent=2)


def _markup(formula: str | Sequence[str]) -> list[Markup]:
    """A formula of ours in pieces, as they stand in a page."""
    found = pieces(formula) if isinstance(formula, str) else formula
    return [Markup(piece) for piece in found]  # made by our printer, which escapes names


def _prose(text: str) -> Markup:
    """The text, with what stands in backticks as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _scientific(value: float) -> str:
    """`2.1 · 10⁻¹⁰`, and `1.6` as it is."""
    digits, _, exponent = f"{value:.1e}".partition("e")
    if abs(int(exponent)) < _WORTH_AN_EXPONENT:
        return f"{value:.2g}"
    return f"{digits} · 10{str(int(exponent)).translate(_RAISED)}"


def _shape(sizes: Sequence[str | int]) -> str:
    return " × ".join(str(size).replace("*", "·") for size in sizes) or "scalar"
