"""Files that are not what they say, or much more, by the door that takes them (OWASP: File Upload, XXE). More: tests/services."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from struct import pack
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.rest.files.conftest import PDF, studio
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, 10))
ITEM = b"<INVENTORY><ITEM><ITEMID>%s</ITEMID><MINQTY>1</MINQTY></ITEM></INVENTORY>"
PARTS_LISTS = {
    "entity of a file": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + ITEM % b"&e;",
    "entity of a server": b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]>' + ITEM % b"&e;",
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>' + ITEM % b"1",
    "document type elsewhere": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + ITEM % b"1",
    "billion laughs": b'<!DOCTYPE x [<!ENTITY l0 "ha">' + LAUGHS + b"]>" + ITEM % b"&l9;",
    "quadratic": b'<!DOCTYPE x [<!ENTITY l "' + b"x" * 100_000 + b'">]>' + ITEM % (b"&l;" * 10_000),
    "entity in UTF-16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "x">]><a>&e;</a>'.encode(
        "utf-16"
    ),
    "deep": b"<a>" * 100_000,
    "deep json": b"[" * 150_000,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "page": b"<!doctype html><script>alert(1)</script>",
}


def flood(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that promises so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000, 9)) + chunk(b"IEND", b"")


PICTURES = {
    "flood of pixels": flood(60_000, 60_000),
    "flood in one line": flood(2_000_000_000, 1),
    "script in svg": PARTS_LISTS["svg"],
    "page that is called a picture": PARTS_LISTS["page"],
    "gif with a script behind it": b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n(/etc/passwd) (r) file\n",
    "program": b"MZ" + b"\0" * 200,
}


@pytest.mark.parametrize("content", PARTS_LISTS.values(), ids=PARTS_LISTS)
async def test_a_parts_list_that_is_a_weapon_is_refused_and_leaves_nothing(
    alice: httpx.AsyncClient, create: Callable[..., Any], bucket: Callable[[], set[str]], content: bytes
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}/upload-parts-list"
    answer = await alice.post(path, files={"partsListFile": ("list.xml", content, "text/xml")})
    assert answer.status_code == 400, answer.text
    assert "root:" not in answer.text
    assert len(answer.content) < 2_000
    assert (bucket(), (await alice.get(f"/api/mocs/{moc['id']}/parts-lists")).json()["data"]) == (set(), [])


@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
async def test_a_picture_that_is_a_weapon_is_refused_and_leaves_nothing(
    alice: httpx.AsyncClient, bucket: Callable[[], set[str]], content: bytes
) -> None:
    answer = await alice.post("/api/images", files={"image": ("a.png", content, "image/png")})
    assert answer.status_code in (400, 413), answer.text
    assert (bucket(), (await alice.get("/api/images")).json()["total"]) == (set(), 0)


async def test_what_hides_behind_a_picture_is_not_kept(
    alice: httpx.AsyncClient, bucket: Callable[[], set[str]], aws: Any
) -> None:
    hidden = b"<script>alert(1)</script><?php system($_GET[0]); ?>" + studio()
    answer = await alice.post("/api/images", files={"image": ("a.php.png", picture() + hidden, "text/html")})
    assert answer.status_code == 201, answer.text
    for key in bucket():
        stored = aws.client("s3").get_object(Bucket=aws.bucket, Key=key)
        assert (key.endswith(".webp"), stored["ContentType"]) == (True, "image/webp")
        content = stored["Body"].read()
        assert b"script" not in content
        assert b"PK\x03\x04" not in content


async def test_an_archive_is_never_unpacked(
    alice: httpx.AsyncClient, create: Callable[..., Any], bucket: Callable[[], set[str]]
) -> None:
    """Names that lead out of it and files that grow when they are unpacked are no danger to who does neither."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../../tmp/brickgate-slipped", "x")
        archive.writestr("model.ldr", "0" * 500_000_000)
        archive.writestr("inner.zip", studio())
    assert len(buffer.getvalue()) < 1_000_000
    moc = await create()
    sent = {"files": ("model.io", buffer.getvalue(), "application/zip")}
    answer = await alice.post(f"/api/mocs/{moc['id']}/files", data={"fileType": "instruction"}, files=sent)
    assert answer.status_code in (200, 201), answer.text
    (key,) = bucket()
    assert key.endswith(".io")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "..\\..\\x.pdf",
        "/etc/x.pdf",
        "C:\\x.pdf",
        "a/../../b.pdf",
        "%2e%2e%2fx.pdf",
        "..%c0%afx.pdf",
        ".pdf",
        "..",
        "con.pdf",
        "a\u202efdp.exe",
        "\ufeffx.pdf",
        "a;b|c`d$(e).pdf",
        "x" * 250 + ".pdf",
    ],
)
async def test_no_name_of_a_file_becomes_part_of_a_key(
    alice: httpx.AsyncClient, create: Callable[..., Any], bucket: Callable[[], set[str]], aws: Any, name: str
) -> None:
    moc = await create()
    sent = {"files": (name, PDF, "application/pdf")}
    answer = await alice.post(f"/api/mocs/{moc['id']}/files", data={"fileType": "instruction"}, files=sent)
    assert answer.status_code in (200, 201), answer.text
    (key,) = bucket()
    folder, user, *rest = key.split("/")
    assert (folder, user) == ("mocs", aws.users["alice"].sub)
    assert all(part.replace("-", "").replace(".pdf", "").isalnum() for part in rest), key


@pytest.mark.parametrize("name", ["a\0.pdf", "", " ", "x" * 300 + ".pdf"])
async def test_a_name_that_no_table_can_keep_is_one_400(
    alice: httpx.AsyncClient, create: Callable[..., Any], bucket: Callable[[], set[str]], name: str
) -> None:
    moc = await create()
    body = {"kind": "instruction", "filename": name, "contentType": "application/pdf", "size": 10}
    announced = await alice.post("/api/uploads", json=body)
    assert (announced.status_code, announced.json()["details"][0]["field"]) == (400, "filename")
    # As it stands: a client library would escape it.
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="' + name.encode() + b'"\r\n\r\n'
    field = b'--x\r\nContent-Disposition: form-data; name="fileType"\r\n\r\ninstruction\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    form = field + head + PDF + b"\r\n--x--\r\n"
    answer = await alice.post(f"/api/mocs/{moc['id']}/files", content=form, headers=headers)
    assert answer.status_code == 400, answer.text
    assert bucket() == set()


async def test_a_cell_that_a_spreadsheet_would_run_stays_text(
    alice: httpx.AsyncClient, create: Callable[..., Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Nothing is exported as a table: what comes in as a formula is kept as it is, and shown as JSON alone."""
    moc = await create()
    content = b'Part ID,Quantity,Part Name\n3001,4,"=HYPERLINK(""http://x"",""y"")"\n3002,1,@SUM(1)\n'
    path = f"/api/mocs/{moc['id']}/upload-parts-list"
    answer = await alice.post(path, files={"partsListFile": ("list.csv", content, "text/csv")})
    assert answer.status_code in (200, 201), answer.text
    names = {row["part_name"] for row in await database.fetch("SELECT part_name FROM moc_parts")}
    assert names == {'=HYPERLINK("http://x","y")', "@SUM(1)"}
    for accept in ("text/csv", "application/vnd.ms-excel"):
        lists = await alice.get(f"/api/mocs/{moc['id']}/parts-lists", headers={"accept": accept})
        assert lists.headers["content-type"] == "application/json"
