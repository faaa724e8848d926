"""Makes docs/page.png, the picture in the README, from the real page in a Chromium.

pip install -e '.[dev]'
python docs/screenshot.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).with_name("page.png")
SERVER = "import sys; from mcalc.server.command import serve; sys.exit(serve(sys.argv[1:]))"
QUESTION = "/?expression=det(X)*x'*A*x&wrt=X&var=A:+symmetric"
WIDTH, HEIGHT = 1100, 1000


def main() -> None:
    """Start a server, look at the page, and keep the picture."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    command = [sys.executable, "-c", SERVER, "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as server, sync_playwright() as tool:
        try:
            assert server.stderr is not None
            url = next(entry["url"] for entry in map(json.loads, server.stderr) if "url" in entry)
            browser = tool.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5
            )
            page.goto(url + QUESTION)
            page.evaluate("document.fonts.ready")
            page.screenshot(path=PICTURE)
            browser.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
