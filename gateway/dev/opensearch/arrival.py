"""OpenSearch as the embedded stack starts it: nobody waits for it, and PostgreSQL answers searches until it is there."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from gateway.dev.api import ROOT
from gateway.dev.opensearch import jars
from gateway.dev.opensearch.server import START_SECONDS, VERSION, OpenSearch
from gateway.dev.process import LOOPBACK, Child, StartError
from gateway.dev.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.dev.state import State

_UNTIL = "PostgreSQL answers searches"


class Arrival:
    """The server of one stack, from the fetching of its jars on; `child` is the process that is at work now."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._port = state.port("opensearch")
        self._log = state.log("opensearch")
        self._steps = self._arrive()
        self.child: Child | None = None
        self.url = f"http://{LOOPBACK}:{self._port}"

    def look(self) -> None:
        """See how far it is, and go on from there; to be called again and again, by the thread that lives longest.

        Raises:
            StartError: it was ready, and ended by itself.
        """
        next(self._steps, None)

    def _arrive(self) -> Iterator[None]:
        began = time.monotonic()
        if not jars.prepared():
            say("OpenSearch", f"Maven fetches it (50 MB); {_UNTIL} meanwhile")
            command = [sys.executable, "-m", "gateway.dev.opensearch"]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            fetching = self._watched(Child("Maven", command, log=self._log, environment=environment))
            while fetching.running:
                yield
            if not jars.prepared():
                say("OpenSearch", f"none: {_UNTIL}. {self._complaint()}")
                return
        try:
            server = OpenSearch(self._port, self._state.folder / "opensearch", log=self._log)
        except (StartError, OSError) as error:
            say("OpenSearch", f"none: {_UNTIL}. {error}")
            return
        child = self._watched(server.child)
        yield from self._until_ready(server, time.monotonic() + START_SECONDS)
        if not child.running:
            say("OpenSearch", f"none: {_UNTIL}. It could not start: {self._complaint()}")
            return
        say(f"OpenSearch {VERSION}", f"ready on {LOOPBACK}:{self._port} ({time.monotonic() - began:.1f} s)")
        while child.running:
            yield
        raise child.failure()

    def _until_ready(self, server: OpenSearch, limit: float) -> Iterator[None]:
        """Wait until the server is ready or has ended; beyond `limit` say once that it is late."""
        while not server.ready() and server.child.running:
            if time.monotonic() > limit:
                say("OpenSearch", f"not ready after {START_SECONDS} s, see {self._log}; {_UNTIL} meanwhile")
                limit = float("inf")
            yield

    def _watched(self, child: Child) -> Child:
        self.child = child
        self._state.record_child(child)
        return child

    def _complaint(self) -> str:
        """The last line of the log, which says why it is the last."""
        lines = self._log.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), f"See {self._log}.")
