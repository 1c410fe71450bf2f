"""moto's server for Terraform: `python -m gateway.dev.emulator HOST PORT`.

On a busy machine Terraform now and then closes a connection when it has the headers of an answer and not yet its body, and asks again. moto
would do the same a second time, and answer that a rule is gone or a name is taken. The SDKs of AWS name a call in a header, the same in
each attempt of it: whoever asks again here is given the answer that was lost.
Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import signal
import sys
from collections import OrderedDict
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

KEPT = 1000  # calls; attempts follow each other within seconds


class Call:
    """One call, however often it is attempted."""

    def __init__(self) -> None:
        self.underway = Lock()
        self.answer: Response | None = None


class Calls:
    """A WSGI application before `app` that has it do each call once. What failed in `app` itself is done again."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self._adding = Lock()
        self._calls: OrderedDict[str, Call] = OrderedDict()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one attempt."""
        name = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        return self._answer(name, environ)(environ, start_response) if name else self.app(environ, start_response)

    def _answer(self, name: str, environ: WSGIEnvironment) -> Response:
        with self._adding:
            call = self._calls.setdefault(name, Call())
            while len(self._calls) > KEPT:
                self._calls.popitem(last=False)
        with call.underway:
            if not call.answer or call.answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                call.answer = Response.from_app(self.app, environ, buffered=True)
            return call.answer


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    served = Calls(DomainDispatcherApplication(create_backend_app))
    run_simple(sys.argv[1], int(sys.argv[2]), served, threaded=True, request_handler=MotoRequestHandler)
