"""The connection to one Redis, which all who ask at a time share: commands go out as they come, answers come in the same order.

Why it is written here: docs/decisions/0030. The protocol's bytes are made and read by hiredis, Redis' own parser.
Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2), and "Pipelining" there.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from hiredis import HiredisError, Reader, ReplyError, pack_command

from services.breaker import Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PORT = 6379
_BUFFER = 65_536  # bytes
_LATE = "an earlier answer did not come in time"
_MORE = object()  # what the parser says of an answer that has not come as a whole
_ENDED = getattr(select, "POLLRDHUP", select.POLLHUP)  # Linux tells the first, other systems the second
# Seconds of silence after which the system looks whether the server is still there, and between its looks; how often it looks in vain.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}


class Lost(Exception):
    """There was no answer. Whether the command was carried out is not known."""


class UnknownScript(Refused):
    """The server was told a script's hash, and does not know the script."""


class Connections:
    """One connection at a time, opened when it is first needed and whenever the last one is lost.

    Args:
        url: `redis://` or `rediss://`, with user, password and number of the database as far as there are any; nothing else counts.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or PORT)
        self._tls = ssl.create_default_context() if parts.scheme == "rediss" else None
        self._greeting = list(_greeting(parts))
        self._connection: _Connection | None = None
        self._opening: asyncio.Task[_Connection] | None = None
        self._unsent: dict[asyncio.Future[Any], bytes] = {}  # until there is a connection

    def send(self, *command: str | bytes | int) -> asyncio.Future[Any]:
        """Send a command, at once where there is a connection; its answer is to be awaited. The server does what it was sent first, first.

        Who cancels the answer does without it; the command is carried out all the same. It fails with:

            UnknownScript, hiredis.ReplyError: the server refuses the command.
            Lost: there was no answer.
            Unreachable: nor will there be one, since an earlier answer was given up.
        """
        packed = _packed(command)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._connection and not self._connection.ended:
            self._connection.send(packed, answer)
            return answer
        self._unsent[answer] = packed
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
            self._opening.add_done_callback(self._opened)
        return answer

    def give_up(self, answer: asyncio.Future[Any]) -> None:
        """Close the connection that this answer should have come by: nothing will come by it in time. All who wait for it are told."""
        if answer in self._unsent and self._opening:
            self._opening.cancel()
        elif self._connection and answer in self._connection.waiting:
            _fail(self._connection.waiting, Unreachable, _LATE)
            self._connection.end()

    async def aclose(self) -> None:
        """Close the connection, if there is one."""
        if self._opening:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        if self._connection:
            self._connection.end()
            await self._connection.closed.wait()

    async def _open(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, *self._address, ssl=self._tls)
        try:
            for command in self._greeting:
                greeted: asyncio.Future[Any] = loop.create_future()
                connection.send(_packed(command), greeted)
                await greeted
        except BaseException:  # also one who gives up
            connection.end()
            raise
        return connection

    def _opened(self, opening: asyncio.Task[_Connection]) -> None:
        unsent, self._unsent, self._opening = self._unsent, {}, None
        if opening.cancelled():
            _fail(unsent, Unreachable, _LATE)
        elif error := opening.exception():
            _fail(unsent, Lost, f"not connected: {error!r}")
        elif (connection := opening.result()).ended:
            _fail(unsent, Lost, "not connected: the server closed the connection")
        else:
            self._connection = connection
            for answer, packed in unsent.items():
                if not answer.done():
                    connection.send(packed, answer)


class _Connection(asyncio.BufferedProtocol):
    """Commands out, answers in, by a buffer of its own: the event loop would take a quarter of a megabyte for each answer.

    Attributes:
        waiting: for answers that are still to come, the next one first. Those that were given up stay in line: theirs is nobody else's.
        closed: whether it is.
    """

    def __init__(self) -> None:
        self.waiting: deque[asyncio.Future[Any]] = deque()
        self.closed = asyncio.Event()
        self._buffer = memoryview(bytearray(_BUFFER))  # a view, since asyncio's TLS writes into slices of it
        self._reader = Reader(replyError=_refusal, notEnoughData=_MORE)
        self._poll = select.poll()
        self._transport: Any = None  # a transport that reads and writes, once it is made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As of asyncio's protocols."""
        self._transport, made = transport, transport.get_extra_info("socket")
        self._poll.register(made.fileno(), _ENDED)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if option := getattr(socket, name, None):
                made.setsockopt(socket.IPPROTO_TCP, option, value)

    @property
    def ended(self) -> bool:
        """Whether nothing can be sent any more.

        The system knows of an end before the event loop hears of it, which did not run while the function was frozen or the process busy.
        """
        return self._transport.is_closing() or bool(self._poll.poll(0))

    def send(self, packed: bytes, answer: asyncio.Future[Any]) -> None:
        """Send a command, and let `answer` be what comes."""
        self.waiting.append(answer)
        self._transport.write(packed)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - one size fits all
        """As of asyncio's protocols."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """As of asyncio's protocols."""
        self._reader.feed(self._buffer, 0, nbytes)  # type: ignore[arg-type] # any buffer, which its stub does not know
        try:
            while (said := self._reader.gets()) is not _MORE:
                answer = self.waiting.popleft()
                if answer.done():
                    continue
                if isinstance(said, Exception):
                    answer.set_exception(said)
                else:
                    answer.set_result(said)
        except (HiredisError, IndexError):  # that is no answer, or to nothing that was asked
            self.end()

    def connection_lost(self, error: Exception | None) -> None:
        """As of asyncio's protocols."""
        _fail(self.waiting, Lost, f"connection lost: {error!r}" if error else "connection closed")
        self.closed.set()

    def end(self) -> None:
        """Close it now, whatever is still to come."""
        self._transport.abort()


def _packed(command: tuple[str | bytes | int, ...]) -> bytes:
    packed: bytes = pack_command(command)  # type: ignore[arg-type] # of any length, which its stub forgets
    return packed


def _greeting(parts: SplitResult) -> Iterator[tuple[str, ...]]:
    """The commands that come before all others."""
    if parts.password:
        yield ("AUTH", *filter(None, (unquote(parts.username or ""), unquote(parts.password))))
    if (database := parts.path.strip("/")) not in {"", "0"}:
        yield ("SELECT", database)


def _refusal(text: str) -> Exception:
    return UnknownScript(text) if text.startswith("NOSCRIPT") else ReplyError(text)


def _fail(answers: Iterable[asyncio.Future[Any]], kind: Callable[[str], Exception], reason: str) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_exception(kind(reason))
