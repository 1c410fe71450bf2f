"""Objects and the rows that name them: both stay, or neither does (docs/decisions/0012)."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

from db.errors import Unavailable
from resolvers.errors import NotFound, StorageUnavailable
from resolvers.outbox import store as outbox
from services import aws, keys, metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from db.engine import Session, Transaction
    from resolvers.context import Context, Services

Objects: TypeAlias = "Mapping[str, tuple[bytes, str]]"
"""Content and content type by key."""

_log = logging.getLogger("brickgate.storage")
ORPHANED = 3600  # seconds after which an object whose request has died is deleted; no request lasts that long


@asynccontextmanager
async def stored(context: Context, objects: Objects) -> AsyncIterator[Transaction]:
    """Store objects under keys that nothing else has, then run the transaction whose rows name them.

    That they are to be deleted is written down before they are stored, and crossed out by the transaction: whatever fails or crashes
    in between, an object without a row does not stay.

    Args:
        context: of the operation.
        objects: content and content type by key.

    Raises:
        StorageUnavailable: the bucket did not take them.
        Unavailable: of the database.
    """
    services = context.services
    async with services.database.transaction() as before:
        doubt = await outbox.delete_objects(before, objects, seconds=ORPHANED)
    try:
        await put(services, objects)
        async with context.transaction() as transaction:
            yield transaction
            await outbox.done(transaction, [doubt])
        _counted(objects)
    except BaseException:
        with suppress(Unavailable):  # it is due within the hour anyhow
            async with services.database.transaction() as after:
                await outbox.hasten(after, [doubt])
        raise


@asynccontextmanager
async def restored(
    context: Context, key: str, content: tuple[bytes, str], named: Callable[[Session], Awaitable[bool]]
) -> AsyncIterator[Transaction]:
    """Store an object under a key that it shares with those before and after it, then run the transaction whose row names it.

    What others have written down of this key, who may be storing there at the same moment or have died of it, is crossed out before
    the object is stored, and once more by the transaction. What this call writes down, where no row names the key, stays due when it
    was: by then no request lasts that might have stored there meanwhile.

    Args:
        context: of the operation.
        key: where it is stored. An object that is there already stays replaced when the transaction fails.
        content: with its content type.
        named: whether a row names the key; it holds what decides that until the transaction ends that it is given.

    Raises:
        StorageUnavailable, Unavailable: as of `stored`.
    """
    services = context.services
    async with services.database.transaction() as before:
        known = await named(before)
        await outbox.keep(before, key)
        if not known:
            await outbox.delete_objects(before, [key], seconds=ORPHANED)
    try:
        await put(services, {key: content})
        async with context.transaction() as transaction:
            yield transaction
            await outbox.keep(transaction, key)
    except NotFound:  # what has named it went meanwhile, and its object perhaps before this one was stored
        with suppress(Unavailable):
            async with services.database.transaction() as after:
                await outbox.delete_objects(after, [key], seconds=ORPHANED)
        raise
    _counted({key: content})


def _counted(objects: Objects) -> None:
    """Count the pictures that somebody has sent, and no thumbnails of them."""
    pictures = [key for key, (_, type_) in objects.items() if type_.startswith("image/") and not keys.is_thumbnail(key)]
    metrics.count(metrics.IMAGES_UPLOADED, len(pictures))


async def put(services: Services, objects: Objects) -> None:
    """Store objects; the log is told of a failure, and the user of the other way (PRD 4.8.5).

    Raises:
        StorageUnavailable: the bucket did not take them.
    """
    try:
        await services.storage.put_all(objects)
    except aws.Unavailable as error:
        facts = {"errorType": type(error).__name__, "errorMessage": str(error), "keys": list(objects)}
        _log.exception("objects not stored", extra=facts)
        raise StorageUnavailable(
            "The file could not be stored, and nothing was changed; try again, or get a presigned URL with POST /api/uploads"
            " (createUpload) and send it straight to the bucket"
        ) from None


async def abandoned(services: Services, transaction: Session, urls: Iterable[str | None]) -> None:
    """Have the objects that these URLs of rows name deleted, once the transaction has committed."""
    if named := [key for url in urls if (key := services.storage.key(url))]:
        await outbox.delete_objects(transaction, named)
