"""A cluster of Redis, by redis-py, which knows what server has which keys; with the methods of `services.connections`."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError

from services.connections import UnknownScript

CONNECTIONS = 8  # commands at a time; a hundred callers at once would lose more time with opening as many


class Cluster:
    """As many connections to each server as there were commands at a time.

    Args:
        url: of any of the servers.
        timeout: seconds to connect.
    """

    def __init__(self, url: str, timeout: float) -> None:
        # redis-py's own defaults wait for minutes on a server that accepts and never answers; whoever asks has the clock.
        retry = Retry(NoBackoff(), 0)
        self._client: Any = RedisCluster.from_url(
            url, protocol=2, socket_timeout=None, socket_connect_timeout=timeout, retry=retry
        )
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._learning: asyncio.Future[object] | None = None

    def send(self, *command: str | bytes | int) -> asyncio.Future[Any]:
        """Send a command as soon as it can be; its answer is to be awaited.

        It fails with:

            UnknownScript, redis.exceptions.ResponseError: the server refuses the command.
            redis.exceptions.RedisError: there was no answer.
        """
        return asyncio.ensure_future(self._answer(command))

    async def _answer(self, command: tuple[str | bytes | int, ...]) -> Any:
        async with self._free:
            await self._learned()
            try:
                return await self._client.execute_command(*command)
            except NoScriptError as error:
                raise UnknownScript(str(error)) from error

    async def _learned(self) -> None:
        """Wait for the servers to be known. That takes longer than an answer may, and goes on when nobody waits any more."""
        if self._learning is None or (self._learning.done() and self._learning.exception()):
            self._learning = asyncio.ensure_future(self._client.initialize())
        await asyncio.shield(self._learning)

    def give_up(self, answer: asyncio.Future[Any]) -> None:
        """Nothing is left to do: redis-py closes the connection of one who was cancelled."""

    async def aclose(self) -> None:
        """Close all connections."""
        if self._learning:
            await asyncio.wait({self._learning})
        await self._client.aclose()
