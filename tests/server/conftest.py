import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mcalc.server.app import create_app
from mcalc.server.settings import Settings

# The computing processes of tests find `jobs` where this process would.
sys.path.append(str(Path(__file__).parent))

ACTING = {"derivatives": "jobs:act", "preview": "jobs:act"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="session")
def client():
    """A client of the server as it is."""
    with TestClient(create_app(Settings(workers=1)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def acting():
    """A client of a server whose processes do what the expression says; see `jobs`."""
    settings = Settings(workers=2, seconds=1, queue=4)
    with TestClient(create_app(settings, ACTING), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def serving():
    """Servers as processes of their own: `with serving(script, *arguments, **environ)`."""
    return _serving


class Server:
    """A server, and what it has logged."""

    def __init__(self, script, *arguments, **environ):
        path = os.pathsep.join(filter(None, [environ.pop("PYTHONPATH", ""), *sys.path]))
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path} | environ,
            start_new_session=True,
        )
        self.lines = []
        self.listens = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.decode())
            if b'"listening"' in line:
                self.url = json.loads(line)["url"]
                self.port = int(self.url.rpartition(":")[2])
                self.listens.set()

    def request(self, method, path, body=None, headers=JSON):
        """The status, the headers and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    def ask(self, expression, path="/api/v1/derivatives"):
        """The status and the answer."""
        body = json.dumps({"expression": expression})
        status, _, answer = self.request("POST", path, body)
        return status, json.loads(answer)

    def figure(self, name, job="derivatives"):
        _, _, text = self.request("GET", "/metrics")
        found = re.search(rf'^{name}\{{job="{job}"\}} (.*)$', text.decode(), re.MULTILINE)
        assert found is not None
        return float(found[1])

    def processes(self):
        """The processes it has started."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for children in tasks for pid in children.read_text().split()]

    def stop(self, number=signal.SIGTERM):
        """The exit status and what was written to standard output."""
        self.process.send_signal(number)
        output, _ = self.process.stdout.read(), self.process.wait(20)
        self.process.stdout.close()
        self.reader.join()
        self.process.stderr.close()
        return self.process.returncode, output


@contextlib.contextmanager
def _serving(script, *arguments, wait=True, **environ):
    server = Server(script, *arguments, **environ)
    try:
        assert not wait or server.listens.wait(20), server.lines
        yield server
    finally:
        if server.process.returncode is None:
            server.stop(signal.SIGKILL)
