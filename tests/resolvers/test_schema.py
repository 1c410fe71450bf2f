"""What the schema promises of itself, and says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    is_introspection_type,
    is_non_null_type,
    is_specified_scalar_type,
)

from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = [
    type_
    for type_ in GRAPHQL.type_map.values()
    if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
]
ROOTS = [type_ for type_ in (GRAPHQL.query_type, GRAPHQL.mutation_type) if type_]
# Names that say all there is to say of a field of an answer, and that no sentence would explain.
PLAIN = {"id", "title", "description", "notes", "theme", "subtheme", "category", "partName", "email", "albums"}
PLAIN |= {"mocId", "imageId", "galleryImageId", "galleryAlbumId", "statistics", "lastUpdatedAt"}


def members(type_: GraphQLNamedType) -> Iterator[tuple[str, Any]]:
    """What is to be described of a type, by schema coordinate."""
    yield type_.name, type_
    match type_:
        case GraphQLEnumType():
            yield from ((f"{type_}.{name}", value) for name, value in type_.values.items())
        case GraphQLInputObjectType():
            yield from ((f"{type_}.{name}", field) for name, field in type_.fields.items())
        case GraphQLObjectType() | GraphQLInterfaceType():
            for name, field in type_.fields.items():
                if type_ in ROOTS or name not in PLAIN:
                    yield f"{type_}.{name}", field
                yield from ((f"{type_}.{name}({key}:)", argument) for key, argument in field.args.items())


@pytest.mark.parametrize("type_", OWN, ids=str)
def test_every_argument_input_field_and_enum_value_is_described(type_: GraphQLNamedType) -> None:
    found = dict(members(type_))
    assert [coordinate for coordinate, one in found.items() if not one.description] == []
    assert [coordinate for coordinate, one in found.items() if not one.description.rstrip("`").endswith(".")] == []


@pytest.mark.parametrize("root", ROOTS, ids=str)
def test_a_root_field_that_fails_can_be_null(root: GraphQLObjectType) -> None:
    assert [name for name, field in root.fields.items() if is_non_null_type(field.type)] == []
