"""Several files at once: each is taken or refused on its own (PRD 4.7)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev.process import free_port
from tests.gateway.rest.files.conftest import LARGEST, PDF, pdf_of
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx


@pytest.mark.prd("4.7.1")
@pytest.mark.prd("4.7.2")
async def test_ten_files_are_taken_in_order_and_eleven_are_not(
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    stored: Callable[[str], Any],
    file_rows: Callable[[], Any],
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    names = [f"{letter}.pdf" for letter in "jihgfedcbak"]
    answer = await add(moc, *((name, PDF) for name in names))
    message = "must be 1 to 10 files, are 11"
    assert (answer.status_code, answer.json()["message"]) == (400, f"file: {message}")
    assert answer.json()["details"] == [{"field": "file", "path": ["file"], "message": message}]
    assert (bucket(), await file_rows(), await stored(moc["id"])) == (set(), [], before)
    answer = await add(moc, *((name, PDF) for name in names[:10]))
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert [file["originalFilename"] for file in data["uploaded"]] == names[:10]
    assert (data["failed"], data["file"], "fileId" in data) == ([], None, False)
    assert await file_rows() == [(name, "instruction") for name in names[:10]]
    assert len(bucket()) == 10


@pytest.mark.prd("2.7.3")
@pytest.mark.prd("4.7.3")
@pytest.mark.prd("4.7.6")
@pytest.mark.prd("4.7.8")
@pytest.mark.prd("4.7.9")
async def test_good_files_are_taken_and_bad_ones_told(
    create: Callable[..., Any], add: Callable[..., Any], bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> None:
    moc = await create()
    await add(moc, ("there.pdf", PDF))
    answer = await add(
        moc,
        ("good.pdf", PDF),
        ("fake.pdf", b"this is no PDF at all"),
        ("huge.pdf", pdf_of(LARGEST + 1)),
        ("there.pdf", PDF),
        ("good.pdf", PDF),
        ("x" * 256, PDF),
        ("largest.pdf", pdf_of(LARGEST)),
    )
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert [file["originalFilename"] for file in data["uploaded"]] == ["good.pdf", "largest.pdf"]
    assert [(failed["filename"], failed["code"]) for failed in data["failed"]] == [
        ("fake.pdf", "FILE_ERROR"),
        ("huge.pdf", "PAYLOAD_TOO_LARGE"),
        ("there.pdf", "CONFLICT"),
        ("good.pdf", "CONFLICT"),
        ("x" * 256, "FILE_ERROR"),
    ]
    assert answer.json()["message"] == "2 of 7 files uploaded"
    told = [failed["message"] for failed in data["failed"]]
    assert all(name in message for name, message in zip(("fake", "huge", "there", "good"), told, strict=False))
    assert "PDF" in told[0]
    await work()
    assert len(bucket()) == 3


@pytest.mark.prd("4.7.9")
@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ([("there.pdf", PDF)], 409, "CONFLICT"),
        ([("there.pdf", PDF), ("there.pdf", PDF)], 409, "CONFLICT"),
        ([("a.pdf", pdf_of(LARGEST + 1)), ("b.pdf", pdf_of(LARGEST + 2))], 413, "PAYLOAD_TOO_LARGE"),
        ([("a.pdf", b"text"), ("b.pdf", picture())], 400, "FILE_ERROR"),
        ([("there.pdf", PDF), ("b.pdf", pdf_of(LARGEST + 1))], 400, "FILE_ERROR"),
        ([("there.pdf", PDF), ("b.pdf", b"text")], 400, "FILE_ERROR"),
    ],
)
async def test_where_no_file_is_taken_it_is_an_error_that_names_each(
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    stored: Callable[[str], Any],
    file_rows: Callable[[], Any],
    files: list[tuple[str, bytes]],
    status: int,
    code: str,
) -> None:
    moc = await create()
    await add(moc, ("there.pdf", PDF))
    before = await stored(moc["id"])
    answer = await add(moc, *files)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert [(detail["field"], detail["path"]) for detail in body["details"]] == [
        ("file", ["file", place]) for place in range(len(files))
    ]
    assert all(name in detail["message"] for (name, _), detail in zip(files, body["details"], strict=True))
    await work()
    assert (len(bucket()), await file_rows(), await stored(moc["id"])) == (1, [("there.pdf", "instruction")], before)


@pytest.mark.prd("4.7.10")
async def test_a_request_brings_fifty_megabytes_at_most(
    create: Callable[..., Any], add: Callable[..., Any], bucket: Callable[[], set[str]], file_rows: Callable[[], Any]
) -> None:
    files = [(f"{number}.pdf", pdf_of(LARGEST - 10_000)) for number in range(5)]
    moc = await create()
    answer = await add(moc, *files, ("more.pdf", pdf_of(100_000)))
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert (bucket(), await file_rows()) == (set(), [])
    assert (await add(moc, *files)).status_code == 201


async def test_of_files_of_one_name_in_a_race_one_is_taken(
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    file_rows: Callable[[], Any],
) -> None:
    moc = await create()
    answers = await asyncio.gather(*(add(moc, ("same.pdf", PDF)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    await work()
    assert (len(bucket()), await file_rows()) == (1, [("same.pdf", "instruction")])


@pytest.fixture
async def patient_bucket() -> AsyncIterator[Callable[[int], str]]:
    """`patient_bucket(5)`: the URL of an S3 that answers nothing before it was sent five objects."""
    opened: list[asyncio.Server] = []
    address = ("127.0.0.1", free_port())
    missing = 0
    complete = asyncio.Event()

    async def store(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal missing
        head = await reader.readuntil(b"\r\n\r\n")
        missing -= head.startswith(b"PUT ")
        if missing == 0:
            complete.set()
        await complete.wait()
        writer.write(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        await writer.drain()
        writer.close()

    opened.append(await asyncio.start_server(store, *address))

    def wait_for(objects: int) -> str:
        nonlocal missing
        missing = objects
        return f"http://{address[0]}:{address[1]}"

    yield wait_for
    complete.set()
    for server in opened:
        server.close()


@pytest.mark.prd("4.7.4")
async def test_files_go_to_the_bucket_side_by_side(
    process: Callable[..., httpx.AsyncClient],
    create: Callable[..., Any],
    add: Callable[..., Any],
    patient_bucket: Callable[[int], str],
    file_rows: Callable[[], Any],
) -> None:
    """One after the other they would wait for an answer that comes with the last of them."""
    moc = await create()
    names = [f"{number}.pdf" for number in range(5)]
    client = process(aws_endpoint_url_s3=patient_bucket(len(names)))
    answer = await add(moc, *((name, PDF) for name in names), client=client)
    assert answer.status_code == 201, answer.text
    assert await file_rows() == [(name, "instruction") for name in names]
