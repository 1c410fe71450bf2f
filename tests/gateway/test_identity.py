"""Who is calling (FR9; contract section 5): real sign-ins, and every token that must not pass."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.dev.process import free_port
from gateway.errors import Problem
from gateway.identity import KNOWN_TOKENS, KeySet, Verifier
from resolvers.errors import Unauthorized
from tests.gateway.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.dev.aws import Aws
    from settings import Settings

STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims(settings: Settings, **changes: Any) -> dict[str, Any]:
    """The claims of an access token of this pool; None removes one."""
    made = {
        "iss": settings.issuer,
        "sub": "a1111111-1111-4111-8111-111111111111",
        "client_id": settings.cognito_client_id[0],
        "token_use": "access",
        "exp": time.time() + 600,
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


@pytest.mark.prd("2.1.8")
async def test_an_access_token_and_an_id_token_of_a_real_sign_in_pass(
    anonymous: httpx.AsyncClient, aws: Aws, token: Callable[[str], str]
) -> None:
    answer = await anonymous.get("/api/mocs", headers={"authorization": f"bearer  {token('alice')}"})
    assert answer.status_code == 200
    password = {"USERNAME": "alice@example.com", "PASSWORD": aws.users["alice"].password}
    tokens = aws.client("cognito-idp").initiate_auth(
        ClientId=aws.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=password
    )["AuthenticationResult"]
    answer = await anonymous.get("/api/mocs", headers={"authorization": f"Bearer {tokens['IdToken']}"})
    assert answer.status_code == 200


async def test_the_cookie_wins_over_bearer(
    anonymous: httpx.AsyncClient, token: Callable[[str], str], create: Callable[..., Any]
) -> None:
    await create()
    anonymous.cookies.set("token", token("alice"))
    answer = await anonymous.get("/api/mocs", headers={"authorization": f"Bearer {token('bob')}"})
    assert answer.json()["total"] == 1
    anonymous.cookies.set("token", "broken")
    answer = await anonymous.get("/api/mocs", headers={"authorization": f"Bearer {token('bob')}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
async def test_a_header_without_a_bearer_token_names_nobody(anonymous: httpx.AsyncClient, header: str) -> None:
    answer = await anonymous.get("/api/mocs", headers={"authorization": header})
    assert (answer.status_code, answer.json()["message"]) == (401, "No authentication token provided")


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unsigned(header: dict[str, Any], payload: dict[str, Any]) -> str:
    return ".".join([*(_encoded(json.dumps(part).encode()) for part in (header, payload)), ""])


@pytest.mark.prd("2.1.8")
async def test_forged_tokens_are_refused(anonymous: httpx.AsyncClient, settings: Settings, aws: Aws) -> None:
    async with httpx.AsyncClient() as attacker:
        (key,) = (await attacker.get(settings.jwks_url)).json()["keys"]
    public = jwt.PyJWK(key).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    # An HMAC whose secret is the public key: what a verifier that trusts the header's algorithm would accept.
    signed = ".".join(_unsigned({"alg": "HS256", "kid": key["kid"]}, claims(settings)).split(".")[:2])
    confused = f"{signed}.{_encoded(hmac.digest(public, signed.encode(), 'sha256'))}"
    forged = {
        "no JWT": "not-a-jwt",
        "none": _unsigned({"alg": "none", "kid": key["kid"]}, claims(settings)),
        "confusion": confused,
        "stranger's key": jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": key["kid"]}),
        "unknown key": jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": "other"}),
        "no key": jwt.encode(claims(settings), STRANGER, "RS256"),
        "key path": jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": "../../etc/passwd"}),
        "cut off": aws.token("alice")[:-10],
        "changed": "x".join(aws.token("alice").rsplit("a", 1)),
    }
    for name, token in forged.items():
        answer = await anonymous.get("/api/mocs", headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED"), name


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool() as running:
        yield running


@pytest.fixture
def verifier(pool: Pool, settings: Settings) -> Verifier:
    return Verifier(settings, KeySet(pool.url, cooldown=0.2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exp": 1_000_000_000}, "Token expired: sign in again"),
        (
            {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"},
            "Invalid token: issued by another user pool",
        ),
        ({"client_id": "another"}, "Invalid token: issued to another client"),
        ({"client_id": None, "aud": "another", "token_use": "id"}, "Invalid token: issued to another client"),
        ({"token_use": "refresh"}, "Invalid token: issued to another client"),
        ({"token_use": None}, "Invalid token: without the claim token_use"),
        ({"exp": None}, "Invalid token: without the claim exp"),
        ({"sub": None}, "Token missing user ID: no claim sub"),
        ({"sub": ""}, "Token missing user ID: no claim sub"),
        ({"sub": 5}, "Invalid token: malformed or forged"),
    ],
)
async def test_a_signed_token_with_wrong_claims_is_refused(
    verifier: Verifier, pool: Pool, settings: Settings, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(Unauthorized) as refused:
        await verifier.verify(pool.sign(claims(settings, **changes)))
    assert refused.value.message == message


async def test_a_known_token_costs_no_signature_check_and_ends_with_its_time(
    verifier: Verifier, pool: Pool, settings: Settings
) -> None:
    token = pool.sign(claims(settings, exp=time.time() + 1.5))
    caller = await verifier.verify(token)
    assert caller.id == "a1111111-1111-4111-8111-111111111111"
    assert await verifier.verify(token) is caller
    await asyncio.sleep(1.6)
    with pytest.raises(Unauthorized):
        await verifier.verify(token)


async def test_only_so_many_tokens_are_remembered(verifier: Verifier, pool: Pool, settings: Settings) -> None:
    first = pool.sign(claims(settings, sub="first"))
    caller = await verifier.verify(first)
    for number in range(KNOWN_TOKENS):
        verifier.remember(f"token {number}", time.time() + 600, caller)
    assert await verifier.verify(first) is not caller


async def test_keys_are_fetched_once_and_again_for_a_rotated_key(
    verifier: Verifier, pool: Pool, settings: Settings
) -> None:
    for number in range(5):
        await verifier.verify(pool.sign(claims(settings, sub=f"user-{number}")))
    assert pool.fetched == 1
    pool.rotate("second")
    await asyncio.sleep(0.25)
    caller = await verifier.verify(pool.sign(claims(settings, sub="rotated"), "second"))
    assert (caller.id, pool.fetched) == ("rotated", 2)


async def test_invented_key_ids_do_not_make_the_pool_work(pool: Pool, settings: Settings) -> None:
    verifier = Verifier(settings, KeySet(pool.url))
    for number in range(50):
        token = jwt.encode(claims(settings), STRANGER, "RS256", headers={"kid": f"invented-{number}"})
        with pytest.raises(Unauthorized):
            await verifier.verify(token)
    assert pool.fetched == 1


async def test_concurrent_callers_fetch_the_keys_once(pool: Pool, settings: Settings) -> None:
    verifier = Verifier(settings, KeySet(pool.url))
    tokens = [pool.sign(claims(settings, sub=f"user-{number}")) for number in range(20)]
    callers = await asyncio.gather(*map(verifier.verify, tokens))
    assert ([caller.id for caller in callers], pool.fetched) == ([f"user-{number}" for number in range(20)], 1)


async def test_a_pool_that_does_not_answer_is_no_fault_of_the_token(pool: Pool, settings: Settings) -> None:
    verifier = Verifier(settings, KeySet(f"http://127.0.0.1:{free_port()}/jwks.json"))
    with pytest.raises(Problem) as unavailable:
        await verifier.verify(pool.sign(claims(settings)))
    assert (unavailable.value.status, unavailable.value.code) == (503, "SERVICE_UNAVAILABLE")
