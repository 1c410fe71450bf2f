"""Bodies that are malformed, mislabelled, ambiguous or without end (OWASP API4:2023 and API8:2023)."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

MOC = {"type": "moc", "title": "Windmill", "author": "Alice", "partsCount": 1}
DEEP = 100_000


def changed(**fields: str) -> bytes:
    """A body that is right but for these fields, whose JSON is given."""
    texts = {name: json.dumps(value) for name, value in MOC.items()} | fields
    return ("{" + ",".join(f'"{name}":{text}' for name, text in texts.items()) + "}").encode()


@pytest.mark.parametrize(
    "content",
    [
        b"[" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        changed(partsCount="NaN"),
        changed(partsCount="Infinity"),
        changed(partsCount="1e400"),
        changed(partsCount="9" * 5_000),
        changed(partsCount="9223372036854775808"),
        changed(partsCount="-0"),
        changed(partsCount="0x10"),
        changed(partsCount="1.0000000001"),
        changed(partsCount="true"),
        changed(title=r'"\ud800"'),
        changed(title=r'"\udc00\ud800"'),
        changed(title='"\x00"'),
        changed(title=r'"a\u0000b"'),
        changed(title='{"$ne": null}'),
        changed(title='["Windmill"]'),
        changed(tags='{"length": 1000000000}'),
        changed(tags=r'["a\u0000"]'),
        changed(uploadedDate='"9999-12-31T23:59:59-23:59"'),
        changed(uploadedDate='"0001-01-01T00:00:00+23:59"'),
        "\ufeff".encode() + changed(),
        changed().decode().encode("utf-16"),
        changed().replace(b"Windmill", b"\xc0\xaf"),  # an overlong slash
        changed().replace(b"Windmill", b"\xed\xa0\x80"),  # half of a pair
        changed() + b"{}",
        b"// \n" + changed(),
        b"'" + changed() + b"'",
    ],
    ids=lambda content: repr(content[:40]) + repr(content[-40:]),
)
async def test_what_is_no_sound_json_is_one_400_and_stores_nothing(alice: httpx.AsyncClient, content: bytes) -> None:
    answer = await alice.post("/api/mocs", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["success"]) == (400, False), answer.text
    assert len(answer.content) < 2_000
    assert (await alice.get("/api/mocs")).json()["total"] == 0


async def test_of_names_that_stand_twice_rules_and_table_see_the_same_one(alice: httpx.AsyncClient) -> None:
    content = changed().replace(b'"title":"Windmill"', b'"title":"First","title":"Second"')
    made = await alice.post("/api/mocs", content=content, headers={"content-type": "application/json"})
    assert (made.status_code, made.json()["data"]["title"]) == (201, "Second")
    long = changed().replace(b'"title":"Windmill"', b'"title":"' + b"x" * 1000 + b'","title":"Third"')
    assert (
        await alice.post("/api/mocs", content=long, headers={"content-type": "application/json"})
    ).status_code == 201
    long = changed().replace(b'"title":"Windmill"', b'"title":"Fourth","title":"' + b"x" * 1000 + b'"')
    assert (
        await alice.post("/api/mocs", content=long, headers={"content-type": "application/json"})
    ).status_code == 400
    assert (await alice.get("/api/mocs")).json()["total"] == 2


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/html",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "application/json, text/plain",
        "json",
        "multipart/form-data; boundary=x",
    ],
)
async def test_only_json_is_read_as_json(alice: httpx.AsyncClient, media_type: str) -> None:
    answer = await alice.post("/api/mocs", content=changed(), headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/api/mocs", "application/json"),
        ("/api/mocs/with-files", "multipart/form-data; boundary=x"),
        ("/graphql", "application/json"),
    ],
)
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, GZIP", "identity, zstd"])
async def test_an_encoded_body_is_not_unpacked(
    alice: httpx.AsyncClient, path: str, media_type: str, encoding: str
) -> None:
    headers = {"content-type": media_type, "content-encoding": encoding}
    answer = await alice.post(path, content=gzip.compress(changed()), headers=headers)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    told = answer.json()
    told = told["errors"][0] if path == "/graphql" else told
    assert told["message"] == f"The body must be sent as it is: Content-Encoding {encoding!r} is not taken"


async def test_an_encoding_that_changes_nothing_is_taken(alice: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "Identity"}
    assert (await alice.post("/api/mocs", content=changed(), headers=headers)).status_code == 201


@pytest.mark.parametrize("path", ["/api/mocs", "/graphql"])
async def test_a_body_that_is_not_utf8_is_told_so(alice: httpx.AsyncClient, path: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await alice.post(path, content=b'{"a":"Gr\xf6\xdfe"}', headers=headers)
    told = answer.json()
    told = told["errors"][0] if path == "/graphql" else told
    assert (answer.status_code, told["message"]) == (400, "The body is not UTF-8: byte 9 is part of no character")


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("/api/mocs", "application/json"),
        ("/api/mocs/with-files", "multipart/form-data, or application/json with uploadId"),
        ("/api/images", "multipart/form-data, or application/json with uploadId"),
        ("/api/wishlist/upload-image", "multipart/form-data, or application/json with uploadId"),
    ],
)
async def test_another_media_type_is_answered_with_those_that_are_taken(
    alice: httpx.AsyncClient, path: str, taken: str
) -> None:
    answer = await alice.post(path, content=b"x", headers={"content-type": "image/png"})
    assert (answer.status_code, answer.json()["message"]) == (415, f"Content-Type must be {taken}, is 'image/png'")


async def test_what_is_too_large_is_told_in_megabytes(alice: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    answer = await alice.post("/api/mocs", content=b" " * (10 * 1024 * 1024 + 1), headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "The body is too large: at most 10 MB are accepted",
    )
    body = {"kind": "instruction", "filename": "a.pdf", "contentType": "application/pdf", "size": 10_485_761}
    answer = await alice.post("/api/uploads", json=body)
    sentence = "a.pdf: at most 10 MB are accepted, are 10,485,761 bytes"
    assert (answer.status_code, answer.json()["message"]) == (413, sentence)


async def test_a_body_without_end_is_read_no_further_than_its_bound(
    raw: Callable[..., Any], token: Callable[[str], str]
) -> None:
    headers = [
        (b"authorization", f"Bearer {token('alice')}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", b"10"),  # a lie
    ]
    status, _, _ = await raw("POST", "/api/mocs", headers, *([b" " * 65_536] * 100_000))
    assert status == 413
    graphql, _, _ = await raw("POST", "/graphql", headers, *([b" " * 65_536] * 100_000))
    assert graphql == 413
    huge = [*headers[:2], (b"content-length", b"9" * 30)]
    assert (await raw("POST", "/api/mocs", huge, b"{}"))[0] == 413


@pytest.mark.parametrize("header", [b"Content-Disposition", b"X-Filler"])
async def test_a_form_of_very_many_or_very_large_parts_is_refused(
    raw: Callable[..., Any], token: Callable[[str], str], header: bytes
) -> None:
    headers = [
        (b"authorization", f"Bearer {token('alice')}".encode()),
        (b"content-type", b"multipart/form-data; boundary=x"),
    ]
    named = b'Content-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    many = b"".join(b"--x\r\n" + named for _ in range(2_000)) + b"--x--\r\n"
    assert (await raw("POST", "/api/images", headers, many))[0] == 413
    large = b"--x\r\n" + header + b": " + b"y" * 3_000_000
    assert (await raw("POST", "/api/images", headers, large))[0] in (400, 413)
    crowded = b"--x\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(100_000)) + named + b"--x--\r\n"
    assert (await raw("POST", "/api/images", headers, crowded))[0] in (400, 413)


@pytest.mark.parametrize(
    "value", ["1e400", "-1e400", "9" * 5_000, "1" + "0" * 400, '"' + "9" * 5_000 + '"', "0.1e-400"]
)
async def test_numbers_of_any_size_in_a_document_are_answered(alice: httpx.AsyncClient, value: str) -> None:
    for query in (
        f'mutation {{ createWishlistItem(input: {{title: "x", sortOrder: {value}}}) {{ id }} }}',
        f"{{ mocs(limit: {value}) {{ total }} }}",
        f'mutation {{ createPartsList(mocId: "x", input: {{title: "x", totalPartsCount: {value}}}) {{ id }} }}',
    ):
        answer = (await alice.post("/graphql", json={"query": query})).json()
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"BAD_REQUEST", "VALIDATION_ERROR", "NOT_FOUND"}, answer
        assert codes or value == "0.1e-400"
    rest = await alice.post(
        "/api/wishlist",
        content=b'{"title":"x","sortOrder":' + value.encode() + b"}",
        headers={"content-type": "application/json"},
    )
    assert rest.status_code == 400 or value == "0.1e-400", rest.text
