import asyncio
import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mcalc.server.errors import Refusal
from mcalc.server.pool import GRACE, MOST_PATIENCE, PATIENCE, Pool
from mcalc.server.worker import MAX_ANSWER

MEMORY = 2**30


def using(story, job="jobs:act", size=2, seconds=0.5, memory=MEMORY, queue=10):
    """What an asynchronous story of a pool comes to."""

    async def tell():
        async with Pool(job, size, seconds=seconds, memory=memory, queue=queue) as pool:
            return await story(pool)

    return asyncio.run(tell())


def line(expression):
    return json.dumps({"expression": expression}).encode()


async def ask(pool, expression):
    """The status, and the answer or the message."""
    try:
        reply = await pool.run(line(expression))
    except Refusal as error:
        return error.status, error.as_dict()
    answer = json.loads(reply.body)
    return reply.status, answer.get("error", answer)


async def whole_again(pool):
    """How long it takes until all processes are ready."""
    start = time.perf_counter()
    while pool.ready < pool.size:
        await asyncio.sleep(0.01)
    return time.perf_counter() - start


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def wait_until_gone(pids, seconds=5.0):
    end = time.monotonic() + seconds
    while any(map(alive, pids)):
        assert time.monotonic() < end, "a process is left"
        time.sleep(0.01)


def test_each_answer_goes_to_who_asked():
    async def story(pool):
        return await asyncio.gather(*(ask(pool, f"x{i}") for i in range(10)))

    replies = using(story)
    assert [answer["expression"] for _, answer in replies] == [f"x{i}" for i in range(10)]
    assert len({answer["pid"] for _, answer in replies}) == 2


@pytest.mark.parametrize("bad", ["spin", "stubborn", "abort", "exit", "quit", "kill"])
def test_a_bad_request_is_refused_and_harms_no_other(bad):
    async def story(pool):
        good = asyncio.gather(*(ask(pool, "x") for _ in range(8)))
        refused = await ask(pool, bad)
        seconds = await whole_again(pool)
        return refused, seconds, await good, await ask(pool, "x"), pool.replaced

    (status, error), seconds, before, after, replaced = using(story)
    assert (status, error["kind"]) == (503, "limit")
    assert seconds < 1
    assert {status for status, _ in [*before, after]} == {200}
    assert replaced == 1


def test_memory():
    async def story(pool):
        refused = await ask(pool, "hoard")
        return refused, await whole_again(pool), await ask(pool, "x"), pool.replaced

    (status, error), seconds, (after, _), replaced = using(story, seconds=10)
    assert (status, error["kind"]) == (503, "limit")
    assert "memory" in error["message"]
    assert seconds < 1
    assert after == 200
    assert replaced == 1


@pytest.mark.parametrize(
    ("bad", "status", "kind"),
    [("fail", 422, "domain"), ("fault", 500, "internal"), ("recurse", 422, "limit")],
)
def test_an_error_is_an_answer_and_the_process_lives(bad, status, kind, capfd):
    async def story(pool):
        return await ask(pool, bad), pool.ready, pool.replaced

    (found, error), *rest = using(story)
    assert (found, error["kind"]) == (status, kind)
    assert rest == [2, 0]
    assert "secret" not in str(error) + capfd.readouterr().err


def test_an_answer_may_be_as_long_as_the_limit_and_no_longer():
    async def story(pool):
        empty = len((await pool.run(line(f"long {0:08}"))).body)
        room = MAX_ANSWER - empty
        sizes = [len((await pool.run(line(f"long {room + i:08}"))).body) for i in (-1, 0)]
        return sizes, await ask(pool, f"long {room + 1:08}"), pool.replaced

    sizes, (status, error), replaced = using(story, seconds=10)
    assert sizes == [MAX_ANSWER - 1, MAX_ANSWER]
    assert (status, error["kind"], replaced) == (422, "limit", 0)


def test_what_is_printed_is_no_answer():
    async def story(pool):
        return await ask(pool, "chatter")

    status, answer = using(story)
    assert (status, answer["expression"]) == (200, "chatter")


def test_an_idle_process_that_dies_is_replaced():
    async def story(pool):
        first = (await ask(pool, "x"))[1]["pid"], (await ask(pool, "x"))[1]["pid"]
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        while pool.replaced < 2:
            await asyncio.sleep(0.01)
        seconds = await whole_again(pool)
        return first, seconds, [await ask(pool, "x") for _ in range(4)]

    first, seconds, after = using(story)
    assert seconds < 1
    assert [status for status, _ in after] == [200] * 4
    assert not {answer["pid"] for _, answer in after} & set(first)


def test_the_queue_is_bounded():
    async def story(pool):
        sleeping = [asyncio.create_task(ask(pool, "sleep 0.1")) for _ in range(2)]
        waiting = [asyncio.create_task(ask(pool, "x")) for _ in range(3)]
        await asyncio.sleep(0.05)
        start = time.perf_counter()
        refused = await ask(pool, "x")
        return time.perf_counter() - start, refused, await asyncio.gather(*waiting, *sleeping)

    seconds, (status, error), others = using(story, queue=3, seconds=20)
    assert seconds < 0.05
    assert (status, error["kind"]) == (503, "limit")
    assert {status for status, _ in others} == {200}


def test_nobody_waits_longer_than_an_answer_may_take(monkeypatch):
    monkeypatch.setattr("mcalc.server.pool.MOST_PATIENCE", 10)
    monkeypatch.setattr("mcalc.server.pool.PATIENCE", 10)

    async def story(pool):
        before = [asyncio.create_task(ask(pool, "sleep 0.8")) for _ in range(2)]
        await asyncio.sleep(0.01)
        start = time.perf_counter()
        refused = await ask(pool, "x")
        return time.perf_counter() - start, refused, await asyncio.gather(*before), pool.waiting

    seconds, (status, _), _, waiting = using(story, size=1, seconds=1)
    assert 0.9 < seconds < 1.5
    assert (status, waiting) == (503, 0)


def test_those_who_take_all_the_time_are_stopped_when_others_wait():
    async def story(pool):
        start = time.perf_counter()
        spinning = [asyncio.create_task(ask(pool, "spin")) for _ in range(2)]
        await asyncio.sleep(0.05)
        served = await pool.run(line("x"), "another")
        seconds = time.perf_counter() - start
        stopped = [task.result() for task in spinning if task.done()]
        for task in spinning:
            task.cancel()
        return served.status, seconds, stopped

    status, seconds, stopped = using(story, seconds=5)
    assert status == 200
    assert 5 * PATIENCE <= seconds < 5 * PATIENCE + 1
    assert stopped
    for status, error in stopped:
        assert status == 503
        assert "others are waiting" in error["message"]


def test_who_has_taken_little_is_not_stopped_for_who_takes_much():
    async def story(pool):
        spinning = asyncio.create_task(pool.run(line("spin"), "a"))
        await asyncio.sleep(0.5)
        sleeping = asyncio.create_task(pool.run(line("sleep 0.3"), "b"))
        await asyncio.sleep(0.01)
        served = await pool.run(line("x"), "c")
        assert spinning.done()
        with pytest.raises(Refusal):
            await spinning
        return served.status, (await sleeping).status

    assert using(story, seconds=5) == (200, 200)


def test_what_usually_takes_long_may_take_long():
    async def story(pool):
        patience = [pool._patience]
        for _ in range(60):
            await ask(pool, "sleep 0.03")
        patience.append(pool._patience)
        jobs = [pool.run(line("sleep 0.3"), str(i)) for i in range(6)]
        return patience, await asyncio.gather(*jobs)

    (before, after), replies = using(story, seconds=5)
    assert before == 5 * PATIENCE
    assert 0.3 < after <= 5 * MOST_PATIENCE
    assert len(replies) == 6


def test_who_takes_long_is_left_alone_while_nobody_waits():
    async def story(pool):
        return await asyncio.gather(*(ask(pool, "sleep 0.3") for _ in range(2)))

    assert [status for status, _ in using(story, seconds=1)] == [200, 200]


def test_who_comes_first_is_served_first():
    async def story(pool):
        order = []

        async def come(name):
            await ask(pool, "sleep 0.01")
            order.append(name)

        await asyncio.gather(*map(come, range(8)))
        return order

    assert using(story, size=1, seconds=5) == list(range(8))


def test_who_asks_for_much_does_not_keep_others_waiting():
    async def story(pool):
        bombs = [asyncio.create_task(pool.run(line("spin"), "bomber")) for _ in range(6)]
        await asyncio.sleep(0.01)

        async def client(name):
            return [(await pool.run(line("sleep 0.01"), name)).status for _ in range(10)]

        start = time.perf_counter()
        statuses = await asyncio.gather(*map(client, "abcd"))
        seconds = time.perf_counter() - start
        begun = [bomb for bomb in bombs if bomb.done()]
        for bomb in bombs:
            bomb.cancel()
        return statuses, seconds, len(begun)

    statuses, seconds, begun = using(story, seconds=20, queue=10)
    assert statuses == [[200] * 10] * 4
    assert begun <= 2  # for which the others waited, and for no further ones
    assert 20 * PATIENCE < seconds < 20 * PATIENCE + 3


def test_who_fills_the_queue_does_not_shut_others_out():
    async def story(pool):
        crowd = [asyncio.create_task(pool.run(line("sleep 0.1"), "crowd")) for _ in range(20)]
        await asyncio.sleep(0.01)
        single = await asyncio.gather(*(pool.run(line("x"), name) for name in "abc"))
        return single, await asyncio.gather(*crowd, return_exceptions=True)

    single, crowd = using(story, seconds=10, queue=4)
    assert [reply.status for reply in single] == [200] * 3
    statuses = [getattr(reply, "status", None) for reply in crowd]
    assert statuses.count(503) == 20 - 2 - 1
    assert statuses.count(200) == 2 + 1


def test_a_job_killed_in_the_middle_of_its_answer_spoils_no_other():
    async def story(pool):
        for delay in range(30):
            long = asyncio.create_task(ask(pool, "long 8000000"))
            await asyncio.sleep(delay / 1000)
            for worker_pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker_pid, signal.SIGKILL)
            await long
            status, answer = await ask(pool, f"x{delay}")
            if status == 200:
                assert answer["expression"] == f"x{delay}"
                pids[:] = [answer["pid"]]
        return pool.replaced

    pids = []
    assert using(story, size=1, seconds=10) > 10


def test_an_abandoned_job_is_killed(caplog):
    async def story(pool):
        pids = [(await ask(pool, "x"))[1]["pid"] for _ in range(2)]
        for expression in ("spin", "stubborn"):
            task = asyncio.create_task(ask(pool, expression))
            await asyncio.sleep(0.05)
            task.cancel()
        start = time.perf_counter()
        while pool.replaced < 2:
            await asyncio.sleep(0.01)
        assert GRACE < time.perf_counter() - start < GRACE + 0.5
        wait_until_gone(pids)
        return await whole_again(pool), await ask(pool, "x")

    seconds, (status, _) = using(story, seconds=10)
    gc.collect()
    assert seconds < 1
    assert status == 200
    assert not caplog.records


def test_an_abandoned_job_that_is_almost_done_costs_no_process():
    async def story(pool):
        for _ in range(10):
            task = asyncio.create_task(ask(pool, "sleep 0.02"))
            await asyncio.sleep(0.01)
            task.cancel()
        while pool.running:
            await asyncio.sleep(0.01)
        return pool.ready, pool.replaced

    assert using(story, seconds=10) == (2, 0)


def test_who_gives_up_waiting_takes_no_process_along():
    async def story(pool):
        for _ in range(5):
            tasks = [asyncio.create_task(ask(pool, "x")) for _ in range(10)]
            await asyncio.sleep(0)
            for task in tasks[1::2]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await whole_again(pool)
        return await ask(pool, "x"), pool.running, pool.waiting

    (status, _), running, waiting = using(story)
    assert (status, running, waiting) == (200, 0, 0)


def test_nothing_is_left_when_the_pool_ends():
    async def story(pool):
        await asyncio.sleep(0)
        pids = [worker.process.pid for worker in pool._idle]
        asyncio.create_task(ask(pool, "stubborn"))  # noqa: RUF006 - it is abandoned on purpose
        await asyncio.sleep(0.05)
        return pids

    pids = using(story, seconds=60)
    wait_until_gone(pids, 0.5)


def test_a_pool_that_cannot_start_says_so():
    with pytest.raises(ExceptionGroup) as caught:
        using(ask, job="jobs:nothing")
    assert isinstance(caught.value.exceptions[0], EOFError)


ORPHANS = """
import asyncio, sys, time
from mcalc.server.pool import GRACE, PATIENCE, Pool

async def main():
    async with Pool("jobs:act", 2, seconds=60, memory=2**30, queue=1) as pool:
        await asyncio.sleep(0)
        pids = [worker.process.pid for worker in pool._idle]
        asyncio.create_task(pool.run(b'{"expression": "stubborn"}'))
        await asyncio.sleep(0.2)
        print(*pids, flush=True)
        time.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere orphans end when they are next idle")
def test_nothing_is_left_when_the_server_is_killed():
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, env=environ
    ) as process:
        assert process.stdout is not None
        pids = list(map(int, process.stdout.readline().split()))
        assert all(map(alive, pids))
        process.kill()
        wait_until_gone(pids, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits")
def test_limits_of_a_process():
    async def story(pool):
        return [(await ask(pool, "limits"))[1]["limits"] for _ in range(2)]

    first, second = using(story, size=1, seconds=3)
    assert first["memory"] == MEMORY
    assert 3 <= first["seconds"] <= second["seconds"] <= 3 + 5 + 5
    assert first["threads"] == "1"
