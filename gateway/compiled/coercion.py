"""Values of variables as `graphql.utilities.coerce_input_value` makes them, types looked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLString,
    Undefined,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLInputType

    Coerce = Callable[[Any], Any]
    """The coerced value, or Undefined for one that the type refuses."""

_AS_THEY_ARE = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}  # what coercing leaves as it is


class _Field(NamedTuple):
    """A field of an input: its name, the one that resolvers know, its value where none is given, whether one must be."""

    name: str
    out_name: str
    otherwise: Any
    required: bool
    coerce: Coerce


class Unbounded(Exception):
    """A type contains itself, so that a value may nest deeper than Python's stack."""


def coercion(type_: GraphQLInputType, within: tuple[GraphQLInputType, ...] = ()) -> Coerce:
    """What coerces values of a type.

    Args:
        type_: the type.
        within: the input objects that it stands in.

    Raises:
        Unbounded: it contains itself.
        TypeError: the default of a field is not valid.
    """
    if is_non_null_type(type_):
        nullable = coercion(type_.of_type, within)
        return lambda value: Undefined if value is None else nullable(value)
    if is_list_type(type_):
        return _list(type_, coercion(type_.of_type, within))
    if is_input_object_type(type_):
        if type_ in within:
            raise Unbounded
        fields = [
            _Field(
                name,
                field.out_name or name,
                coerce_default_value(field),
                is_required_input_field(field),
                coercion(field.type, (*within, type_)),
            )
            for name, field in type_.fields.items()
        ]
        return _object(type_, fields)
    return _leaf(type_)


def _leaf(type_: Any) -> Coerce:
    assert is_leaf_type(type_)  # noqa: S101 - for mypy: nothing else is left
    ordinary, coerce = _AS_THEY_ARE.get(type_), type_.coerce_input_value  # type: ignore[arg-type] # any type may be looked for

    def coerce_leaf(value: Any) -> Any:
        if value is None or type(value) is ordinary:
            return value
        try:
            return coerce(value)
        except Exception:  # noqa: BLE001 - as graphql-core: the type refuses it
            return Undefined

    return coerce_leaf


def _list(type_: GraphQLInputType, coerce: Coerce) -> Coerce:
    def coerce_list(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            return coerce_input_value(value, type_)
        items = [coerce(item) for item in value]
        return Undefined if any(item is Undefined for item in items) else items

    return coerce_list


def _object(type_: GraphQLInputObjectType, fields: list[_Field]) -> Coerce:
    names = type_.fields.keys()

    def coerce_object(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict or type_.is_one_of or not value.keys() <= names:
            return coerce_input_value(value, type_)
        values: dict[str, Any] = {}
        for name, out_name, otherwise, required, coerce in fields:
            given = value.get(name, Undefined)
            if given is not Undefined:
                given = coerce(given)
                if given is Undefined:
                    return Undefined
            elif required:
                return Undefined
            else:
                given = otherwise
                if given is Undefined:
                    continue
            values[out_name] = given
        return type_.out_type(values)

    return coerce_object
