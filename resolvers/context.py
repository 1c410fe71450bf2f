"""What a resolver may reach: who is calling, the clients of the process, the loaders of the request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from strawberry.dataloader import DataLoader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from db.engine import Database
    from services.cache import Cache
    from services.identity import Identity
    from services.scanner import Clamd
    from services.search import Search
    from services.storage import Storage


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

    async def close(self) -> None:
        """Close every connection."""
        clients = (self.database, self.identity, self.cache, self.search)
        await asyncio.gather(*(client.close() for client in clients if client))


@dataclass(slots=True)
class Context:
    """One operation: its caller (None for nobody), the files that came with it by upload id, and its loaders."""

    caller: Caller | None
    services: Services
    staged: dict[str, Staged] = field(default_factory=dict)
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The database of this process."""
        return self.services.database

    def visible(self, url: str | None) -> str | None:
        """What the caller gets to see for a URL of a row: one that can be fetched, for an object of their own."""
        return self.services.storage.url(url, self.caller.id if self.caller else "")

    def load(self, batch: Callable[[Database, list[Any]], Awaitable[list[Any]]], key: Any) -> Awaitable[Any]:
        """The value of `key`, fetched by `batch` together with all other keys that this operation asks for at this moment."""
        loader = self._loaders.get(batch)
        if loader is None:

            async def fetch(keys: list[Any]) -> list[Any]:
                return await batch(self.services.database, keys)

            loader = self._loaders[batch] = DataLoader(load_fn=fetch)
        return loader.load(key)


Info: TypeAlias = strawberry.Info[Context, None]
