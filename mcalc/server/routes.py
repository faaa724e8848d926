"""The addresses of the API, and what happens there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive

from mcalc.errors import McalcError
from mcalc.functions import functions
from mcalc.request import Request
from mcalc.server import openapi, schemas
from mcalc.server.answers import Answers, Job, Question
from mcalc.server.gate import Gate, client
from mcalc.server.metrics import Metrics
from mcalc.server.middleware import note
from mcalc.server.reading import JSON, JSON_LINES, read_body
from mcalc.server.responses import NOT_KEPT, answer, document, is_known
from mcalc.version import __version__
from mcalc.wire import encode, read, read_line

__all__ = ["Api", "while_there"]

_COMPUTED: Final = openapi.failures(413, 422, 429, 503)

_T = TypeVar("_T")


class _Lines(StreamingResponse):
    media_type = JSON_LINES


class Api:
    """What the server does beside showing pages."""

    def __init__(self, answers: Answers, gate: Gate, metrics: Metrics) -> None:
        self.answers = answers
        self.gate = gate
        self.metrics = metrics

    def router(self) -> APIRouter:
        """The addresses, documented."""
        router = APIRouter()
        router.add_api_route(
            "/api/v1/derivatives",
            self.derivatives,
            methods=["POST"],
            responses=openapi.answers(schemas.Answer, "The derivatives.") | _COMPUTED,
            openapi_extra=openapi.QUESTION,
        )
        router.add_api_route(
            "/api/v1/parse",
            self.parse,
            methods=["POST"],
            responses=openapi.answers(schemas.Preview, "How it is understood.") | _COMPUTED,
            openapi_extra=openapi.QUESTION,
        )
        router.add_api_route(
            "/api/v1/batch",
            self.batch,
            methods=["POST"],
            response_class=_Lines,
            responses=openapi.plain("An answer or an error a line.") | _COMPUTED,
            openapi_extra=openapi.QUESTIONS,
        )
        router.add_api_route(
            "/api/v1/functions",
            self.functions,
            responses=openapi.answers(schemas.Functions, "The functions.") | openapi.failures(),
        )
        router.add_api_route(
            "/healthz",
            self.health,
            responses=openapi.answers(schemas.Health, "It is alive.", tagged=False)
            | openapi.failures(),
        )
        router.add_api_route(
            "/metrics",
            self.figures,
            response_class=PlainTextResponse,
            responses=openapi.plain("The figures.") | openapi.failures(),
        )
        return router

    async def derivatives(self, http: HttpRequest) -> Response:
        """The derivatives of an expression, written in the formats asked for."""
        return await self._answer("derivatives", http)

    async def parse(self, http: HttpRequest) -> Response:
        """How an expression is understood: its kind and shape, and what is known of its variables.

        The body may be that of a question for derivatives. What is said there of derivatives is
        left aside.
        """
        return await self._answer("preview", http)

    async def batch(self, http: HttpRequest) -> Response:
        """An answer for each line, in order and each sent at once.

        A line is a question for derivatives, and may have an `id`, which its answer bears too.
        Errors are answers.
        """
        body = await read_body(http, (JSON_LINES, "application/jsonl", JSON))
        lines = body.removesuffix(b"\n").split(b"\n") if body else []
        self.gate.enter(http, len(lines))
        return _Lines(self._replies(lines, client(http)), headers=NOT_KEPT)

    async def functions(self, http: HttpRequest) -> Response:
        """The functions of the language."""
        return document(http, encode({"functions": functions()}), JSON)

    async def health(self) -> Response:
        """That the server is alive."""
        body = encode({"status": "ok", "version": __version__})
        return Response(body, headers=NOT_KEPT, media_type=JSON)

    async def figures(self) -> Response:
        """What the server counts, as Prometheus reads it."""
        return Response(self.metrics.text(), headers=NOT_KEPT, media_type=CONTENT_TYPE_LATEST)

    async def _answer(self, job: Job, http: HttpRequest) -> Response:
        self.gate.enter(http)
        request = Request.from_json(read(await read_body(http), "body"))
        note(http, request.expression)
        question = Question(job, request)
        known = is_known(http, question.etag)
        if known is not None:
            return known
        reply = self.answers.kept(question)
        if reply is None:
            work = self.answers.compute(question, client(http))
            reply = await while_there(http.receive, work)
        return answer(reply, question.etag)

    async def _replies(self, lines: list[bytes], who: str) -> AsyncIterator[bytes]:
        for line in lines:
            yield await self._reply(line.rstrip(b"\r"), who) + b"\n"
            await asyncio.sleep(0)  # what is known or wrong has not waited: let others have a turn

    async def _reply(self, line: bytes, who: str) -> bytes:
        """The answer to a line, which may be anything."""
        bearer: dict[str, object] = {}
        try:
            request = read_line(line, bearer)
            question = Question("derivatives", Request.from_json(request))
            reply = self.answers.kept(question) or await self.answers.compute(question, who)
        except McalcError as error:
            return encode(bearer | {"error": error.as_dict()})
        # Both are objects in JSON with something in them.
        return encode(bearer)[:-1] + b"," + reply.body[1:] if bearer else reply.body


async def while_there(receive: Receive, work: Coroutine[Any, Any, _T]) -> _T:
    """What the work returns; when the client goes away, the work is cancelled.

    Raises: ClientDisconnect.
    """
    task = asyncio.ensure_future(work)
    absence = asyncio.ensure_future(_absence(receive))
    try:
        await asyncio.wait({task, absence}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect
    finally:
        task.cancel()
        absence.cancel()


async def _absence(receive: Receive) -> None:
    """Wait until the client has gone; the body has been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
