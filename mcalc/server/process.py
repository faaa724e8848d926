"""A computing process, seen from outside; see `mcalc.server.worker` for what is said to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mcalc.server.worker import BEGIN, ENDED, MAX_ANSWER

if TYPE_CHECKING:
    from asyncio.subprocess import Process

__all__ = ["Reply", "Worker", "start"]

_STARTING_SECONDS: Final = 60

# The processes are many already, and each thread of OpenBLAS takes memory of its own.
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in JSON, or an error, with its status."""

    status: int
    body: bytes


async def start(job: str, memory: int, seconds: float) -> Worker:
    """A new process, ready, that does a job as `mcalc.server.worker.serve` has it.

    Raises: OSError, EOFError or TimeoutError where none starts.
    """
    worker = Worker(
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "mcalc.server.worker"),
            *(job, str(memory), str(seconds), str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | _ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            limit=MAX_ANSWER + 64,
            start_new_session=True,  # Ctrl-C is for the process in front
        )
    )
    try:
        await worker.begin()
    except BaseException:
        await worker.end()
        raise
    return worker


class Worker:
    """A process of a pool, seen from outside; see `mcalc.server.worker` for what is said to it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.ended = asyncio.Event()
        self.ended.set()
        self._reply: asyncio.Future[Reply] | None = None
        self._listening = asyncio.create_task(self._listen())

    @property
    def is_alive(self) -> bool:
        """Whether it waits for requests, or works on one."""
        return not self.ended.is_set()

    async def begin(self) -> None:
        """Wait until it is ready, for the first time or once more.

        Raises: OSError, EOFError or TimeoutError where it is not.
        """
        async with asyncio.timeout(_STARTING_SECONDS):
            await self.ask(b"\n" + BEGIN.rstrip())
        self.ended.clear()

    async def ask(self, request: bytes) -> Reply:
        """The reply to a request.

        Raises: OSError or EOFError where the process has come to an end.
        """
        if self._listening.done():
            raise EOFError
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._reply = reply
        assert self.process.stdin is not None
        self.process.stdin.write(request + b"\n")
        await self.process.stdin.drain()
        return await reply

    async def _listen(self) -> None:
        """Hear the replies, and when what works in the process has ended."""
        assert self.process.stdout is not None
        try:
            while line := await self.process.stdout.readline():
                if line == ENDED:
                    self._end()
                elif self._reply is not None and not self._reply.done():
                    reply = _read(line)
                    if reply is not None:
                        self._reply.set_result(reply)
        finally:
            self._end()

    def _end(self) -> None:
        self.ended.set()
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(EOFError())

    def kill(self) -> None:
        """End what works in the process; another begins then."""
        if self.is_alive and self.process.returncode is None:
            if sys.platform == "win32":
                self.process.kill()
            else:
                self.process.send_signal(signal.SIGUSR1)

    async def end(self) -> None:
        """Kill the process, and wait until nothing of it is left."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                if sys.platform == "win32":
                    self.process.kill()
                else:
                    os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()
        await self._listening


def _read(line: bytes) -> Reply | None:
    """The reply in a line; None where that is not all of it."""
    status, _, rest = line.rstrip(b"\n").partition(b" ")
    length, _, body = rest.partition(b" ")
    if not (length.isdigit() and len(body) == int(length)):
        return None
    return Reply(int(status), body)
