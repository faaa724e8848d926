"""What can be told of the container without building it."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def stages():
    """The instructions of the Dockerfile, a list for each stage."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    stages = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            if name == "FROM":
                stages.append([])
            stages[-1].append((name, " ".join(rest.split())))
    return stages


@pytest.fixture
def serving_health():
    """The exit status of a script where `/healthz` answers with a status."""

    def run(script, status):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status if self.path == "/healthz" else 404)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            environ = os.environ | {"MCALC_PORT": str(server.server_port)}
            done = subprocess.run(
                [sys.executable, "-c", script], env=environ, capture_output=True, check=False
            )
            thread.join()
        return done.returncode

    return run


def only(stage, name):
    """What the one instruction of that name says."""
    (found,) = [rest for word, rest in stage if word == name]
    return found


def test_the_wheel_is_installed_where_no_source_lies(stages):
    build, final = stages
    assert ("COPY", ". .") in build
    assert any("pip wheel" in rest for name, rest in build if name == "RUN")
    assert [rest for name, rest in final if name in ("COPY", "ADD")] == [
        "--from=build /opt/mcalc /opt/mcalc"
    ]
    assert not any(name == "RUN" for name, _ in final)


def test_it_runs_as_nobody_in_particular(stages):
    assert only(stages[-1], "USER") == "10001:10001"
    assert "VOLUME" not in dict(stages[-1])
    assert "PYTHONDONTWRITEBYTECODE=1" in only(stages[-1], "ENV")


def test_the_entry_point_gets_the_signals(stages):
    # A shell in between would not pass SIGTERM on.
    assert json.loads(only(stages[-1], "ENTRYPOINT")) == ["mcalc", "serve", "--host", "0.0.0.0"]
    assert "CMD" not in dict(stages[-1])


def test_its_health_is_asked_for_by_python(stages, serving_health):
    command = json.loads(only(stages[-1], "HEALTHCHECK").partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    assert serving_health(command[2], 200) == 0
    assert serving_health(command[2], 503) != 0


def test_nothing_but_the_sources_is_sent_to_the_builder():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / name).exists() for name in allowed)
    assert {"mcalc", "grammar", "web", "pyproject.toml", "README.md", "LICENSE"} <= allowed


def test_several_servers_stand_behind_one_proxy():
    yaml = pytest.importorskip("yaml")
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    server = services["mcalc"]
    assert server["deploy"]["replicas"] > 1
    assert server["read_only"] is True  # it writes nothing
    assert "volumes" not in server
    assert "ports" not in server
    for volume in services["proxy"]["volumes"]:
        assert (ROOT / volume.partition(":")[0]).is_file()
