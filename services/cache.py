"""Redis or Valkey. A server that is away, hung or slow costs a caller 200 ms at most (design.md)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript

TIMEOUT = 0.2  # seconds to connect, and for an answer
_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
# A window that has ended meanwhile must not come back without an end.
_UNCOUNT = "return redis.call('EXISTS', KEYS[1]) == 1 and redis.call('DECR', KEYS[1]) or 0"


class Cache:
    """One process's connections to Redis; opens none until first used.

    Args:
        url: `redis://` or `rediss://`.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> Redis:
        from redis.asyncio import Redis  # noqa: PLC0415 - 120 ms of imports that a start without use should not pay
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - as above
        from redis.backoff import NoBackoff  # noqa: PLC0415 - as above

        # redis-py's own defaults wait for minutes on a server that accepts and never answers.
        return Redis.from_url(
            self._url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
        )

    @cached_property
    def _counter(self) -> AsyncScript:
        return self._client.register_script(_COUNT)

    @cached_property
    def _uncounter(self) -> AsyncScript:
        return self._client.register_script(_UNCOUNT)

    def load(self) -> None:
        """Import the client, which takes long and blocks; so that no clock of a request runs while it does."""
        _ = self._client

    async def count(self, key: str, seconds: int) -> tuple[int, float]:
        """Count one more under `key`, in a window that its first count opens: the count, and the seconds that the window still lasts.

        One round trip, atomic. Raises whatever keeps the server from answering.
        """
        count, left = await self._counter(keys=[key], args=[seconds * 1000])
        return int(count), int(left) / 1000

    async def uncount(self, key: str) -> int:
        """Count one less under `key`, if its window still lasts: the count that is left. As `count`."""
        return int(await self._uncounter(keys=[key]))

    async def ping(self) -> None:
        """Ask for an answer; raises whatever keeps the server from giving one."""
        await self._client.ping()

    async def close(self) -> None:
        """Close every connection that was opened."""
        if "_client" in self.__dict__:
            await self._client.aclose()
