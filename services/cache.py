"""Redis or Valkey: counts requests, and keeps what users were shown until it changes (PRD 1.4, FR6; docs/decisions/0016).

After a write has committed nobody is shown what was true before, not even by a process that loaded it before the commit and keeps it
after: see `services.scripts`. A server that is away, hung, slow, read-only or full costs one caller its time limit; then it is left
alone for a while (`services.breaker`), nothing is kept, and every answer is right all the same.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager, suppress
from functools import cache, cached_property
from hashlib import sha1
from typing import TYPE_CHECKING, Any, NamedTuple

from services import scripts
from services.breaker import Breaker, Unreachable
from services.connections import Connections, UnknownScript
from services.debts import Debts
from services.tracing import span
from services.windows import Window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from services.cluster import Cluster
    from services.windows import Admission, Count

TIMEOUT = 0.2  # seconds to connect, and for an answer
_SLOW = 0.33  # of that time: the three answers of a write, however slow, cost one time limit at most
LARGEST = 1_048_576  # bytes of what is kept
_TOLD = {"db.operation.name": "EVALSHA"}


class Look(NamedTuple):
    """What was found under a key.

    Args:
        user_id: whose it is.
        key: where it is.
        generation: of the user, None while one of their writers commits: then nothing is kept.
        value: what is kept, None for nothing that counts.
        windows: of the counts that came with this look.
    """

    user_id: str
    key: str
    generation: str | None
    value: bytes | None
    windows: tuple[Window, ...]


class Cache:
    """One process's connection to Redis; opens none until first used. Where the server gives no answer, methods raise `Unreachable`.

    Args:
        url: `redis://` or `rediss://`.
        cluster: whether the server is one of a cluster, whose others have other users' keys.
        release: names the form of what is kept; what another release has kept is nothing to this one.
        timeout: seconds for an answer.
    """

    def __init__(self, url: str, *, cluster: bool = False, release: str = "", timeout: float = TIMEOUT) -> None:
        self._url, self._cluster, self._release, self._timeout = url, cluster, release, timeout
        self._breaker = Breaker("Redis", timeout, slow=timeout * _SLOW)
        self._flights: dict[tuple[str, str], asyncio.Future[bytes]] = {}
        self._owed = Debts()
        self._told: set[asyncio.Future[Any]] = set()

    @cached_property
    def _client(self) -> Connections | Cluster:
        if self._cluster:
            from services.cluster import Cluster  # noqa: PLC0415 - 120 ms of imports that nobody else should pay

            return Cluster(self._url, self._timeout)
        return Connections(self._url)

    def load(self) -> None:
        """Make the client. That blocks, for its imports and certificates; so that no clock of a request runs while it does."""
        _ = self._client

    async def _run(
        self, script: str, keys: list[str], *arguments: str | bytes | int, begun: asyncio.Future[Any] | None = None
    ) -> Any:
        """Run one of `services.scripts`, which the server knows by its hash once it has seen it; unless it is `begun` already."""
        with span("cache", "EVALSHA", _TOLD):
            try:
                return await self._heard(begun or self._sent("EVALSHA", _hash(script), keys, *arguments))
            except UnknownScript:
                return await self._heard(self._sent("EVAL", script, keys, *arguments))

    def _tell(self, script: str, keys: list[str], *arguments: str | bytes | int) -> None:
        """Run a script, and let nobody wait for the answer, nor hear of it.

        It is sent whole: one that the server does not know would be done only after what is sent next.
        """
        with suppress(Unreachable):
            told = asyncio.ensure_future(self._heard(self._sent("EVAL", script, keys, *arguments)))
            self._told.add(told)
            told.add_done_callback(self._forget)

    def _forget(self, told: asyncio.Future[Any]) -> None:
        self._told.discard(told)
        _regarded(told)  # the breaker has said so

    def _sent(self, verb: str, script: str, keys: list[str], *arguments: str | bytes | int) -> asyncio.Future[Any]:
        client = self._client  # made before any clock runs
        self._breaker.admit()
        return client.send(verb, script, len(keys), *keys, *arguments)

    async def _heard(self, answer: asyncio.Future[Any]) -> Any:
        try:
            return await self._breaker.answer(answer)
        except Unreachable:
            self._client.give_up(answer)
            raise

    # -- counting --------------------------------------------------------------------------------------------------------------

    async def count(self, key: str, seconds: int, begun: asyncio.Future[Any] | None = None) -> Window:
        """Count one more under `key`, in a window that its first count opens. One round trip, atomic.

        Args:
            key: what is counted.
            seconds: how long a window lasts.
            begun: what `begin_count` returned for these.
        """
        return Window.told(*await self._run(scripts.COUNT, [key], seconds * 1000, begun=begun))

    def begin_count(self, key: str, seconds: int) -> asyncio.Future[Any]:
        """Send what `count` sends, now; for `count` to hear of later, or for `unheard` if nobody will."""
        return self._sent("EVALSHA", _hash(scripts.COUNT), [key], seconds * 1000)

    @staticmethod
    def unheard(begun: asyncio.Future[Any]) -> None:
        """Let a count be made of which nobody wants to hear any more, not even that it failed."""
        begun.add_done_callback(_regarded)

    async def uncount(self, key: str, ends: float) -> None:
        """Count one less under `key`, if its window is still the one that ends then."""
        await self._run(scripts.UNCOUNT, [key], int(ends))

    # -- keeping ---------------------------------------------------------------------------------------------------------------

    async def look(self, user_id: str, key: str, *counts: Count) -> Look:
        """What is kept for a user under `key`, and with the same round trip counts, as `count`.

        Args:
            user_id: whose it is.
            key: with the user's id in braces, so that a cluster keeps all that is the user's together.
            counts: one of requests, and perhaps one of those that fail. What is found has not failed: from that one it is taken back
                at once, and so is a request that either of them had no room for.
        """
        owed = self._owed.of(user_id)
        keys = [_generation(user_id), key, *(count.key for count in counts)]
        windows = [number for count in counts for number in (count.rate.seconds * 1000, count.rate.count)]
        generation, value, *counted = await self._run(scripts.LOOK, keys, _new(), self._release, owed, *windows)
        self._owed.paid(user_id, owed)
        name = generation.decode() if isinstance(generation, bytes) else None
        kept = value if isinstance(value, bytes) else None
        return Look(user_id, key, name, kept, tuple(Window.told(*window) for window in counted))

    async def filled(self, look: Look, milliseconds: int, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """What `load` makes where nothing was kept. Callers of one moment share one load, unless a write lies between them.

        Who looked before it was kept may hear so only afterwards; for the time of an answer what was loaded is there for them, too.

        Raises:
            Exception: what `load` raises, for all who share it.
        """
        if look.generation is None:
            return await load()
        flight = (look.key, look.generation)
        loading = self._flights.get(flight)
        if loading is None:
            loading = self._flights[flight] = asyncio.ensure_future(self._loaded(look, milliseconds, load))
            rest = min(self._timeout, milliseconds / 1000)
            loading.add_done_callback(lambda done: self._landed(flight, done, rest))
        return await asyncio.shield(loading)  # one who gives up does not take it from the others

    def _landed(self, flight: tuple[str, str], done: asyncio.Future[bytes], rest: float) -> None:
        failed = (
            done.cancelled() or done.exception()
        )  # asked for, too, where nobody waited for it any more: that is no fault
        asyncio.get_running_loop().call_later(0 if failed else rest, self._flights.pop, flight, None)

    async def _loaded(self, look: Look, milliseconds: int, load: Callable[[], Awaitable[bytes]]) -> bytes:
        value = await load()
        if len(value) <= LARGEST and look.generation is not None:
            keys = [_generation(look.user_id), look.key]
            with suppress(Unreachable):  # it is only not kept
                await self._run(scripts.STORE, keys, look.generation, self._release, value, milliseconds)
        return value

    # -- changing --------------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def changing(self, user_ids: Iterable[str], admission: Admission | None = None) -> AsyncIterator[bool]:
        """Around the moment in which a change of what these users see takes effect: meanwhile nothing of theirs is kept or shown.

        Yields whether Redis was told. Where not, this process tells it before it believes it again, and the outbox does for all others.
        That the change is made is sent and not waited for: whatever this process sends afterwards comes after it. Until it arrives, also
        from a function that is frozen at once, or until the writer's mark expires, nothing is kept, and nothing that was counts.

        Args:
            user_ids: who they are.
            admission: of the request that makes the change, counted before it is made, and with the same round trip if it is one of
                these users'.

        Raises:
            Exception: what `admission` raises for a request that is one too many; of that, no mark is left.
        """
        users, writer = list(user_ids), _new()
        told: list[str] = []
        if admission and admission.caller not in users:
            await admission.admit()
        try:
            for user_id in users:
                asking = admission if admission and admission.caller == user_id else None
                if await self._closed(user_id, writer, asking):
                    told.append(user_id)
            yield len(told) == len(users)
        finally:
            for user_id in told:
                self._tell(scripts.OPEN, [_generation(user_id)], _new(), writer)

    async def _closed(self, user_id: str, writer: str, admission: Admission | None) -> bool:
        """Leave the mark of `writer`, and count; whether Redis was told."""
        due = admission.due() if admission else None
        keys = [_generation(user_id), *([due.key] if due else ())]
        counting = (due.rate.seconds * 1000, due.rate.count) if due else ()
        asked = self._breaker.closed
        try:
            counted = await self._run(scripts.CLOSE, keys, _new(), writer, *counting)
        except Unreachable:
            self._owed.add(user_id, writer if asked else None)
            counted = None
        if admission and due:
            admission.settle(Window.told(*counted) if counted else None)
        return counted is not None

    async def expire(self, user_ids: Iterable[str]) -> None:
        """Let nothing count that was kept for these users."""
        for user_id in dict.fromkeys(user_ids):
            owed = self._owed.of(user_id)
            await self._run(scripts.EXPIRE, [_generation(user_id)], _new(), owed)
            self._owed.paid(user_id, owed)

    async def settle(self) -> None:
        """Tell Redis of the changes that it was not told of when they were made."""
        await self.expire(list(self._owed))

    @property
    def owes(self) -> bool:
        """Whether there are any."""
        return bool(self._owed)

    # -- the server ------------------------------------------------------------------------------------------------------------

    async def ping(self) -> None:
        """Ask for an answer; raises whatever keeps the server from giving one."""
        await self._client.send("PING")

    async def close(self) -> None:
        """Hear what is still to be heard, and close every connection that was opened."""
        if self._told:
            await asyncio.wait(self._told)
        if "_client" in self.__dict__:
            await self._client.aclose()


def _new() -> str:
    """A name that nothing has had."""
    return secrets.token_hex(8)


def _regarded(answer: asyncio.Future[Any]) -> None:
    """Take note of a failure that nobody may wait for."""
    if not answer.cancelled():
        answer.exception()


@cache
def _hash(script: str) -> str:
    return sha1(script.encode(), usedforsecurity=False).hexdigest()  # as Redis names it


def _generation(user_id: str) -> str:
    return f"generation:{{{user_id}}}"
