"""What the files of a MOC may be (contract sections 2, 4 and 7; PRD 2.7, 4.7). Plain values in, plain values or an error out."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from resolvers.errors import AppError, Conflict, FieldError, FileError, Forbidden, PayloadTooLarge, refuse
from resolvers.text import Text
from services.content import MEGABYTE, STUDIO
from services.storage import CLEAN, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE_TYPES = ("instruction", "parts-list", "thumbnail", "gallery-image")
PICTURES = frozenset({"thumbnail", "gallery-image"})  # they are stored as WebP, whatever they came as
MOST = 10  # files of one request
MOST_BYTES = 50 * MEGABYTE  # of all of them together
NAME = Text(255, shortest=1)
# What a MOC may bring along when it is created: by field of the input, the fewest and the most files.
COUNTS = {"instructions_file": (1, 10), "parts_lists": (0, 10), "images": (0, 3)}
MOST_BROUGHT = sum(most for _, most in COUNTS.values())

# By field of the input, the kinds of upload that are for it.
_KINDS = {
    "instructions_file": ("instruction",),
    "parts_lists": ("parts-list",),
    "images": ("thumbnail", "gallery-image"),
}

_WEBP = ("image/webp", ".webp")


class Wanted(NamedTuple):
    """An upload that is to become a file of a MOC.

    Args:
        file_type: what it is to become.
        upload_id: of the upload.
        kind: that the upload must have.
        field: of the input, that names the upload.
        place: of the upload in that field.
    """

    file_type: str
    upload_id: str
    kind: str
    field: str
    place: int


class Failure(NamedTuple):
    """A file that was not taken: its place among those that were sent, its name, and why."""

    place: int
    filename: str
    error: AppError

    @property
    def told(self) -> dict[str, str]:
        """What the client is told of it."""
        return {"filename": self.filename, "code": self.error.code, "message": self.error.message}


def wanted(file_type: str, upload_ids: Sequence[str]) -> list[Wanted]:
    """The files of a request, all of one type, before any of them is looked at.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    errors = []
    if file_type not in FILE_TYPES:
        errors.append(FieldError(("file_type",), f"must be one of {', '.join(FILE_TYPES)}, is {file_type[:50]!r}"))
    refuse([*errors, *_counted("upload_ids", len(upload_ids), 1, MOST), *_repeated("upload_ids", upload_ids)])
    return [Wanted(file_type, one, file_type, "upload_ids", place) for place, one in enumerate(upload_ids)]


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


def brought(uploads: Mapping[str, Sequence[str]], others: Sequence[tuple[str, str]] = ()) -> list[Wanted]:
    """The files that a new MOC brings along, in the order in which they are stored.

    Args:
        uploads: upload ids by the fields of `COUNTS`. The first image becomes the thumbnail.
        others: id and kind of the uploads that the field `upload_ids` names, for their kinds to sort; of its images, thumbnails come first.

    Raises:
        ValidationFailed: naming every field that has too few or too many, and every upload of a kind that no MOC takes.
    """
    errors, found = [*_strange(others), *_repeated("upload_ids", [one for one, _ in others])], []
    for field, (least, most) in COUNTS.items():
        files = _of_field(field, uploads[field], others)
        where = files[-1].field if files else "upload_ids" if others else field
        which = "files" if where == field else f"files of kind {' or '.join(_KINDS[field])}"
        errors += _counted(where, len(files), least, most, which)
        errors += _repeated(field, uploads[field])
        found += files
    refuse(errors)
    return found


def _of_field(field: str, upload_ids: Sequence[str], others: Sequence[tuple[str, str]]) -> list[Wanted]:
    """The files that a field of the input names, and those among `others` that are of its kinds."""
    kinds = _KINDS[field]
    first, later = kinds[0], kinds[-1]
    files = [
        *((one, later if place else first, field, place) for place, one in enumerate(upload_ids)),
        *((one, kind, "upload_ids", place) for it in kinds for place, (one, kind) in enumerate(others) if kind == it),
    ]
    return [Wanted(later if place else first, *file) for place, file in enumerate(files)]


def _strange(uploads: Sequence[tuple[str, str]]) -> Iterator[FieldError]:
    """What is wrong with the kinds of uploads that are to be sorted by them."""
    known = [kind for kinds in _KINDS.values() for kind in kinds]
    for place, (_, kind) in enumerate(uploads):
        if kind not in known:
            yield FieldError(("upload_ids", place), f"must be an upload for {', '.join(known)}, is one for {kind}")


def _counted(field: str, count: int, least: int, most: int, which: str = "files") -> Iterator[FieldError]:
    if not least <= count <= most:
        span = f"{least} to {most}" if least else f"at most {most}"
        yield FieldError((field,), f"must be {span} {which}, are {count}")


def _repeated(field: str, upload_ids: Sequence[str]) -> Iterator[FieldError]:
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
        raise PayloadTooLarge(
            f"The files have {size:,} bytes together; at most {MOST_BYTES // MEGABYTE} MB are accepted"
        )


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


def refusal(failures: Sequence[Failure], files: Sequence[Wanted]) -> AppError:
    """The error of a request of which no file is taken: Conflict or PayloadTooLarge if all failed for that, else FileError (section 7).

    Args:
        failures: of the files that were not taken.
        files: of the request, in their order.
    """
    codes = {failure.error.code for failure in failures}
    kind = next((it for it in (Conflict, PayloadTooLarge) if codes == {it.code}), FileError)
    details = tuple(
        FieldError((files[failure.place].field, files[failure.place].place), failure.error.message)
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
