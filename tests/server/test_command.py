"""The server as a process of its own, as the world sees it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from mcalc.server import command
from mcalc.server.middleware import MAX_URL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

ACTING = """
from mcalc.server.command import run
from mcalc.server.settings import Settings
run(Settings(port=0, seconds={seconds}), {{"derivatives": "jobs:act", "preview": "jobs:act"}})
"""
SERVING = "import sys; from mcalc.server.command import serve; sys.exit(serve(sys.argv[1:]))"

DERIVATIVES, PREVIEW, BATCH = "/api/v1/derivatives", "/api/v1/parse", "/api/v1/batch"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def acting(serving):
    with serving(ACTING.format(seconds=5)) as server:
        yield server


def until(condition, seconds=2.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_alive(pid):
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


def send(server, path, expression):
    """A socket on which a question has been sent."""
    body = json.dumps({"expression": expression}).encode()
    talk = socket.create_connection(("127.0.0.1", server.port))
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    talk.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return talk


def test_it_listens_to_this_machine_alone(acting):
    assert acting.url == f"http://127.0.0.1:{acting.port}"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", acting.port))


def test_answers_are_sent_without_delay(acting):
    # Small packets wait 40 ms for others where nobody forbids it.
    connection = http.client.HTTPConnection("127.0.0.1", acting.port)
    with contextlib.closing(connection):
        start = time.perf_counter()
        for _ in range(10):
            connection.request("GET", "/healthz")
            assert connection.getresponse().read()
        assert time.perf_counter() - start < 0.2


def test_a_preview_takes_no_time(serving):
    times = []
    with serving(SERVING, "--port", "0", "--workers", "1") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        with contextlib.closing(connection):
            for i in range(41):
                body = json.dumps({"expression": f"log(det(X{i}))+x'*A*x"})
                start = time.perf_counter()
                connection.request("POST", PREVIEW, body, JSON)
                response = connection.getresponse()
                assert response.status == 200
                assert response.read()
                times.append(time.perf_counter() - start)
    assert sorted(times)[20] < 0.01


def test_who_goes_away_takes_the_work_along(acting):
    replaced = acting.figure("mcalc_processes_replaced_total")
    for expression in ("spin", "stubborn"):
        send(acting, DERIVATIVES, expression).close()
    until(lambda: acting.figure("mcalc_processes_replaced_total") == replaced + 2)
    until(lambda: acting.figure("mcalc_processes_ready") == 2, 1)
    assert acting.figure("mcalc_jobs_running") == 0
    assert any('"status": 499' in line for line in acting.lines)


def test_who_leaves_a_batch_takes_the_work_along(acting):
    replaced = acting.figure("mcalc_processes_replaced_total")
    with send(acting, BATCH, "stubborn"):
        until(lambda: acting.figure("mcalc_jobs_running") == 1)
    until(lambda: acting.figure("mcalc_processes_replaced_total") == replaced + 1)


def test_previews_and_health_do_not_wait_behind_derivatives(acting):
    with contextlib.ExitStack() as spinning:
        for _ in range(6):
            spinning.enter_context(send(acting, DERIVATIVES, "spin"))
        until(lambda: acting.figure("mcalc_jobs_waiting") == 4)
        start = time.perf_counter()
        assert acting.ask("x", PREVIEW)[0] == 200
        assert acting.request("GET", "/healthz")[0] == 200
        assert time.perf_counter() - start < 0.5
    until(lambda: acting.figure("mcalc_processes_ready") == 2)


def test_bad_requests_harm_nobody(acting):
    statuses = []

    def ask(expression):
        statuses.append((expression, acting.ask(expression)[0]))

    bad = ["abort", "kill", "hoard", "exit"]
    good = [f"sleep 0.0{i}" for i in range(1, 10)]
    threads = [threading.Thread(target=ask, args=(word,)) for word in (*bad, *good, *good)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == len(threads)
    for expression, status in statuses:
        assert status == (503 if expression in bad else 200), expression
    until(lambda: acting.figure("mcalc_processes_ready") == 2, 1)


def test_killed_processes_are_replaced(acting):
    jobs = ("derivatives", "preview")
    replaced = {job: acting.figure("mcalc_processes_replaced_total", job) for job in jobs}
    for pid in acting.processes():
        os.kill(pid, signal.SIGKILL)
    for job, before in replaced.items():  # four at once, on however few processors
        until(lambda: acting.figure("mcalc_processes_replaced_total", job) == before + 2, 3)  # noqa: B023
        until(lambda: acting.figure("mcalc_processes_ready", job) == 2, 3)  # noqa: B023
    assert acting.ask("x")[0] == acting.ask("x", PREVIEW)[0] == 200


def test_each_line_of_a_batch_is_sent_at_once(acting):
    body = b'{"expression": "first"}\n{"expression": "sleep 1"}\n'
    connection = http.client.HTTPConnection("127.0.0.1", acting.port)
    with contextlib.closing(connection):
        start = time.perf_counter()
        connection.request("POST", BATCH, body, JSON)
        response = connection.getresponse()
        assert json.loads(response.readline())["expression"] == "first"
        assert time.perf_counter() - start < 0.5
        assert json.loads(response.readline())["expression"] == "sleep 1"
        assert time.perf_counter() - start > 1


@pytest.mark.parametrize("size", [70_000, 900_000])
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "in chunks"])
def test_a_body_that_is_too_long_is_refused(acting, whole, size):
    body = b" " * size
    status, headers, answer = acting.request("POST", DERIVATIVES, body if whole else iter([body]))
    assert status == 413
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert json.loads(answer)["error"]["kind"] == "limit"


def test_an_address_that_is_too_long_is_refused(acting):
    for size in (MAX_URL, MAX_URL + 5000):
        status, headers, answer = acting.request("GET", "/" + "x" * size)
        assert status == 414
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert json.loads(answer)["error"]["kind"] == "limit"


# The end


def test_answers_under_way_are_waited_for(serving):
    with serving(ACTING.format(seconds=5)) as server:
        pids = server.processes()
        assert len(pids) == 4
        with send(server, DERIVATIVES, "sleep 0.5") as talk:
            until(lambda: server.figure("mcalc_jobs_running") == 1)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", server.port))
            assert talk.recv(100).startswith(b"HTTP/1.1 200 OK")
        assert server.stop() == (0, b"")
        assert not any(map(is_alive, pids))
        assert {entry["message"] for entry in map(json.loads, server.lines)} == {
            "listening",
            "request",
        }


@pytest.mark.parametrize("work", [None, "sleep 0.5", "stubborn"])
def test_it_stops_when_it_is_told(serving, work):
    with serving(ACTING.format(seconds=1)) as server, contextlib.ExitStack() as talks:
        pids = server.processes()
        idle = talks.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200 OK")
        if work:
            talks.enter_context(send(server, DERIVATIVES, work))
            until(lambda: server.figure("mcalc_jobs_running") == 1)
        start = time.monotonic()
        assert server.stop() == (0, b"")
        assert time.monotonic() - start < 3
        assert not any(map(is_alive, pids))


def test_it_stops_while_it_starts(serving):
    with serving(ACTING.format(seconds=5), wait=False) as server:
        until(server.processes, 20)
        pids = server.processes()
        assert server.stop() == (0, b"")
        assert not any(map(is_alive, pids))


def test_an_interrupt_is_quiet(serving):
    with serving(ACTING.format(seconds=5)) as server:
        pids = server.processes()
        # As a terminal does: to all processes.
        os.killpg(server.process.pid, signal.SIGINT)
        server.stop(signal.SIGINT)
        assert not any(map(is_alive, pids))
        assert not [line for line in server.lines if not line.startswith("{")]


def test_nothing_is_left_when_it_is_killed(serving):
    with serving(ACTING.format(seconds=60)) as server:
        pids = server.processes()
        with send(server, DERIVATIVES, "stubborn"):
            until(lambda: server.figure("mcalc_jobs_running") == 1)
            server.stop(signal.SIGKILL)
        until(lambda: not any(map(is_alive, pids)), 1)


# What it does beside answering

# Goes off in every process of the server, and tells of files written and of connections made.
WATCH = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen"):
        os.write(2, f"WATCHED {event} {arguments}\\n".encode("utf-8", "replace"))
    elif event == "open" and isinstance(arguments[2], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            os.write(2, f"WATCHED {event} {arguments}\\n".encode("utf-8", "replace"))

sys.addaudithook(watch)
"""
TYPED = "Zq7"


def test_it_answers_and_does_nothing_else(serving, tmp_path):
    tmp_path.joinpath("sitecustomize.py").write_text(WATCH)
    environ = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    with serving(SERVING, "--port", "0", "--workers", "1", **environ) as server:
        started = len(server.lines)
        assert any("subprocess.Popen" in line for line in server.lines)
        for path in (DERIVATIVES, PREVIEW):
            assert server.ask(f"x'*{TYPED}*x", path)[0] == 200
            assert server.ask(f"{TYPED} +", path)[0] == 422
            assert server.request("POST", path, f"{TYPED}{{")[0] == 422
        question = {"expression": f"x'*{TYPED}*x", "formats": ["numpy"], "check": True}
        assert server.request("POST", DERIVATIVES, json.dumps(question))[0] == 200
        assert server.request("POST", BATCH, f'{TYPED}\n{{"expression": "{TYPED}"}}')[0] == 200
        assert server.request("GET", f"/{TYPED}?{TYPED}={TYPED}")[0] == 404
        assert server.request(TYPED, "/docs", headers={TYPED: TYPED})[0] == 405
        _, output = server.stop()
        lines = server.lines[started:]
    entries = list(map(json.loads, lines))  # and nothing else was seen
    assert len(entries) == 10
    assert {entry["message"] for entry in entries} == {"request"}
    assert TYPED not in "".join(lines).replace(f'"{TYPED}", "route": "/docs"', "")
    assert entries[0]["expression_length"] == len(f"x'*{TYPED}*x")
    assert entries[0]["expression_hash"] == entries[3 * 2]["expression_hash"]
    assert entries[0]["route"] == DERIVATIVES
    assert output == b""


def test_the_same_bytes_in_every_process(serving):
    questions = [
        {"expression": "det(X)*x'*A*x", "formats": ["text", "latex", "numpy"], "check": True},
        {"expression": "norm2(A*x-y)^2", "wrt": "x", "order": 2},
        {"expression": "x'*x +"},
    ]
    answers = []
    for seed in ("0", "1", "4711"):
        with serving(SERVING, "--port", "0", "--workers", "1", PYTHONHASHSEED=seed) as server:
            found = [server.request("POST", DERIVATIVES, json.dumps(q)) for q in questions]
            found.append(server.request("GET", "/openapi.json"))
            found.append(server.request("GET", "/api/v1/functions"))
            answers.append([(status, headers["ETag"], body) for status, headers, body in found])
    assert answers[0] == answers[1] == answers[2]


# The command line


def test_options_and_environment_are_heeded(serving):
    with serving(SERVING, "--port", "0", "--workers", "3", MCALC_HOST="::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert len(server.processes()) == 3 + 2


@pytest.mark.parametrize(
    "arguments", [["--port", "x"], ["--workers", "0"], ["--rate", "many"], ["--nix"], ["x"]]
)
def test_wrong_options(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        command.serve(arguments)
    assert caught.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "mcalc serve: error: " in output.err


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert command.serve(["--port", str(port)]) == 2
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


def test_help_tells_every_setting(capsys):
    with pytest.raises(SystemExit) as caught:
        command.serve(["--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option, variable, default, doc in command.documentation():
        assert option in text
        assert f"{doc} (default: {default}; variable: {variable})" in text
