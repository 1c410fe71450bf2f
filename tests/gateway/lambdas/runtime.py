"""A Lambda Runtime API for tests: serves events to AWS's own runtime client, which runs the function in a process of its own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
TIMEOUT = 30.0  # seconds for an answer, a cold start included


@dataclass
class Function:
    """A function, cold until its first event. Use it as a context manager; afterwards `printed` is what it wrote.

    Args:
        handler: module and function.
        environment: what the function is told.
        python: the interpreter, which finds AWS's runtime client.
        folder: where the code is.
        trace: X-Ray's header of each invocation.
    """

    handler: str
    environment: Mapping[str, str]
    python: str = sys.executable
    folder: Path = ROOT
    trace: str = ""
    events: queue.Queue[tuple[str, Any]] = field(default_factory=queue.Queue)
    answers: queue.Queue[tuple[str, str, Any]] = field(default_factory=queue.Queue)
    printed: str = ""

    def __enter__(self) -> Self:
        self.ready = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{self._server.server_address[1]}"
        lambda_variables = {
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_LAMBDA_FUNCTION_NAME": "test",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "LAMBDA_TASK_ROOT": str(self.folder),
            "PATH": os.environ["PATH"],
        } | {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        self.process = subprocess.Popen(
            [self.python, "-m", "awslambdaric", self.handler],
            cwd=self.folder,
            env={**self.environment, **lambda_variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.printed = self.process.communicate()[0]
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, event: Any) -> tuple[str, Any]:
        """Send one event; `("response", payload)` or `("error", {"errorType": ...})`."""
        identifier = str(uuid.uuid4())
        self.events.put((identifier, event))
        try:
            kind, answered, payload = self.answers.get(timeout=TIMEOUT)
        except queue.Empty:
            self.process.kill()
            raise AssertionError(f"no answer in {TIMEOUT} s:\n{self.process.communicate()[0]}") from None
        assert kind == "init" or answered == identifier
        return kind, payload


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A function that is ended while it waits for an event breaks its connection off, which is no failure."""


def _handler_for(function: Function) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            function.ready.set()
            identifier, event = function.events.get()
            deadline = int((time.time() + TIMEOUT) * 1000)
            headers = {
                "Lambda-Runtime-Aws-Request-Id": identifier,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Trace-Id": function.trace,
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:test",
            }
            self._send(200, json.dumps(event).encode(), headers)

        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"null")
            *_, identifier, kind = self.path.split("/")
            self._send(202, b"{}", {})
            function.answers.put(("init" if identifier == "init" else kind, identifier, payload))

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {
                **headers,
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    return Handler
