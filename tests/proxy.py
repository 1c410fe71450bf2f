"""A proxy that can break off every connection that goes through it, as a network does."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import suppress
from typing import Self


class Proxy:
    """Listens on `port` of loopback and forwards to another; use it as a context manager."""

    def __init__(self, host: str, port: int) -> None:
        ends: list[socket.socket] = []

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                ahead = socket.create_connection((host, port))
                ends.extend((self.request, ahead))
                back = threading.Thread(target=_pump, args=(ahead, self.request), daemon=True)
                back.start()
                _pump(self.request, ahead)
                back.join()

        self._ends = ends
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._server.shutdown()
        self._server.server_close()

    def cut(self) -> int:
        """Break off all connections; how many there were."""
        count = len(self._ends) // 2
        while self._ends:
            _end(self._ends.pop())
        return count


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
