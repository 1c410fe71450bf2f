"""The files of uploads: those that came with the request, and those that wait in the bucket."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resolvers.errors import Conflict, FieldError, FileError, NotFound, ValidationFailed, refuse
from resolvers.outbox import store as outbox
from resolvers.permissions import id_errors, owned, referenced
from resolvers.uploads import rules, store
from services import keys
from services.content import WEBP as _WEBP
from services.images import ImageError, pictures
from services.scanner import Infected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.engine import Session
    from resolvers.context import Caller, Context
    from services.content import Type
    from services.images import Picture

WEBP = _WEBP.mime_type
_log = logging.getLogger("brickgate.uploads")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that came by an upload; nobody has looked at it yet.

    Args:
        filename: as the user calls it.
        content: its bytes; None where there were more than any file may have.
        upload_id: of the upload in the bucket; None where the file came with the request.
        key: of its object there.
    """

    filename: str
    content: bytes | None
    upload_id: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that is about to be taken, as `Sent`; all of it is there, and its `type` is one that is accepted."""

    filename: str
    content: bytes
    type: Type
    upload_id: str | None = None
    key: str = ""


async def read(context: Context, caller: Caller, upload_id: str, kind: str) -> Incoming:
    """The file of an upload, of a type that `kind` accepts: `sent`, then `accepted`."""
    return await accepted(context, await sent(context, caller, upload_id, kind), kind)


async def sent(context: Context, caller: Caller, upload_id: str, kind: str, field: str = "upload_id") -> Sent:
    """The file of an upload for `kind`, whatever it is.

    Raises:
        ValidationFailed: `upload_id`, the input's `field`, is malformed, is for another kind, or nothing was sent.
        NotFound, Forbidden: there is no such upload, or it is somebody else's.
        Conflict: it was taken, or has expired.
        Unavailable: the bucket gave no answer.
    """
    if staged := context.staged.get(upload_id):
        return Sent(staged.filename, staged.content)
    row = owned(await store.find(context.database, referenced(upload_id, field)), caller, "upload")
    if row["consumed"] or row["expired"]:
        raise Conflict(f"This upload {'was used already' if row['consumed'] else 'has expired'}; make a new one")
    if row["kind"] != kind:
        raise ValidationFailed(FieldError((field,), f"is an upload for {row['kind']}, not for {kind}"))
    key = keys.of_upload(caller.id, row["id"])
    content = await context.services.storage.get(key, rules.LARGEST + 1)
    if content is None:
        raise ValidationFailed(FieldError((field,), "has no file yet; send it to the upload's url first"))
    return Sent(row["filename"], content, row["id"], key)


async def kinds(context: Context, caller: Caller, upload_ids: Sequence[str], field: str, most: int) -> list[str]:
    """What each of `upload_ids` is for, in their order.

    Args:
        context: of the operation.
        caller: whose uploads they are.
        upload_ids: of uploads in the bucket.
        field: of the input, that names them.
        most: that there may be.

    Raises:
        ValidationFailed: there are more than `most`, or one is malformed.
        NotFound, Forbidden: one names no upload, or somebody else's.
    """
    if not upload_ids:
        return []
    if len(upload_ids) > most:
        raise ValidationFailed(FieldError((field,), f"must be at most {most} files, are {len(upload_ids)}"))
    refuse(error for place, one in enumerate(upload_ids) for error in id_errors(one, field, place))
    rows = {row["id"]: row for row in await store.kinds(context.database, list(upload_ids))}
    found = [rows.get(one.lower()) for one in upload_ids]
    for place, row in enumerate(found):
        if row is None:
            raise NotFound("Upload not found", (FieldError((field, place), "is no upload"),))
    return [owned(row, caller, "upload")["kind"] for row in found]


async def accepted(context: Context, file: Sent, kind: str) -> Incoming:
    """A file, if its kind accepts it and the scanner knows nothing against it.

    Raises:
        FileError, PayloadTooLarge: it is not what the kind accepts, or infected.
        ScannerUnavailable: the scanner gave no answer.
    """
    type_ = rules.accepted(file.content, kind, file.filename)
    content = file.content or b""
    if context.services.scanner is not None and content:
        try:
            await context.services.scanner.scan(content)
        except Infected as virus:
            _log.warning("infected upload refused", extra={"virus": str(virus), "kind": kind})
            raise FileError(f"{file.filename}: the file is infected ({virus})") from None
    return Incoming(file.filename, content, type_, file.upload_id, file.key)


async def consume(transaction: Session, incoming: Incoming) -> None:
    """Take the file, in the transaction that writes what is made of it; its staged object goes.

    Raises:
        Conflict: somebody was faster.
    """
    if incoming.upload_id is None:
        return
    if not await store.consume(transaction, incoming.upload_id):
        raise Conflict("This upload was used already; make a new one")
    await outbox.delete_objects(transaction, [incoming.key])


async def pictured(incoming: Incoming, kind: str) -> tuple[Picture, ...]:
    """What `kind` stores of a picture: the full one, and the thumbnail where there is to be one.

    Raises:
        FileError: no picture can be made of the file.
    """
    try:
        made = await pictures(incoming.content, kind)
    except ImageError as error:
        raise FileError(f"{incoming.filename}: {error}") from None
    return (made.full,) if made.thumbnail is None else (made.full, made.thumbnail)
