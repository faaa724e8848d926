"""Processes that compute, each one request at a time, and each replaced when it comes to an end.

A process is killed when its request takes too long or is no longer wanted: nothing else stops any
computation. (Of the pools there are, concurrent.futures and Pebble are broken for ever by the
death of one idle process.)
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from mcalc.server.errors import UNAVAILABLE, Refusal
from mcalc.server.worker import MAX_ANSWER

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from types import TracebackType

__all__ = ["GRACE", "PATIENCE", "Pool", "Reply"]

PATIENCE: Final = 0.1
"""The part of its time that a job has when all processes are busy and others wait."""

GRACE: Final = 0.25
"""How many seconds a job may go on that nobody wants any more: to start a process takes longer."""

_STARTING_SECONDS: Final = 60
_RESTARTING_SECONDS: Final = 1.0

# The processes are many already, and each thread of OpenBLAS takes memory of its own.
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in JSON, or an error, with its status."""

    status: int
    body: bytes


class Pool:
    """`size` processes that do a job, a function as `module:name`, for requests a line each.

    seconds how long a job may run, and how long it may wait
    memory  the bytes that a process may take
    queue   how many jobs may wait
    """

    def __init__(self, job: str, size: int, *, seconds: float, memory: int, queue: int) -> None:
        self.job = job
        self.size = size
        self.seconds = seconds
        self.memory = memory
        self.queue = queue
        self.waiting = 0
        self.replaced = 0
        # When each running job began, by its deadline, first to last.
        self._running: dict[asyncio.Timeout, float] = {}
        # As many permits as there are idle workers, which the semaphore gives out in turn.
        self._permits = asyncio.Semaphore(0)
        self._idle: deque[_Worker] = deque()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """The pool, all its processes ready."""
        async with asyncio.TaskGroup() as group:
            starts = [group.create_task(self._start()) for _ in range(self.size)]
        self._tasks = [asyncio.create_task(self._keep(start.result())) for start in starts]
        self._tasks.append(asyncio.create_task(self._relieve()))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def running(self) -> int:
        """How many processes are at work."""
        return len(self._running)

    @property
    def ready(self) -> int:
        """How many processes wait for a request."""
        return sum(worker.is_alive for worker in self._idle)

    async def run(self, request: bytes) -> Reply:
        """The reply to a request of one line.

        Raises: Refusal where there is none: the queue is full, the time is up, the process died.
        """
        worker = await self._take()
        deadline = asyncio.timeout(self.seconds)
        work = asyncio.create_task(self._work(worker, request, deadline))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_forget)
            if not (work.done() or deadline.expired()):
                deadline.reschedule(_now() + GRACE)
            raise

    async def _work(self, worker: _Worker, request: bytes, deadline: asyncio.Timeout) -> Reply:
        """The reply of a process, which is given back, or killed where none comes in time."""
        self._running[deadline] = begin = _now()
        done = False
        try:
            async with deadline:
                reply = await worker.ask(request)
            done = reply.status != UNAVAILABLE
        except TimeoutError:
            raise self._late(_now() - begin) from None
        except (OSError, EOFError):
            raise Refusal(
                UNAVAILABLE,
                "The process that worked on the answer broke down.",
                hint="Try again; if it happens again, ask for less.",
                retry_after=1,
            ) from None
        finally:
            del self._running[deadline]
            if done:
                self._put(worker)
            else:
                worker.kill()  # its keeper starts another
        return reply

    async def _take(self) -> _Worker:
        """A process that is ready, after those have been served who came before."""
        if self._permits.locked() and self.waiting >= self.queue:
            raise _busy()
        self.waiting += 1
        try:
            async with asyncio.timeout(self.seconds):
                while True:
                    await self._permits.acquire()
                    worker = self._idle.popleft()
                    if worker.is_alive:
                        return worker
        except TimeoutError:
            raise _busy() from None
        finally:
            self.waiting -= 1

    def _put(self, worker: _Worker) -> None:
        self._idle.append(worker)
        self._permits.release()

    def _late(self, seconds: float) -> Refusal:
        """The error for an answer that was stopped after so long."""
        if seconds < self.seconds:
            message = "The answer takes long, and others are waiting."
        else:
            message = f"The answer takes longer than {self.seconds:g} seconds, the limit."
        hint = "Ask for a lower order, one variable, or a shorter expression."
        return Refusal(UNAVAILABLE, message, hint=hint, retry_after=math.ceil(self.seconds))

    async def _relieve(self) -> None:
        """Stop the oldest job when others wait, and every process has been busy with one for long.

        So a few requests that take all the time there is do not take it from all others.
        """
        patience = self.seconds * PATIENCE
        while True:
            await asyncio.sleep(patience / 10)
            jobs = list(self._running.items())
            if self.waiting and len(jobs) == self.size and _now() - jobs[-1][1] > patience:
                oldest, _ = jobs[0]
                if not oldest.expired():
                    oldest.reschedule(_now())

    async def _keep(self, worker: _Worker) -> None:
        """Replace a process whenever it ends."""
        while True:
            self._put(worker)
            try:
                await worker.process.wait()
            finally:
                await worker.end()
            self.replaced += 1
            worker = await self._restart()

    async def _restart(self) -> _Worker:
        while True:
            try:
                return await self._start()
            except (OSError, EOFError, TimeoutError) as error:
                _log.error("no computing process starts", exc_info=error)
                await asyncio.sleep(_RESTARTING_SECONDS)

    async def _start(self) -> _Worker:
        """A new process, ready."""
        worker = _Worker(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "mcalc.server.worker"),
                *(self.job, str(self.memory), str(self.seconds), str(os.getpid())),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ
                | _ENVIRONMENT
                | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                limit=MAX_ANSWER + 64,
                start_new_session=True,  # Ctrl-C is for the process in front
            )
        )
        try:
            async with asyncio.timeout(_STARTING_SECONDS):
                await worker.reply()
        except BaseException:
            await worker.end()
            raise
        return worker


class _Worker:
    """A process of a pool, seen from outside."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.killed = False

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    async def ask(self, request: bytes) -> Reply:
        """The reply to a request.

        Raises: OSError or EOFError where the process has come to an end.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(request + b"\n")
        await self.process.stdin.drain()
        return await self.reply()

    async def reply(self) -> Reply:
        """What the process says next."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError("a computing process ended")
        status, _, body = line[:-1].partition(b" ")
        return Reply(int(status), body)

    def kill(self) -> None:
        # Once: killing what has just died takes its status from asyncio, which complains.
        if self.is_alive and not self.killed:
            self.killed = True
            self.process.kill()

    async def end(self) -> None:
        """Kill the process, and wait until nothing of it is left."""
        self.kill()
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


def _forget(work: asyncio.Task[Reply]) -> None:
    """Take note of what became of the work, which asyncio complains about otherwise."""
    if not work.cancelled():
        work.exception()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _busy() -> Refusal:
    return Refusal(
        UNAVAILABLE,
        "Too many requests are waiting for an answer.",
        hint="Try again in a moment.",
        retry_after=1,
    )
