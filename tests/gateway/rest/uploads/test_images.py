"""POST /api/images, by form and by an upload straight to the bucket (PRD 3.2)."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from gateway.dev.process import free_port
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws
    from settings import Settings

FORM = {"title": "Castle", "description": "At dawn", "tags": "castle, dawn"}


async def fetched(url: str) -> Image.Image:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    return Image.open(BytesIO(answer.content))


async def count(database: asyncpg.Connection[asyncpg.Record]) -> int:
    return int(await database.fetchval("SELECT count(*) FROM gallery_images"))


@pytest.mark.prd("3.2.1")
@pytest.mark.prd("3.2.4")
@pytest.mark.prd("3.2.5")
@pytest.mark.prd("3.2.6")
@pytest.mark.prd("3.2.10")
@pytest.mark.parametrize("field", ["image", "file", "anything"])
async def test_a_form_becomes_an_image_with_a_thumbnail(
    alice: httpx.AsyncClient, aws: Aws, bucket: Callable[[], set[str]], add_album: Callable[..., Any], field: str
) -> None:
    album = await add_album()
    files = {field: ("castle.png", picture(size=(3000, 1500)), "image/png")}
    answer = await alice.post("/api/images", data={**FORM, "albumId": str(album)}, files=files)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    data = body["data"]
    assert body["success"] is True
    assert body["image"] == data
    assert {**data, **{key: None for key in data if key.endswith(("Url", "At")) or key in ("id", "url")}} == {
        "id": None,
        "userId": aws.users["alice"].sub,
        "title": "Castle",
        "description": "At dawn",
        "tags": ["castle", "dawn"],
        "imageUrl": None,
        "url": None,
        "thumbnailUrl": None,
        "albumId": str(album),
        "flagged": False,
        "createdAt": None,
        "lastUpdatedAt": None,
    }
    user = aws.users["alice"].sub
    assert bucket() == {f"images/{user}/{data['id']}.webp", f"images/{user}/thumbnails/{data['id']}.webp"}
    assert (await fetched(data["imageUrl"])).size == (2048, 1024)
    assert (await fetched(data["thumbnailUrl"])).size == (400, 200)
    assert data["url"] == data["imageUrl"]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_the_bytes_decide_and_not_the_name(alice: httpx.AsyncClient, form: str) -> None:
    files = {"image": ("virus.exe", picture(form), "application/x-msdownload")}
    answer = await alice.post("/api/images", files=files)
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["title"] == "virus.exe"


@pytest.mark.prd("3.2.11")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"just text", "text"),
        (b"%PDF-1.4\n%%EOF", "PDF"),
        (b"GIF89a" + bytes(50), "GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (picture("JPEG")[:200], ""),
        (picture("PNG")[:60], ""),
    ],
)
async def test_what_is_no_picture_is_refused_and_leaves_nothing(
    alice: httpx.AsyncClient,
    bucket: Callable[[], set[str]],
    database: asyncpg.Connection[asyncpg.Record],
    content: bytes,
    told: str,
) -> None:
    answer = await alice.post("/api/images", data=FORM, files={"image": ("x.png", content, "image/png")})
    assert (answer.status_code, answer.json()["code"]) == (400, "FILE_ERROR"), answer.text
    assert told in answer.json()["message"]
    assert "x.png" in answer.json()["message"]
    assert (bucket(), await count(database)) == (set(), 0)


async def test_a_file_that_is_too_large_is_413(alice: httpx.AsyncClient, bucket: Callable[[], set[str]]) -> None:
    for size in (10 * 1024 * 1024 + 1, 30 * 1024 * 1024):
        content = picture() + bytes(size - len(picture()))
        answer = await alice.post("/api/images", files={"image": ("x.png", content, "image/png")})
        assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    answer = await alice.post("/api/images", files={"image": ("x.png", bytes(51 * 1024 * 1024), "image/png")})
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert bucket() == set()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"title": "x" * 201}, "title"),
        ({"title": "   "}, "title"),
        ({"description": "x" * 2001}, "description"),
        ({"tags": ",".join("abcdefghijklmnopqrstu")}, "tags"),
        ({"albumId": "abc"}, "albumId"),
    ],
)
async def test_a_wrong_field_is_told_and_leaves_nothing(
    alice: httpx.AsyncClient, bucket: Callable[[], set[str]], data: dict[str, str], field: str
) -> None:
    answer = await alice.post("/api/images", data=data, files={"image": ("x.png", picture(), "image/png")})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [field]
    assert bucket() == set()


async def test_an_album_of_somebody_else_or_of_nobody(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, bucket: Callable[[], set[str]], add_album: Callable[..., Any]
) -> None:
    album = await add_album()
    files = {"image": ("x.png", picture(), "image/png")}
    assert (await bob.post("/api/images", data={"albumId": str(album)}, files=files)).status_code == 403
    unknown = "00000000-0000-4000-8000-000000000000"
    assert (await alice.post("/api/images", data={"albumId": unknown}, files=files)).status_code == 404
    assert bucket() == set()


@pytest.mark.parametrize(
    "tags",
    [
        {"tags": ["a", "b"]},
        {"tags[]": ["a", "b"]},
        {"tags[]": "a", "tags": "b"},
        {"tags[0]": "a", "tags[1]": "b"},
        {"tags": '["a", "b"]'},
        {"tags": "a,b"},
        {"tags": " a , b ,"},
    ],
)
async def test_tags_come_in_every_way(alice: httpx.AsyncClient, tags: dict[str, Any]) -> None:
    answer = await alice.post("/api/images", data=tags, files={"image": ("x.png", picture(), "image/png")})
    assert answer.json()["data"]["tags"] == ["a", "b"]


async def test_what_is_wrong_with_a_file_names_its_field(alice: httpx.AsyncClient) -> None:
    for name, content in (("x.png", b"text"), ("x.png", b""), ("x.png", picture() + bytes(10 * 1024 * 1024))):
        body = (await alice.post("/api/images", files={"image": (name, content, "image/png")})).json()
        assert [(it["field"], it["path"]) for it in body["details"]] == [("image", ["image"])], body
        assert body["message"] == f"{name}: {body['details'][0]['message']}"


async def test_no_file_two_files_and_no_form(alice: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    file = ("x.png", picture(), "image/png")
    for answer, field in (
        (await alice.post("/api/images", files={"title": (None, "Castle")}), "image"),
        (await alice.post("/api/images", json={"title": "x"}), "uploadId"),
        (await alice.post("/api/images", data=FORM, files={"image": ("", b"", "application/octet-stream")}), "image"),
    ):
        assert (answer.status_code, answer.json()["message"]) == (400, f"{field}: is required")
        assert answer.json()["details"] == [{"field": field, "path": [field], "message": "is required"}]
    answer = await alice.post("/api/images", files=[("a", file), ("b", file)])
    assert answer.status_code == 400
    broken = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nno end'
    head = {"content-type": "multipart/form-data; boundary=x"}
    assert (await alice.post("/api/images", content=broken, headers=head)).status_code == 400
    head = {"content-type": "multipart/form-data"}
    assert (await alice.post("/api/images", content=broken, headers=head)).status_code == 400
    assert (await anonymous.post("/api/images", files={"image": file})).status_code == 401


@pytest.mark.parametrize("name", ["Größe ☕.png", 'quo"te.png', "x" * 300 + ".png"])
async def test_the_name_of_the_file_is_the_title_without_one(alice: httpx.AsyncClient, name: str) -> None:
    answer = await alice.post("/api/images", files={"image": (name, picture(), "image/png")})
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["title"] == name[:200]


class TestDirect:
    """An upload straight to the bucket."""

    @pytest.fixture
    def send(self) -> Callable[..., Any]:
        async def post(upload: dict[str, Any], content: bytes) -> int:
            async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
                files = {"file": ("f", content, upload["fields"]["Content-Type"])}
                return (await browser.post(upload["url"], data=upload["fields"], files=files)).status_code

        return post

    @pytest.fixture
    def upload(self, alice: httpx.AsyncClient) -> Callable[..., Any]:
        async def make(client: httpx.AsyncClient = alice, **changes: Any) -> dict[str, Any]:
            body = {"kind": "image", "filename": "big.png", "contentType": "image/png", "size": 9_000_000, **changes}
            answer = await client.post("/api/uploads", json=body)
            assert answer.status_code == 201, answer.text
            data: dict[str, Any] = answer.json()["data"]
            return data

        return make

    async def test_it_is_used_once_and_its_staged_object_goes(
        self,
        alice: httpx.AsyncClient,
        upload: Callable[..., Any],
        send: Callable[..., Any],
        bucket: Callable[[], set[str]],
        work: Callable[[], Any],
    ) -> None:
        made = await upload()
        assert set(made) == {"uploadId", "url", "fields", "expiresAt"}
        assert await send(made, picture(size=(900, 600))) == 204
        answer = await alice.post("/api/images", json={"uploadId": made["uploadId"], "title": "Direct", "tags": ["a"]})
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        assert (data["title"], data["tags"]) == ("Direct", ["a"])
        assert (await fetched(data["imageUrl"])).size == (900, 600)
        again = await alice.post("/api/images", json={"uploadId": made["uploadId"]})
        assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
        assert any(key.startswith("uploads/") for key in bucket())
        await work()
        assert {key.partition("/")[0] for key in bucket()} == {"images"}

    async def test_one_of_many_takers_gets_it(
        self,
        alice: httpx.AsyncClient,
        upload: Callable[..., Any],
        send: Callable[..., Any],
        bucket: Callable[[], set[str]],
        work: Callable[[], Any],
        database: asyncpg.Connection[asyncpg.Record],
    ) -> None:
        made = await upload()
        await send(made, picture())
        answers = await asyncio.gather(
            *(alice.post("/api/images", json={"uploadId": made["uploadId"]}) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        await work()
        assert (len(bucket()), await count(database)) == (2, 1)

    async def test_it_belongs_to_its_maker_and_to_its_kind(
        self, alice: httpx.AsyncClient, bob: httpx.AsyncClient, upload: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        made = await upload()
        await send(made, picture())
        assert (await bob.post("/api/images", json={"uploadId": made["uploadId"]})).status_code == 403
        other = await upload(kind="avatar", size=1000)
        await send(other, picture())
        for upload_id, status in (
            (other["uploadId"], 400),
            ("abc", 400),
            ("0" * 8 + "-0000-4000-8000-" + "0" * 12, 404),
        ):
            assert (await alice.post("/api/images", json={"uploadId": upload_id})).status_code == status

    async def test_without_a_file_and_after_its_time(
        self,
        alice: httpx.AsyncClient,
        upload: Callable[..., Any],
        send: Callable[..., Any],
        bucket: Callable[[], set[str]],
        work: Callable[[], Any],
        database: asyncpg.Connection[asyncpg.Record],
    ) -> None:
        made = await upload()
        empty = await alice.post("/api/images", json={"uploadId": made["uploadId"]})
        assert (empty.status_code, empty.json()["details"][0]["field"]) == (400, "uploadId")
        await send(made, picture())
        await database.execute("UPDATE uploads SET expires_at = now() - interval '2 hours'")
        late = await alice.post("/api/images", json={"uploadId": made["uploadId"]})
        assert (late.status_code, late.json()["code"]) == (409, "CONFLICT")
        await work()
        assert bucket() == set()
        assert await database.fetchval("SELECT count(*) FROM uploads") == 0

    async def test_what_browsers_call_a_file_is_enough(self, alice: httpx.AsyncClient) -> None:
        body = {"kind": "instruction", "filename": "a/b.io", "size": 1000}
        for given, told in (
            ("", "application/octet-stream"),
            ("text/csv;charset=utf-8", "text/csv"),
            (" image/png ; q=1", "image/png"),
        ):
            answer = await alice.post("/api/uploads", json={**body, "contentType": given})
            assert (answer.status_code, answer.json()["data"]["fields"]["Content-Type"]) == (201, told)

    @pytest.mark.parametrize(
        ("changes", "status", "field"),
        [
            ({"kind": "novel"}, 400, "kind"),
            ({"filename": ""}, 400, "filename"),
            ({"contentType": "png"}, 400, "contentType"),
            ({"size": 0}, 400, "size"),
            ({"size": 10 * 1024 * 1024 + 1}, 413, "size"),
            ({"kind": "avatar", "size": 2 * 1024 * 1024 + 1}, 400, "size"),
            ({"size": "big"}, 400, "size"),
        ],
    )
    async def test_a_wrong_announcement(
        self, alice: httpx.AsyncClient, changes: dict[str, Any], status: int, field: str | None
    ) -> None:
        body = {"kind": "image", "filename": "f.png", "contentType": "image/png", "size": 1000, **changes}
        answer = await alice.post("/api/uploads", json=body)
        assert answer.status_code == status
        assert [detail["field"] for detail in answer.json().get("details", [])] == ([field] if field else [])


@pytest.mark.prd("3.3.4")
async def test_the_objects_of_a_deleted_image_go(
    alice: httpx.AsyncClient, bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> None:
    answer = await alice.post("/api/images", files={"image": ("x.png", picture(), "image/png")})
    kept = await alice.post("/api/images", files={"image": ("y.png", picture(), "image/png")})
    assert len(bucket()) == 4
    assert (await alice.delete(f"/api/images/{answer.json()['data']['id']}")).status_code == 200
    await work()
    assert {key.rpartition("/")[2] for key in bucket()} == {f"{kept.json()['data']['id']}.webp"}


async def test_a_failed_write_leaves_no_object(
    alice: httpx.AsyncClient,
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    await database.execute("ALTER TABLE gallery_images ADD CONSTRAINT no CHECK (title <> 'refused') NOT VALID")
    try:
        files = {"image": ("x.png", picture(), "image/png")}
        assert (await alice.post("/api/images", data={"title": "refused"}, files=files)).status_code == 500
    finally:
        await database.execute("ALTER TABLE gallery_images DROP CONSTRAINT no")
    await work()
    assert (bucket(), await count(database)) == (set(), 0)


async def test_handed_out_urls_are_signed_and_rows_keep_plain_ones(
    alice: httpx.AsyncClient, database: asyncpg.Connection[asyncpg.Record], aws: Aws
) -> None:
    answer = await alice.post("/api/images", files={"image": ("x.png", picture(), "image/png")})
    shown = urlsplit(answer.json()["data"]["imageUrl"])
    assert "X-Amz-Signature=" in shown.query
    stored = await database.fetchval("SELECT image_url FROM gallery_images")
    assert stored.startswith(f"https://{aws.bucket}.s3.{aws.region}.amazonaws.com/images/")
    assert "?" not in stored


class TestBucketAway:
    """With a bucket that does not answer."""

    @pytest.fixture
    def settings(self, settings_for: Callable[..., Settings]) -> Settings:
        return settings_for(aws_endpoint_url_s3=f"http://127.0.0.1:{free_port()}")

    @pytest.mark.prd("4.8.5")
    async def test_a_failed_put_leaves_no_row_is_logged_and_told_with_the_other_way(
        self,
        alice: httpx.AsyncClient,
        database: asyncpg.Connection[asyncpg.Record],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        answer = await alice.post("/api/images", files={"image": ("x.png", picture(), "image/png")})
        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert "presigned URL with POST /api/uploads" in answer.json()["message"]
        assert "127.0.0.1" not in answer.text
        assert [record.message for record in caplog.records if record.name == "brickgate.storage"] == [
            "objects not stored"
        ]
        assert await count(database) == 0
