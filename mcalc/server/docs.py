"""The page about the API, made here from its description: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from typing import Any, Final

import jinja2
from markupsafe import Markup

from mcalc import resources

__all__ = ["prose", "render"]

_TEMPLATE: Final = "docs.html"


def render(description: dict[str, Any]) -> str:
    """The page about an API that is described by OpenAPI."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.find("web/templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2)
    environment.filters["prose"] = prose
    return environment.get_template(_TEMPLATE).render(api=description)


def prose(text: str) -> Markup:
    """The text, with what stands in backticks as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )
