"""POST /api/mocs/{id}/upload-parts-list and POST /api/mocs/upload-parts-list (PRD 4.6, contract sections 2 and 7)."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from services.content import MEGABYTE
from tests.services.partslists.lists import LORRY, TRUCK

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws

ONE_FOR_ALL = "/api/mocs/upload-parts-list"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
SMALL = "Part ID,Part Name,Quantity,Color\n3001,Brick 2x4,25,Red\n3020,Plate 2x4,50,Blue\n"
# The mutation, and all that a client may ask of what it made.
MUTATION = """
    mutation ($mocId: ID!, $uploadId: ID!) {
      uploadPartsList(mocId: $mocId, uploadId: $uploadId) {
        totalParts partsListId
        file { id originalFilename fileType } parsing { totalPieceCount uniqueParts format success }
        moc { id totalPieceCount }
        partsList { id fileId totalPartsCount missingPartsCount parts { partId partName quantity color } }
      }
    }
"""


def path_of(moc: dict[str, Any]) -> str:
    return f"/api/mocs/{moc['id']}/upload-parts-list"


@pytest.fixture
def send(alice: httpx.AsyncClient) -> Callable[..., Any]:
    """`await send(moc, content, name="parts.csv", field="file")`: the answer to a form with that file."""

    async def post(
        moc: dict[str, Any],
        content: str | bytes = SMALL,
        name: str = "parts.csv",
        field: str = "file",
        client: httpx.AsyncClient = alice,
    ) -> httpx.Response:
        data = content.encode() if isinstance(content, str) else content
        return await client.post(path_of(moc), files={field: (name, data, "text/csv")})

    return post


@pytest.fixture
def everything(
    database: asyncpg.Connection[asyncpg.Record], bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> Callable[[], Any]:
    """`await everything()`: all rows that an upload might change, and all objects once the outbox is empty."""

    async def read() -> tuple[list[Any], set[str]]:
        await work()
        rows = [
            row["row"]
            for table in ("moc_instructions", "moc_files", "moc_parts_lists", "moc_parts", "outbox")
            for row in await database.fetch(f"SELECT t::text AS row FROM {table} t ORDER BY id")
        ]
        return rows, bucket()

    return read


@pytest.mark.prd("4.6.4")
@pytest.mark.prd("4.6.6")
@pytest.mark.prd("4.6.7")
@pytest.mark.prd("4.6.10")
@pytest.mark.parametrize("route", ["path", "form"])
async def test_a_file_becomes_a_list_with_its_parts(
    alice: httpx.AsyncClient,
    aws: Aws,
    create: Callable[..., Any],
    bucket: Callable[[], set[str]],
    route: str,
) -> None:
    moc = await create()
    if route == "path":
        answer = await alice.post(path_of(moc), files={"anything": ("truck.csv", SMALL.encode(), "text/csv")})
    else:
        files = {"partsListFile": ("truck.csv", SMALL.encode(), "text/csv")}
        answer = await alice.post(ONE_FOR_ALL, data={"mocId": moc["id"], "fileType": "parts-list"}, files=files)
    body = answer.json()
    assert (answer.status_code, body["success"], body["statusCode"]) == (201, True, 201), answer.text
    assert body["message"] == "Parts list uploaded and processed successfully"
    data = body["data"]
    assert (body["file"], body["moc"]) == (data["file"], data["moc"])
    assert (data["totalParts"], data["partsListId"]) == (75, data["partsList"]["id"])
    assert data["parsing"] == {"totalPieceCount": 75, "uniqueParts": 2, "format": "csv", "success": True}
    assert data["moc"] == {"id": moc["id"], "totalPieceCount": 75}
    file, parts_list = data["file"], data["partsList"]
    assert file == {
        "id": file["id"],
        "mocId": moc["id"],
        "fileType": "parts-list",
        "fileUrl": file["fileUrl"],
        "originalFilename": "truck.csv",
        "mimeType": "text/csv",
        "createdAt": file["createdAt"],
    }
    assert parts_list == {
        "id": parts_list["id"],
        "mocId": moc["id"],
        "fileId": file["id"],
        "title": "Parts List - truck.csv",
        "description": "Parsed CSV parts list with 75 total pieces",
        "built": False,
        "purchased": False,
        "inventoryPercentage": "0.00",
        "totalPartsCount": "75",
        "acquiredPartsCount": "0",
        "costEstimate": None,
        "actualCost": None,
        "notes": None,
        "createdAt": parts_list["createdAt"],
        "updatedAt": parts_list["createdAt"],
    }
    assert bucket() == {f"mocs/{aws.users['alice'].sub}/{moc['id']}/{file['id']}.csv"}
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        fetched = await browser.get(file["fileUrl"])
    assert (fetched.status_code, fetched.text) == (200, SMALL)
    read = (await alice.get(f"/api/mocs/{moc['id']}/parts-lists/{parts_list['id']}")).json()["data"]
    assert read["parts"] == [
        {"partId": "3001", "partName": "Brick 2x4", "quantity": 25, "color": "Red"},
        {"partId": "3020", "partName": "Plate 2x4", "quantity": 50, "color": "Blue"},
    ]
    shown = (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert shown["totalPieceCount"] == 75
    assert shown["updatedAt"] > moc["updatedAt"]
    assert [item["id"] for item in shown["files"]] == [file["id"]]


@pytest.mark.prd("4.6.7")
@pytest.mark.parametrize(("path", "rows", "pieces"), [(LORRY, 127, 435), (TRUCK, 119, 328)], ids=["lorry", "truck"])
async def test_the_lists_of_a_real_builder(
    alice: httpx.AsyncClient, create: Callable[..., Any], send: Callable[..., Any], path: Any, rows: int, pieces: int
) -> None:
    moc = await create()
    data = (await send(moc, path.read_bytes(), path.name)).json()["data"]
    assert (data["totalParts"], data["moc"]["totalPieceCount"], data["partsList"]["totalPartsCount"]) == (
        pieces,
        pieces,
        str(pieces),
    )
    read = (await alice.get(f"/api/mocs/{moc['id']}/parts-lists/{data['partsListId']}")).json()["data"]
    assert (len(read["parts"]), sum(part["quantity"] for part in read["parts"])) == (rows, pieces)


@pytest.mark.parametrize(
    ("content", "name", "form", "stored"),
    [
        ("<inventory><item><itemid>3001</itemid><minqty>4</minqty></item></inventory>", "a.xml", "xml", "xml"),
        ('[{"part": "3001", "quantity": 4}]', "a.json", "json", "json"),
        ("3001 4", "a.txt", "csv", "txt"),
        ("Part;Quantity\r\n3001;4\r\n", "a.exe", "csv", "csv"),
    ],
)
async def test_other_formats_by_their_content(
    create: Callable[..., Any],
    send: Callable[..., Any],
    bucket: Callable[[], set[str]],
    content: str,
    name: str,
    form: str,
    stored: str,
) -> None:
    data = (await send(await create(), content, name)).json()["data"]
    assert data["parsing"] == {"totalPieceCount": 4, "uniqueParts": 1, "format": form, "success": True}
    assert [key.rpartition(".")[2] for key in bucket()] == [stored]


@pytest.mark.prd("4.6.5")
async def test_ten_thousand_rows_are_one_statement_and_one_more_is_refused(
    create: Callable[..., Any],
    send: Callable[..., Any],
    statements: Callable[[], Any],
    everything: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    moc = await create()
    header, rows = "Part,Quantity\n", [f"{number},2\n" for number in range(10_000)]
    small = await send(moc, SMALL, "small.csv")
    assert small.status_code == 201
    await statements()
    assert (await send(moc, SMALL, "again.csv")).status_code == 201
    few = await statements()
    answer = await send(moc, header + "".join(rows), "full.csv")
    assert (answer.status_code, answer.json()["data"]["totalParts"]) == (201, 20_000)
    assert len(await statements()) == len(few)
    assert await database.fetchval("SELECT count(*) FROM moc_parts") == 10_004
    before = await everything()
    refused = await send(moc, header + "".join([*rows, "x,1\n"]), "more.csv")
    assert (refused.status_code, refused.json()["code"]) == (400, "PARSING_FAILED")
    assert "10,000 rows" in refused.json()["details"][0]["message"]
    assert await everything() == before


@pytest.mark.prd("4.6.11")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Part,Quantity\n3001,2\n3002,two\n", "row 3, Quantity: must be a whole number from 1 to 2147483647, is 'two'"),
        ("Part,Quantity\n,2\n", "row 2, Part: is missing; every row needs the number of a part"),
        ("Part,Color\n3001,Red\n", "row 1: the quantity has no column; there are Part, Color"),
        ("Part,Quantity\n", "the file lists no parts"),
        ("", "the file is empty"),
        ('Part,Quantity\n"3001,2\n', 'row 2: a quote (") is opened and never closed'),
        ("[1, 2]", "item 1: must be an object with a part and a quantity"),
        ("<a><part/>", "the XML does not parse at line 1, column 11"),
        (b"%PDF-1.4\n%%EOF", "no parts can be read out of a PDF"),
    ],
)
async def test_a_file_that_is_no_list_changes_nothing(
    create: Callable[..., Any],
    send: Callable[..., Any],
    everything: Callable[[], Any],
    content: str | bytes,
    told: str,
) -> None:
    moc = await create()
    assert (await send(moc, SMALL, "first.csv")).status_code == 201
    before = await everything()
    answer = await send(moc, content, "bad.csv")
    assert (answer.status_code, answer.json()["code"]) == (400, "PARSING_FAILED"), answer.text
    assert told in answer.json()["details"][0]["message"]
    assert answer.json()["message"].startswith("bad.csv: ")
    assert await everything() == before


@pytest.mark.prd("4.6.11")
@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a.csv", "PNG"),
        (b"MZ\x90\x00" + bytes(100), "a.csv", "Windows program"),
        (b"[1, 2", "a.json", "JSON that does not parse"),
        (b"\n\n", "a.csv", "blank"),
        (SMALL.encode(), "x" * 252 + ".csv", "255 characters"),
    ],
)
async def test_a_file_of_another_type_changes_nothing(
    create: Callable[..., Any],
    send: Callable[..., Any],
    everything: Callable[[], Any],
    content: bytes,
    name: str,
    told: str,
) -> None:
    moc = await create()
    before = await everything()
    answer = await send(moc, content, name)
    assert (answer.status_code, answer.json()["code"]) == (400, "FILE_ERROR"), answer.text
    assert told in answer.json()["message"]
    assert await everything() == before


@pytest.mark.prd("4.6.11")
async def test_every_wrong_row_is_told(create: Callable[..., Any], send: Callable[..., Any]) -> None:
    answer = await send(await create(), "Part,Quantity\n3001,0\n,4\n" + "3001,x\n" * 30)
    body = answer.json()
    assert [detail["path"] for detail in body["details"][:3]] == [
        ["rows", 2, "quantity"],
        ["rows", 3, "partId"],
        ["rows", 4, "quantity"],
    ]
    assert len(body["details"]) == 20
    assert body["message"].endswith("is '0' (and 31 more)")


async def test_the_newest_list_is_what_the_moc_counts(
    alice: httpx.AsyncClient, create: Callable[..., Any], send: Callable[..., Any]
) -> None:
    moc = await create()
    answers = await asyncio.gather(*(send(moc, f"Part,Quantity\n1,{n}", f"{n}.csv") for n in range(1, 7)))
    assert [answer.status_code for answer in answers] == [201] * 6
    shown = (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert shown["totalPieceCount"] == int(shown["partsLists"][0]["totalPartsCount"])
    assert len({item["createdAt"] for item in shown["partsLists"]}) == 6
    assert (await send(moc, "Part,Quantity\n1,99", "last.csv")).json()["data"]["moc"]["totalPieceCount"] == 99


async def test_a_name_is_taken_once(
    create: Callable[..., Any], send: Callable[..., Any], everything: Callable[[], Any]
) -> None:
    moc, other = await create(), await create(title="Other")
    answers = await asyncio.gather(*(send(moc) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    before = await everything()
    assert len(before[1]) == 1
    again = await send(moc)
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    assert await everything() == before
    assert (await send(other)).status_code == 201


async def test_whose_moc_it_is_comes_first(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    create: Callable[..., Any],
    send: Callable[..., Any],
    everything: Callable[[], Any],
) -> None:
    moc = await create()
    before = await everything()
    files = {"partsListFile": ("a.csv", b"no list", "text/csv")}
    assert (await send(moc, "no list", client=bob)).status_code == 403
    assert (await send({"id": UNKNOWN}, "no list")).status_code == 404
    assert (await send({"id": "nope"}, "no list")).status_code == 404
    assert (await send(moc, client=anonymous)).status_code == 401
    for client, moc_id, status in ((bob, moc["id"], 403), (alice, UNKNOWN, 404), (alice, "nope", 400)):
        answer = await client.post(ONE_FOR_ALL, data={"mocId": moc_id}, files=files)
        assert answer.status_code == status, answer.text
    assert answer.json()["details"] == [{"field": "mocId", "path": ["mocId"], "message": "must be a UUID, is 'nope'"}]
    assert (await bob.post(path_of(moc), json={})).status_code == 403
    assert await everything() == before


@pytest.mark.parametrize(
    ("given", "missing"), [("mocId", ["partsListFile"]), ("file", ["mocId"]), ("", ["mocId", "partsListFile"])]
)
async def test_fields_that_are_missing(
    alice: httpx.AsyncClient, create: Callable[..., Any], given: str, missing: list[str]
) -> None:
    moc = await create()
    form = {"mocId": (None, moc["id"]), "file": ("a.csv", SMALL.encode()), "": (None, "x")}
    answer = await alice.post(ONE_FOR_ALL, files={given or "other": form[given]})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "MISSING_FIELDS"), answer.text
    assert [detail["field"] for detail in body["details"]] == missing
    assert body["message"] == f"Missing required fields: {' and '.join(missing)}"
    assert (await alice.post(ONE_FOR_ALL, json={"mocId": None})).json()["code"] == "MISSING_FIELDS"


async def test_a_file_that_is_too_large_is_413(
    create: Callable[..., Any], send: Callable[..., Any], everything: Callable[[], Any]
) -> None:
    moc = await create()
    before = await everything()
    answer = await send(moc, b"Part,Quantity\n" + b"1" * 10 * MEGABYTE)
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert await everything() == before


@pytest.mark.parametrize("name", ["Größe ☕.csv", 'quo"te.csv', "x" * 251 + ".csv"])
async def test_names_of_files(create: Callable[..., Any], send: Callable[..., Any], name: str) -> None:
    data = (await send(await create(), SMALL, name)).json()["data"]
    assert data["file"]["originalFilename"] == name
    assert data["partsList"]["title"] == f"Parts List - {name}"[:255]


@pytest.mark.prd("4.6.11")
@pytest.mark.parametrize("table", ["moc_files", "moc_parts_lists", "moc_parts"])
async def test_a_failed_write_leaves_no_object(
    create: Callable[..., Any],
    send: Callable[..., Any],
    everything: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
    table: str,
) -> None:
    moc = await create()
    before = await everything()
    await database.execute(f"ALTER TABLE {table} ADD CONSTRAINT no CHECK (false) NOT VALID")
    try:
        assert (await send(moc)).status_code == 500
    finally:
        await database.execute(f"ALTER TABLE {table} DROP CONSTRAINT no")
    assert await everything() == before


async def test_a_deleted_list_leaves_its_file(
    alice: httpx.AsyncClient,
    create: Callable[..., Any],
    send: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    moc = await create()
    data = (await send(moc)).json()["data"]
    assert (await alice.delete(f"/api/mocs/{moc['id']}/parts-lists/{data['partsListId']}")).status_code == 200
    await work()
    assert len(bucket()) == 1
    assert str(await database.fetchval("SELECT id FROM moc_files")) == data["file"]["id"]
    assert await database.fetchval("SELECT count(*) FROM moc_parts") == 0


async def test_a_deleted_list_is_counted_no_more(
    alice: httpx.AsyncClient, create: Callable[..., Any], send: Callable[..., Any]
) -> None:
    moc = await create()
    where = f"/api/mocs/{moc['id']}"

    async def delete(identifier: str) -> tuple[int, int | None]:
        answer = await alice.delete(f"{where}/parts-lists/{identifier}")
        return answer.status_code, (await alice.get(where)).json()["data"]["totalPieceCount"]

    made = [
        (await send(moc, f"part,quantity\n3001,{pieces}\n".encode(), f"{pieces}.csv")).json()["data"]["partsListId"]
        for pieces in (5, 7, 9)
    ]
    by_hand = (await alice.post(f"{where}/parts-lists", json={"title": "By hand", "totalPartsCount": 3})).json()["data"]
    assert await delete(by_hand["id"]) == (200, 9)
    assert await delete(made[0]) == (200, 9)
    assert await delete(made[2]) == (200, 7)
    assert await delete(made[1]) == (200, None)


@pytest.mark.prd("4.6.2")
async def test_an_upload_straight_to_the_bucket_by_graphql_and_by_rest(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    create: Callable[..., Any],
    graphql: Callable[..., Any],
    bucket: Callable[[], set[str]],
    work: Callable[[], Any],
) -> None:
    """The file is in S3 first, and the function is called with what names it there (PRD 4.6.2)."""
    moc, uploads = await create(), []
    for name in ("one.csv", "two.csv"):
        body = {"kind": "parts-list", "filename": name, "contentType": "text/csv", "size": 1000}
        made = (await alice.post("/api/uploads", json=body)).json()["data"]
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            sent = await browser.post(
                made["url"], data=made["fields"], files={"file": (name, SMALL.encode(), "text/csv")}
            )
        assert sent.status_code == 204
        uploads.append(made["uploadId"])
    answer = await graphql(MUTATION, {"mocId": moc["id"], "uploadId": uploads[0]})
    data = answer["data"]["uploadPartsList"]
    assert data["parsing"] == {"totalPieceCount": 75, "uniqueParts": 2, "format": "csv", "success": True}
    assert data["file"] == {"id": data["file"]["id"], "originalFilename": "one.csv", "fileType": "parts-list"}
    assert data["partsList"]["parts"][0] == {"partId": "3001", "partName": "Brick 2x4", "quantity": 25, "color": "Red"}
    assert (data["partsList"]["totalPartsCount"], data["partsList"]["missingPartsCount"]) == ("75", "75")
    assert data["moc"] == {"id": moc["id"], "totalPieceCount": 75}
    again = await alice.post(path_of(moc), json={"uploadId": uploads[0]})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    theirs = await create(bob)
    assert (await bob.post(path_of(theirs), json={"uploadId": uploads[1]})).status_code == 403
    answer = await alice.post(ONE_FOR_ALL, json={"mocId": moc["id"], "uploadId": uploads[1]})
    assert answer.status_code == 201, answer.text
    await work()
    assert {key.partition("/")[0] for key in bucket()} == {"mocs"}


async def test_an_upload_that_there_is_not(
    alice: httpx.AsyncClient, create: Callable[..., Any], graphql: Callable[..., Any]
) -> None:
    moc = await create()
    for upload_id, status in (("abc", 400), (str(uuid.uuid4()), 404)):
        assert (await alice.post(path_of(moc), json={"uploadId": upload_id})).status_code == status
    answer = await graphql(MUTATION, {"mocId": "nope", "uploadId": str(uuid.uuid4())})
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
