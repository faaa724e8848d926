"""Responses: errors in their one shape, and what may be kept and asked for again."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from mcalc.errors import McalcError
from mcalc.server.errors import UNAVAILABLE, Refusal, Unfit, status_of
from mcalc.server.process import Reply
from mcalc.server.reading import JSON
from mcalc.wire import encode

__all__ = [
    "CLIENT_GONE",
    "NOT_KEPT",
    "answer",
    "document",
    "gone",
    "is_known",
    "problem",
    "refused",
]

NOT_KEPT: Final = {"Cache-Control": "no-store"}
"""For what is different the next time."""

CLIENT_GONE: Final = 499
"""The status of what nobody waits for any more; nginx's, as HTTP has none."""

_HINTS: Final = {
    404: ("There is nothing at this address.", "What there is stands at /docs."),
    405: ("The address knows no such method.", "The header `Allow` has those that it knows."),
}


def problem(error: McalcError) -> Response:
    """The response that tells an error."""
    headers = dict(NOT_KEPT)
    if isinstance(error, Refusal) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Response(encode({"error": error.as_dict()}), status_of(error), headers, JSON)


async def refused(http: HttpRequest, error: Exception) -> Response:
    """The response to a request that was refused by us, or by what finds the addresses."""
    if isinstance(error, McalcError):
        return problem(error)
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(headers["Allow"])
        if http.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
    message, hint = _HINTS.get(error.status_code, ("The request cannot be answered.", None))
    response = problem(Unfit(error.status_code, message, hint=hint))
    response.headers.update(headers)
    return response


def _allowed(methods: str) -> str:
    """The methods of an address that has a route for these: what has GET has HEAD."""
    known = methods.split(", ")
    return ", ".join([*known, *["HEAD"] * ("GET" in known), "OPTIONS"])


async def gone(http: HttpRequest, error: Exception) -> Response:
    """The response that nobody reads."""
    return Response(status_code=CLIENT_GONE)


def answer(reply: Reply, etag: str) -> Response:
    """The response that brings a reply; an answer has a tag."""
    if reply.status == 200:
        return Response(reply.body, 200, _tagged(etag), JSON)
    headers = dict(NOT_KEPT)
    if reply.status == UNAVAILABLE:
        headers["Retry-After"] = "1"
    return Response(reply.body, reply.status, headers, JSON)


def document(http: HttpRequest, body: bytes, media_type: str) -> Response:
    """The response that brings what stays the same, or says that it has."""
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    return is_known(http, etag) or Response(body, 200, _tagged(etag), media_type)


def is_known(http: HttpRequest, etag: str) -> Response | None:
    """The response to who has what bears this tag; None to all others."""
    known = http.headers.get("if-none-match")
    if known is None or etag not in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return None
    return Response(status_code=304, headers=_tagged(etag))


def _tagged(etag: str) -> dict[str, str]:
    # Whoever keeps it asks each time whether it still holds, which costs no computation.
    return {"ETag": etag, "Cache-Control": "no-cache"}
