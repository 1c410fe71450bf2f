"""Forms as browsers send them, and as they should not (RFC 7578)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request

from gateway.errors import Problem
from gateway.rest import multipart
from gateway.rest.multipart import read_form

if TYPE_CHECKING:
    from gateway.rest.multipart import Form

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def part(disposition: str, content: bytes = b"", *more: str) -> bytes:
    head = "\r\n".join([f"Content-Disposition: form-data; {disposition}", *more])
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


async def read(body: bytes, *, step: int = 1 << 16, content_type: str = "", declared: str = "") -> Form:
    """The form of a body that comes in pieces."""
    pieces = [body[start : start + step] for start in range(0, len(body), step)] or [b""]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    kind = content_type or f"multipart/form-data; boundary={BOUNDARY}"
    headers = [(b"content-type", kind.encode()), *([(b"content-length", declared.encode())] if declared else [])]
    return await read_form(Request({"type": "http", "method": "POST", "headers": headers}, receive))


BODY = (
    part('name="title"', "Größe ☕".encode())
    + part('name="tags"', b"a")
    + part('name="file"; filename="x.bin"', b"\r\n--" + bytes(range(256)) + b"\r\n", "Content-Type: image/png")
    + part('name="tags"', b"b")
    + END
)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 1 << 16])
async def test_a_form_is_the_same_however_it_is_cut(step: int) -> None:
    form = await read(BODY, step=step)
    assert form.fields == {"title": ["Größe ☕"], "tags": ["a", "b"]}
    (file,) = form.files
    assert file.content is not None
    assert (file.field, file.filename, bytes(file.content)) == (
        "file",
        "x.bin",
        b"\r\n--" + bytes(range(256)) + b"\r\n",
    )


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="f"; filename="Größe ☕.pdf"', "Größe ☕.pdf"),
        ('name="f"; filename="quo%22te.pdf"', 'quo"te.pdf'),
        ("name=f; filename=plain.pdf", "plain.pdf"),
        ('name="f"; filename="semi;colon.pdf"', "semi;colon.pdf"),
        ('name="f"; filename="100%.pdf"', "100%.pdf"),
    ],
)
async def test_names_of_files_are_as_the_user_calls_them(disposition: str, name: str) -> None:
    form = await read(part(disposition, b"x") + END)
    assert [file.filename for file in form.files] == [name]


async def test_a_file_input_that_was_left_empty_is_no_file() -> None:
    form = await read(part('name="f"; filename=""', b"", "Content-Type: application/octet-stream") + END)
    assert (form.fields, form.files) == ({}, [])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (BODY[:-8], ""),
        (BODY[:100], ""),
        (b"", ""),
        (b"no form", ""),
        (BODY, "multipart/form-data; boundary=another"),
        (BODY, "multipart/form-data"),
        (BODY, f"multipart/form-data; boundary={'x' * 1000}"),
        (part('filename="x"', b"x") + END, ""),
        (f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END, ""),
        (part('name="a"', b"\xff") + END, ""),
        (part('name="a"', b"x", *[f"X-{number}: y" for number in range(100)]) + END, ""),
        (part('name="a"', b"x", f"X-Long: {'y' * 10_000}") + END, ""),
    ],
)
async def test_what_is_no_form_is_told(body: bytes, content_type: str) -> None:
    with pytest.raises(Problem) as told:
        await read(body, content_type=content_type)
    assert told.value.code == "BAD_REQUEST"


async def test_a_file_that_is_too_long_is_dropped_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "MAX_FILE_BYTES", 1000)
    form = await read(
        part('name="a"; filename="a"', bytes(1000)) + part('name="b"; filename="b"', bytes(1001)) + END, step=100
    )
    assert [file.content for file in form.files] == [bytes(1000), None]


@pytest.mark.parametrize(
    "body",
    [
        b"".join(part(f'name="{number}"') for number in range(multipart.MAX_FIELDS + 1)) + END,
        b"".join(part('name="f"; filename="f"', b"x") for _ in range(multipart.MAX_FILES + 1)) + END,
        part('name="a"', bytes(multipart.MAX_FIELD_BYTES + 1)) + END,
    ],
    ids=["fields", "files", "bytes of fields"],
)
async def test_too_much_of_anything_is_413(body: bytes) -> None:
    with pytest.raises(Problem) as told:
        await read(body)
    assert told.value.code == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize("declared", ["", str(51 * 1024 * 1024), "1"])
async def test_a_body_that_is_too_large_is_413_whatever_it_says(declared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not declared or declared == "1":
        monkeypatch.setattr(multipart, "MAX_BYTES", 1000)
    with pytest.raises(Problem) as told:
        await read(part('name="f"; filename="f"', bytes(2000)) + END, declared=declared)
    assert told.value.code == "PAYLOAD_TOO_LARGE"
