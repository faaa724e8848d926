"""The bodies of requests: their size and their type."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.requests import Request as HttpRequest

from mcalc.errors import RequestError
from mcalc.server.errors import Refusal
from mcalc.syntax.characters import quote

__all__ = ["JSON", "JSON_LINES", "MAX_BODY", "read_body"]

MAX_BODY: Final = 64 * 1024
"""The longest body of a request, in bytes."""

JSON: Final = "application/json"
JSON_LINES: Final = "application/x-ndjson"

# A body that is too long is read on to here, so that who sends it comes to read the answer.
_MAX_DISCARDED: Final = 2**20


async def read_body(http: HttpRequest, media_types: Collection[str] = (JSON,)) -> bytes:
    """The body, which is of one of the media types.

    Raises: Refusal where it is too long, however it is sent; RequestError for another type.
    """
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > _MAX_DISCARDED:
            break
    if len(body) > MAX_BODY:
        raise Refusal(413, f"The body is longer than {MAX_BODY} bytes, the limit.")
    # Any page can have its visitor's browser send us text, but JSON only with our permission.
    sent = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in media_types:
        raise RequestError(
            f"The type of the body is {quote(sent)}." if sent else "The body has no type.",
            hint=f"Send the header `Content-Type: {next(iter(media_types))}`.",
        )
    return bytes(body)
