from collections.abc import Callable
from pathlib import Path

import asyncpg
import jwt
import pytest
from redis.asyncio import Redis

from gateway.dev.aws import Aws
from gateway.dev.postgres import Postgres
from gateway.dev.process import free_port


async def test_postgres_lets_nobody_in_without_its_password(postgres: Postgres) -> None:
    url = postgres.url("postgres")
    connection = await asyncpg.connect(url)
    assert (await connection.fetchval("SHOW server_version")).startswith("18.")
    assert await connection.fetchval("SHOW timezone") == "UTC"
    await connection.close()

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url.replace(url.split(":")[2].split("@")[0], "guess"))


async def test_postgres_knows_letters_beyond_ascii(database: "asyncpg.Connection[asyncpg.Record]") -> None:
    assert await database.fetchval("SELECT lower('ÄÖÉ') || ' ' || ('STRASSE' ILIKE 'strasse')") == "äöé true"
    await database.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert await database.fetchval("SELECT similarity('größe', 'grösse') > 0.2")


async def test_every_test_has_a_database_of_its_own(postgres: Postgres, database_url: str, template: str) -> None:
    await postgres.create("another", template)
    one, other = await asyncpg.connect(database_url), await asyncpg.connect(postgres.url("another"))
    await one.execute("INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ('me', 'one', '1')")

    assert await one.fetchval("SELECT count(*) FROM wishlist_items") == 1
    assert await other.fetchval("SELECT count(*) FROM wishlist_items") == 0
    await one.close()
    await other.close()
    await postgres.drop("another")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(postgres.url("another"))


async def test_a_database_that_is_there_stays(postgres: Postgres, database_url: str) -> None:
    await postgres.ensure(database_url.rpartition("/")[2])


async def test_valkey_speaks_redis(valkey_url: str) -> None:
    async with Redis.from_url(valkey_url) as client:
        assert await client.set("dev:test", "1", ex=5)
        assert await client.get("dev:test") == b"1"


def test_users_are_found_by_their_sub(aws: Aws, token: Callable[[str], str]) -> None:
    claims = jwt.decode(token("bob"), options={"verify_signature": False})
    user = aws.client("cognito-idp").admin_get_user(UserPoolId=aws.pool_id, Username=claims["sub"])

    assert claims["sub"] == claims["username"] == aws.users["bob"].sub
    assert claims["client_id"] == aws.client_id
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert (attributes["email"], attributes["name"]) == ("bob@example.com", "Bob Stud")


@pytest.mark.slow
def test_another_aws_has_the_same_ids(aws: Aws, tmp_path: Path) -> None:
    another = Aws(free_port(), log=tmp_path / "aws.log")
    try:
        another.wait()
        assert (another.pool_id, another.client_id) == (aws.pool_id, aws.client_id)
        assert another.users == aws.users
    finally:
        another.child.stop()
