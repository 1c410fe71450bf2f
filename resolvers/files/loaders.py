"""Batches of files for the lists that nest them, and the files of uploads on their way to a MOC."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resolvers.batches import by_key
from resolvers.errors import FileError, PayloadTooLarge
from resolvers.files import rules, store
from resolvers.uploads import loaders as uploads
from resolvers.uploads.loaders import WEBP, pictured
from services import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncpg import Record

    from db.engine import Database
    from resolvers.context import Caller, Context
    from resolvers.uploads.loaders import Incoming


async def files_of_mocs(database: Database, moc_ids: list[str]) -> list[list[Record]]:
    """The files of each MOC, in the order of `moc_ids`."""
    return by_key(await store.of_mocs(database, moc_ids), "moc_id", moc_ids)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may become one of a MOC.

    Args:
        place: among those that were sent.
        incoming: the upload that it came by.
        key: of the object to be.
        content: of the object, and its media type: a picture's are not those of the upload.
        row: to be.
    """

    place: int
    incoming: Incoming
    key: str
    content: tuple[bytes, str]
    row: store.NewFile


async def judged(
    context: Context, caller: Caller, moc_id: str, wanted: Sequence[rules.Wanted]
) -> tuple[list[Accepted], list[rules.Failure]]:
    """The files of uploads, each judged on its own: those that may become files of the MOC, and those that may not.

    Args:
        context: of the operation.
        caller: whose MOC it is.
        moc_id: of the MOC.
        wanted: the files.

    Raises:
        ValidationFailed, NotFound, Forbidden, Conflict: an id names no upload that the caller may take; this is no matter of one file.
        PayloadTooLarge: the files together are more than one request may bring.
        Unavailable: the bucket gave no answer.
    """
    results = await asyncio.gather(
        *(_judged(context, caller, moc_id, place, it) for place, it in enumerate(wanted)),
        return_exceptions=True,  # so that nothing is still at work when the answer goes out
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    accepted = [result for result in results if isinstance(result, Accepted)]
    rules.bounded(sum(len(file.incoming.content) for file in accepted))
    return accepted, [result for result in results if isinstance(result, rules.Failure)]


async def _judged(
    context: Context, caller: Caller, moc_id: str, place: int, wanted: rules.Wanted
) -> Accepted | rules.Failure:
    file_type = wanted.file_type
    file = await uploads.sent(context, caller, wanted.upload_id, wanted.kind, wanted.field)
    try:
        incoming = await uploads.accepted(context, file, file_type)
        name = rules.named(incoming.filename)
        content, extension, mime_type = incoming.content, incoming.type.extension, incoming.type.mime_type
        if file_type in rules.PICTURES:
            (picture,) = await pictured(incoming, file_type)
            content, extension, mime_type = picture.content, "webp", WEBP
    except (FileError, PayloadTooLarge) as error:
        return rules.Failure(place, file.filename, error)
    identifier = str(uuid.uuid4())
    key = keys.of_file(caller.id, moc_id, identifier, extension)
    url = context.services.storage.location(key)
    row = store.NewFile(identifier, file_type, url, name, mime_type)
    return Accepted(place, incoming, key, (content, mime_type), row)
