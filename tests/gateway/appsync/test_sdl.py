"""What AppSync is given: nothing that it refuses or forgets, and all that there is."""

from __future__ import annotations

import json

import pytest
from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    build_schema,
    parse,
    validate_schema,
)
from graphql.language import InputObjectTypeDefinitionNode, UnionTypeDefinitionNode

from gateway.dev import appsync
from gateway.dev.manual import schema
from gateway.dev.process import StartError
from resolvers.schema import GRAPHQL

DOCUMENT: DocumentNode = parse(appsync.appsync_sdl(), no_location=True)
APPSYNC = build_schema("scalar AWSDateTime\nscalar AWSJSON\n" + appsync.appsync_sdl())
LARGEST = 1_000_000  # bytes of a schema document
# https://docs.aws.amazon.com/appsync/latest/devguide/scalars.html
SCALARS = {"ID", "String", "Int", "Float", "Boolean"} | {
    f"AWS{name}" for name in ("Date", "Time", "DateTime", "Timestamp", "Email", "JSON", "Phone", "URL", "IPAddress")
}
# No scalars, directives or extensions of one's own.
DEFINITIONS = (
    SchemaDefinitionNode,
    ObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    UnionTypeDefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
)


def nodes(node: Node) -> list[Node]:
    found = [node]
    for key in node.keys:
        value = getattr(node, key)
        for child in value if isinstance(value, list | tuple) else [value]:
            if isinstance(child, Node):
                found += nodes(child)
    return found


def test_there_is_nothing_that_appsync_refuses() -> None:
    assert validate_schema(APPSYNC) == []
    assert len(appsync.appsync_sdl().encode()) < LARGEST
    for definition in DOCUMENT.definitions:
        assert isinstance(definition, DEFINITIONS)
        if not isinstance(definition, SchemaDefinitionNode):
            assert not definition.name.value.startswith("AWS")
        if isinstance(definition, InterfaceTypeDefinitionNode):
            assert not definition.interfaces  # https://github.com/aws/aws-appsync-community/issues/387
        if isinstance(definition, EnumTypeDefinitionNode):
            assert all(value.description is None for value in definition.values or ())
    for node in nodes(DOCUMENT):
        assert not getattr(node, "directives", None)
        if isinstance(node, InputValueDefinitionNode):
            assert node.default_value is None
        if isinstance(node, FieldDefinitionNode):
            assert all(argument.description is None for argument in node.arguments or ())
    used = {name for name, type_ in APPSYNC.type_map.items() if isinstance(type_, GraphQLScalarType)}
    assert used <= SCALARS


def test_every_type_and_field_is_there() -> None:
    for name, type_ in GRAPHQL.type_map.items():
        if name.startswith("__") or isinstance(type_, GraphQLScalarType):
            continue
        other = APPSYNC.type_map[name]
        assert isinstance(type_, type(other))
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            assert isinstance(other, GraphQLObjectType | GraphQLInterfaceType)
            assert [(key, translated(str(field.type))) for key, field in type_.fields.items()] == [
                (key, str(field.type)) for key, field in other.fields.items()
            ]
            assert [list(field.args) for field in type_.fields.values()] == [
                list(field.args) for field in other.fields.values()
            ]
        elif isinstance(type_, GraphQLInputObjectType):
            assert isinstance(other, GraphQLInputObjectType)
            assert list(type_.fields) == list(other.fields)
        else:
            assert list(getattr(type_, "values", ())) == list(getattr(other, "values", ()))


def translated(type_: str) -> str:
    for name, other in appsync.SCALARS.items():
        type_ = type_.replace(name, other)
    return type_


def test_what_has_a_default_may_be_left_out() -> None:
    assert APPSYNC.query_type
    assert str(APPSYNC.query_type.fields["mocs"].args["page"].type) == "Int"
    assert str(APPSYNC.query_type.fields["moc"].args["id"].type) == "ID!"


def test_every_root_field_and_every_field_with_arguments_has_a_resolver() -> None:
    named = {(name, field) for name, fields in json.loads(appsync.resolvers()).items() for field in fields}
    assert named == {
        (name, key)
        for name, type_ in GRAPHQL.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
        for key, field in type_.fields.items()
        if field.args or name in ("Query", "Mutation")
    }


def test_the_generated_files_are_up_to_date_and_a_stale_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert schema(check=True) == 0
    monkeypatch.setattr(appsync, "resolvers", lambda: "{}")
    with pytest.raises(StartError, match=r"appsync\.json is stale\. Run: make schema"):
        schema(check=True)


def test_a_scalar_that_appsync_cannot_have_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(appsync.SCALARS, "JSON")
    with pytest.raises(ValueError, match="no scalar for JSON"):
        appsync.appsync_sdl()
