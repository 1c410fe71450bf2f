"""Tokens that are forged, borrowed, out of their time, or outrageous (OWASP API2:2023; RFC 8725). More: tests/gateway/test_identity.py."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway import identity
from gateway.errors import Problem
from gateway.identity import KeySet, Verifier
from gateway.rest import ROUTES
from resolvers.errors import Unauthorized
from tests.gateway.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from settings import Settings

ERROR = {"success", "statusCode", "code", "message", "error", "requestId", "timestamp"}  # of every route
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims(settings: Settings, **changes: Any) -> dict[str, Any]:
    """The claims of an access token of this pool."""
    client = settings.cognito_client_id[0]
    made = {"iss": settings.issuer, "sub": "mallory", "client_id": client, "token_use": "access"}
    return {**made, "exp": time.time() + 600, **changes}


def part(value: Any) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@pytest.fixture
def own_pool() -> Iterator[Pool]:
    with Pool() as running:
        yield running


@pytest.fixture
def verifier(own_pool: Pool, settings: Settings) -> Verifier:
    return Verifier(settings, KeySet(own_pool.url))


@pytest.mark.parametrize(
    "key_id",
    [
        "../../../dev/null",
        "first' OR '1'='1",
        "first\0",
        "k" * 100_000,
        "http://127.0.0.1/keys.json",
        "__class__",
        "First",
        "",
    ],
)
async def test_a_key_id_only_ever_names_a_key_of_the_pool(verifier: Verifier, settings: Settings, key_id: str) -> None:
    token = jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": key_id})
    with pytest.raises(Unauthorized) as refused:
        await verifier.verify(token)
    assert refused.value.message == "Invalid token: its key is not one of the user pool's"


@pytest.mark.parametrize("key_id", [None, 5, 1e400, True, ["first"], {"first": "first"}])
async def test_a_key_id_that_is_no_text_names_nothing(verifier: Verifier, settings: Settings, key_id: Any) -> None:
    token = f"{part({'alg': 'RS256', 'kid': key_id})}.{part(claims(settings))}.{part(b'x' * 256)}"
    with pytest.raises(Unauthorized):
        await verifier.verify(token)


async def test_keys_that_a_token_brings_along_or_points_to_are_not_looked_at(
    verifier: Verifier, own_pool: Pool, settings: Settings
) -> None:
    with Pool() as theirs:
        theirs.keys["first"] = STRANGER
        own = json.loads(theirs.document())["keys"][0]
        for header in ({"jku": theirs.url}, {"x5u": theirs.url}, {"jwk": own}, {"x5c": ["MIIB"]}):
            token = jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": "first", **header})
            with pytest.raises(Unauthorized) as refused:
                await verifier.verify(token)
            assert refused.value.message == "Invalid token: malformed or forged"
        assert theirs.fetched == 0
    good = jwt.encode(claims(settings), own_pool.keys["first"], "RS256", headers={"kid": "first", "jku": "http://x/"})
    assert (await verifier.verify(good)).id == "mallory"


async def test_of_names_that_stand_twice_checker_and_reader_see_the_same_one(
    verifier: Verifier, own_pool: Pool, settings: Settings
) -> None:
    for header in (b'{"alg":"none","alg":"RS256","kid":"first"}', b'{"alg":"RS256","alg":"none","kid":"first"}'):
        with pytest.raises(Unauthorized):
            await verifier.verify(f"{part(header)}.{part(claims(settings))}.")
    expired = json.dumps(claims(settings))[:-1] + f', "exp": {time.time() - 60}}}'
    signed = f"{part({'alg': 'RS256', 'kid': 'first'})}.{part(expired.encode())}"
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    with pytest.raises(Unauthorized) as refused:
        await verifier.verify(f"{signed}.{part(algorithm.sign(signed.encode(), own_pool.keys['first']))}")
    assert refused.value.message == "Token expired: sign in again"


@pytest.mark.parametrize(
    ("seconds", "name", "passes"),
    [
        (-1, "exp", False),
        (30, "exp", True),
        (3600, "iat", True),  # the pool's clock is ahead of ours
        (-1, "nbf", True),
        (60, "nbf", False),
    ],
)
async def test_only_the_times_between_which_a_token_holds_count(
    verifier: Verifier, own_pool: Pool, settings: Settings, seconds: int, name: str, passes: bool
) -> None:
    token = own_pool.sign(claims(settings, **{name: time.time() + seconds}))
    if passes:
        assert (await verifier.verify(token)).id == "mallory"
    else:
        with pytest.raises(Unauthorized):
            await verifier.verify(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"token_use": "id"},  # an id token names its client in `aud`
        {"client_id": ["brickgate"]},
        {"client_id": ""},
        {"iss": ""},
        {"token_use": "Access"},
        {"sub": ["mallory"]},
    ],
)
async def test_a_use_and_a_client_belong_together(
    verifier: Verifier, own_pool: Pool, settings: Settings, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthorized):
        await verifier.verify(own_pool.sign(claims(settings, **changes)))


@pytest.mark.prd("3.1.3")
@pytest.mark.prd("2.1.2")
@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
async def test_no_route_lets_anybody_in_without_a_token_of_the_pool(
    anonymous: httpx.AsyncClient, settings: Settings, path: str
) -> None:
    """The application is the authorizer of all routes: API Gateway's reads no cookie."""
    stranger = jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": "first"})
    where = path.replace("{", "").replace("}", "")
    for method in sorted({method for route in ROUTES if route.path == path for method in route.methods}):
        for headers in ({}, {"authorization": f"Bearer {stranger}"}, {"cookie": f"token={stranger}"}):
            answer = await anonymous.request(method, where, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED"), method
            assert set(answer.json()) == ERROR


async def test_a_token_however_large_is_one_short_refusal(anonymous: httpx.AsyncClient) -> None:
    nested = b"[" * 50_000
    for token in (
        "x" * 100_000,
        f"{part({'alg': 'x' * 80_000})}.e30.",
        f"{part(nested)}.{part(nested)}.",
        "." * 50_000,
    ):
        answer = await anonymous.get("/api/mocs", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
        assert len(answer.content) < 600


class Broken:
    """A server of keys that answers each request as it is told, or never comes to an end."""

    def __init__(self, answer: bytes | None, status: int = 200) -> None:
        self.asked = 0
        self.answer = answer
        self._ended = threading.Event()
        broken = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                broken.asked += 1
                self.send_response(status)
                self.end_headers()
                if broken.answer is not None:
                    self.wfile.write(broken.answer)
                    return
                while not broken._ended.wait(0.1):  # a byte now and then, so that no read waits for long
                    self.wfile.write(b" ")
                    self.wfile.flush()

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"<html>busy</html>", 200),
        (b"", 200),
        (b"[]", 200),
        (b'{"keys": []}', 200),
        (b'{"keys": 5}', 200),
        (b'{"keys": [{"kty": "RSA", "kid": "first", "n": "!", "e": "!"}]}', 200),
        (b"\xff\xfe", 200),
        (b"[" * 100_000, 200),
        (b"{}", 500),
        (b"{}", 302),
        (None, 200),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_a_pool_that_gives_no_keys_is_503_and_asked_once(
    own_pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch, answer: bytes | None, status: int
) -> None:
    monkeypatch.setattr(identity, "KEY_TIMEOUT", 0.5)
    server = Broken(answer, status)
    verifier = Verifier(settings, KeySet(server.url))
    tokens = [own_pool.sign(claims(settings, sub=f"user-{number}")) for number in range(20)]
    try:
        began = time.monotonic()
        refusals = await asyncio.gather(*map(verifier.verify, tokens), return_exceptions=True)
        took = time.monotonic() - began
    finally:
        server.close()
    assert {(refusal.status, refusal.code) for refusal in refusals if isinstance(refusal, Problem)} == {
        (503, "SERVICE_UNAVAILABLE")
    }
    assert len(refusals) == 20
    assert all(isinstance(refusal, Problem) for refusal in refusals)
    assert server.asked == 1
    assert took < 5, "they wait for one answer together, not one after another"


async def test_a_pool_that_comes_back_is_asked_again(own_pool: Pool, settings: Settings) -> None:
    server = Broken(b"busy")
    verifier = Verifier(settings, KeySet(server.url, cooldown=0.1))
    token = own_pool.sign(claims(settings))
    with pytest.raises(Problem):
        await verifier.verify(token)
    server.answer = own_pool.document()
    await asyncio.sleep(0.15)
    assert (await verifier.verify(token)).id == "mallory"
    server.close()


async def test_users_whose_key_is_known_go_on_while_the_pool_is_away(own_pool: Pool, settings: Settings) -> None:
    server = Broken(own_pool.document())
    verifier = Verifier(settings, KeySet(server.url, cooldown=0))
    await verifier.verify(own_pool.sign(claims(settings)))
    server.answer = b"busy"
    with pytest.raises(Problem):
        await verifier.verify(jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": "invented"}))
    server.close()
    assert (await verifier.verify(own_pool.sign(claims(settings, sub="another")))).id == "another"


async def test_a_token_anywhere_else_than_in_cookie_or_bearer_names_nobody(
    anonymous: httpx.AsyncClient, token: Callable[[str], str]
) -> None:
    access = token("alice")
    for path, headers in (
        (f"/api/mocs?access_token={access}", {}),
        (f"/api/mocs?token={access}", {}),
        ("/api/mocs", {"x-authorization": f"Bearer {access}"}),
        ("/api/mocs", {"x-amzn-oidc-data": access}),
        ("/api/mocs", {"x-user-id": "a1111111-1111-4111-8111-111111111111"}),
        ("/api/mocs", {"authorization": access}),
        ("/api/mocs", {"authorization": f"Basic {part(access.encode())}"}),
    ):
        answer = await anonymous.get(path, headers=headers)
        assert (answer.status_code, answer.json()["message"]) == (401, "No authentication token provided")
