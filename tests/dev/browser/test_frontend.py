"""A real browser at the running stack: what a frontend on another origin does, and the first page."""

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gateway import cli

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGE = Path(__file__).with_name("frontend.html")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
)


class Frontend:
    """Serves the page at `origin`, tells it `told`, and has in `said` what it came to."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self.said: dict[str, Any] = {}
        self.done = threading.Event()
        frontend = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told = self.path == "/told"
                content = json.dumps(frontend.told).encode() if told else PAGE.read_bytes()
                self._answer(content, "application/json" if told else "text/html")

            def do_POST(self) -> None:
                frontend.said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._answer(b"", "text/plain")
                frontend.done.set()

            def _answer(self, content: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def frontend() -> Iterator[Frontend]:
    frontend = Frontend()
    yield frontend
    frontend.server.shutdown()
    frontend.server.server_close()


@pytest.fixture
def browse(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`browse(url)`: a browser that has just been installed, at this page."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    browsers: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        assert CHROMIUM is not None
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
        browser = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        browsers.append(browser)
        return browser

    yield start
    for browser in browsers:
        browser.terminate()
        browser.communicate(timeout=20)


@pytest.mark.slow
def test_a_frontend_of_another_origin_uploads_in_both_ways_and_shows_what_it_sent(
    start: Callable[..., Any],
    frontend: Frontend,
    browse: Callable[..., subprocess.Popen[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = start(CORS_ORIGINS=frontend.origin, DEMO_DATA="0")
    assert cli.main(["token", "carol"], run.environ) == 0
    # One site, two origins, as app.example.com and api.example.com are: cookies travel, and CORS decides.
    frontend.told = {"api": f"http://localhost:{run.environ['PORT']}", "token": capsys.readouterr().out.strip()}

    browse(frontend.origin)

    assert frontend.done.wait(60)
    assert frontend.said == {
        "unknown": 401,
        "known": 200,
        "unguarded": "CSRF_FAILED",
        "readable": True,
        "form": 201,
        "bucket": 204,
        "straight": 201,
        "titles": ["Straight to the bucket", "By a form"],
        "widths": [320, 320],
        "thumbnails": [320, 320],
    }


@pytest.mark.slow
def test_the_first_page_leads_everywhere_and_says_how_the_stack_is(
    stack: Any, browse: Callable[..., subprocess.Popen[str]]
) -> None:
    page = browse("--virtual-time-budget=5000", "--dump-dom", stack.url).communicate(timeout=60)[0]

    for path in ("/graphql", "/docs", "/health"):
        assert f'href="{path}"' in page
    assert '<i class="dot healthy"></i>healthy: postgres healthy, redis healthy, opensearch disabled' in page
    assert f"{stack.url}/api/mocs?search=castle" in page
