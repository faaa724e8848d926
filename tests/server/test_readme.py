"""What README.md says of the server is so."""

import re
from pathlib import Path

import pytest

from mcalc.server.settings import documentation

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def section():
    """What stands under "The server"."""
    (found,) = re.findall(
        r"^## The server\n(.*?)^## ", README.read_text(), re.DOTALL | re.MULTILINE
    )
    return found


def test_the_settings_are_those_there_are(section):
    rows = re.findall(r"^\| `(--.*?)` \| `(.*?)` \| `(.*?)` \| (.*) \|$", section, re.MULTILINE)
    assert rows == documentation()


def test_the_example_is_answered(section, client):
    (path, body) = re.search(r"curl \S+:8000(\S+) .*?-d '(.*?)'\n", section, re.DOTALL).groups()
    response = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert response.json()["derivatives"][0]["text"] in section


def test_every_address_is_named(section, client):
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"`{path}`" in section, path
