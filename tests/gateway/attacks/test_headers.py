"""Headers that a request brings, and what it tries to put into those of the answer (OWASP API8:2023)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.gateway.rest.files.conftest import PDF, fetched

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

SPLIT = "x\r\nSet-Cookie: token=evil\r\n\r\n<script>alert(1)</script>"


@pytest.mark.parametrize(
    "identifier", [SPLIT, "a\nb", "a\0b", "\u00e9", "x" * 100_000, "%0d%0aSet-Cookie:x", "${jndi:ldap://x}"]
)
async def test_a_request_id_carries_nothing_into_headers_or_logs(
    raw: Callable[..., Any], capsys: pytest.CaptureFixture[str], identifier: str
) -> None:
    status, headers, body = await raw("GET", "/api/mocs", [(b"x-request-id", identifier.encode())])
    told = dict(headers)[b"x-request-id"].decode()
    assert (status, len(told), json.loads(body)["requestId"]) == (401, 36, told)
    assert b"set-cookie" not in dict(headers)
    assert identifier not in capsys.readouterr().out


@pytest.mark.parametrize(
    "path", [f"/api/{SPLIT}", "/api/mocs/\r\nX-Evil: 1", "/\u2028/", "/api/mocs/%0d%0aX: y", "//evil.example.com/%2f.."]
)
async def test_a_path_is_told_as_text_and_leads_nowhere_else(raw: Callable[..., Any], path: str) -> None:
    status, headers, body = await raw("GET", path)
    assert status in (401, 404)
    assert json.loads(body)["success"] is False
    assert not {b"location", b"set-cookie", b"x-evil"} & {name.lower() for name, _ in headers}
    assert not any(sign in value for _, value in headers for sign in (b"\r", b"\n"))
    assert dict(headers)[b"content-type"] == b"application/json"


@pytest.mark.parametrize(
    "name", [f'{SPLIT}".pdf', "a\r\nX-Evil: 1.pdf", 'a";filename=evil.exe;x=".pdf', "\u202egpj.exe.pdf", "a\u2028b.pdf"]
)
async def test_a_name_of_a_file_stays_one_name_in_the_answer_that_saves_it(
    alice: httpx.AsyncClient, create: Callable[..., Any], bucket: Callable[[], set[str]], name: str
) -> None:
    moc = await create()
    sent = {"files": (name, PDF, "application/pdf")}
    answer = await alice.post(f"/api/mocs/{moc['id']}/files", data={"fileType": "instruction"}, files=sent)
    assert answer.status_code in (200, 201), answer.text
    (key,) = bucket()
    assert key.isascii()
    assert key.isprintable()
    files = (await alice.get(f"/api/mocs/{moc['id']}")).json()["data"]["files"]
    path = f"/api/mocs/{moc['id']}/files/{files[0]['id']}/download"
    led = await alice.get(path)
    assert led.status_code == 302
    assert "\n" not in led.headers["location"]
    (disposition,) = parse_qs(urlsplit(led.headers["location"]).query)["response-content-disposition"]
    assert disposition.isascii()
    assert disposition.isprintable()
    assert disposition.count('"') == 2
    assert unquote(disposition.partition("filename*=UTF-8''")[2]) == files[0]["originalFilename"]
    headers = (await fetched(led.headers["location"])).headers
    assert headers["content-disposition"].startswith('attachment; filename="')
    assert "x-evil" not in headers
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "header",
    [
        ("host", "evil.example.com"),
        ("host", "evil.example.com:80@api.example.com"),
        ("host", ""),
        ("x-forwarded-host", "evil.example.com"),
        ("x-original-url", "/api/users/x"),
        ("x-rewrite-url", "/api/users/x"),
        ("forwarded", "host=evil.example.com"),
    ],
)
async def test_the_name_of_the_host_is_in_no_answer(raw: Callable[..., Any], header: tuple[str, str]) -> None:
    sent = [(name.encode(), value.encode()) for name, value in (header,)]
    for path in ("/api/mocs", "/openapi.json", "/docs", "/nothing", "/api/csrf"):
        _, headers, body = await raw("GET", path, sent)
        assert b"evil.example.com" not in body
        assert not any(b"evil.example.com" in value for _, value in headers)
        assert b"location" not in dict(headers)


async def test_headers_of_any_size_and_number_are_read_or_refused(
    raw: Callable[..., Any], token: Callable[[str], str]
) -> None:
    bearer = (b"authorization", f"Bearer {token('alice')}".encode())
    for more in (
        [(b"accept", b"," * 100_000)],
        [(b"if-none-match", b'"x",' * 50_000)],
        [(b"cookie", b"a=b;" * 20_000)],
        [(b"x-many", b"x")] * 5_000,
        [(b"accept-encoding", b"\xff\xfe")],
        [(b"content-length", b"-1")],
        [(b"content-length", "\u0664".encode())],
    ):
        status, _, _ = await raw("GET", "/api/mocs", [bearer, *more])
        assert status == 200, more[0]
