"""What may be uploaded (contract sections 4 and 7). Plain values in, plain values or an error out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from resolvers.errors import FieldError, FileError, PayloadTooLarge, refuse
from resolvers.text import Text, last_of, text_errors
from services.content import KINDS, MEGABYTE, ContentError, TooLarge, check

if TYPE_CHECKING:
    from services.content import Type

LIFETIME = 3600  # seconds in which an upload must be taken
TEXTS = {"filename": Text(255, shortest=1), "content_type": Text(127, shortest=1)}
LARGEST = max(kind.largest for kind in KINDS.values())

_MEDIA_TYPE = re.compile(r"[a-z0-9][\w!#$&^.+-]*/[a-z0-9][\w!#$&^.+-]*", re.ASCII | re.IGNORECASE)


def announced(values: dict[str, Any]) -> dict[str, Any]:
    """The columns of a new upload.

    Args:
        values: `kind`, `filename`, `content_type` and `size` in bytes.

    Raises:
        ValidationFailed: naming every wrong field.
        PayloadTooLarge, FileError: the kind may not be that large.
    """
    # Browsers give no type to an extension that they do not know, and what scripts make may have parameters.
    media_type = values["content_type"].partition(";")[0].strip() or "application/octet-stream"
    values = {**values, "filename": last_of(values["filename"]), "content_type": media_type}
    errors = list(text_errors(TEXTS, values))
    if values["kind"] not in KINDS:
        errors.append(FieldError(("kind",), f"must be one of {', '.join(KINDS)}, is {values['kind'][:50]!r}"))
    if not _MEDIA_TYPE.fullmatch(values["content_type"]):
        errors.append(FieldError(("content_type",), f"must be such as image/png, is {values['content_type'][:50]!r}"))
    if values["size"] < 1:
        errors.append(FieldError(("size",), f"must be from 1 to {LARGEST}, is {values['size']}"))
    refuse(errors)
    largest = KINDS[values["kind"]].largest
    if values["size"] > largest:
        sentence = f"at most {largest // MEGABYTE} MB are accepted, are {values['size']:,} bytes"
        raise _too_large(values["kind"])(f"{values['filename']}: {sentence}", (FieldError(("size",), sentence),))
    return values


def accepted(content: bytes | None, kind: str, filename: str) -> Type:
    """The type of a file, decided by its bytes.

    Args:
        content: the file; None where it was too long to be kept.
        kind: what it is for, a key of `services.content.KINDS`.
        filename: for the error's sentence.

    Raises:
        PayloadTooLarge: it is larger than the kind may be.
        FileError: it is of another type than the kind accepts, or damaged; an avatar that is too large is this, too (section 4).
    """
    try:
        return _checked(content, kind, filename)
    except TooLarge as error:
        raise _too_large(kind)(f"{filename}: {error}", _fault(error)) from None
    except ContentError as error:
        raise FileError(f"{filename}: {error}", _fault(error)) from None


def _too_large(kind: str) -> type[FileError | PayloadTooLarge]:
    """What a file of this kind is that has too many bytes (contract section 4)."""
    return FileError if kind == "avatar" else PayloadTooLarge


def _fault(error: ContentError) -> tuple[FieldError]:
    return (FieldError(("upload_id",), str(error)),)


def _checked(content: bytes | None, kind: str, filename: str) -> Type:
    if content is None:
        raise TooLarge(f"at most {KINDS[kind].largest // MEGABYTE} MB are accepted")
    return check(content, kind, filename)
