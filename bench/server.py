"""The server under load: latency with and without bombs, throughput, memory.

    pip install . && python bench/server.py [throughput] [latency] [memory] [--requests 50000]

Starts `mcalc serve` and, to compare with, the least there is to say in FastAPI, both on this
machine alone, and asks them over 64 connections. Each request differs from all others in a number
unless it says "cached". Takes about two minutes on two cores; reads memory from Linux's /proc.
Bombs come over connections of their own, which are clients of their own where they come from this
machine: the worst case.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI

CONNECTIONS = 64
BOMBER = 6  # connections of the client that sends bombs
ROUNDS = 3
THROUGHPUT_SECONDS = 3.0
LATENCY_SECONDS = 12.0
STARTING_SECONDS = 60.0
ANSWERING_SECONDS = 60.0

INNOCENTS = (
    "{k}*x'*A*x",
    "norm2(A*x-{k}*y)^2",
    "{k}*log(det(X))",
    "det(X)*x'*A*x+{k}",
    "tr(A*X*B)+{k}*tr(X'*X)",
    "logsumexp({k}*A*x)",
    "sum(sigmoid(A*x+{k}*y))",
    "{k}*inv(X)*y",
    "exp(-{k}*x'*x)",
    "x'*inv(A+{k}*X)*y",
)
# All valid, and all far more than a person asks.
BOMBS = (
    {"expression": "det(X)*tr(inv(X+{k}*A)*B*inv(X))*logdet(X*X'+A)", "order": 3},
    {"expression": "*".join(f"(A{i}+X)" for i in range(40)) + "*{k}", "order": 2, "wrt": "X"},
    {"expression": "+".join(f"sin(x'*A{i}*x+{{k}})^3" for i in range(40)), "order": 3, "wrt": "x"},
    {"expression": "exp(" * 60 + "{k}*x'*A*x" + ")" * 60, "order": 3},
)

PARTS = ("throughput", "latency", "memory")
PATH = "/api/v1/derivatives"
QUADRATIC = "{k}*x'*A*x"

bare = FastAPI(openapi_url=None)


@bare.post(PATH)
async def _echo(body: dict[str, Any]) -> dict[str, Any]:
    return body


numbers = itertools.count(2)


def question(template: str, number: int | None = None, **more: object) -> bytes:
    """A request's body; the number is a new one unless it is told."""
    number = next(numbers) if number is None else number
    return json.dumps({"expression": template.replace("{k}", str(number)), **more}).encode()


def innocent() -> bytes:
    """One of many requests such as people make."""
    return question(random.choice(INNOCENTS))


class Connection:
    """A connection that asks again and again, with as little work as can be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        """A connection to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**25))

    async def ask(self, body: bytes) -> int:
        """The status of the response, once it has all come."""
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        self.writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        async with asyncio.timeout(ANSWERING_SECONDS):
            answer = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", answer)
            assert length is not None, answer
            await self.reader.readexactly(int(length[1]))
        return int(answer[9:12])


class Load:
    """What came of asking: statuses, and the seconds each answer took."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.times: list[float] = []
        self.seconds = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def percentile(self, percent: int) -> float:
        """The milliseconds within which that part of the answers came."""
        return 1000 * statistics.quantiles(self.times, n=100)[percent - 1]


async def ask_for(
    load: Load, port: int, body: Callable[[], bytes], is_enough: Callable[[], bool]
) -> None:
    """Ask over one connection until it is enough."""
    connection = await Connection.open(port)
    try:
        while not is_enough():
            start = time.perf_counter()
            status = await connection.ask(body())
            load.times.append(time.perf_counter() - start)
            load.statuses[status] += 1
    finally:
        connection.writer.close()


async def press(
    port: int,
    body: Callable[[], bytes],
    *,
    seconds: float | None = None,
    count: int | None = None,
    bombs: Load | None = None,
) -> Load:
    """The load of many connections, for so long or so many requests, with bombers beside."""
    load = Load()
    start = time.perf_counter()
    left = itertools.count()

    def is_enough() -> bool:
        late = seconds is not None and time.perf_counter() - start > seconds
        return late or (count is not None and next(left) >= count)

    bombers = []
    if bombs is not None:
        kinds = itertools.cycle(BOMBS)

        def bomb() -> bytes:
            kind = dict(next(kinds))
            return question(str(kind.pop("expression")), **kind)

        bombers = [
            asyncio.create_task(ask_for(bombs, port, bomb, lambda: False)) for _ in range(BOMBER)
        ]
        await asyncio.sleep(0.2)
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(ask_for(load, port, body, is_enough))
    load.seconds = time.perf_counter() - start
    for bomber in bombers:
        bomber.cancel()
    await asyncio.gather(*bombers, return_exceptions=True)
    return load


@contextlib.contextmanager
def running(*command: str, pattern: str) -> Iterator[tuple[int, int]]:
    """(process, port) of a server, which tells its port in the pattern."""
    with tempfile.TemporaryFile("w+b") as said:
        process = subprocess.Popen(
            [sys.executable, *command], stderr=said, stdout=said, stdin=subprocess.DEVNULL
        )
        try:
            end = time.monotonic() + STARTING_SECONDS
            found = None
            while found is None:
                assert process.poll() is None, "the server has ended"
                assert time.monotonic() < end, "the server does not start"
                time.sleep(0.05)
                # By its position, since the server goes on writing at the one they share.
                found = re.search(pattern, os.pread(said.fileno(), 2**16, 0).decode())
            yield process.pid, int(found[1])
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def memory(process: int) -> float:
    """The MiB that a process and its descendants take, what several share counted once."""
    taken, pending = 0, [process]
    while pending:
        pid = pending.pop()
        with contextlib.suppress(OSError):
            tasks = Path(f"/proc/{pid}/task").glob("*/children")
            pending += [int(word) for path in tasks for word in path.read_text().split()]
            mapped = Path(f"/proc/{pid}/smaps_rollup").read_text()
            found = re.search(r"^Pss:\s+(\d+) kB", mapped, re.MULTILINE)
            taken += int(found[1]) if found else 0
    return taken / 1024


async def compare(ours: int, theirs: int) -> None:
    """Print requests a second beside the bare endpoint's."""
    cached = question(QUADRATIC, 1, wrt="x")
    rates: dict[str, list[float]] = {name: [] for name in ("bare", "cached", "one", "both")}
    for _ in range(ROUNDS):
        for name, port, body in (
            ("bare", theirs, lambda: cached),
            ("cached", ours, lambda: cached),
            ("one", ours, lambda: question(QUADRATIC, wrt="x")),
            ("both", ours, lambda: question(QUADRATIC)),
        ):
            load = await press(port, body, seconds=THROUGHPUT_SECONDS)
            assert set(load.statuses) == {200}, load.statuses
            rates[name].append(load.rate)
    print(f"{'':38}requests/s   to bare")
    for name, title in (
        ("bare", "bare FastAPI endpoint"),
        ("cached", "cached answer"),
        ("one", "x'*A*x by x, uncached"),
        ("both", "x'*A*x by x and by A, uncached"),
    ):
        ratios = [own / base for own, base in zip(rates[name], rates["bare"], strict=True)]
        print(f"{title:38}{statistics.median(rates[name]):10.0f}{statistics.median(ratios):10.2f}")


async def bombard(port: int) -> None:
    """Print how long innocent requests take, without bombs and with them."""
    print(f"\n{'':38}  p50, ms   p99, ms   requests/s   statuses")
    quiet = await press(port, innocent, seconds=LATENCY_SECONDS)
    bombs = Load()
    loud = await press(port, innocent, seconds=LATENCY_SECONDS, bombs=bombs)
    for title, load in (("mixed requests", quiet), ("the same beside bombs", loud)):
        print(
            f"{title:38}{load.percentile(50):9.0f} {load.percentile(99):9.0f} {load.rate:12.0f}"
            f"   {dict(load.statuses)}"
        )
    ratio = loud.percentile(99) / quiet.percentile(50)
    print(f"p99 beside {BOMBER} connections with bombs / p50 without: {ratio:.1f}")
    worst = max(bombs.times, default=0.0)
    print(f"bombs answered: {dict(bombs.statuses)}, the slowest after {worst:.1f} s")


async def fill(process: int, port: int, count: int) -> None:
    """Print the memory before and after so many requests."""
    steps = 5
    print(f"\n{'requests':>12}   memory of all processes, MiB")
    print(f"{0:12}   {memory(process):8.0f}")
    for step in range(1, steps + 1):
        await press(port, innocent, count=count // steps)
        print(f"{step * (count // steps):12}   {memory(process):8.0f}")


async def measure(parts: Collection[str], requests: int) -> None:
    """Print the tables."""
    with (
        running(
            *("-m", "mcalc", "serve", "--port", "0", "--workers", "2", "--rate", "off"),
            pattern=r'"listening".*http://127\.0\.0\.1:(\d+)',
        ) as (process, ours),
        running(
            *("-m", "uvicorn", "server:bare", "--app-dir", str(Path(__file__).parent)),
            *("--port", "0", "--no-access-log"),
            pattern=r"running on http://127\.0\.0\.1:(\d+)",
        ) as (_, theirs),
    ):
        await press(ours, innocent, count=300)  # to warm up
        if "throughput" in parts:
            await compare(ours, theirs)
        if "latency" in parts:
            await bombard(ours)
        if "memory" in parts:
            await fill(process, ours, requests)


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description="Measure the server.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}, or all")
    parser.add_argument("--requests", type=int, default=5000, help="how many to watch memory over")
    options = parser.parse_args()
    asyncio.run(measure(options.parts or PARTS, max(CONNECTIONS, options.requests)))


if __name__ == "__main__":
    main()
