"""The schema: every domain's fields, merged; `schema.graphql` is exported from here."""

from __future__ import annotations

import operator
from datetime import datetime
from inspect import getdoc

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from resolvers.mocs.mutations import MocMutations
from resolvers.mocs.queries import MocQueries
from resolvers.scalars import DATE_TIME
from resolvers.statistics.queries import StatisticsQueries


@strawberry.type
class Query(MocQueries, StatisticsQueries):
    """What can be read."""


@strawberry.type
class Mutation(MocMutations):
    """What can be changed."""


# Sources are rows and mappings, never objects: a field reads its Python name from them, and no class is built for a row.
SCHEMA = strawberry.Schema(
    Query,
    Mutation,
    config=StrawberryConfig(default_resolver=operator.getitem, scalar_map={datetime: DATE_TIME}),
)
GRAPHQL: GraphQLSchema = SCHEMA._schema  # noqa: SLF001 - Strawberry executes text alone; documents parsed once need the core's schema

for _type in GRAPHQL.type_map.values():
    _definition = _type.extensions.get("strawberry-definition")
    if _definition is not None and not _type.description:
        _type.description = getdoc(_definition.origin)  # one sentence serves the reader of the code and of the schema


def sdl() -> str:
    """The schema in GraphQL's definition language."""
    return SCHEMA.as_str() + "\n"
