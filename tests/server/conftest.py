import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mcalc.server.app import create_app
from mcalc.server.settings import Settings

# The computing processes of tests find `jobs` where this process would.
sys.path.append(str(Path(__file__).parent))

ACTING = {"derivatives": "jobs:act", "preview": "jobs:act"}


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
