"""What requests and answers look like, for the documentation.

Requests are checked by `mcalc.request` and answers made by `mcalc.api`: tests hold what is said
here of either to what they do.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter

from mcalc.server.schemas.answer import Answer, Preview
from mcalc.server.schemas.failure import Failure
from mcalc.server.schemas.question import Declaration, Question
from mcalc.server.schemas.service import Functions, Health

__all__ = [
    "Answer",
    "Declaration",
    "Failure",
    "Functions",
    "Health",
    "Preview",
    "Question",
    "components",
]

_REFERENCE: Final = "#/components/schemas/{model}"


def components() -> dict[str, Any]:
    """The schemas of questions and of failures, by name."""
    found: dict[str, Any] = {}
    for model in (Question, Failure):
        schema = TypeAdapter(model).json_schema(ref_template=_REFERENCE)
        found |= {**schema.pop("$defs"), model.__name__: schema}
    return found
