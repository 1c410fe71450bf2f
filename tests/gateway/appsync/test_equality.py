"""Every operation answers the same through AppSync as through /graphql."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.dev.appsync import SCALARS
from tests.gateway.tenants import schema
from tests.gateway.tenants.cases import CASES, filled, ids
from tests.gateway.tenants.test_tenants import UPLOADED, made

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    import httpx

    from gateway.dev.aws import Aws
    from tests.gateway.appsync.service import Service

pytestmark = pytest.mark.usefixtures("names_as_they_were")

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_SIGNATURE = re.compile(r"\?(?:x-version|X-Amz-)[^\"]*")  # and what makes a new picture's URL a new one


def alike(answer: Any, aws: Aws, user: str, own: dict[str, str]) -> Any:
    """An answer without what differs between two users who have the same."""
    seen = {value: f"<{kind}>" for kind, value in own.items()}
    text = _SIGNATURE.sub("", _TIME.sub("<time>", json.dumps(answer, sort_keys=True)))
    text = text.replace(aws.users[user].email, "<email>").replace(aws.users[user].name, "<name>")
    return json.loads(_UUID.sub(lambda match: seen.setdefault(match[0], f"<new {len(seen)}>"), text))


def signed(answer: Any) -> Any:
    """`answer`, whose form for a bucket is signed for one upload: only its fields' names are compared."""
    upload = (answer or {}).get("createUpload")
    if upload:
        form = upload["fields"]
        upload["fields"] = sorted(json.loads(form) if isinstance(form, str) else form)
    return answer


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in CASES.items() for case in cases], ids=lambda one: str(one)[:40]
)
async def test_an_operation_answers_the_same_as_through_graphql(
    client_of: Callable[[str], httpx.AsyncClient],
    appsync_of: Callable[..., Service],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    name: str,
    case: dict[str, Any],
) -> None:
    owned = {user: await made(database, aws, user, "secret") for user in ("alice", "bob")}
    for own in owned.values():
        for _, place in ids(case):
            if content := UPLOADED.get(place.kind.removeprefix("upload ")):
                key = f"uploads/{own['user']}/{own[place.kind]}"
                aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=content)
    document = schema.document(name)
    variables = {user: filled(case, None, own, own) for user, own in owned.items()}

    async with client_of("alice") as alice:
        answer = await alice.post("/graphql", json={"query": document, "variables": variables["alice"]})
    expected = answer.json()
    translated = document.replace("DateTime", SCALARS["DateTime"])  # the types of variables are the client's to name
    result = await appsync_of("bob").execute(translated, variables["bob"])
    told = [(one["message"], one["extensions"]["code"]) for one in expected.get("errors", [])]
    assert [(one.message, (one.extensions or {})["errorType"]) for one in result.errors or []] == told
    assert alike(signed(result.data), aws, "bob", owned["bob"]) == alike(
        signed(expected.get("data")), aws, "alice", owned["alice"]
    )
