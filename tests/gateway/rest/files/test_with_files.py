"""POST /api/mocs/with-files: a MOC with its files, all or nothing (contract sections 2 and 3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.rest.files.conftest import CSV, LARGEST, PDF, fetched, pdf_of, studio
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws

PATH = "/api/mocs/with-files"
FORM = {"type": "moc", "title": "Harbour", "author": "Alice Brick"}
Part = tuple[str, tuple[str, bytes, str]]


def part(field: str, name: str, content: bytes) -> Part:
    return field, (name, content, "application/octet-stream")


ALL = [
    part("instructionsFile", "harbour 1.pdf", PDF),
    part("instructionsFile", "harbour.io", studio()),
    part("partsLists", "harbour.csv", CSV),
    part("images", "front.png", picture()),
    part("images", "back.jpg", picture("JPEG")),
    part("images", "side.webp", picture("WEBP")),
]


@pytest.fixture
def nothing(
    bucket: Callable[[], set[str]], work: Callable[[], Any], database: asyncpg.Connection[asyncpg.Record]
) -> Callable[[], Any]:
    """`await nothing()`: whether neither an object, nor a file, nor a MOC is there."""

    async def look() -> bool:
        await work()
        count = await database.fetchval(
            "SELECT (SELECT count(*) FROM moc_instructions) + (SELECT count(*) FROM moc_files)"
        )
        return not bucket() and count == 0

    return look


async def test_a_moc_is_made_with_its_files(
    alice: httpx.AsyncClient, aws: Aws, bucket: Callable[[], set[str]], stored: Callable[[str], Any]
) -> None:
    form = FORM | {"description": "With files", "partsCount": "321", "theme": "City", "setNumber": "MOC-7"}
    answer = await alice.post(PATH, data=form | {"tags": '["harbour","sea"]'}, files=ALL)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    moc = body["data"]
    assert (body["message"], body["moc"]) == ("MOC created successfully with files", moc)
    assert (moc["partsCount"], moc["tags"], moc["theme"]) == (321, ["harbour", "sea"], "City")
    assert [(file["originalFilename"], file["fileType"], file["mimeType"]) for file in moc["files"]] == [
        ("harbour 1.pdf", "instruction", "application/pdf"),
        ("harbour.io", "instruction", "application/octet-stream"),
        ("harbour.csv", "parts-list", "text/csv"),
        ("front.png", "thumbnail", "image/webp"),
        ("back.jpg", "gallery-image", "image/webp"),
        ("side.webp", "gallery-image", "image/webp"),
    ]
    assert [image["alt"] for image in moc["images"]] == ["front.png", "back.jpg", "side.webp"]
    prefix = f"mocs/{aws.users['alice'].sub}/{moc['id']}/"
    assert {key.removeprefix(prefix).partition(".")[0] for key in bucket()} == {file["id"] for file in moc["files"]}
    assert moc["files"][3]["id"] in moc["thumbnailUrl"]
    assert "?" not in (await stored(moc["id"]))["thumbnail_url"]
    assert (await fetched(moc["files"][0]["fileUrl"])).content == PDF
    read = (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert [file["id"] for file in read["files"]] == [file["id"] for file in moc["files"]]


async def test_the_live_form_and_a_set_need_little(alice: httpx.AsyncClient) -> None:
    answer = await alice.post(PATH, data=FORM, files=ALL[:1])
    assert answer.status_code == 201, answer.text
    moc = answer.json()["data"]
    assert (moc["partsCount"], moc["setNumber"], moc["theme"], moc["retired"]) == (None, None, None, None)
    assert moc["uploadedDate"]
    assert (moc["thumbnailUrl"], moc["images"]) == (None, [])
    form = {"type": "set", "title": "Monorail", "brand": "LEGO", "releaseYear": "1987", "retired": "true"}
    answer = await alice.post(PATH, data=form, files=ALL[:1])
    assert answer.status_code == 201, answer.text
    moc = answer.json()["data"]
    assert (moc["releaseYear"], moc["retired"], moc["uploadedDate"]) == (1987, True, None)
    answer = await alice.post(PATH, data={"type": "set", "title": "Ship", "brand": "LEGO"}, files=ALL[:1])
    assert answer.json()["data"]["retired"] is False


async def test_lists_come_as_axios_names_them(alice: httpx.AsyncClient) -> None:
    files = [(f"{field}[]", file) for field, file in ALL]
    answer = await alice.post(PATH, data={**FORM, "tags[]": ["one", "two"]}, files=files)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert (data["tags"], len(data["files"])) == (["one", "two"], len(ALL))
    assert data["thumbnailUrl"] is not None


@pytest.mark.parametrize("tags", ['["one", "two"]', "one, two", ["one", "two"]])
async def test_tags_come_in_every_way(alice: httpx.AsyncClient, tags: str | list[str]) -> None:
    answer = await alice.post(PATH, data={**FORM, "tags": tags}, files=ALL[:1])
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["tags"] == ["one", "two"]


@pytest.mark.parametrize("place", range(len(ALL)))
@pytest.mark.parametrize(
    ("wrong", "status"), [(b"\0\1\2 neither this nor that", 400), (pdf_of(LARGEST + 1), 413)], ids=["type", "size"]
)
async def test_one_wrong_file_at_any_place_refuses_all(
    alice: httpx.AsyncClient, nothing: Callable[[], Any], place: int, wrong: bytes, status: int
) -> None:
    files = list(ALL)
    field, (name, _, _) = files[place]
    files[place] = part(field, name, wrong)
    answer = await alice.post(PATH, data=FORM, files=files)
    assert answer.status_code == status, answer.text
    (detail,) = answer.json()["details"]
    assert (detail["field"], detail["path"]) == (field, [field, [one for one, _ in ALL[:place]].count(field)])
    assert name in detail["message"]
    assert name in answer.json()["message"]
    assert await nothing()


async def test_every_wrong_file_is_named_and_a_name_stands_once(
    alice: httpx.AsyncClient, nothing: Callable[[], Any]
) -> None:
    files = [part("instructionsFile", "a.pdf", b"text"), *ALL, part("images", "b.png", PDF)]
    del files[4:6]
    answer = await alice.post(PATH, data=FORM, files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "FILE_ERROR")
    assert [detail["message"].partition(":")[0] for detail in answer.json()["details"]] == ["a.pdf", "b.png"]
    same = [ALL[0], ALL[1], part("partsLists", "harbour 1.pdf", PDF)]
    answer = await alice.post(PATH, data=FORM, files=same)
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert "harbour 1.pdf" in answer.json()["message"]
    assert await nothing()


@pytest.mark.parametrize(
    ("form", "files", "field"),
    [
        (FORM, [part("images", "front.png", picture())], "instructionsFile"),
        (FORM, [part("instructionsFile", f"{number}.pdf", PDF) for number in range(11)], "instructionsFile"),
        (FORM, [ALL[0], *(part("partsLists", f"{number}.csv", CSV) for number in range(11))], "partsLists"),
        (FORM, [ALL[0], *(part("images", f"{number}.png", picture()) for number in range(4))], "images"),
        ({"type": "moc", "author": "A"}, ALL[:1], "title"),
        ({"type": "moc", "title": "x"}, ALL[:1], "author"),
        ({"type": "set", "title": "x"}, ALL[:1], "brand"),
        ({"type": "kit", "title": "x", "author": "A"}, ALL[:1], "type"),
        (FORM | {"partsCount": "0"}, ALL[:1], "partsCount"),
        (FORM | {"partsCount": "many"}, ALL[:1], "partsCount"),
        (FORM | {"retired": "true"}, ALL[:1], "retired"),
    ],
)
async def test_a_wrong_field_is_told(
    alice: httpx.AsyncClient, nothing: Callable[[], Any], form: dict[str, str], files: list[Part], field: str
) -> None:
    answer = await alice.post(PATH, data=form, files=files)
    assert answer.status_code == 400, answer.text
    assert field in [detail["field"] for detail in answer.json()["details"]]
    assert await nothing()


async def test_a_taken_title_is_told_before_any_file_is_looked_at(
    alice: httpx.AsyncClient, create: Callable[..., Any], bucket: Callable[[], set[str]]
) -> None:
    await create(title=FORM["title"])
    for files in (ALL, [part("instructionsFile", "a.pdf", b"text")]):
        answer = await alice.post(PATH, data=FORM, files=files)
        assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
        assert FORM["title"] in answer.json()["message"]
    assert bucket() == set()


async def test_of_forms_of_one_title_in_a_race_one_is_taken(
    alice: httpx.AsyncClient,
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    answers = await asyncio.gather(*(alice.post(PATH, data=FORM, files=ALL[:2]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 3
    await work()
    assert (len(bucket()), await database.fetchval("SELECT count(*) FROM moc_files")) == (2, 2)


async def test_a_failed_write_leaves_nothing(
    alice: httpx.AsyncClient, nothing: Callable[[], Any], database: asyncpg.Connection[asyncpg.Record]
) -> None:
    await database.execute("ALTER TABLE moc_files ADD CONSTRAINT no CHECK (original_filename <> 'back.jpg') NOT VALID")
    try:
        assert (await alice.post(PATH, data=FORM, files=ALL)).status_code == 500
    finally:
        await database.execute("ALTER TABLE moc_files DROP CONSTRAINT no")
    assert await nothing()


async def test_uploads_straight_to_the_bucket_and_nobody(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    graphql: Callable[..., Any],
    direct: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
) -> None:
    body = FORM | {"instructionsFile": [await direct("instruction", "a.pdf", PDF)]}
    assert (await anonymous.post(PATH, json=body)).status_code == 401
    assert (await bob.post(PATH, json=body)).status_code == 403
    answer = await alice.post(PATH, json=body | {"images": [await direct("thumbnail", "t.png", picture())]})
    assert answer.status_code == 201, answer.text
    assert [file["originalFilename"] for file in answer.json()["data"]["files"]] == ["a.pdf", "t.png"]
    document = """mutation($input: CreateMocWithFilesInput!) {
      createMocWithFiles(input: $input) { title files { originalFilename } images { alt } }
    }"""
    again = await graphql(document, {"input": body | {"title": "Again"}})
    assert again["errors"][0]["extensions"]["code"] == "CONFLICT"
    fresh = {"title": "Again", "instructionsFile": [await direct("instruction", "b.pdf", PDF)]}
    made = await graphql(document, {"input": body | fresh})
    assert made["data"]["createMocWithFiles"] == {
        "title": "Again",
        "files": [{"originalFilename": "b.pdf"}],
        "images": [],
    }
    await work()
    assert {key.partition("/")[0] for key in bucket()} == {"mocs"}


async def test_uploads_are_sorted_by_their_kinds(alice: httpx.AsyncClient, direct: Callable[..., Any]) -> None:
    uploads = [
        await direct("gallery-image", "side.png", picture()),
        await direct("parts-list", "a.csv", CSV),
        await direct("thumbnail", "front.png", picture()),
        (await direct("instruction", "a.pdf", PDF)).upper(),
        await direct("instruction", "b.pdf", PDF),
    ]
    answer = await alice.post(PATH, json=FORM | {"uploadIds": uploads})
    assert answer.status_code == 201, answer.text
    assert [(file["originalFilename"], file["fileType"]) for file in answer.json()["data"]["files"]] == [
        ("a.pdf", "instruction"),
        ("b.pdf", "instruction"),
        ("a.csv", "parts-list"),
        ("front.png", "thumbnail"),
        ("side.png", "gallery-image"),
    ]
    assert answer.json()["data"]["files"][3]["id"] in answer.json()["data"]["thumbnailUrl"]
    again = await alice.post(PATH, json=FORM | {"title": "Again", "uploadIds": uploads})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")


async def test_one_upload_is_enough_and_forms_may_name_some(
    alice: httpx.AsyncClient, direct: Callable[..., Any]
) -> None:
    answer = await alice.post(PATH, json=FORM | {"uploadId": await direct("instruction", "a.pdf", PDF)})
    assert answer.status_code == 201, answer.text
    upload = await direct("instruction", "large.pdf", PDF)
    answer = await alice.post(PATH, data=FORM | {"title": "Form", "uploadIds": upload}, files=ALL[:1] + ALL[3:4])
    assert answer.status_code == 201, answer.text
    names = [file["originalFilename"] for file in answer.json()["data"]["files"]]
    assert names == ["harbour 1.pdf", "large.pdf", "front.png"]


async def test_uploads_that_cannot_be_taken_are_told_by_their_place(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, direct: Callable[..., Any]
) -> None:
    upload = await direct("instruction", "a.pdf", PDF)
    unknown = "00000000-0000-4000-8000-000000000000"
    for ids, status, path, sentence in (
        ([upload, unknown], 404, ["uploadIds", 1], "is no upload"),
        ([upload, "7"], 400, ["uploadIds", 1], "must be a UUID, is '7'"),
        ([upload, await direct("avatar", "a.png", picture())], 400, ["uploadIds", 1], "is one for avatar"),
        ([upload, upload], 400, ["uploadIds", 1], "is there twice"),
        ([await direct("parts-list", "a.csv", CSV)], 400, ["uploadIds"], "1 to 10 files of kind instruction, are 0"),
        ([], 400, ["instructionsFile"], "must be 1 to 10 files, are 0"),
        ([unknown] * 24, 400, ["uploadIds"], "must be at most 23 files, are 24"),
        ([await direct("instruction", "b.pdf", b"text")], 400, ["uploadIds", 0], "b.pdf"),
    ):
        answer = await alice.post(PATH, json=FORM | {"uploadIds": ids})
        assert answer.status_code == status, answer.text
        (detail,) = answer.json()["details"]
        assert detail["path"] == path
        assert sentence in detail["message"]
    assert (await bob.post(PATH, json=FORM | {"uploadIds": [upload]})).status_code == 403
    assert (await alice.get("/api/mocs")).json()["total"] == 0
