"""The addresses of the API, and what happens there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from functools import cached_property
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive

from mcalc.batch import encode
from mcalc.errors import McalcError, RequestError
from mcalc.request import Request
from mcalc.server import schemas
from mcalc.server.answers import Answers, Job, Question
from mcalc.server.functions import functions
from mcalc.server.gate import Gate
from mcalc.server.metrics import Metrics
from mcalc.server.middleware import note
from mcalc.server.reading import JSON, JSON_LINES, read_body, read_json
from mcalc.server.responses import NOT_KEPT, answer, document, is_known
from mcalc.version import __version__

__all__ = ["Api"]

_T = TypeVar("_T")

_JSON_LINES_TYPES: Final = (JSON_LINES, "application/jsonl", JSON)

_EMPTY_LINE: Final = RequestError


class Api:
    """What the server does beside showing pages."""

    def __init__(self, answers: Answers, gate: Gate, metrics: Metrics) -> None:
        self.answers = answers
        self.gate = gate
        self.metrics = metrics

    def router(self) -> APIRouter:
        """The addresses, documented."""
        router = APIRouter()
        add = router.add_api_route
        add(
            "/api/v1/derivatives",
            self.derivatives,
            methods=["POST"],
            responses=_responses(schemas.Answer, "The answer.", kept=True, asked=True),
            openapi_extra=_body(JSON, schemas.ref(schemas.Question)),
        )
        add(
            "/api/v1/parse",
            self.parse,
            methods=["POST"],
            responses=_responses(schemas.Preview, "How it is understood.", kept=True, asked=True),
            openapi_extra=_body(JSON, schemas.ref(schemas.Question)),
        )
        add(
            "/api/v1/batch",
            self.batch,
            methods=["POST"],
            responses=_responses(None, "An answer or an error for each line.", asked=True)
            | {200: {"content": {JSON_LINES: _example(_BATCH_ANSWER)}}},
            openapi_extra=_body(JSON_LINES, {"type": "string"}, _BATCH),
        )
        add(
            "/api/v1/functions",
            self.functions,
            methods=["GET"],
            responses=_responses(schemas.Functions, "The functions.", kept=True),
        )
        return router
