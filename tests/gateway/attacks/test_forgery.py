"""Requests that a foreign page makes a signed-in browser send (FR7; OWASP: CSRF Prevention). More: tests/gateway/test_edge.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.gateway.attacks.conftest import FRONTEND

if TYPE_CHECKING:
    import httpx

MOC = {"type": "moc", "title": "Windmill", "author": "Mallory", "partsCount": 1}
MUTATION = {"query": 'mutation { createAlbum(input: {title: "Stolen"}) { id } }'}
EVIL = "https://evil.example.com"
# What a page can send without being asked for permission: the three media types of forms, and none at all.
SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None)


async def everything(victim: httpx.AsyncClient) -> tuple[int, int]:
    """How many MOCs and albums alice has."""
    mocs, albums = (await victim.get("/api/mocs")).json(), (await victim.get("/api/albums")).json()
    return mocs["total"], albums["total"]


@pytest.mark.parametrize("media_type", SIMPLE)
@pytest.mark.parametrize("origin", [EVIL, "null", f"{FRONTEND}.evil.example.com", "http://app.example.com", None])
async def test_a_form_of_a_foreign_page_writes_nothing(
    victim: httpx.AsyncClient, origin: str | None, media_type: str | None
) -> None:
    headers = {name: text for name, text in (("origin", origin), ("content-type", media_type)) if text}
    content = b'{"type":"moc","title":"Windmill","author":"Mallory","partsCount":1,"x":"="}'
    rest = await victim.post("/api/mocs", content=content, headers=headers)
    assert (rest.status_code, rest.json()["code"]) in ((403, "INVALID_ORIGIN"), (403, "CSRF_FAILED"))
    graphql = await victim.post("/graphql", json=MUTATION, headers={**headers, "content-type": "text/plain"})
    assert graphql.status_code == 415
    assert await everything(victim) == (0, 0)


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "", "https://app.example.com@evil.example.com", "app.example.com", "http://[::1"]
)
async def test_a_script_of_a_foreign_page_writes_nothing_even_with_a_token(
    victim: httpx.AsyncClient, origin: str
) -> None:
    csrf = {"x-csrf-token": (await victim.get("/api/csrf")).json()["token"], "origin": origin}
    if origin == "":
        csrf |= {"referer": f"{EVIL}/{FRONTEND}"}
    rest = await victim.post("/api/mocs", json=MOC, headers=csrf)
    graphql = await victim.post("/graphql", json=MUTATION, headers=csrf)
    for answer in (rest, graphql):
        assert (answer.status_code, answer.json()["code"]) == (403, "INVALID_ORIGIN")
        assert "access-control-allow-origin" not in answer.headers
    assert await everything(victim) == (0, 0)


async def test_a_mutation_by_get_or_under_another_method_writes_nothing(victim: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
        answer = await victim.request(method, f"/graphql?{urlencode(MUTATION)}")
        assert answer.status_code in (403, 405) or method == "OPTIONS"
    assert await everything(victim) == (0, 0)


async def test_tossed_cookies_open_nothing(victim: httpx.AsyncClient) -> None:
    """A neighbouring subdomain may set cookies for this one, and knows what it has set; headers it cannot send."""
    own = (await victim.get("/api/csrf")).json()["token"]
    session, known = victim.cookies["token"], "1" * 64
    victim.cookies.clear()
    for cookies, header in (
        (f"XSRF-TOKEN={known}", None),
        (f"XSRF-TOKEN={known}; XSRF-TOKEN={own}", None),
        (f"XSRF-TOKEN={own}; XSRF-TOKEN={known}", own),  # whoever tosses one can lock out, and not get in
        (f"XSRF-TOKEN={known}; XSRF-TOKEN={own}", known),
        (f"XSRF-TOKEN={known}; XSRF-TOKEN={known}", own),
        ("XSRF-TOKEN=", ""),
        ("XSRF-TOKEN", ""),
        (f"xsrf-token={known}", known),
        (f"XSRF-TOKEN={own}", own.upper() + "x"),
        ("", own),
    ):
        sent = {"cookie": f"token={session}; {cookies}"} | ({} if header is None else {"x-csrf-token": header})
        for path, body in (("/api/mocs", MOC), ("/graphql", MUTATION)):
            answer = await victim.post(path, json=body, headers=sent)
            assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_FAILED"), cookies
    sent = {"cookie": f"token={session}; XSRF-TOKEN={own}", "x-csrf-token": own}
    assert (await victim.post("/api/mocs", json=MOC, headers=sent)).status_code == 201


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_no_header_and_no_field_changes_the_method(alice: httpx.AsyncClient, create: Any, name: str) -> None:
    moc = await create()
    path = f"/api/mocs/{moc['id']}"
    assert (await alice.get(path, headers={name: "DELETE"})).status_code == 200
    assert (await alice.get(f"{path}?_method=DELETE", headers={name: "PATCH"})).status_code == 200
    assert (await alice.post(path, json={"_method": "DELETE"}, headers={name: "DELETE"})).status_code == 405
    assert (await alice.get(path)).json()["data"]["title"] == "Windmill"


@pytest.mark.parametrize("path", ["/api/mocs", "/graphql?query={mocs{total}}", "/health"])
async def test_a_foreign_page_reads_nothing(victim: httpx.AsyncClient, path: str) -> None:
    for origin in (EVIL, "null", f"{FRONTEND}.evil.example.com"):
        answer = await victim.get(path, headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers
        asked = {"origin": origin, "access-control-request-method": "DELETE"}
        assert "access-control-allow-origin" not in (await victim.options(path, headers=asked)).headers
