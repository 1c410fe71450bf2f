"""Avatars, in the bucket and in the user pool (PRD 4.4, 4.5)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from gateway.dev.process import free_port
from tests.gateway.rest.uploads.conftest import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.dev.aws import Aws


@pytest.fixture
def mine(aws: Aws) -> Iterator[str]:
    """The path of alice's avatar; she has none before and after."""
    sub = aws.users["alice"].sub
    yield f"/api/users/{sub}/avatar"
    aws.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=aws.pool_id, Username=sub, UserAttributes=[{"Name": "picture", "Value": ""}]
    )


def known(aws: Aws) -> str | None:
    """What the user pool says of alice's picture."""
    user = aws.client("cognito-idp").admin_get_user(UserPoolId=aws.pool_id, Username=aws.users["alice"].sub)
    return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}.get("picture") or None


def form(content: bytes, name: str = "me.png") -> dict[str, Any]:
    return {"avatar": (name, content, "image/png")}


@pytest.mark.prd("4.4.1")
@pytest.mark.prd("4.4.3")
@pytest.mark.prd("4.4.4")
@pytest.mark.prd("4.4.5")
@pytest.mark.prd("4.4.6")
@pytest.mark.prd("4.4.9")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
async def test_an_avatar_is_square_and_takes_the_place_of_the_last(
    alice: httpx.AsyncClient, aws: Aws, mine: str, bucket: Callable[[], set[str]], kind: str
) -> None:
    key = f"avatars/{aws.users['alice'].sub}/avatar.webp"
    urls = set()
    for size in ((900, 600), (256, 300)):
        answer = await alice.post(mine, files=form(picture(kind, size)))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert set(body["data"]) == {"avatarUrl"}
        assert body["avatarUrl"] == body["data"]["avatarUrl"]
        async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
            shown = await browser.get(body["avatarUrl"])
        image = Image.open(BytesIO(shown.content))
        assert (image.size, image.format) == ((256, 256), "WEBP")
        assert bucket() == {key}
        urls.add(body["avatarUrl"])
    assert len(urls) == 2, "pages go on showing the old picture under the old URL"
    assert (known(aws) or "").startswith(f"https://{aws.bucket}.s3.{aws.region}.amazonaws.com/{key}?x-version=")
    assert "X-Amz-Signature" in (await alice.get(mine.removesuffix("/avatar"))).json()["data"]["avatarUrl"]


@pytest.mark.prd("4.4.2")
@pytest.mark.prd("4.4.10")
@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.4\n%%EOF", b"text", picture("WEBP"), picture() + bytes(2 * 1024 * 1024), picture("JPEG")[:200], b""],
    ids=["PDF", "text", "WebP", "too large", "cut off", "empty"],
)
async def test_other_files_are_400_and_change_nothing(
    alice: httpx.AsyncClient, aws: Aws, mine: str, bucket: Callable[[], set[str]], content: bytes
) -> None:
    answer = await alice.post(mine, files=form(content))
    assert (answer.status_code, answer.json()["code"]) == (400, "FILE_ERROR")
    assert (bucket(), known(aws)) == (set(), None)


@pytest.mark.prd("4.4.10")
@pytest.mark.prd("4.5.3")
@pytest.mark.prd("4.5.6")
async def test_only_ones_own(
    alice: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    anonymous: httpx.AsyncClient,
    aws: Aws,
    mine: str,
    bucket: Callable[[], set[str]],
) -> None:
    assert (await alice.post(mine, files=form(picture()))).status_code == 200
    before = known(aws)
    for answer in (
        await bob.post(mine, files=form(picture())),
        await bob.post(mine, files=form(b"text")),
        await bob.post(mine, files={"x": (None, "y")}),
        await bob.delete(mine),
        await bob.delete("/api/users/nobody/avatar"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert (await anonymous.post(mine, files=form(picture()))).status_code == 401
    answer = await alice.post(mine, files={"x": (None, "y")})
    assert (answer.status_code, answer.json()["message"]) == (400, "avatar: is required")
    assert (len(bucket()), known(aws)) == (1, before)


@pytest.mark.prd("4.5.1")
@pytest.mark.prd("4.5.2")
@pytest.mark.prd("4.5.5")
@pytest.mark.prd("4.5.7")
async def test_removal_succeeds_with_and_without_one(
    alice: httpx.AsyncClient, aws: Aws, mine: str, bucket: Callable[[], set[str]]
) -> None:
    await alice.post(mine, files=form(picture()))
    for _ in range(2):
        answer = await alice.delete(mine)
        assert (answer.status_code, answer.json()["success"], answer.json()["message"]) == (200, True, "Avatar removed")
        assert (bucket(), known(aws)) == (set(), None)
    assert (await alice.get(mine.removesuffix("/avatar"))).json()["data"]["avatarUrl"] is None
    await alice.post(mine, files=form(picture()))
    assert len(bucket()) == 1


async def test_by_an_upload_straight_to_the_bucket(
    alice: httpx.AsyncClient, mine: str, bucket: Callable[[], set[str]], work: Callable[[], Any]
) -> None:
    body = {"kind": "avatar", "filename": "me.png", "contentType": "image/png", "size": 100_000}
    upload = (await alice.post("/api/uploads", json=body)).json()["data"]
    async with httpx.AsyncClient(trust_env=False, timeout=60) as browser:
        await browser.post(upload["url"], data=upload["fields"], files={"file": ("f", picture(), "image/png")})
    answer = await alice.post(mine, json={"uploadId": upload["uploadId"]})
    assert answer.status_code == 200, answer.text
    assert (await alice.post(mine, json={"uploadId": upload["uploadId"]})).status_code == 409
    await work()
    assert {key.partition("/")[0] for key in bucket()} == {"avatars"}


async def test_what_was_not_stored_is_not_told_as_done(
    alice: httpx.AsyncClient, process: Callable[..., httpx.AsyncClient], mine: str
) -> None:
    once = {"Idempotency-Key": "avatar"}
    away = process(aws_endpoint_url_s3=f"http://127.0.0.1:{free_port()}")
    refused = await away.post(mine, files=form(picture()), headers=once)
    assert (refused.status_code, refused.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "presigned URL with POST /api/uploads" in refused.json()["message"]
    assert (await alice.post(mine, files=form(picture()), headers=once)).status_code == 200
    again = await alice.post(mine, files=form(picture()), headers=once)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
