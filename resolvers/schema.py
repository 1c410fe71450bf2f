"""The schema: every domain's fields, merged; `schema.graphql` is exported from here."""

from __future__ import annotations

import operator
from datetime import datetime
from inspect import getdoc
from typing import TYPE_CHECKING

import strawberry
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.utils.str_converters import to_camel_case

from resolvers.albums.mutations import AlbumMutations
from resolvers.albums.queries import AlbumQueries
from resolvers.files.mutations import FileMutations
from resolvers.files.queries import FileQueries
from resolvers.flags.mutations import FlagMutations
from resolvers.gallery.queries import GalleryQueries
from resolvers.images.mutations import ImageMutations
from resolvers.images.queries import ImageQueries
from resolvers.mocs.mutations import MocMutations
from resolvers.mocs.queries import MocQueries
from resolvers.parts.mutations import PartsListMutations
from resolvers.parts.queries import PartsListQueries
from resolvers.profiles.mutations import ProfileMutations
from resolvers.profiles.queries import ProfileQueries
from resolvers.scalars import DATE_TIME, TEXT_OR_NUMBER, TextOrNumber
from resolvers.statistics.queries import StatisticsQueries
from resolvers.uploads.mutations import UploadMutations
from resolvers.wishlist.mutations import WishlistMutations
from resolvers.wishlist.queries import WishlistQueries

if TYPE_CHECKING:
    from collections.abc import Callable

    from resolvers.context import Context


@strawberry.type
class Query(
    MocQueries,
    FileQueries,
    ImageQueries,
    AlbumQueries,
    GalleryQueries,
    PartsListQueries,
    StatisticsQueries,
    ProfileQueries,
    WishlistQueries,
):
    """What can be read."""


@strawberry.type
class Mutation(
    MocMutations,
    FileMutations,
    ImageMutations,
    FlagMutations,
    AlbumMutations,
    PartsListMutations,
    ProfileMutations,
    WishlistMutations,
    UploadMutations,
):
    """What can be changed."""


class _Schema(strawberry.Schema):
    """Strawberry's, without a look for federation's directives: there are none here, and it imports them all to say so."""

    def _warn_for_federation_directives(self) -> None:
        """Find none."""


# Sources are rows and mappings, never objects: a field reads its Python name from them, and no class is built for a row.
SCHEMA = _Schema(
    Query,
    Mutation,
    config=StrawberryConfig(
        default_resolver=operator.getitem, scalar_map={datetime: DATE_TIME, TextOrNumber: TEXT_OR_NUMBER}
    ),
)
GRAPHQL: GraphQLSchema = SCHEMA._schema  # noqa: SLF001 - Strawberry executes text alone; documents parsed once need the core's schema


def _shown(context: Context) -> Callable[[str], str]:
    return context.urls.__getitem__


def _read(field: GraphQLField, name: str) -> None:
    """Have `field` read its row, without the three calls that Strawberry wraps around it, and tell compilers so (gateway/compiled/).

    Rows keep plain URLs of objects in a private bucket; what is shown can be fetched.
    """
    if name == "url" or name.endswith("_url"):
        field.resolve = lambda source, info: info.context.visible(source[name])
        field.extensions |= {"compiled.reads": name, "compiled.shown": _shown}
    else:
        field.resolve = lambda source, _info: source[name]
        field.extensions |= {"compiled.reads": name}


for _type in GRAPHQL.type_map.values():
    _definition = _type.extensions.get("strawberry-definition")
    if _definition is not None and not _type.description:
        _type.description = getdoc(_definition.origin)  # one sentence serves the reader of the code and of the schema
    if isinstance(_type, GraphQLObjectType) and _definition is not None:
        _type.is_type_of = (
            None  # Strawberry's asks for the class, which no row has; interfaces resolve the type of a row
        )
        for _field in _definition.fields:
            _made = _type.fields[to_camel_case(_field.python_name)]
            _made.extensions |= _field.metadata
            if _field.is_basic_field:
                _read(_made, _field.python_name)


def sdl() -> str:
    """The schema in GraphQL's definition language."""
    return SCHEMA.as_str() + "\n"
