"""Profiles over REST and GraphQL, with an emulated Cognito asked over the wire (PRD 4.1, 4.2, 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis

from gateway.dev.process import free_port
from tests.gateway.pool import BROKEN, THROTTLED

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws
    from settings import Settings
    from tests.gateway.pool import Pool

NOBODY = "00000000-0000-4000-8000-00000000dead"
READ, WRITE = "AdminGetUser", "AdminUpdateUserAttributes"


pytestmark = pytest.mark.usefixtures("names_as_they_were")


async def test_a_profile_without_anything(alice: httpx.AsyncClient, aws: Aws, mine: str) -> None:
    answer = await alice.get(mine)
    assert answer.status_code == 200
    assert answer.json()["data"] == {
        "id": aws.users["alice"].sub,
        "email": "alice@example.com",
        "name": "Alice Brick",
        "avatarUrl": None,
        "stats": {"mocs": 0, "images": 0, "wishlistItems": 0},
    }


@pytest.mark.prd("4.2.1")
@pytest.mark.prd("4.2.3")
@pytest.mark.prd("4.1.4")
@pytest.mark.prd("4.1.7")
async def test_attributes_come_from_the_user_pool(alice: httpx.AsyncClient, aws: Aws, pool: Pool, mine: str) -> None:
    picture = {"Name": "picture", "Value": "https://example.com/a.webp"}
    cognito = aws.client("cognito-idp")
    sub = aws.users["alice"].sub
    cognito.admin_update_user_attributes(UserPoolId=aws.pool_id, Username=sub, UserAttributes=[picture])
    data = (await alice.get(mine)).json()["data"]
    assert pool.asked == [READ]
    assert (data["id"], data["email"], data["name"], data["avatarUrl"]) == (
        sub,
        "alice@example.com",
        "Alice Brick",
        "https://example.com/a.webp",
    )
    cognito.admin_delete_user_attributes(UserPoolId=aws.pool_id, Username=sub, UserAttributeNames=["picture"])


async def fill(database: asyncpg.Connection[asyncpg.Record], user_id: str, *counts: int) -> None:
    mocs, images, wishes = counts
    await database.execute(
        "INSERT INTO moc_instructions (user_id, title, type) SELECT $1, 'M' || n, 'moc' FROM generate_series(1, $2::int) n",
        user_id,
        mocs,
    )
    await database.execute(
        "INSERT INTO gallery_images (user_id, title, image_url) SELECT $1, 'I', 'u' FROM generate_series(1, $2::int)",
        user_id,
        images,
    )
    await database.execute(
        "INSERT INTO wishlist_items (user_id, title, sort_order) SELECT $1, 'W', '1' FROM generate_series(1, $2::int)",
        user_id,
        wishes,
    )


@pytest.mark.prd("4.2.4")
@pytest.mark.prd("4.2.6")
async def test_what_is_mine_is_counted_in_one_statement(
    alice: httpx.AsyncClient,
    aws: Aws,
    mine: str,
    database: asyncpg.Connection[asyncpg.Record],
    statements: Callable[[], Any],
) -> None:
    await fill(database, aws.users["alice"].sub, 3, 5, 2)
    await fill(database, aws.users["bob"].sub, 7, 7, 7)
    body = (await alice.get(mine)).json()
    assert body["success"] is True
    assert set(body["data"]) == {"id", "email", "name", "avatarUrl", "stats"}
    assert body["data"]["stats"] == {"mocs": 3, "images": 5, "wishlistItems": 2}
    assert len(await statements()) == 1


@pytest.mark.prd("4.2.2")
@pytest.mark.prd("4.2.7")
@pytest.mark.prd("4.1.3")
@pytest.mark.parametrize("other", ["bob", NOBODY, "nobody", "68c6461c0000000000000c01"])
async def test_any_other_profile_is_forbidden_whether_it_exists_or_not(
    alice: httpx.AsyncClient, aws: Aws, pool: Pool, other: str
) -> None:
    path = f"/api/users/{aws.users[other].sub if other in aws.users else other}"
    for answer in (
        await alice.get(path),
        await alice.patch(path, json={"name": "Mallory"}),
        await alice.patch(path, json={"name": "!"}),
        await alice.patch(path, json={"name": 5}),
        await alice.put(path, json=["no object"]),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        assert "bob" not in answer.text.lower()
    assert pool.asked == []


@pytest.mark.prd("4.2.8")
async def test_a_caller_whom_the_pool_does_not_know_any_more(client_of: Callable[[str], httpx.AsyncClient]) -> None:
    async with client_of(NOBODY) as nobody:
        for answer in (
            await nobody.get(f"/api/users/{NOBODY}"),
            await nobody.patch(f"/api/users/{NOBODY}", json={"name": "No Body"}),
            await nobody.patch(f"/api/users/{NOBODY}", json={"name": "!"}),
            await nobody.patch(f"/api/users/{NOBODY}", json={"name": 5}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_nobody_has_no_profile(anonymous: httpx.AsyncClient, mine: str) -> None:
    assert (await anonymous.get(mine)).status_code == 401
    assert (await anonymous.patch(mine, json={"name": "x"})).status_code == 401


@pytest.mark.prd("4.3.1")
@pytest.mark.prd("4.3.3")
@pytest.mark.prd("4.3.6")
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_the_name_changes_in_the_user_pool(
    alice: httpx.AsyncClient, aws: Aws, pool: Pool, mine: str, method: str
) -> None:
    answer = await alice.request(method, mine, json={"name": "Alice B", "email": "x@y.z", "picture": "p", "sub": "s"})
    assert answer.status_code == 200
    assert pool.asked == [READ, WRITE]
    body = answer.json()
    assert (body["success"], body["data"]["name"], body["data"]["email"]) == (True, "Alice B", "alice@example.com")
    known = aws.client("cognito-idp").admin_get_user(UserPoolId=aws.pool_id, Username=aws.users["alice"].sub)
    attributes = {attribute["Name"]: attribute["Value"] for attribute in known["UserAttributes"]}
    assert (attributes["name"], attributes["email"], "picture" in attributes) == ("Alice B", "alice@example.com", False)
    assert (await alice.get(mine)).json()["data"] == body["data"]


async def test_an_empty_change_changes_nothing(alice: httpx.AsyncClient, pool: Pool, mine: str) -> None:
    assert (await alice.patch(mine, json={})).json()["data"]["name"] == "Alice Brick"
    assert (await alice.patch(mine)).status_code == 200
    assert pool.asked == [READ, READ]


@pytest.mark.prd("4.3.2")
@pytest.mark.prd("4.3.7")
@pytest.mark.parametrize("name", ["", " ", "x" * 101, "Al!ce", "a\nb", "\u2615", None, 5, ["Alice"], {"a": 1}])
async def test_a_wrong_name_is_told_and_changes_nothing(
    alice: httpx.AsyncClient, pool: Pool, mine: str, name: object
) -> None:
    answer = await alice.patch(mine, json={"name": name})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer.json()["details"]] == ["name"]
    assert WRITE not in pool.asked


@pytest.mark.prd("4.3.4")
async def test_only_ones_own_name_changes(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, mine: str, theirs: str
) -> None:
    assert (await alice.patch(theirs, json={"name": "Bob by Alice"})).status_code == 403
    assert (await bob.get(theirs)).json()["data"]["name"] == "Bob Stud"
    assert (await bob.patch(mine, json={"name": "Alice by Bob"})).status_code == 403
    assert (await alice.get(mine)).json()["data"]["name"] == "Alice Brick"


@pytest.mark.prd("4.8.2")
async def test_throttling_is_waited_out(alice: httpx.AsyncClient, pool: Pool, mine: str) -> None:
    pool.faults = [THROTTLED, THROTTLED]
    assert (await alice.get(mine)).status_code == 200
    assert pool.asked == [READ] * 3


@pytest.mark.prd("4.8.8")
async def test_an_outage_is_503_and_names_no_internals(alice: httpx.AsyncClient, pool: Pool, mine: str) -> None:
    for faults in ([THROTTLED] * 3, [BROKEN] * 3):
        pool.faults = list(faults)
        answer = await alice.get(mine)
        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert answer.headers["retry-after"] == "1"
        for word in ("cognito", "throttl", "exception", "toomany", pool.url, "internalerror"):
            assert word not in answer.text.lower()


@pytest.mark.prd("4.3.7")
async def test_what_cognito_refuses_for_its_own_reasons_is_500(alice: httpx.AsyncClient, pool: Pool, mine: str) -> None:
    pool.faults = [(400, "NotAuthorizedException")]
    answer = await alice.patch(mine, json={"name": "Alice B"})
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "NotAuthorized" not in answer.text


async def test_a_write_that_may_have_happened_is_not_repeated(alice: httpx.AsyncClient, pool: Pool, mine: str) -> None:
    pool.faults = ["cut", "cut"]
    pool.asked.clear()
    assert (await alice.patch(mine, json={"name": "Alice C"})).status_code == 200  # its read was cut twice
    pool.asked.clear()
    assert (await alice.get(mine)).json()["data"]["name"] == "Alice C"


async def test_a_profile_is_revalidated_by_its_tag(alice: httpx.AsyncClient, mine: str) -> None:
    tag = (await alice.get(mine)).headers["etag"]
    assert (await alice.get(mine, headers={"If-None-Match": tag})).status_code == 304
    await alice.patch(mine, json={"name": "Alice D"})
    assert (await alice.get(mine, headers={"If-None-Match": tag})).status_code == 200


async def test_the_graph_has_the_same(graphql: Callable[..., Any], aws: Aws) -> None:
    fields = "id email name avatarUrl stats { mocs images albums wishlistItems }"
    sub = aws.users["alice"].sub
    answer = await graphql(f'{{ me {{ {fields} }} user(id: "{sub}") {{ {fields} }} }}')
    assert answer["data"]["me"] == answer["data"]["user"]
    assert answer["data"]["me"]["stats"] == {"mocs": 0, "images": 0, "albums": 0, "wishlistItems": 0}
    rename = "mutation($id: ID!, $name: String) { updateUser(id: $id, input: {name: $name}) { name stats { mocs } } }"
    answer = await graphql(rename, {"id": sub, "name": "Alice E"})
    assert answer["data"]["updateUser"] == {"name": "Alice E", "stats": {"mocs": 0}}
    answer = await graphql(rename, {"id": sub, "name": "!"})
    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION_ERROR"
    answer = await graphql(rename, {"id": aws.users["bob"].sub, "name": "Bob"})
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    answer = await graphql(f'{{ user(id: "{aws.users["bob"].sub}") {{ id }} }}')
    assert (answer["data"]["user"], answer["errors"][0]["extensions"]["code"]) == (None, "FORBIDDEN")


@pytest.mark.prd("4.1.4")
async def test_counts_are_asked_for_by_those_who_want_them(
    graphql: Callable[..., Any], statements: Callable[[], Any]
) -> None:
    await graphql("{ me { name } }")
    assert await statements() == []


async def test_a_profile_that_is_kept_is_counted_and_found_in_one_round_trip(
    alice: httpx.AsyncClient, mine: str, valkey_url: str
) -> None:
    await alice.get(mine)
    with redis.Redis.from_url(valkey_url) as server:
        before = server.info("commandstats")["cmdstat_evalsha"]["calls"]
        assert (await alice.get(mine)).headers["x-cache"] == "HIT"
        assert server.info("commandstats")["cmdstat_evalsha"]["calls"] == before + 1


class TestFailuresAreCountedApart:
    """Contract, section 5: the /api/users routes, failures only."""

    @pytest.fixture(params=["Redis", "no Redis"])
    def settings(
        self, request: pytest.FixtureRequest, settings_for: Callable[..., Settings], pool: Pool, valkey_url: str
    ) -> Settings:
        with redis.Redis.from_url(valkey_url) as server:
            server.flushall()
        url = valkey_url if request.param == "Redis" else f"redis://127.0.0.1:{free_port()}"
        return settings_for(aws_endpoint_url=pool.url, rate_limit_auth="3/15m", redis_url=url)

    async def test_success_never_counts_and_the_last_failure_locks(
        self, alice: httpx.AsyncClient, bob: httpx.AsyncClient, mine: str, theirs: str
    ) -> None:
        for _ in range(5):
            answer = await alice.get(mine)
            assert (answer.status_code, answer.headers["ratelimit-policy"]) == (200, "3;w=900")
            assert answer.headers["ratelimit-remaining"] == "2"
        for left in ("2", "1", "0"):
            answer = await alice.get(theirs)
            assert (answer.status_code, answer.headers["ratelimit-remaining"]) == (403, left)
        refused = await alice.get(mine)
        assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
        assert refused.json()["retryAfter"] == int(refused.headers["retry-after"])
        assert (await alice.get("/api/mocs")).headers["ratelimit-policy"] == "1000000;w=60"
        assert (await bob.get(theirs)).status_code == 200

    async def test_an_outage_locks_nobody_out(self, alice: httpx.AsyncClient, pool: Pool, mine: str) -> None:
        pool.faults = [(400, "NotAuthorizedException")] * 5
        assert [(await alice.get(mine)).status_code for _ in range(6)] == [500] * 5 + [200]
