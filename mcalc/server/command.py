"""`mcalc serve`: the server as a command."""

from __future__ import annotations

import argparse
import logging
import math
import os
import signal
import socket
import sys
from collections.abc import Mapping
from typing import Final

import uvicorn

from mcalc.errors import RequestError
from mcalc.server import logs
from mcalc.server.answers import Job
from mcalc.server.app import JOBS, create_app
from mcalc.server.middleware import MAX_URL
from mcalc.server.settings import Settings, documentation

__all__ = ["run", "serve"]

_DESCRIPTION: Final = "Serves the page and the REST API, until it is interrupted."
_EPILOG: Final = """\
examples:
  mcalc serve                            then open http://127.0.0.1:8000
  mcalc serve --port 9000 --workers 4
  MCALC_RATE=5/second mcalc serve --host 0.0.0.0
"""

# Answers that are under way when the server is to stop are waited for, and a little longer.
_SPARE_SECONDS: Final = 5

_BACKLOG: Final = 2048

_log = logging.getLogger(__name__)


def serve(arguments: list[str]) -> int:
    """The exit status of `mcalc serve` with these arguments."""
    parser = argparse.ArgumentParser(
        "mcalc serve",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for option, variable, default, doc in documentation():
        parser.add_argument(option, help=f"{doc} (default: {default}; variable: {variable})")
    options = vars(parser.parse_args(arguments))
    try:
        settings = Settings.read(options, os.environ)
    except RequestError as error:
        parser.error(" ".join(filter(None, (error.message, error.hint))))
    return run(settings)


def run(settings: Settings, jobs: Mapping[Job, str] = JOBS) -> int:
    """The exit status of a server, after it has stopped: 0 where SIGTERM asked for it."""
    try:
        listener = _listener(settings.host, settings.port)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        print(f"mcalc serve: error: cannot listen at {where}: {error.strerror}.", file=sys.stderr)
        return 2
    logs.configure()
    # To be asked to stop is no failure. This is for the time before uvicorn listens to signals, and
    # for after: what it heard it raises again, once the server has stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        create_app(settings, jobs),
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.proxies,
        timeout_graceful_shutdown=math.ceil(settings.seconds) + _SPARE_SECONDS,
        h11_max_incomplete_event_size=2 * MAX_URL,
    )
    server = _Server(config)
    with listener:
        try:
            server.run([listener])
        except KeyboardInterrupt:  # after a graceful stop
            return 130
    return 0 if server.started else 1


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises: OSError where it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Of a socket that does not say that it is TCP, asyncio delays what is sent.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            address = f"[{host}]" if ":" in host else host
            _log.info("listening", extra={"fields": {"url": f"http://{address}:{port}"}})
