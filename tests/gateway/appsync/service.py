"""AWS AppSync in small: executes clients' documents on the generated SDL, and asks the door for each field that has a resolver.

Events are those of direct Lambda resolvers. Of named fragments they tell the names alone, answers are read by fields' names, defaults are
not known: as AppSync does it.
"""

from __future__ import annotations

import copy
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    InlineFragmentNode,
    build_schema,
    execute,
    is_abstract_type,
    parse,
    print_ast,
    validate,
)
from strawberry.dataloader import DataLoader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

    from graphql import SelectionNode

ROOT = Path(__file__).parents[3]
EVENT = json.loads((ROOT / "tests" / "events" / "appsync.json").read_text())
SDL = (ROOT / "terraform" / "schema.appsync.graphql").read_text()
RESOLVERS: dict[str, list[str]] = json.loads((ROOT / "terraform" / "appsync.json").read_text())
_SCALARS = "scalar AWSDateTime\nscalar AWSJSON\n"


def identity_of(sub: str, issuer: str) -> dict[str, Any]:
    """What AppSync tells of a user of a Cognito user pool."""
    text = json.dumps(EVENT["identity"]).replace("SUB", sub).replace("ISSUER", issuer)
    found: dict[str, Any] = json.loads(text)
    return found


class Service:
    """An API of AppSync.

    Args:
        serve: the Lambda function.
        identity: of the client.
        batch: events that are sent at once; 0 sends each alone.
        resolvers: the fields that have one, by type.
    """

    def __init__(
        self,
        serve: Callable[[Any], Awaitable[Any]],
        identity: dict[str, Any] | None,
        batch: int = 100,
        resolvers: Mapping[str, list[str]] = RESOLVERS,
    ) -> None:
        self.events: list[Any] = []
        self._serve = serve
        self._identity = identity
        self._batch = batch
        self._schema = build_schema(_SCALARS + SDL)
        json_scalar = self._schema.type_map["AWSJSON"]
        assert isinstance(json_scalar, GraphQLScalarType)
        json_scalar.serialize = json.dumps  # type: ignore[assignment, method-assign] # a scalar is made with it, or gets it afterwards
        for name, type_ in self._schema.type_map.items():
            if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
                for key, field in type_.fields.items():
                    field.resolve = self._resolver() if key in resolvers.get(name, ()) else partial(_read, key)
            elif is_abstract_type(type_):
                type_.resolve_type = _type_of

    async def execute(self, document: str, variables: dict[str, Any] | None = None) -> ExecutionResult:
        """The answer to a client."""
        parsed = parse(document)
        assert validate(self._schema, parsed) == []
        result = execute(self._schema, parsed, variable_values=variables)
        return result if isinstance(result, ExecutionResult) else await result

    def _resolver(self) -> Any:
        loader: DataLoader[Any, Any] = DataLoader(self._send, max_batch_size=self._batch or 1, cache=False)

        async def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            answer = await loader.load(self._event(source, info, arguments))
            if "errorMessage" in answer:
                raise GraphQLError(answer["errorMessage"], extensions={"errorType": answer["errorType"]})
            return answer["data"]

        return resolve

    async def _send(self, events: list[Any]) -> list[Any]:
        """Send events, as JSON."""
        self.events.append(events if self._batch else events[0])
        if self._batch:
            answers: list[Any] = json.loads(json.dumps(await self._serve(json.loads(json.dumps(events)))))
            assert len(answers) == len(events)
            return answers
        try:
            return [{"data": json.loads(json.dumps(await self._serve(json.loads(json.dumps(events[0])))))}]
        except Exception as error:  # noqa: BLE001 - a function's error, of whatever class
            return [{"data": None, "errorMessage": str(error), "errorType": type(error).__name__}]

    def _event(self, source: Any, info: GraphQLResolveInfo[Any], arguments: dict[str, Any]) -> Any:
        nodes = [one for node in info.field_nodes if node.selection_set for one in node.selection_set.selections]
        event = copy.deepcopy(EVENT)
        return event | {
            "arguments": arguments,
            "identity": self._identity,
            "source": source,
            "info": {
                "selectionSetList": list(dict.fromkeys(_listed(nodes, info))),
                "selectionSetGraphQL": "{\n" + "\n".join(map(print_ast, nodes)) + "\n}" if nodes else "",
                "parentTypeName": info.parent_type.name,
                "fieldName": info.field_name,
                "variables": info.variable_values.coerced,
            },
        }


def _read(name: str, source: Any, _info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    """A field without a resolver, out of its parent's answer."""
    return source.get(name)


def _type_of(value: Any, _info: GraphQLResolveInfo[Any], _type: GraphQLAbstractType) -> str:
    name: str = value["__typename"]
    return name


def _listed(nodes: Iterable[SelectionNode], info: GraphQLResolveInfo[Any], prefix: str = "") -> Iterator[str]:
    """The names that the client gives, fragments resolved."""
    for node in nodes:
        if isinstance(node, FieldNode):
            path = prefix + (node.alias or node.name).value
            yield path
            if node.selection_set:
                yield from _listed(node.selection_set.selections, info, f"{path}/")
        elif isinstance(node, InlineFragmentNode):
            yield from _listed(node.selection_set.selections, info, prefix)
        else:
            fragment = info.fragments[node.name.value]  # type: ignore[attr-defined] # the third kind, a spread
            yield from _listed(fragment.selection_set.selections, info, prefix)
