"""What the description of the API says beyond what FastAPI finds out by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from mcalc.server.reading import JSON, JSON_LINES, MAX_BODY
from mcalc.server.schemas import components

__all__ = ["QUESTION", "QUESTIONS", "answers", "describe", "failures", "plain"]

_ETAG: Final = {
    "ETag": {
        "description": "Sent back as `If-None-Match`, it brings the status 304 instead of the same "
        "answer.",
        "schema": {"type": "string"},
        "example": '"0d1f6c3c2b7f4d5e8a9b0c1d2e3f4a5b"',
    }
}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 1,
    }
}

_FAILURES: Final[Mapping[int, dict[str, Any]]] = {
    413: {"description": f"The body is longer than {MAX_BODY} bytes."},
    422: {"description": "There is no answer, for a reason of the `kind` that is told."},
    429: {"description": "The address asks too much.", "headers": _RETRY_AFTER},
    500: {"description": "The program has a fault."},
    503: {
        "description": "Too many wait for an answer, or this one takes too much time or memory.",
        "headers": _RETRY_AFTER,
    },
}

_EXAMPLES: Final = {
    "A gradient": {"expression": "det(X)*x'*A*x", "wrt": "X"},
    "A Hessian": {"expression": "norm2(A*x-y)^2", "wrt": "x", "order": 2},
    "A declaration": {
        "expression": "log(det(S))",
        "wrt": "S",
        "variables": {"S": {"structure": ["spd"]}},
    },
    "A program, checked": {
        "expression": "sum(softplus(-y.*(X*w)))",
        "wrt": "w",
        "formats": ["text", "numpy"],
        "check": True,
    },
}

QUESTION: Final = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/Question"},
                "examples": {name: {"value": value} for name, value in _EXAMPLES.items()},
            }
        },
    }
}
"""The body of a request with one question."""

QUESTIONS: Final = {
    "requestBody": {
        "required": True,
        "content": {
            JSON_LINES: {
                "schema": {"type": "string"},
                "example": '{"id": 1, "expression": "x\'*A*x", "wrt": "x"}\n'
                '{"id": 2, "expression": "tr(A*X)"}\n',
            }
        },
    }
}
"""The body of a request with a question a line."""


def answers(model: object, description: str, *, tagged: bool = True) -> dict[int | str, Any]:
    """The responses that are no failures: an answer in JSON, and that it is still the same."""
    good: dict[str, Any] = {"model": model, "description": description}
    if not tagged:
        return {200: good}
    return {
        200: {**good, "headers": _ETAG},
        304: {"description": "The answer is the one that is known."},
    }


def plain(description: str) -> dict[int | str, Any]:
    """The response that is no failure, in a media type that tells all there is to it."""
    return {200: {"description": description}}


def failures(*statuses: int) -> dict[int | str, Any]:
    """The responses that are failures, 500 and these, all in one shape and in JSON."""
    content = {JSON: {"schema": {"$ref": "#/components/schemas/Failure"}}}
    return {status: _FAILURES[status] | {"content": content} for status in sorted({500, *statuses})}


def describe(app: FastAPI) -> dict[str, Any]:
    """The description, with the schemas that FastAPI does not come across."""
    found = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = found["components"]["schemas"]
    found["components"]["schemas"] = dict(sorted({**schemas, **components()}.items()))
    return found
