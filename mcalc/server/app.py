"""The application: its parts, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import jinja2
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from mcalc.errors import McalcError
from mcalc.server import openapi
from mcalc.server.answers import Answers, Job
from mcalc.server.gate import Gate
from mcalc.server.metrics import Metrics
from mcalc.server.middleware import Head, Journal, Shield
from mcalc.server.page import Page
from mcalc.server.pool import Pool
from mcalc.server.reading import JSON
from mcalc.server.responses import document, gone, refused
from mcalc.server.routes import Api
from mcalc.server.settings import Settings
from mcalc.version import __version__
from mcalc.wire import encode

__all__ = ["JOBS", "create_app"]

JOBS: Final[Mapping[Job, str]] = {
    "derivatives": "mcalc.server.jobs:derivatives",
    "preview": "mcalc.server.jobs:preview",
}
"""What the computing processes do."""

# Previews never wait behind derivatives: they have processes of their own, which one slow preview
# does not stop. (In front nothing could be stopped: a few characters, `kron` of `kron`, are enough
# to keep a processor busy and to fill the memory.)
_PREVIEWERS: Final = 2
_PREVIEW_SECONDS: Final = 2.0


def create_app(settings: Settings, jobs: Mapping[Job, str] = JOBS) -> FastAPI:
    """The application, whose processes live as long as its lifespan."""
    make = partial(Pool, memory=settings.memory * 2**20, queue=settings.queue)
    derivatives = make(jobs["derivatives"], settings.workers, seconds=settings.seconds)
    preview = make(jobs["preview"], _PREVIEWERS, seconds=_PREVIEW_SECONDS)
    answers = Answers({"derivatives": derivatives, "preview": preview}, room=settings.cache * 2**20)
    metrics = Metrics(answers)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with derivatives, preview:
            yield

    app = FastAPI(
        title="mcalc",
        description="Derivatives of vector and matrix expressions, as formulas and as code.",
        version=__version__,
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    for error in (McalcError, HTTPException):
        app.add_exception_handler(error, refused)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_middleware(Shield)
    app.add_middleware(Journal, metrics=metrics)
    app.add_middleware(Head)
    gate = Gate(settings.rate)
    app.include_router(Api(answers, gate, metrics).router())
    page = Page(answers, gate)
    app.include_router(page.router())
    _add_description(app, page.templates)
    return app


def _add_description(app: FastAPI, templates: jinja2.Environment) -> None:
    """Let the application describe itself, to machines and to people."""
    description = openapi.describe(app)
    page = templates.get_template("docs.html").render(api=description).encode()
    machine = encode(description)

    async def show_description(http: HttpRequest) -> Response:
        return document(http, machine, JSON)

    async def show_page(http: HttpRequest) -> Response:
        return document(http, page, "text/html")

    app.add_api_route("/openapi.json", show_description, include_in_schema=False)
    app.add_api_route("/docs", show_page, include_in_schema=False)
