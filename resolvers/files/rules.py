"""What the files of a MOC may be (contract sections 2, 4 and 7; PRD 2.7, 4.7). Plain values in, plain values or an error out."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from resolvers.errors import AppError, Conflict, FieldError, FileError, Forbidden, PayloadTooLarge, refuse
from resolvers.text import Text
from services.content import STUDIO
from services.storage import CLEAN, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE_TYPES = ("instruction", "parts-list", "thumbnail", "gallery-image")
PICTURES = frozenset({"thumbnail", "gallery-image"})  # they are stored as WebP, whatever they came as
MOST = 10  # files of one request
MOST_BYTES = 50 * 1024 * 1024  # of all of them together
NAME = Text(255, shortest=1)
# What a MOC may bring along when it is created: by field of the input, the fewest and the most files.
COUNTS = {"instructions_file": (1, 10), "parts_lists": (0, 10), "images": (0, 3)}

_WEBP = ("image/webp", ".webp")


class Failure(NamedTuple):
    """A file that was not taken: its place among those that were sent, its name, and why."""

    place: int
    filename: str
    error: AppError

    @property
    def told(self) -> dict[str, str]:
        """What the client is told of it."""
        return {"filename": self.filename, "code": self.error.code, "message": self.error.message}


def wanted(file_type: str, upload_ids: Sequence[str]) -> None:
    """Accept what a request says about its files, before any of them is looked at.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    errors = []
    if file_type not in FILE_TYPES:
        errors.append(FieldError(("file_type",), f"must be one of {', '.join(FILE_TYPES)}, is {file_type[:50]!r}"))
    refuse([*errors, *_counted("upload_ids", upload_ids, 1, MOST)])


def released(verdict: str, filename: str) -> None:
    """Let a file be fetched whose scan found nothing.

    Studio encrypts its models, so that no scanner looks into them; the service itself has seen that they are archives.

    Raises:
        Conflict: it has not been scanned yet.
        Forbidden: it may harm, or could not be scanned.
    """
    if verdict == "PENDING":
        raise Conflict(f"{filename} is being scanned for malware; try again in a moment")
    if verdict != CLEAN and not (
        verdict == UNREADABLE and PurePosixPath(filename.lower()).suffix == f".{STUDIO.extension}"
    ):
        raise Forbidden(f"{filename} is withheld: its scan for malware ended with {verdict}")


def brought(uploads: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """The files that a new MOC brings along: the type and the upload id of each, in the order in which they are stored.

    Args:
        uploads: upload ids by the fields of `COUNTS`. The first image becomes the thumbnail.

    Raises:
        ValidationFailed: naming every field that has too few or too many.
    """
    errors = [
        error for field, (least, most) in COUNTS.items() for error in _counted(field, uploads[field], least, most)
    ]
    refuse(errors)
    pictures = ("thumbnail", "gallery-image", "gallery-image")
    return [
        *(("instruction", one) for one in uploads["instructions_file"]),
        *(("parts-list", one) for one in uploads["parts_lists"]),
        *zip(pictures, uploads["images"], strict=False),
    ]


def _counted(field: str, upload_ids: Sequence[str], least: int, most: int) -> Iterator[FieldError]:
    if not least <= len(upload_ids) <= most:
        span = f"{least} to {most}" if least else f"at most {most}"
        yield FieldError((field,), f"must be {span} files, are {len(upload_ids)}")
    for place, one in enumerate(upload_ids):
        if one in upload_ids[:place]:
            yield FieldError((field, place), "is there twice")


def named(filename: str) -> str:
    """`filename`, if a file of a MOC can have it.

    Raises:
        FileError: it cannot.
    """
    for complaint in NAME.complaints(filename):
        raise FileError(f"{filename[:50] or 'a file'}: the file's name {complaint}")
    return filename


def bounded(size: int) -> None:
    """Accept the size of all files of a request together.

    Raises:
        PayloadTooLarge: there is too much of them.
    """
    if size > MOST_BYTES:
        raise PayloadTooLarge(f"The files have {size:,} bytes together; at most {MOST_BYTES:,} are accepted")


def repeated(filename: str) -> Conflict:
    """Why a file is not taken whose name another one has."""
    return Conflict(f"{filename}: this MOC has a file of that name already; names are unique")


def twice(names: Sequence[tuple[int, str]]) -> list[Failure]:
    """Those of several files, given by place and name, whose name stands before them already."""
    seen: set[str] = set()
    repeats = []
    for place, name in names:
        if name in seen:
            repeats.append(
                Failure(place, name, Conflict(f"{name}: another of these files has that name; names are unique"))
            )
        seen.add(name)
    return repeats


def refusal(failures: Sequence[Failure], fields: Sequence[str]) -> AppError:
    """The error of a request of which no file is taken: Conflict or PayloadTooLarge if all failed for that, else FileError (section 7).

    Args:
        failures: of the files that were not taken.
        fields: the input's field that names the upload of each file of the request, in their order.
    """
    codes = {failure.error.code for failure in failures}
    kind = next((it for it in (Conflict, PayloadTooLarge) if codes == {it.code}), FileError)
    details = tuple(
        FieldError((field := fields[failure.place], fields[: failure.place].count(field)), failure.error.message)
        for failure in failures
    )
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return kind(failures[0].error.message + more, details)


def saved_as(filename: str | None, url: str, mime_type: str | None) -> str:
    """The name under which a browser is to save a file: the user's; pictures that became WebP end so."""
    name = filename or PurePosixPath(unquote(urlsplit(url).path)).name or "file"
    kind, extension = _WEBP
    if mime_type == kind and not name.lower().endswith(extension):
        return f"{name.rpartition('.')[0] or name}{extension}"
    return name


def validity(url: str) -> tuple[int, str]:
    """For how many seconds a signed URL is good, and until when, in the contract's form; it says both itself."""
    query = parse_qs(urlsplit(url).query)
    seconds = int(query["X-Amz-Expires"][0])
    signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%S%z")
    ends = signed + timedelta(seconds=seconds)
    return seconds, ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")
