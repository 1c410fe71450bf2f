"""Objects in an emulated S3, and the URLs that are handed out for them (contract section 4)."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from gateway.dev.process import free_port
from services.aws import Aws, Unavailable
from services.storage import Storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.dev.aws import Aws as Server

USER = "u-1"
KEYS = [
    f"images/{USER}/1.webp",
    f"mocs/{USER}/a b/c+d.pdf",
    f"odd/{USER}/ü ☕ 100%.txt",
    f"q/{USER}/\"'.csv",
    f"q/{USER}/?x=1#y",
]


@pytest.fixture
async def storage(aws: Server) -> AsyncIterator[Storage]:
    clients = Aws(aws.region, aws.endpoint_url)
    yield Storage(clients, aws.bucket, 600)
    await clients.close()


@pytest.mark.prd("2.1.3")
@pytest.mark.parametrize("key", KEYS)
async def test_what_is_put_can_be_got_by_key_and_by_signed_url(storage: Storage, key: str) -> None:
    await storage.put(key, b"content of " + key.encode(), "text/plain")
    assert await storage.get(key, 100) == b"content of " + key.encode()
    assert await storage.get(key, 7) == b"content"
    signed = storage.urls(USER)[storage.location(key)]
    assert signed
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        answer = await browser.get(signed)
    assert (answer.status_code, answer.content) == (200, b"content of " + key.encode())
    assert answer.headers["content-type"].startswith("text/plain")
    await storage.delete([key, "never/there"])
    assert await storage.get(key, 100) is None


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("emulated", [True, False])
def test_a_url_leads_back_to_its_key_signed_or_plain(aws: Server, key: str, emulated: bool) -> None:
    storage = Storage(Aws(aws.region, aws.endpoint_url if emulated else None), "bucket", 600)
    plain = storage.location(key)
    assert plain.startswith(f"https://bucket.s3.{aws.region}.amazonaws.com/")
    signed = storage.urls(USER)[plain]
    assert signed
    assert storage.key(plain) == storage.key(signed) == key
    assert storage.plain(signed) == storage.plain(plain) == plain


@pytest.mark.parametrize(
    "url", ["/uploads/old.png", "https://example.com/x.png", "https://other.s3.us-east-1.amazonaws.com/x", ""]
)
def test_other_places_are_left_alone(storage: Storage, url: str) -> None:
    assert storage.urls(USER)[url] == storage.plain(url) == url
    assert storage.key(url) is None


def test_a_signed_url_lasts_as_long_as_it_was_told_and_is_handed_out_again(storage: Storage) -> None:
    first = storage.urls(USER)[storage.location(f"a/{USER}/1")]
    query = parse_qs(urlsplit(first or "").query)
    assert query["X-Amz-Expires"] == ["600"]
    assert storage.urls(USER)[storage.location(f"a/{USER}/1")] == first
    assert storage.urls(USER)[storage.location(f"a/{USER}/2")] != first


def test_of_more_urls_than_are_remembered_each_is_right(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.storage.EACH", 5)
    for user in ("first", "second", "first"):
        urls = storage.urls(user)
        for number in range(12):
            plain = storage.location(f"a/{user}/{number}")
            assert storage.key(urls[plain]) == storage.key(plain)
            assert "X-Amz-Signature" in urls[plain]
            assert storage.urls("another")[plain] == plain
        assert len(urls) == 5


def test_who_has_not_come_for_longest_is_forgotten(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.storage.USERS", 2)
    first, second = storage.urls("first"), storage.urls("second")
    assert storage.urls("first") is first
    assert storage.urls("third") is not second
    assert storage.urls("first") is first
    assert storage.urls("second") is not second


def test_urls_in_an_older_answer_are_signed_anew(storage: Storage) -> None:
    plain, version = storage.location(f"images/{USER}/1.webp"), storage.replaced(f"wishlist/{USER}/2.webp")
    now = storage.urls(USER)
    told = orjson.dumps([now[plain], "é ☕", {"u": now[version]}, plain, "https://x/?X-Amz-Signature=x"])
    old = re.sub(rb"(X-Amz-Signature=)\w+", b"\\g<1>" + b"0" * 64, told.replace(b"=x", b""))
    expected = orjson.loads(told)
    expected[-1] = "https://x/?X-Amz-Signature"
    assert orjson.loads(storage.signed_anew(USER, old)) == expected
    assert storage.signed_anew("bob", old) == orjson.dumps([plain, "é ☕", {"u": version}, plain, expected[-1]])


@pytest.mark.parametrize("key", ["images/bob/1.webp", USER, f"{USER}/1", f"a/b/{USER}/1", f"a/{USER}x/1"])
def test_nobody_gets_a_signature_for_what_is_not_theirs(storage: Storage, key: str) -> None:
    plain = storage.location(key)
    assert storage.urls(USER)[plain] == plain
    assert storage.key_of(USER, plain) is None


@pytest.mark.parametrize("name", ['pl"an.pdf', "two\r\nlines.pdf", "Größe ☕.pdf", "a/b\\c.pdf", "x" * 200])
async def test_a_download_is_saved_under_its_name(storage: Storage, name: str) -> None:
    await storage.put("d", b"%PDF-", "application/pdf")
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        answer = await browser.get(storage.download("d", name))
    disposition = answer.headers["content-disposition"]
    assert (answer.status_code, answer.content) == (200, b"%PDF-")
    assert disposition.startswith('attachment; filename="')
    assert disposition.count('"') == 2
    assert "\n" not in disposition


async def test_a_form_takes_one_key_one_type_and_so_many_bytes(storage: Storage) -> None:
    form = storage.form("uploads/u/1", "image/png", 1000, 600)
    conditions = json.loads(base64.b64decode(form.fields["policy"]))["conditions"]
    assert {"Content-Type": "image/png"} in conditions
    assert ["content-length-range", 1, 1000] in conditions
    assert {"key": "uploads/u/1"} in conditions
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        answer = await browser.post(form.url, data=form.fields, files={"file": ("x.png", b"bytes", "image/png")})
    assert answer.status_code == 204
    assert await storage.get("uploads/u/1", 100) == b"bytes"


async def test_several_objects_are_put_at_once(storage: Storage) -> None:
    await storage.put_all({f"many/{number}": (bytes([number]), "text/plain") for number in range(20)})
    assert await storage.get("many/7", 10) == b"\x07"
    await storage.delete([f"many/{number}" for number in range(20)])


async def test_a_bucket_that_is_away_is_unavailable(aws: Server) -> None:
    clients = Aws(aws.region, f"http://127.0.0.1:{free_port()}")
    away = Storage(clients, "bucket", 600)
    with pytest.raises(Unavailable):
        await away.put("a", b"x", "text/plain")
    with pytest.raises(Unavailable):
        await away.get("a", 1)
    with pytest.raises(Unavailable):
        await away.put_all({"a": (b"x", "text/plain"), "b": (b"x", "text/plain")})
    await clients.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda storage: storage.put("a", bytes(5000), "text/plain"),
        lambda storage: storage.put("a", bytes(10_000_000), "text/plain"),
        lambda storage: storage.get("a", 1),
        lambda storage: storage.delete(["a"]),
        lambda storage: storage.put_all({"a": (b"x", "text/plain"), "b": (b"x", "text/plain")}),
    ],
    ids=["put", "put much", "get", "delete", "put all"],
)
async def test_a_bucket_that_accepts_and_never_answers_is_given_up(
    aws: Server, silent: str, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Storage], Awaitable[Any]]
) -> None:
    monkeypatch.setattr("services.aws.LONGEST", 0.2)
    clients = Aws(aws.region, f"http://{silent}")
    await clients.client("s3")
    with pytest.raises(Unavailable):
        await asyncio.wait_for(ask(Storage(clients, "bucket", 600)), 5)
    await clients.close()
