"""A compiled operation: what is refused, what is kept by the values of conditions, and how it runs."""

from __future__ import annotations

import logging
from functools import cache
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    assert_valid_schema,
    default_field_resolver,
    default_type_resolver,
    execute,
)
from graphql.pyutils.is_awaitable import is_awaitable as core_is_awaitable

from gateway.compiled.completion import Fields
from gateway.compiled.executor import Executor
from gateway.compiled.plan import Plan, conditions_of, fragments_of
from gateway.compiled.variables import Variables
from gateway.compiled.versions import unproved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import DocumentNode, GraphQLSchema

COMBINATIONS = 64  # of the values of conditions that are kept compiled; further ones are interpreted
_log = logging.getLogger("compiled")


class Refused(Exception):
    """An operation that only the interpreter can run; the sentence says why."""


class Compiled:
    """One operation, which is compiled as far as its requests reach. Made by `compile`; any number of tasks and threads may run it."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: tuple[str, ...],
        is_awaitable: Callable[[Any], bool],
    ) -> None:
        self._schema = schema
        self._document = document
        self._operation = operation
        self._conditions = conditions
        self._is_awaitable: Any = is_awaitable
        self._serial = operation.operation is OperationType.MUTATION
        self._fragments = fragments_of(document)
        self._definitions = {name: details.definition for name, details in self._fragments.items()}
        self._variables = Variables(schema, operation)
        self._roots: dict[tuple[Any, ...], Fields] = {}

    async def execute(
        self, root: Any = None, context: Any = None, variables: Mapping[str, Any] | None = None
    ) -> ExecutionResult:
        """Run it: what `graphql.execute` would answer, to the last error.

        Args:
            root: the source of the root fields.
            context: what resolvers find as `info.context`.
            variables: the variables' values, which need not be valid.
        """
        values = self._variables(dict(variables or {}))
        if isinstance(values, list):
            return ExecutionResult(None, values)
        fields = self._fields(tuple(values.coerced.get(name) for name in self._conditions))
        if fields is None:
            return await self._interpreted(root, context, variables)
        executor = Executor(
            self._schema,
            self._definitions,
            self._fragments,
            root,
            context,
            self._operation,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=self._is_awaitable,
        )
        data: dict[str, Any] | None
        try:
            if self._serial:
                data = await fields.serially(executor, root)
            else:
                result = fields(executor, root, None)
                data = await result if executor.is_awaitable(result) else result
        except GraphQLError as error:
            executor.collected_errors.add(error, None)
            data = None
        answer = executor.build_response(data)
        assert isinstance(answer, ExecutionResult)  # noqa: S101 - for mypy: the others belong to @defer
        return answer

    def prepare(self) -> None:
        """Make now what the first request would have made, if nothing depends on its variables."""
        if not self._conditions and (fields := self._fields(())):
            fields.prepare()

    def _fields(self, conditions: tuple[Any, ...]) -> Fields | None:
        """The root fields under these values; None where they must be interpreted."""
        fields = self._roots.get(conditions)
        if fields is None:
            # Null for a variable with a default is an error that arises where the directive stands.
            if len(self._roots) >= COMBINATIONS or not all(isinstance(value, bool) for value in conditions):
                return None
            given = dict(zip(self._conditions, conditions, strict=True))
            plan = Plan(self._schema, self._operation, self._fragments, given, self._is_awaitable)
            fields = self._roots[conditions] = Fields(plan, plan.root())
        return fields

    async def _interpreted(self, root: Any, context: Any, variables: Mapping[str, Any] | None) -> ExecutionResult:
        name = self._operation.name
        result = execute(
            self._schema,
            self._document,
            root,
            context,
            dict(variables or {}),
            name.value if name else None,
            is_awaitable=self._is_awaitable,
            executor_class=Executor,
        )
        return await result if isawaitable(result) else result


def compile(  # noqa: A001 - `compiled.compile`, as `re.compile`
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None = None,
    *,
    is_awaitable: Callable[[Any], bool] = core_is_awaitable,
) -> Compiled:
    """Compile one operation of a document that is valid against the schema.

    Args:
        schema: the schema; it must not change afterwards.
        document: the document.
        operation_name: which of its operations; not needed where there is one.
        is_awaitable: as `graphql.execute` takes it.

    Raises:
        Refused: only the interpreter can run it.
    """
    if wrong := untrusted():
        raise Refused(wrong)
    found = [
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        and (operation_name is None or (node.name and node.name.value == operation_name))
    ]
    if len(found) != 1:
        raise Refused(f"the document has {len(found)} operations that could be meant")
    operation = found[0]
    if operation.operation is OperationType.SUBSCRIPTION:
        raise Refused("it is a subscription")
    if schema.get_root_type(operation.operation) is None:
        raise Refused(f"the schema has no {operation.operation.value}")
    if any(schema.get_directive(name) for name in ("defer", "stream")):
        raise Refused("the schema has @defer or @stream")
    if hooked := _hooked(schema):
        raise Refused(f"the schema's extension {hooked} has a hook around resolvers")
    if any(details.definition.variable_definitions for details in fragments_of(document).values()):
        raise Refused("a fragment has variables")
    conditions, strange = conditions_of(document)
    if strange:
        raise Refused(f"the document has the directive @{strange}")
    assert_valid_schema(schema)
    return Compiled(schema, document, operation, conditions, is_awaitable)


@cache
def untrusted() -> str | None:
    """What speaks against compiling anything at all; told once."""
    if found := unproved():
        _log.warning("nothing is compiled: %s", found)
    return found


def _hooked(schema: GraphQLSchema) -> str | None:
    """The name of an extension of a Strawberry schema that wants to see every resolver."""
    strawberry = getattr(schema, "_strawberry_schema", None)
    for extension in getattr(strawberry, "extensions", ()):
        kind = extension if isinstance(extension, type) else type(extension)
        implements = getattr(kind, "_implements_resolve", None)
        if implements is None or implements():
            return kind.__name__
    return None
