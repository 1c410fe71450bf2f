"""POST /api/mocs/{id}/files, by form and by uploads straight to the bucket (PRD 2.7, 4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.app import create_app
from gateway.dev.process import free_port
from tests.gateway.rest.files.conftest import CSV, LARGEST, PDF, fetched, pdf_of, studio
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.prd("2.7.2")
@pytest.mark.prd("2.7.5")
@pytest.mark.prd("2.7.7")
@pytest.mark.prd("2.7.10")
@pytest.mark.prd("2.7.3")
@pytest.mark.parametrize(
    ("file_type", "name", "content", "mime_type", "extension"),
    [
        ("instruction", "castle.pdf", PDF, "application/pdf", "pdf"),
        ("instruction", "castle.io", studio(), "application/octet-stream", "io"),
        ("parts-list", "parts.csv", CSV, "text/csv", "csv"),
        ("parts-list", "parts.xml", b"<inventory><item/></inventory>", "application/xml", "xml"),
        ("parts-list", "parts.json", b"[]", "application/json", "json"),
        ("parts-list", "parts.txt", b"3001 four", "text/plain", "txt"),
        ("parts-list", "parts.pdf", PDF, "application/pdf", "pdf"),
        ("thumbnail", "front.png", picture(), "image/webp", "webp"),
        ("gallery-image", "back.jpg", picture("JPEG"), "image/webp", "webp"),
        ("gallery-image", "side.webp", picture("WEBP"), "image/webp", "webp"),
    ],
)
async def test_a_file_of_each_type_is_stored_and_told(
    alice: httpx.AsyncClient,
    aws: Aws,
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    file_type: str,
    name: str,
    content: bytes,
    mime_type: str,
    extension: str,
) -> None:
    moc = await create()
    answer = await add(moc, (name, content), file_type=file_type)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    data = body["data"]
    file = data["uploaded"][0]
    assert {**file, "id": None, "fileUrl": None, "createdAt": None} == {
        "id": None,
        "mocId": moc["id"],
        "fileType": file_type,
        "fileUrl": None,
        "originalFilename": name,
        "mimeType": mime_type,
        "createdAt": None,
    }
    alone = file | {"fileId": file["id"]}
    assert data == {"uploaded": [file], "failed": [], "file": alone} | alone
    assert (body["success"], body["statusCode"], body["file"]) == (True, 201, alone)
    assert bucket() == {f"mocs/{aws.users['alice'].sub}/{moc['id']}/{file['id']}.{extension}"}
    object_ = await fetched(file["fileUrl"])
    assert object_.headers["content-type"] == mime_type
    assert mime_type == "image/webp" or object_.content == content
    read = (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert [one["id"] for one in read["files"]] == [file["id"]]
    assert read["updatedAt"] > moc["updatedAt"]
    assert (read["thumbnailUrl"] is not None) == (file_type == "thumbnail")


async def test_the_newest_thumbnail_is_the_mocs(
    create: Callable[..., Any], add: Callable[..., Any], stored: Callable[[str], Any]
) -> None:
    moc = await create()
    for name in ("one.png", "two.png"):
        file = (await add(moc, (name, picture()), file_type="thumbnail")).json()["data"]
        assert (await stored(moc["id"]))["thumbnail_url"].endswith(
            f"/mocs/{moc['userId']}/{moc['id']}/{file['id']}.webp"
        )
    await add(moc, ("three.png", picture()), file_type="gallery-image")
    assert file["id"] in (await stored(moc["id"]))["thumbnail_url"]


@pytest.mark.parametrize(
    "name", ["../../etc/a.pdf", "docs/a.pdf", "x\\a.pdf", "C:\\fakepath\\a.pdf", "a.pdf/", "/a.pdf", "./a.pdf"]
)
async def test_a_file_is_called_by_its_name_without_folders(
    create: Callable[..., Any], add: Callable[..., Any], direct: Callable[..., Any], alice: httpx.AsyncClient, name: str
) -> None:
    for add_one in (add, None):
        moc = await create(title=f"by {add_one}")
        if add_one:
            answer = await add_one(moc, (name, PDF))
        else:
            body = {"fileType": "instruction", "uploadIds": [await direct("instruction", name, PDF)]}
            answer = await alice.post(f"/api/mocs/{moc['id']}/files", json=body)
        assert answer.json()["data"]["originalFilename"] == "a.pdf"


async def test_the_type_may_come_behind_the_file_and_must_come(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any], file_rows: Callable[[], Any]
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}/files"
    parts: list[tuple[str, Any]] = [("any", ("t.png", picture(), "image/png")), ("fileType", (None, b"thumbnail"))]
    answer = await alice.post(path, files=parts)
    assert answer.status_code == 201, answer.text
    answer = await add(moc, ("a.pdf", PDF), file_type=None)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "fileType")
    assert await file_rows() == [("t.png", "thumbnail")]


@pytest.mark.prd("2.7.3")
@pytest.mark.parametrize(
    ("file_type", "name", "content"),
    [
        ("instruction", "a.pdf", picture()),
        ("instruction", "a.pdf", CSV),
        ("instruction", "a.io", PDF[:40]),
        ("parts-list", "a.csv", picture()),
        ("thumbnail", "a.png", PDF),
        ("thumbnail", "a.png", picture()[:60]),
        ("gallery-image", "a.gif", picture("GIF")),
        ("instruction", "a.pdf", b""),
    ],
)
async def test_the_bytes_decide_and_not_the_name(
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    file_rows: Callable[[], Any],
    file_type: str,
    name: str,
    content: bytes,
) -> None:
    answer = await add(await create(), (name, content), file_type=file_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "FILE_ERROR"), answer.text
    assert name in answer.json()["message"]
    assert (bucket(), await file_rows()) == (set(), [])


async def test_a_form_may_bring_files_and_name_uploads(
    alice: httpx.AsyncClient, create: Callable[..., Any], direct: Callable[..., Any], file_rows: Callable[[], Any]
) -> None:
    moc = await create()
    upload_id = await direct("instruction", "direct.pdf", PDF)
    path, files = f"/api/mocs/{moc['id']}/files", {"file": ("form.pdf", PDF)}
    answer = await alice.post(path, data={"fileType": "instruction", "uploadIds": "abc"}, files=files)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "uploadIds")
    answer = await alice.post(path, data={"fileType": "instruction", "uploadIds": upload_id}, files=files)
    assert answer.status_code == 201, answer.text
    assert await file_rows() == [("direct.pdf", "instruction"), ("form.pdf", "instruction")]


async def test_what_is_no_request_for_files(
    alice: httpx.AsyncClient, create: Callable[..., Any], add: Callable[..., Any], bucket: Callable[[], set[str]]
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}/files"
    for answer, field in (
        (await add(moc, ("a.pdf", PDF), file_type="movie"), "fileType"),
        (await alice.post(path, files={"fileType": (None, "instruction")}), "file"),
        (await alice.post(path, json={"fileType": "instruction"}), "uploadIds"),
        (await alice.post(path, json={"fileType": "instruction", "uploadIds": []}), "uploadIds"),
        (await alice.post(path, json={"fileType": "instruction", "uploadIds": ["abc"]}), "uploadIds"),
        (await alice.post(path, json={"fileType": "instruction", "uploadId": "abc"}), "uploadId"),
        (await alice.post(path, json={"fileType": "instruction", "uploadIds": [UNKNOWN, UNKNOWN]}), "uploadIds"),
    ):
        assert answer.status_code == 400, answer.text
        assert answer.json()["details"][0]["field"] == field
    assert (await alice.post(path, json={"fileType": "instruction", "uploadIds": [UNKNOWN]})).status_code == 404
    assert bucket() == set()


@pytest.mark.prd("4.7.10")
async def test_uploads_bring_no_more_than_a_form(
    alice: httpx.AsyncClient, create: Callable[..., Any], direct: Callable[..., Any], file_rows: Callable[[], Any]
) -> None:
    moc = await create()
    ids = [await direct("instruction", f"{number}.pdf", pdf_of(LARGEST)) for number in range(6)]
    answer = await alice.post(f"/api/mocs/{moc['id']}/files", json={"fileType": "instruction", "uploadIds": ids})
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert await file_rows() == []
    answer = await alice.post(f"/api/mocs/{moc['id']}/files", json={"fileType": "instruction", "uploadIds": ids[:5]})
    assert answer.status_code == 201, answer.text


async def test_uploads_straight_to_the_bucket_are_used_once(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    direct: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}/files"
    one, two, wrong = (
        await direct("instruction", "one.pdf", PDF),
        await direct("instruction", "one.pdf", PDF),
        await direct("instruction", "wrong.pdf", b"text"),
    )
    stranger = await direct("instruction", "bob.pdf", PDF, client=bob)
    assert (await alice.post(path, json={"fileType": "instruction", "uploadIds": [one, stranger]})).status_code == 403
    answer = await alice.post(path, json={"fileType": "instruction", "uploadIds": [one, two, wrong]})
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert data["file"]["originalFilename"] == "one.pdf"
    assert [(failed["filename"], failed["code"]) for failed in data["failed"]] == [
        ("one.pdf", "CONFLICT"),
        ("wrong.pdf", "FILE_ERROR"),
    ]
    assert (await alice.post(path, json={"fileType": "instruction", "uploadId": one})).status_code == 409
    other = await create(title="Other")
    renamed = await alice.post(f"/api/mocs/{other['id']}/files", json={"fileType": "instruction", "uploadId": two})
    assert renamed.status_code == 201, "what was refused for its name can be used elsewhere"
    picture_id = await direct("thumbnail", "t.png", picture())
    assert (await alice.post(path, json={"fileType": "instruction", "uploadIds": [picture_id]})).status_code == 400
    await work()
    assert len([key for key in bucket() if key.startswith("mocs/")]) == 2
    assert len([key for key in bucket() if key.startswith("uploads/")]) == 3


@pytest.mark.prd("2.7.6")
async def test_another_users_moc_and_none_get_no_file(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    stored: Callable[[str], Any],
    file_rows: Callable[[], Any],
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    for client, target, status in (
        (bob, moc, 403),
        (alice, {"id": UNKNOWN}, 404),
        (alice, {"id": "xyz"}, 404),
        (anonymous, moc, 401),
    ):
        for file in (("a.pdf", PDF), ("a.pdf", b"text")):
            assert (await add(target, file, client=client)).status_code == status
    assert (await bob.post(f"/api/mocs/{moc['id']}/files", json={})).status_code == 403
    assert (bucket(), await file_rows(), await stored(moc["id"])) == (set(), [], before)


@pytest.mark.prd("2.7.11")
@pytest.mark.prd("4.7.5")
async def test_a_failed_write_leaves_neither_objects_nor_rows(
    create: Callable[..., Any],
    add: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    stored: Callable[[str], Any],
    file_rows: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    await database.execute("ALTER TABLE moc_files ADD CONSTRAINT no CHECK (original_filename <> 'no.pdf') NOT VALID")
    try:
        answer = await add(moc, ("a.pdf", PDF), ("no.pdf", PDF), ("b.pdf", PDF))
    finally:
        await database.execute("ALTER TABLE moc_files DROP CONSTRAINT no")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "moc_files" not in answer.text
    await work()
    assert (bucket(), await file_rows(), await stored(moc["id"])) == (set(), [], before)


@pytest.mark.prd("2.7.11")
async def test_without_the_bucket_nothing_is_written(
    settings_for: Callable[..., Any],
    token: Callable[[str], str],
    create: Callable[..., Any],
    stored: Callable[[str], Any],
    file_rows: Callable[[], Any],
) -> None:
    moc = await create()
    before = await stored(moc["id"])
    application = create_app(settings_for(aws_endpoint_url_s3=f"http://127.0.0.1:{free_port()}"))
    headers = {"Authorization": f"Bearer {token('alice')}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://test", headers=headers
    ) as client:
        answer = await client.post(
            f"/api/mocs/{moc['id']}/files", data={"fileType": "instruction"}, files={"file": ("a.pdf", PDF)}
        )
    await application.state.gateway.services.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert (await file_rows(), await stored(moc["id"])) == ([], before)


async def test_the_graph_takes_uploads_likewise(
    graphql: Callable[..., Any], bob: httpx.AsyncClient, create: Callable[..., Any], direct: Callable[..., Any]
) -> None:
    moc = await create()
    document = """mutation($moc: ID!, $type: String!, $ids: [ID!]!) {
      addMocFiles(mocId: $moc, fileType: $type, uploadIds: $ids) {
        uploaded { originalFilename fileType } failed { filename code } file { id }
      }
    }"""
    ids = [await direct("instruction", name, content) for name, content in (("a.pdf", PDF), ("b.pdf", b"text"))]
    variables = {"moc": moc["id"], "type": "instruction", "ids": ids}
    foreign = await graphql(document, variables, client=bob)
    assert foreign["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    data = (await graphql(document, variables))["data"]["addMocFiles"]
    assert data["uploaded"] == [{"originalFilename": "a.pdf", "fileType": "instruction"}]
    assert data["failed"] == [{"filename": "b.pdf", "code": "FILE_ERROR"}]
    assert data["file"]["id"]
    nothing = await graphql(document, variables | {"ids": ids[1:]})
    assert nothing["errors"][0]["extensions"]["code"] == "FILE_ERROR"
    assert nothing["errors"][0]["extensions"]["details"][0]["path"] == ["uploadIds", 0]


async def test_the_graph_shows_the_moc_with_the_files_that_were_added(
    graphql: Callable[..., Any], create: Callable[..., Any], direct: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    moc = await create()
    document = """mutation($moc: ID!, $type: String!, $ids: [ID!]!) {
      addMocFiles(mocId: $moc, fileType: $type, uploadIds: $ids) { SELECTED }
    }"""

    async def add(file_type: str, name: str, content: bytes, selected: str) -> tuple[Any, int]:
        ids = [await direct(file_type, name, content)]
        await statements()
        answer = await graphql(
            document.replace("SELECTED", selected), {"moc": moc["id"], "type": file_type, "ids": ids}
        )
        return answer["data"]["addMocFiles"], len(await statements())

    without = [await add("instruction", name, PDF, "mocId") for name in ("a.pdf", "b.pdf")]
    assert [data for data, _ in without] == [{"mocId": moc["id"]}] * 2
    shown, sent = await add("instruction", "c.pdf", PDF, "moc { id files { originalFilename } updatedAt }")
    names = [{"originalFilename": name} for name in ("a.pdf", "b.pdf", "c.pdf")]
    assert (shown["moc"]["id"], shown["moc"]["files"], sent) == (moc["id"], names, without[-1][1] + 2)
    assert shown["moc"]["updatedAt"] > moc["updatedAt"]
    pictured, _ = await add("thumbnail", "front.png", picture(), "moc { thumbnailUrl } file { fileUrl }")
    assert pictured["moc"]["thumbnailUrl"] == pictured["file"]["fileUrl"]
