"""Connections to one Redis, each of which serves one command at a time.

They are redis-py's own. Its client is left out: around each command it keeps locks, events and metrics that cost more than the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hiredis import pack_command
from redis.asyncio import ConnectionPool
from redis.exceptions import ResponseError

if TYPE_CHECKING:
    from redis.asyncio.connection import AbstractConnection


class Connections:
    """As many as there were commands at a time, opened when they are first needed. The methods are those of redis-py's clients.

    Args:
        url: `redis://` or `rediss://`, with whatever redis-py understands there.
        options: further arguments of redis-py's connections.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._pool = ConnectionPool.from_url(url, **options)  # only makes them
        self._open: set[AbstractConnection] = set()
        self._idle: list[AbstractConnection] = []

    async def execute_command(self, *command: str | bytes | int) -> Any:
        """The answer to a command.

        Raises:
            redis.exceptions.ResponseError: the server refuses it.
            redis.exceptions.RedisError: there was no answer. Whether the command was carried out is not known.
        """
        connection = self._idle.pop() if self._idle else self._made()
        try:
            if connection.is_connected and await connection.can_read():  # nothing is due: the server has closed it
                await connection.disconnect(nowait=True)
            packed = pack_command(command)  # type: ignore[arg-type] # of any length, which its stub forgets
            await connection.send_packed_command(packed)  # which connects first where that is to be done
            answer = await connection.read_response()
        except ResponseError:
            self._idle.append(connection)
            raise
        except (
            BaseException
        ):  # also one who gives up: the answer is still to come, and must not be taken for the next one's
            self._open.discard(connection)
            await connection.disconnect(nowait=True)
            raise
        self._idle.append(connection)
        return answer

    def _made(self) -> AbstractConnection:
        connection: AbstractConnection = self._pool.make_connection()  # type: ignore[no-untyped-call] # redis-py's
        self._open.add(connection)
        return connection

    async def aclose(self) -> None:
        """Close all of them."""
        for connection in list(self._open):
            await connection.disconnect()
