"""Questions made from the description of the API, such as it allows and such as it forbids."""

import importlib.util
import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(
        importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed"
    ),
]

SERVING = "import sys; from mcalc.server.command import serve; sys.exit(serve(sys.argv[1:]))"

# Not every text is an expression: what the schema allows may yet be refused. And a batch is any
# text at all, whose errors are answers.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "422"]

[[operations]]
include-path = "/api/v1/batch"
checks.negative_data_rejection.enabled = false
"""

HOOKS = """
import json
import schemathesis

@schemathesis.serializer("application/x-ndjson")
def write(context, value):
    return str(value).encode("utf-8", "replace")

@schemathesis.deserializer("application/x-ndjson")
def read(context, response):
    return response.content.decode()
"""


def test_nothing_is_found(serving, tmp_path):
    config, hooks = tmp_path / "schemathesis.toml", tmp_path / "hooks.py"
    config.write_text(CONFIG)
    hooks.write_text(HOOKS)
    with serving(SERVING, "--port", "0") as server:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)),
                *("run", f"{server.url}/openapi.json", "--max-examples", "30", "--seed", "1"),
                *("--warnings", "off", "--no-color"),
            ],
            env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
