"""What a request must not pay for: seen by watching the calls of a warm one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gateway.execute import named

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    import httpx


async def calls_of(
    client: httpx.AsyncClient, method: str, path: str, forget: Callable[[], None] = lambda: None, **more: Any
) -> set[str]:
    """The functions that a second, like request calls, as module.function; `forget` comes before it."""
    assert (await client.request(method, path, **more)).status_code < 400
    forget()
    called: set[str] = set()

    def watch(frame: FrameType, happened: str, _argument: object) -> None:
        if happened == "call":
            called.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}")

    sys.setprofile(watch)
    try:
        answer = await client.request(method, path, **more)
    finally:
        sys.setprofile(None)
    assert answer.status_code < 400
    return called


async def test_a_route_parses_and_validates_no_document_and_builds_no_statement(
    alice: httpx.AsyncClient, create: Callable[..., Any], forget: Callable[[], None]
) -> None:
    moc = await create()
    for method, path, more in (
        ("GET", "/api/mocs", {}),
        ("GET", f"/api/mocs/{moc['id']}", {}),
        ("PATCH", f"/api/mocs/{moc['id']}", {"json": {"theme": "x"}}),
        ("GET", "/api/mocs/search?q=windmill", {}),
    ):
        called = await calls_of(alice, method, path, forget, **more)
        assert "gateway.execute.execute" in called
        modules = {name.rpartition(".")[0] for name in called}
        for costly in (
            "graphql.language.parser",
            "graphql.validation.validate",
            "sqlalchemy.sql.compiler",
            "sqlalchemy.sql.selectable",
        ):
            assert costly not in modules, f"{method} {path}"


async def test_a_known_token_costs_no_signature_check_and_an_answer_no_pydantic(
    alice: httpx.AsyncClient, create: Callable[..., Any]
) -> None:
    moc = await create()
    called = await calls_of(alice, "GET", f"/api/mocs/{moc['id']}")
    assert "gateway.identity.verify" in called
    assert {
        name for name in called if name.startswith(("jwt.", "pydantic.", "fastapi.encoders", "cryptography."))
    } == set()


async def test_what_redis_has_is_not_made_again(alice: httpx.AsyncClient, create: Callable[..., Any]) -> None:
    moc = await create()
    document: dict[str, Any] = {"json": {"query": "{ mocs(limit: 3) { total } }"}}
    for method, path, more in (
        ("GET", "/api/mocs", {}),
        ("GET", f"/api/mocs/{moc['id']}", {}),
        ("POST", "/graphql", document),
    ):
        called = await calls_of(alice, method, path, **more)
        assert "services.cache.look" in called
        costly = ("graphql.", "asyncpg.", "sqlalchemy.", "gateway.execute.execute", "gateway.rest.envelope.envelope")
        assert [name for name in called if name.startswith(costly)] == [], path


async def test_a_clients_document_is_parsed_once(alice: httpx.AsyncClient, forget: Callable[[], None]) -> None:
    called = await calls_of(alice, "POST", "/graphql", forget, json={"query": "{ mocs(limit: 3) { total } }"})
    assert "gateway.execute.execute" in called
    assert "graphql.language.parser.parse" not in called


def test_operations_are_the_same_objects_for_every_request() -> None:
    assert named("GetMoc") is named("GetMoc")
