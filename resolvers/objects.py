"""Objects and the rows that name them: both stay, or neither does (design.md, "Uploads")."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from db.errors import Unavailable
from resolvers.errors import StorageUnavailable
from resolvers.outbox import store as outbox
from services import aws, metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping

    from db.engine import Session, Transaction
    from resolvers.context import Context, Services

_log = logging.getLogger("brickgate.storage")
ORPHANED = 3600  # seconds after which an object whose request has died is deleted; no request lasts that long


@asynccontextmanager
async def stored(
    context: Context, objects: Mapping[str, tuple[bytes, str]], *, replaced: Collection[str] = ()
) -> AsyncIterator[Transaction]:
    """Store objects under new keys, then run the transaction whose rows name them.

    That they are to be deleted is written down before they are stored, and crossed out by the transaction: whatever fails or crashes
    in between, an object without a row does not stay.

    Args:
        context: of the operation.
        objects: content and content type by key.
        replaced: keys that a row names already; their objects stay, the new ones, also when the transaction fails.

    Raises:
        StorageUnavailable: the bucket did not take them.
        Unavailable: of the database.
    """
    services = context.services
    doubted = [key for key in objects if key not in replaced]
    async with services.database.transaction() as before:
        doubt = await outbox.delete_objects(before, doubted, seconds=ORPHANED)
    try:
        await _put(services, objects)
        async with context.transaction() as transaction:
            yield transaction
            await outbox.done(transaction, [doubt])
        metrics.count(metrics.IMAGES_UPLOADED, sum(_is_picture(key, type_) for key, (_, type_) in objects.items()))
    except BaseException:
        with suppress(Unavailable):  # it is due within the hour anyhow
            async with services.database.transaction() as after:
                await outbox.hasten(after, [doubt])
        raise


def _is_picture(key: str, content_type: str) -> bool:
    """Whether an object is a picture that somebody has sent, and not a thumbnail of one."""
    return content_type.startswith("image/") and "/thumbnails/" not in key


async def _put(services: Services, objects: Mapping[str, tuple[bytes, str]]) -> None:
    """Store the objects; the log is told of a failure, and the user of the other way (PRD 4.8.5)."""
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
    keys = [key for url in urls if (key := services.storage.key(url))]
    if keys:
        await outbox.delete_objects(transaction, keys)
