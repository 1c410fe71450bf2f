"""What the schema promises of itself, and says of itself."""

from __future__ import annotations

import re
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

from db.models import METADATA
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


# Of which table a type shows the rows.
SHOWN = [
    *(
        pytest.param(name, table, marks=pytest.mark.prd("2.1.10"))
        for name, table in [
            ("Moc", "moc_instructions"),
            ("MocFile", "moc_files"),
            ("MocPartsList", "moc_parts_lists"),
            ("MocImageLink", "moc_gallery_images"),
            ("MocAlbumLink", "moc_gallery_albums"),
        ]
    ),
    *(
        pytest.param(name, table, marks=pytest.mark.prd("3.1.9"))
        for name, table in [
            ("GalleryImage", "gallery_images"),
            ("GalleryAlbum", "gallery_albums"),
            ("GalleryFlag", "gallery_flags"),
        ]
    ),
    pytest.param("WishlistItem", "wishlist_items", marks=pytest.mark.prd("3.5.6")),
]
SCALARS = {
    "Text": {"String", "ID", "MocType"},
    "Uuid": {"ID"},
    "DateTime": {"DateTime"},
    "Integer": {"Int"},
    "Boolean": {"Boolean"},
    "JSONB": {"[String!]"},
}
OF_THE_GATEWAY = {"search", "version"}  # columns that no client is shown


@pytest.mark.parametrize(("name", "table"), SHOWN)
def test_a_type_has_every_column_of_its_table_as_what_it_is(name: str, table: str) -> None:
    """Strawberry's types, held by mypy and by the schema, stand where the PRD has TypeScript's."""
    fields = GRAPHQL.type_map[name].fields  # type: ignore[attr-defined] # they are objects
    for column in METADATA.tables[table].columns:
        if column.name in OF_THE_GATEWAY:
            continue
        shown = str(fields[re.sub(r"_(\w)", lambda letter: letter[1].upper(), column.name)].type)
        assert shown.removesuffix("!") in SCALARS[type(column.type).__name__], column
        always = not column.nullable or column.server_default is not None
        assert shown.endswith("!") == always, column


@pytest.mark.prd("4.1.7")
def test_a_user_has_what_the_pool_knows_of_them() -> None:
    fields = GRAPHQL.type_map["UserProfile"].fields  # type: ignore[attr-defined] # as above
    types = {name: str(field.type) for name, field in fields.items()}
    assert types == {
        "id": "ID!",
        "email": "String",
        "name": "String",
        "avatarUrl": "String",
        "stats": "ProfileStatistics!",
    }
