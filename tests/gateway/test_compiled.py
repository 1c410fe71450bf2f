"""The project's own operations tell the same, compiled and interpreted, whatever rows and variables they get."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    coerce_input_value,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution import Executor
from strawberry.dataloader import DataLoader
from strawberry.types.arguments import convert_arguments
from strawberry.utils.str_converters import to_camel_case

from gateway import compiled
from gateway.compiled.inputs import converter
from gateway.execute import named, names
from resolvers.context import Caller, Context
from resolvers.errors import NotFound
from resolvers.schema import GRAPHQL, SCHEMA
from tests.compiled.equality import interpreted, settled, told
from tests.compiled.trees import VALUES, Soon, grown
from tests.gateway.tenants.test_tenants import made

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg
    from fastapi import FastAPI

    from gateway.dev.aws import Aws

SEEDS = 6  # for each operation
_LEAVES: dict[str, Any] = {"Int": 7, "Float": 1.5, "Boolean": True, "DateTime": "2024-01-31T12:00:00.000Z"}


class Rows:
    """Rows for any type of the schema, a share of whose values is odd."""

    def __init__(self, random: Random, odd: float) -> None:
        self._random = random
        self._odd = odd

    def value(self, type_: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - a table of kinds
        """The description of a value."""
        random = self._random
        if random.random() < self._odd:
            return random.choice(list(VALUES.values()))
        if is_non_null_type(type_):
            return self.value(type_.of_type, depth)
        if random.random() < 0.2:
            return None
        if is_list_type(type_):
            return [self.value(type_.of_type, depth) for _ in range(random.randint(0, 3))]
        if is_enum_type(type_):
            return random.choice(list(type_.values))
        if is_leaf_type(type_):
            return _LEAVES.get(type_.name, "text")
        if is_interface_type(type_):
            type_ = random.choice(GRAPHQL.get_possible_types(type_))
        return self._row(type_, depth)

    def _row(self, type_: Any, depth: int) -> dict[str, Any]:
        row = {"type": "album" if type_.name == "GalleryAlbum" else "image", "album_id": None, "cover_image_id": None}
        for one in type_.extensions["strawberry-definition"].fields:
            made_ = type_.fields[to_camel_case(one.python_name)]
            below = not is_leaf_type(get_named_type(made_.type))
            if not below or (depth < 3 and self._random.random() < 0.6):
                row[one.python_name] = self.value(made_.type, depth + below)
        return row


def given(random: Random, type_: Any, odd: float) -> Any:  # noqa: PLR0911 - as above
    """A value for a variable."""
    if random.random() < odd:
        return random.choice(
            [None, 5, "text", [], [None], {}, {"title": 5}, 1.5, True, 10**400, "2024-01-31T12:00:00Z"]
        )
    if is_non_null_type(type_):
        return given(random, type_.of_type, odd)
    if random.random() < 0.2:
        return None
    if is_list_type(type_):
        return [given(random, type_.of_type, odd) for _ in range(random.randint(0, 2))]
    if isinstance(type_, GraphQLEnumType):
        return random.choice(list(type_.values))
    if is_input_object_type(type_):
        return {
            name: given(random, one.type, odd)
            for name, one in type_.fields.items()
            if is_non_null_type(one.type) or random.random() < 0.6
        }
    return _LEAVES.get(type_.name, "text")


class _Signed(dict[str, str]):
    def __missing__(self, url: str) -> str:
        return f"signed {url}"


@dataclass(slots=True)
class Told(Context):
    """A context whose loaders find what is made up, and note their batches."""

    seed: int = 0
    batches: list[tuple[str, list[Any]]] = field(default_factory=list)

    def load(self, batch: Any, key: Any) -> Any:
        if batch not in self._loaders:

            async def fetch(keys: list[Any]) -> list[Any]:
                self.batches.append((batch.__name__, keys))
                await asyncio.sleep(0)
                return [_LOADED.get(batch.__name__, []) for _ in keys]

            self._loaders[batch] = DataLoader(load_fn=fetch)
        return self._loaders[batch].load(key)

    @property
    def urls(self) -> Mapping[str, str]:
        return _Signed()


_LOADED: dict[str, Any] = {"albums_by_owner": None, "images_by_owner": None}


def rooted(random: Random, odd: float) -> GraphQLSchema:
    """The schema, with root fields that return made-up rows; everything below them is as it is served."""
    rows = Rows(random, odd)

    def root(type_: Any) -> GraphQLObjectType:
        fields = {}
        for name, one in type_.fields.items():
            description = rows.value(one.type)
            if random.random() < odd:
                description = Soon(NotFound, 1)

            async def resolve(*_: Any, description: Any = description, **__: Any) -> Any:
                await asyncio.sleep(0)
                found = grown(description)
                if isinstance(found, Exception):
                    raise found
                return await found if hasattr(found, "__await__") else found

            fields[name] = GraphQLField(one.type, one.args, resolve)
        return GraphQLObjectType(type_.name, fields)

    schema = GraphQLSchema(
        query=root(GRAPHQL.query_type),
        mutation=root(GRAPHQL.mutation_type),
        types=[one for one in GRAPHQL.type_map.values() if one not in {GRAPHQL.query_type, GRAPHQL.mutation_type}],
    )
    schema._strawberry_schema = SCHEMA  # type: ignore[attr-defined] # noqa: SLF001 - as Strawberry does it
    return schema


@pytest.mark.parametrize("odd", [0.0, 0.02, 0.2])
@pytest.mark.parametrize("name", names())
async def test_an_operation_tells_the_same_for_any_rows_and_variables(name: str, odd: float) -> None:
    operation = named(name)
    for seed in range(SEEDS):
        random = Random(f"{name} {odd} {seed}")  # noqa: S311 - rows, no secret
        schema = rooted(random, odd)
        variables = {
            key: given(random, one.type, odd)
            for key, one in operation.variables.items()
            if one.required or random.random() < 0.7
        }
        contexts = [Told(Caller("alice"), None) for _ in range(2)]  # type: ignore[arg-type] # nothing reaches the services
        expected = await interpreted(schema, operation.document, None, contexts[0], variables, operation.name)
        await settled()
        answered = await compiled.compile(schema, operation.document, operation.name).execute(
            None, contexts[1], variables
        )
        await settled()
        assert told(answered) == told(expected), f"{name} {seed}"
        assert contexts[1].batches == contexts[0].batches


ARGUMENTS = [
    (type_.name, name)
    for type_ in GRAPHQL.type_map.values()
    if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
    for name, one in type_.fields.items()
    if one.args
]


@pytest.mark.parametrize(("type_name", "field_name"), ARGUMENTS)
def test_arguments_of_a_field_are_what_strawberry_makes_of_them(type_name: str, field_name: str) -> None:
    one = GRAPHQL.type_map[type_name].fields[field_name]  # type: ignore[attr-defined] # it is an object type
    definition = one.extensions["strawberry-definition"]
    config, scalars = SCHEMA.config, SCHEMA.schema_converter.scalar_registry
    random = Random(f"{type_name}.{field_name}")  # noqa: S311 - as above
    for _ in range(30):
        coerced = {}
        for name, argument in one.args.items():
            value = coerce_input_value(given(random, argument.type, 0), argument.type)
            if value is not Undefined:
                coerced[name] = value
        expected = convert_arguments(coerced, definition.arguments, scalars, config)
        made_ = {}
        for argument in definition.arguments:
            name = config.name_converter.from_argument(argument)
            if name in coerced:
                convert = converter(argument.type, scalars, config)
                made_[argument.python_name] = convert(coerced[name]) if convert else coerced[name]
        assert repr(made_) == repr(expected)


READS = [name for name in names() if not named(name).writes]


@pytest.mark.parametrize("name", READS)
async def test_a_routes_operation_tells_of_real_rows_what_the_interpreter_tells_without_asking_it(
    app: FastAPI,
    database: asyncpg.Connection[asyncpg.Record],
    aws: Aws,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    asked: list[str] = []
    complete = Executor.complete_value

    def asking(self: Any, type_: Any, *arguments: Any) -> Any:
        asked.append(str(type_))
        return complete(self, type_, *arguments)

    mine = await made(database, aws, "alice", "one")
    operation = named(name)
    caller = Caller(aws.users["alice"].sub)
    ids = [*mine.values(), "no id", "00000000-0000-0000-0000-000000000000"]
    for identifier in ids:
        random = Random(name)  # noqa: S311 - as above
        variables = {
            key: identifier if get_named_type(one.type).name == "ID" else given(random, one.type, 0)
            for key, one in operation.variables.items()
            if one.required
        }
        services = app.state.gateway.services
        run = operation.compiling.of(GRAPHQL)
        assert run is not None
        with monkeypatch.context() as patch:
            patch.setattr(Executor, "complete_value", asking)
            answered = await run.execute(None, Context(caller, services), variables)
        if not answered.errors:
            assert asked == []
        expected = await interpreted(
            GRAPHQL, operation.document, None, Context(caller, services), variables, operation.name
        )
        assert told(answered) == told(expected), identifier
        asked.clear()
