"""Reading `multipart/form-data` (RFC 7578): bounded while it is read, each file's bytes kept once."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import refuse
from gateway.rest.body import JSON, receive
from resolvers.files.rules import MOST_BYTES
from resolvers.text import last_of
from resolvers.uploads.rules import LARGEST
from services.content import MEGABYTE

if TYPE_CHECKING:
    from starlette.requests import Request

MEDIA_TYPE = "multipart/form-data"
OR_JSON = f"{MEDIA_TYPE}, or {JSON} with uploadId"  # what a route takes that takes files
MAX_BYTES = MOST_BYTES  # of one request (contract section 4)
MAX_FILE_BYTES = LARGEST  # of one file; what is longer is not kept
MAX_FILES = 30  # that are told apart; what a route takes is its operation's matter
MAX_FIELDS, MAX_FIELD_BYTES = 100, MEGABYTE
_PART = re.compile(r"\[\d*\]$", re.ASCII)


@dataclasses.dataclass
class File:
    """A file of a form; `content` is None where there was too much of it."""

    field: str
    filename: str
    content: bytearray | None = dataclasses.field(default_factory=bytearray)

    def extend(self, data: bytes) -> None:
        """Keep more of it, as long as it is not too much."""
        if self.content is not None:
            if len(self.content) + len(data) > MAX_FILE_BYTES:
                self.content = None
            else:
                self.content += data


@dataclasses.dataclass
class Form:
    """What a form holds: texts by field, in order, and files."""

    fields: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    files: list[File] = dataclasses.field(default_factory=list)


class _Reader:
    """Builds a form from what the parser tells."""

    def __init__(self, boundary: bytes) -> None:
        self.form = Form()
        self._kept = 0
        self._begin()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._extend("_name", data, start, end),
                "on_header_value": lambda data, start, end: self._extend("_value", data, start, end),
                "on_header_end": self._header,
                "on_headers_finished": self._content,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )
        self._finished = False

    def feed(self, data: bytes) -> None:
        """Read more."""
        try:
            self._parser.write(data)
        except FormParserError:
            _malformed()

    def close(self) -> Form:
        """The form, if it came to its end."""
        if not self._finished:
            _malformed()
        return self.form

    def _begin(self) -> None:
        self._name, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._text = bytearray()
        self._file: File | None = None
        self._field = ""

    def _extend(self, part: str, data: bytes, start: int, end: int) -> None:
        setattr(self, part, getattr(self, part) + data[start:end])

    def _header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _content(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            refuse("BAD_REQUEST", "A part of the form has no Content-Disposition of form-data with a name")
        # As axios names the parts of a list, with or without their numbers, and multer reads them.
        self._field = _PART.sub("", _decoded(options[b"name"]))
        if b"filename" in options:
            name = _decoded(options[b"filename"])
            for escaped, meant in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):  # as browsers write these three
                name = name.replace(escaped, meant)
            self._file = File(self._field, last_of(name))
            if len(self.form.files) == MAX_FILES:
                refuse("PAYLOAD_TOO_LARGE", f"The form has more than {MAX_FILES} files")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.extend(data[start:end])
            return
        self._kept += end - start
        if self._kept > MAX_FIELD_BYTES:
            refuse("PAYLOAD_TOO_LARGE", f"The fields of the form have more than {MAX_FIELD_BYTES // MEGABYTE} MB")
        self._text += data[start:end]

    def _end(self) -> None:
        if self._file is not None:
            if self._file.filename or self._file.content:  # a file input that was left empty sends neither
                self.form.files.append(self._file)
            return
        if sum(map(len, self.form.fields.values())) == MAX_FIELDS:
            refuse("PAYLOAD_TOO_LARGE", f"The form has more than {MAX_FIELDS} fields")
        self.form.fields.setdefault(self._field, []).append(_decoded(bytes(self._text)))

    def _finish(self) -> None:
        self._finished = True


def is_form(request: Request) -> bool:
    """Whether the body says that it is a form."""
    return request.headers.get("content-type", "").lower().startswith(MEDIA_TYPE)


async def read_form(request: Request) -> Form:
    """The form that the body holds.

    Raises:
        Problem: PAYLOAD_TOO_LARGE as soon as there is too much, UNSUPPORTED_MEDIA_TYPE where it is encoded, BAD_REQUEST for what is no form
            in valid UTF-8.
    """
    _, options = parse_options_header(request.headers["content-type"])
    boundary = options.get(b"boundary", b"")
    if not boundary:
        refuse("BAD_REQUEST", "Content-Type multipart/form-data needs a boundary")
    try:
        reader = _Reader(boundary)
    except FormParserError:
        refuse("BAD_REQUEST", "The boundary of multipart/form-data is too long")
    way = "send large files straight to the bucket, with POST /api/uploads"
    refusal = f"The form is too large: at most {MAX_BYTES // MEGABYTE} MB are accepted; {way}"
    await receive(request, MAX_BYTES, refusal, reader.feed)
    return reader.close()


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        refuse("BAD_REQUEST", "A field of the form is not valid UTF-8")


def _malformed() -> None:
    refuse("BAD_REQUEST", "The body is no complete multipart/form-data")
