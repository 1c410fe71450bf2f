"""Files of a MOC to send, and what is stored of them."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.gateway.rest.uploads.conftest import bucket, work
from tests.gateway.telemetry.conftest import spans

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

__all__ = ["bucket", "spans", "work"]

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
CSV = b"Part ID,Quantity\n3001,4\n"
LARGEST = 10 * 1024 * 1024


def studio() -> bytes:
    """A Studio model: a ZIP archive."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model.ldr", "0 Windmill")
    return buffer.getvalue()


def pdf_of(size: int) -> bytes:
    """A PDF of so many bytes."""
    return PDF[:9] + b"%" * (size - len(PDF) - 1) + b"\n" + PDF[9:]


@pytest.fixture
def add(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await add(moc, ("a.pdf", PDF), ...)`: the answer to sending files to a MOC."""

    async def send(
        moc: dict[str, Any],
        *files: tuple[str, bytes],
        file_type: str | None = "instruction",
        client: httpx.AsyncClient = alice,
    ) -> httpx.Response:
        form = {"fileType": file_type} if file_type else {}
        parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
        return await client.post(f"/api/mocs/{moc['id']}/files", data=form, files=parts)

    return send


@pytest.fixture
def file_rows(database: asyncpg.Connection[asyncpg.Record]) -> Callable[[], Any]:
    """`await file_rows()`: name and type of every file of every MOC, in order."""

    async def read() -> list[tuple[str, str]]:
        rows = await database.fetch("SELECT original_filename, file_type FROM moc_files ORDER BY created_at, id")
        return [(row["original_filename"], row["file_type"]) for row in rows]

    return read


@pytest.fixture
def direct(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await direct("instruction", "a.pdf", PDF)`: the id of an upload whose file was sent straight to the bucket."""

    async def send(kind: str, name: str, content: bytes, client: httpx.AsyncClient = alice) -> str:
        body = {"kind": kind, "filename": name, "contentType": "application/octet-stream", "size": len(content)}
        answer = await client.post("/api/uploads", json=body)
        assert answer.status_code == 201, answer.text
        upload = answer.json()["data"]
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            files = {"file": ("f", content, "application/octet-stream")}
            assert (await browser.post(upload["url"], data=upload["fields"], files=files)).status_code == 204
        return str(upload["uploadId"])

    return send


async def fetched(url: str) -> httpx.Response:
    """What a URL that was handed out leads to."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 200
    return answer
