"""A real server and a real Chromium."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(browser, tmp_path_factory):
    """The address of a server."""
    log = tmp_path_factory.mktemp("server") / "log"
    command = "import sys; from mcalc.server.command import serve; sys.exit(serve(sys.argv[1:]))"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-c", command, "--port", "0", "--workers", "1"], stderr=output
        ) as process,
    ):
        try:
            yield listening(log)
        finally:
            process.terminate()


def listening(log):
    """What the server says that its address is."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if '"listening"' in line:
                return json.loads(line)["url"]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


class Visit:
    """A page in a window, and what went wrong in it."""

    def __init__(self, browser, server, width=1100, scheme="light", scripts=True):
        self.server = server
        self.context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            base_url=server,
        )
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
        self.page = self.context.new_page()
        self.messages = []
        self.foreign = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", self._look)

    def _look(self, request):
        if not request.url.startswith(self.server):
            self.foreign.append(request.url)

    def check(self):
        """Nothing from elsewhere, no sideways scroll, no message but of refused requests."""
        assert self.foreign == []
        # The browser tells of every answer that is an error.
        assert [
            m for m in self.messages if "the server responded with a status of 422" not in m
        ] == []
        width, room = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= room


class Visits:
    """Opens windows: `visits(address, **options)` is the page in one."""

    def __init__(self, browser, server):
        self.browser = browser
        self.server = server
        self.opened = []

    def __call__(self, address="/", **options):
        found = Visit(self.browser, self.server, **options)
        self.opened.append(found)
        found.page.goto(address)
        return found.page

    def forgive(self):
        """Forget what the browser has complained of so far."""
        for found in self.opened:
            found.messages.clear()

    def check(self):
        for found in self.opened:
            found.check()


@pytest.fixture
def visit(browser, server):
    """Opens windows, and looks at them once more at the end."""
    visits = Visits(browser, server)
    yield visits
    visits.check()
    for found in visits.opened:
        found.context.close()
