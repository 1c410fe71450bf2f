"""Variables of an operation: graphql-core's values and errors, without looking at the types for each request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql.execution.values import VariableValues, get_variable_values

if TYPE_CHECKING:
    from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode

_ERRORS = 50  # that are told at most, as `graphql.execute` has it


class Variables:
    """The variables of one operation.

    Args:
        schema: the schema.
        operation: the operation.
    """

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()

    def __call__(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Their values, coerced; else what is wrong with them."""
        return get_variable_values(self._schema, self._definitions, given, max_errors=_ERRORS)
