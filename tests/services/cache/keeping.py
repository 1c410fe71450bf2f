"""Something that a process keeps for a user, and looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.cache import Cache

USER, KEY = "carol", "moc:detail:1:{carol}"
MINUTE = 60_000
PATIENT = 10.0  # seconds; a machine under load is not what is tested


def loads(value: bytes) -> Callable[[], Awaitable[bytes]]:
    async def load() -> bytes:
        return value

    return load


async def keep(cache: Cache, value: bytes, key: str = KEY) -> None:
    assert await cache.filled(await cache.look(USER, key), MINUTE, loads(value)) == value


async def kept(cache: Cache, key: str = KEY) -> bytes | None:
    return (await cache.look(USER, key)).value
