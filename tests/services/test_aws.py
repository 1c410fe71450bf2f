"""Passwords for databases that know this process's role (PRD 1.3.3, NFR6)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import boto3
from sqlalchemy import literal_column, select

from db.engine import Database
from db.query import Query
from services.aws import Aws

if TYPE_CHECKING:
    import asyncpg

    from gateway.dev.aws import Aws as Server

HOST = "proxy.example.com"


def test_a_token_is_what_the_sdk_would_make(aws: Server) -> None:
    ours = urlsplit("https://" + Aws(aws.region).database_token(HOST, 5432, "brickgate"))
    sdk = boto3.client("rds", region_name=aws.region).generate_db_auth_token(HOST, 5432, "brickgate")
    theirs = urlsplit("https://" + sdk)
    assert (ours.netloc, ours.path) == (theirs.netloc, theirs.path) == (f"{HOST}:5432", "/")
    moment = {"X-Amz-Date", "X-Amz-Signature"}
    told, expected = parse_qs(ours.query), parse_qs(theirs.query)
    assert told.keys() == expected.keys()
    assert {key: told[key] for key in told.keys() - moment} == {key: expected[key] for key in told.keys() - moment}
    if told["X-Amz-Date"] == expected["X-Amz-Date"]:
        assert told == expected


async def test_a_password_is_made_for_each_connection(
    database_url: str, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    one = Query(select(literal_column("current_user")))
    given: list[str] = []

    def password() -> str:
        given.append("secret")
        return "secret"

    await database.execute("DROP ROLE IF EXISTS tokened")
    await database.execute("CREATE ROLE tokened LOGIN PASSWORD 'secret'")
    url = urlsplit(database_url)
    opened = Database(url._replace(netloc=f"tokened@{url.hostname}:{url.port}").geturl(), password=password)
    assert await opened.value(one) == "tokened"
    assert await opened.value(one) == "tokened"
    await opened.close()
    assert await opened.value(one) == "tokened"
    await opened.close()
    await database.execute("DROP ROLE tokened")
    assert len(given) == 2
