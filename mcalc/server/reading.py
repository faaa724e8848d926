"""From the bytes of a request to what they say; whatever is amiss has a name."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

from starlette.requests import Request as HttpRequest

from mcalc.errors import RequestError
from mcalc.server.errors import Refusal
from mcalc.syntax.characters import quote

__all__ = ["JSON", "JSON_LINES", "MAX_BODY", "read_body", "read_json"]

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


def read_json(text: bytes, name: str) -> object:
    """What JSON in UTF-8 says; `name` is what errors call the text.

    Raises: RequestError where it is not JSON, or JSON that does not say one thing.
    """
    faults: list[str] = []

    def entries(pairs: list[tuple[str, object]]) -> dict[str, object]:
        read: dict[str, object] = {}
        for name, value in pairs:
            if name in read:
                faults.append(f"{quote(name)} stands twice in one object.")
            read[name] = value
        return read

    def constant(name: str) -> None:
        faults.append(f"{name} is no number in JSON.")

    try:
        read: object = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=entries, parse_constant=constant
        )
    except UnicodeDecodeError as error:
        raise RequestError(f"The {name} is not UTF-8 (byte {error.start + 1}).") from None
    except json.JSONDecodeError as error:
        raise RequestError(
            f"The {name} is not JSON: {error.msg}, at character {error.pos + 1}.",
            hint='Write {"expression": "x\'*A*x", "wrt": "x"}.',
        ) from None
    except RecursionError:
        raise RequestError(f"The {name} has too many brackets within brackets.") from None
    except ValueError:  # Python reads no whole numbers of thousands of digits
        raise RequestError(f"A number in the {name} has too many digits.") from None
    if faults:
        raise RequestError(faults[0])
    return read
