"""Processes that compute, each one request at a time, and each replaced when it comes to an end.

A process is killed when its request takes too long or is no longer wanted: nothing else stops any
computation. (Of the pools there are, concurrent.futures and Pebble are broken for ever by the
death of one idle process.)
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from mcalc.server.errors import UNAVAILABLE, Refusal
from mcalc.server.process import Reply, Worker, start
from mcalc.server.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["GRACE", "MOST_PATIENCE", "PATIENCE", "Pool"]

PATIENCE: Final = 0.025
"""The part of its time that a job has in any case when all processes are busy and others wait."""

MOST_PATIENCE: Final = 0.1
"""The part that it has where jobs usually take long."""

_UNUSUAL: Final = 20
"""How many times as long as usual is long."""
_LATELY: Final = 50
"""How many jobs tell what is usual."""

GRACE: Final = 0.25
"""How many seconds a job may go on that nobody wants any more: to start a process takes longer."""

_RESTARTING_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


class Pool:
    """`size` processes that do a job, a function as `module:name`, for requests a line each.

    Clients have equal shares of their time.

    seconds how long a job may run, and how long it may wait
    memory  the bytes that a process may take
    queue   how many jobs may wait
    """

    def __init__(self, job: str, size: int, *, seconds: float, memory: int, queue: int) -> None:
        self.job = job
        self.size = size
        self.seconds = seconds
        self.memory = memory
        self.replaced = 0
        self._running: list[_Running] = []  # first to last
        self._usual = 0.0  # the seconds that a job has taken of late, on average
        self._turns: Turns[asyncio.Future[Worker]] = Turns(queue, seconds * PATIENCE)
        self._idle: deque[Worker] = deque()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """The pool, all its processes ready.

        Raises: ExceptionGroup where one does not start; then none is left.
        """
        starts = [start(self.job, self.memory, self.seconds) for _ in range(self.size)]
        started = await asyncio.gather(*starts, return_exceptions=True)
        workers = [worker for worker in started if isinstance(worker, Worker)]
        faults = [fault for fault in started if isinstance(fault, Exception)]
        if faults:
            await asyncio.gather(*(worker.end() for worker in workers))
            raise ExceptionGroup("no computing process starts", faults)
        self._tasks = [asyncio.create_task(self._keep(worker)) for worker in workers]
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
    def waiting(self) -> int:
        """How many requests wait for a process."""
        return len(self._turns)

    @property
    def running(self) -> int:
        """How many processes are at work."""
        return len(self._running)

    @property
    def ready(self) -> int:
        """How many processes wait for a request."""
        return sum(worker.is_alive for worker in self._idle)

    async def run(self, request: bytes, client: str = "") -> Reply:
        """The reply to a request of one line that comes from a client.

        Raises: Refusal where there is none: the queue is full, the time is up, the process died.
        """
        worker = await self._take(client)
        job = _Running(client, asyncio.timeout(self.seconds), _now())
        work = asyncio.create_task(self._work(worker, request, job))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_forget)
            if not (work.done() or job.deadline.expired()):
                job.deadline.reschedule(_now() + GRACE)
            raise

    async def _work(self, worker: Worker, request: bytes, job: _Running) -> Reply:
        """The reply of a process, which is given back, or killed where none comes in time."""
        self._running.append(job)
        done = False
        try:
            async with job.deadline:
                reply = await worker.ask(request)
            done = reply.status != UNAVAILABLE
        except TimeoutError:
            raise self._late(job.seconds) from None
        except (OSError, EOFError):
            raise Refusal(
                UNAVAILABLE,
                "The process that worked on the answer broke down.",
                hint="Try again; if it happens again, ask for less.",
                retry_after=1,
            ) from None
        finally:
            self._running.remove(job)
            self._turns.charge(job.client, job.seconds)
            self._usual += (job.seconds - self._usual) * done / _LATELY
            if done:
                self._put(worker)
            else:
                worker.kill()  # its keeper starts another
        return reply

    async def _take(self, client: str) -> Worker:
        """A process that is ready, when it is the client's turn."""
        if self._idle:
            self._turns.pass_by(client)
            return self._idle.popleft()
        place: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        crowded_out = self._turns.join(client, place)
        if crowded_out is not None and not crowded_out.done():
            crowded_out.set_exception(_busy())
        try:
            async with asyncio.timeout(self.seconds):
                return await self._wait(client, place)
        except TimeoutError:
            raise _busy() from None

    async def _wait(self, client: str, place: asyncio.Future[Worker]) -> Worker:
        try:
            return await place
        except asyncio.CancelledError:
            self._turns.leave(client, place)
            if not place.cancelled() and place.exception() is None:
                self._put(place.result())  # it came too late
            raise

    def _put(self, worker: Worker) -> None:
        """Give a process back, and to whose turn it is."""
        if not worker.is_alive:  # it is put back when it is
            return
        while self.waiting:
            place = self._turns.next(self._spent())
            if not place.done():
                place.set_result(worker)
                return
        self._idle.append(worker)

    def _spent(self) -> Mapping[str, float]:
        """How long the running jobs of each client have run."""
        spent: dict[str, float] = defaultdict(float)
        for job in self._running:
            spent[job.client] += job.seconds
        return spent

    def _late(self, seconds: float) -> Refusal:
        """The error for an answer that was stopped after so long."""
        if seconds < self.seconds:
            message = "The answer takes long, and others are waiting."
        else:
            message = f"The answer takes longer than {self.seconds:g} seconds, the limit."
        hint = "Ask for a lower order, one variable, or a shorter expression."
        return Refusal(UNAVAILABLE, message, hint=hint, retry_after=math.ceil(self.seconds))

    async def _relieve(self) -> None:
        """Stop jobs when others wait, and every process has been busy with one for long.

        Stopped are those of the clients that have had the most. So a few requests that take all the
        time do not take it from all others.
        """
        while True:
            await asyncio.sleep(self.seconds * PATIENCE / 10)
            jobs = self._running
            if self.waiting and len(jobs) == self.size and jobs[-1].seconds > self._patience:
                spent = self._spent()
                leads = [self._turns.lead(job.client) + spent[job.client] for job in jobs]
                for job, lead in zip(jobs, leads, strict=True):
                    if lead > max(leads) / 2 and not job.deadline.expired():
                        job.deadline.reschedule(_now())

    @property
    def _patience(self) -> float:
        """How many seconds are long, by what is usual."""
        least, most = self.seconds * PATIENCE, self.seconds * MOST_PATIENCE
        return min(max(least, _UNUSUAL * self._usual), most)

    async def _keep(self, worker: Worker) -> None:
        """Replace what works in a process whenever it ends, and the process when that does."""
        try:
            while True:
                self._put(worker)
                await worker.ended.wait()
                self.replaced += 1
                if worker in self._idle:
                    self._idle.remove(worker)
                try:
                    await worker.begin()
                except (OSError, EOFError, TimeoutError):
                    await worker.end()
                    worker = await self._restart()
        finally:
            await worker.end()

    async def _restart(self) -> Worker:
        while True:
            try:
                return await start(self.job, self.memory, self.seconds)
            except (OSError, EOFError, TimeoutError) as error:
                _log.error("no computing process starts", exc_info=error)
                await asyncio.sleep(_RESTARTING_SECONDS)


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    """A job in work."""

    client: str
    deadline: asyncio.Timeout
    begin: float

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return _now() - self.begin


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
