"""What a resolver may reach: who is calling, the clients of the process, the loaders of the request."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    from db.engine import Database, Session, Transaction
    from services.cache import Cache
    from services.identity import Identity
    from services.indices import Indices
    from services.queue import Queue
    from services.scanner import Clamd
    from services.search import Search
    from services.storage import Storage
    from services.windows import Admission

_T = TypeVar("_T")
Limit: TypeAlias = "Callable[[Literal['upload']], Awaitable[object]]"


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user.

    Args:
        id: the Cognito `sub`, which is `user_id` in every table.
    """

    id: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that came with this request, and is an upload for its duration.

    Args:
        filename: as the user calls it.
        content: its bytes; None where there were more than any file may have.
    """

    filename: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Services:
    """The clients to outside things, made once per process; None for what is not configured."""

    database: Database
    identity: Identity
    storage: Storage
    cache: Cache | None = None
    search: Search | None = None
    scanner: Clamd | None = None
    indices: Indices | None = None
    queue: Queue | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def transaction(
        self, user_ids: Iterable[str], admission: Admission | None = None
    ) -> AsyncIterator[Transaction]:
        """One transaction, as `Database.transaction`, and what hangs on its commit: what caches show these users, and the worker.

        Args:
            user_ids: whose data it changes; the block may still add some.
            admission: of the request that makes it, as of `Cache.changing`.
        """
        async with AsyncExitStack() as committing, self.database.transaction() as transaction:
            yield transaction
            await committing.enter_async_context(self.changing(user_ids, admission))
        await self.nudge()

    async def change(
        self,
        user_ids: Iterable[str],
        work: Callable[[Session], Awaitable[_T]],
        admission: Admission | None = None,
    ) -> _T:
        """What `work` returns, whose one statement is a transaction by itself, and all that hangs on it, as of `transaction`."""
        async with self.database.statement() as statement, self.changing(user_ids, admission):
            told = await work(statement)
        await self.nudge()
        return told

    def changing(
        self, user_ids: Iterable[str], admission: Admission | None = None
    ) -> AbstractAsyncContextManager[bool]:
        """Around the moment in which a change of what these users see takes effect: whether caches know of it."""
        return nullcontext(True) if self.cache is None else self.cache.changing(user_ids, admission)  # noqa: FBT003 - what it yields

    async def nudge(self) -> None:
        """Tell the worker that there may be something to do; where it is not told, it looks by itself after a while."""
        self.changed.set()
        if self.queue:
            await self.queue.wake()

    async def close(self) -> None:
        """Close every connection."""
        clients = (self.database, self.identity, self.cache, self.search, self.indices)
        await asyncio.gather(*(client.close() for client in clients if client))


@dataclass(slots=True)
class Context:
    """One operation.

    Args:
        caller: who it is for; None for nobody.
        services: what it may reach.
        staged: the files that came with it, by upload id.
        deadline: seconds that it may take.
        seal: the last thing that each of its transactions does; None for nothing.
        limit: counts something of a class that has a limit of its own, and raises where it is one too many; None without limits.
        admission: of a request that is counted by the first change that it makes; None for one that is counted already.
    """

    caller: Caller | None
    services: Services
    staged: dict[str, Staged] = field(default_factory=dict)
    deadline: float = 25.0
    seal: Callable[[Session], Awaitable[None]] | None = None
    limit: Limit | None = None
    admission: Admission | None = None
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    @property
    def user_id(self) -> str:
        """The caller's id; empty for nobody."""
        return self.caller.id if self.caller else ""

    @property
    def database(self) -> Database:
        """The database of this process."""
        return self.services.database

    @asynccontextmanager
    async def transaction(self, user_ids: Iterable[str] | None = None) -> AsyncIterator[Transaction]:
        """One transaction of the operation's, as `Services.transaction`.

        Args:
            user_ids: whose data it changes; of the caller alone where none are given.
        """
        users = [self.user_id] if user_ids is None else user_ids
        async with self.services.transaction(users, self.admission) as transaction:
            yield transaction
            if self.seal:
                await self.seal(transaction)
        self._loaders.clear()  # what a mutation before this one has loaded may have changed

    async def change(self, work: Callable[[Session], Awaitable[_T]]) -> _T:
        """What `work` returns, whose one statement changes what is the caller's.

        It is a transaction by itself, unless something is to be sealed with it.
        """
        if self.seal is None:
            told = await self.services.change([self.user_id], work, self.admission)
            self._loaders.clear()  # as of a transaction
            return told
        async with self.transaction() as transaction:
            return await work(transaction)

    async def count_upload(self) -> None:
        """Count one upload of the caller's, by whatever door (contract section 5)."""
        if self.limit:
            await self.limit("upload")

    def visible(self, url: str | None) -> str | None:
        """What the caller gets to see for a URL of a row: one that can be fetched, for an object of their own."""
        return self.urls[url] if url else url

    @property
    def urls(self) -> Mapping[str, str]:
        """The same for each URL, by it."""
        return self.services.storage.urls(self.user_id)

    def load(self, batch: Callable[[Database, list[Any]], Awaitable[list[Any]]], key: Any) -> Awaitable[Any]:
        """The value of `key`, fetched by `batch` together with all other keys that this operation asks for at this moment."""
        loader = self._loaders.get(batch)
        if loader is None:
            # Of the database alone: what knew this context would hold it until the garbage collector comes by.
            loader = self._loaders[batch] = DataLoader(load_fn=partial(batch, self.services.database))
        return loader.load(key)


Info: TypeAlias = strawberry.Info[Context, None]
