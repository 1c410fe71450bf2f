"""Documents that nobody has thought of: aliases, fragments in fragments, directives and arguments wherever they may stand."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from resolvers.schema import GRAPHQL
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg

    from gateway.dev.aws import Aws
    from settings import Settings
    from tests.gateway.appsync.service import Service

ROOTS = {
    "mocs": "",
    "moc": "(id: $moc)",
    "gallery": "",
    "albums": "(limit: 5)",
    "album": "(id: $album)",
    "image": "(id: $image)",
    "partsLists": "(mocId: $moc)",
    "partsListSummary": "",
}
ARGUMENTS = {
    "images": ["", "(limit: 1)", "(limit: $limit)", "(limit: null)"],
    "parts": ["", '(color: "")', "(color: null)", "(limit: $limit)", "(page: 2, limit: 1)", "(limit: null)"],
}
DIRECTIVES = ["", "", "", "", " @skip(if: $no)", " @include(if: $yes)", " @include(if: $no)", " @skip(if: true)"]
DEPTH = 4
# What a document that was made up at random may be.
ROOM = {f"graphql_max_{name}": 100_000 for name in ("depth", "aliases", "directives", "comparisons", "tokens")} | {
    "graphql_cost_user": 10**9
}


class Author:
    """Writes a document at random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a document, no secret
        self._fragments: list[str] = []
        self._names = 0

    def document(self) -> str:
        assert GRAPHQL.query_type
        roots = self._random.sample(sorted(ROOTS), self._random.randint(1, 3))
        chosen = [self._field(name, GRAPHQL.query_type.fields[name].type, ROOTS[name], DEPTH) for name in roots]
        body = f"{{ {' '.join(chosen)} }} {' '.join(self._fragments)}"
        types = {"moc": "ID!", "album": "ID!", "image": "ID!", "limit": "Int", "yes": "Boolean!", "no": "Boolean!"}
        used = ", ".join(f"${name}: {type_}" for name, type_ in types.items() if f"${name}" in body)
        return f"query{f'({used})' if used else ''} {body}"

    def _name(self) -> str:
        self._names += 1
        return f"n{self._names}"

    def _field(self, name: str, type_: Any, arguments: str, depth: int) -> str:
        alias = f"{self._name()}: " if arguments or self._random.random() < 0.4 else ""
        directive = self._random.choice(DIRECTIVES) if depth < DEPTH else ""
        inner = get_named_type(type_)
        below = "" if is_leaf_type(inner) else self._selection(inner, depth - 1)
        return f"{alias}{name}{arguments}{directive}{below}"

    def _selection(self, type_: Any, depth: int) -> str:
        parts = ["__typename"]
        wanted = [name for name in type_.fields if self._random.random() < 0.5]
        for name in wanted:
            field = type_.fields[name]
            if depth > 0 or is_leaf_type(get_named_type(field.type)):
                arguments = self._random.choice(ARGUMENTS[name]) if field.args else ""
                parts.append(self._field(name, field.type, arguments, depth))
        if depth > 0:
            parts += [self._fragment(type_, depth - 1) for _ in range(self._random.randint(0, 2))]
        self._random.shuffle(parts)
        return f" {{ {' '.join(parts)} }}"

    def _fragment(self, type_: Any, depth: int) -> str:
        possible = [type_, *(GRAPHQL.get_possible_types(type_) if isinstance(type_, GraphQLInterfaceType) else ())]
        inner: GraphQLObjectType = self._random.choice(possible)
        kind, directive = self._random.random(), self._random.choice(DIRECTIVES)
        if kind < 0.5:
            return f"...{f' on {inner.name}' if inner is not type_ or kind < 0.3 else ''}{directive}{self._selection(inner, depth)}"
        name = self._name()
        # A place of its own in the list, since what is below adds fragments, too.
        self._fragments.append(f"fragment {name} on {inner.name}{self._selection(inner, depth)}")
        return f"...{name}{directive}"


@pytest.fixture
def settings(settings_for: Callable[..., Settings]) -> Settings:
    return settings_for(**ROOM)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [0, 3])
async def test_any_document_answers_the_same_as_through_graphql(
    graphql: Callable[..., Any],
    appsync_of: Callable[..., Service],
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    batch: int,
) -> None:
    own = await made(database, aws, "alice", "one")
    await made(database, aws, "alice", "two")
    given = {"moc": own["moc"], "album": own["album"], "image": own["image"], "limit": 1, "yes": True, "no": False}
    service = appsync_of("alice", batch=batch)
    for seed in range(40):
        document = Author(seed).document()
        variables = {name: value for name, value in given.items() if f"${name}" in document}
        expected = await graphql(document, variables)
        assert "errors" not in expected, (seed, document, expected["errors"])
        result = await service.execute(document, variables)
        assert (result.errors, result.data) == (None, expected["data"]), (seed, document)
