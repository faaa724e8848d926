"""What happens to every request, whatever it asks."""

from __future__ import annotations

import logging
import time
from hashlib import sha256
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcalc.errors import InternalError
from mcalc.server.errors import Refusal
from mcalc.server.metrics import Metrics
from mcalc.server.responses import CLIENT_GONE, problem

__all__ = ["HEADERS", "MAX_URL", "Head", "Journal", "Shield", "note"]

MAX_URL: Final = 32 * 1024
"""The longest path and query, in bytes: room for the longest expression, all of it escaped."""

_SOURCES: Final = ("script-src", "style-src", "font-src", "img-src", "connect-src", "form-action")

HEADERS: Final = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            *(f"{source} 'self'" for source in _SOURCES),
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""The headers of every response."""

_RAW_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

_NOTES: Final = "mcalc.notes"

_log = logging.getLogger(__name__)


class Head:
    """Answers HEAD as GET, less the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_head)


class Shield:
    """Refuses long addresses, answers where the program fails, and adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [*message.get("headers", ()), *_RAW_HEADERS]
            await send(message)

        try:
            if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_URL:
                long = Refusal(414, f"The address is longer than {MAX_URL} bytes, the limit.")
                await problem(long)(scope, receive, send_with_headers)
            else:
                await self.app(scope, receive, send_with_headers)
        except Exception as fault:
            if has_begun:
                raise
            _log.error("fault", exc_info=fault)
            await problem(InternalError())(scope, receive, send_with_headers)


class Journal:
    """Logs and counts requests; of what was typed it knows the length and a hash."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        status = CLIENT_GONE
        scope[_NOTES] = {}

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_see)
        finally:
            seconds = time.perf_counter() - start
            # The address itself may hold what a user typed.
            route = getattr(scope.get("route"), "path", "")
            self.metrics.count(route, status, seconds)
            fields = {
                "method": scope["method"],
                "route": route,
                "status": status,
                "milliseconds": round(1000 * seconds, 3),
                "client": (scope.get("client") or ("",))[0],
                **scope[_NOTES],
            }
            _log.info("request", extra={"fields": fields})


def note(http: HttpRequest, expression: str) -> None:
    """Let the journal know what the request is about."""
    written = expression.encode("utf-8", "surrogatepass")
    http.scope[_NOTES].update(
        expression_length=len(expression), expression_hash=sha256(written).hexdigest()[:16]
    )
