"""Variables of an operation: graphql-core's values, without looking at the types for each request, and all of its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import GraphQLError, Undefined, is_non_null_type
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.utilities.coerce_input_value import coerce_default_value

from gateway.compiled.arguments import CONSTANT
from gateway.compiled.coercion import Unbounded, coercion

if TYPE_CHECKING:
    from graphql import GraphQLSchema, OperationDefinitionNode

    from gateway.compiled.coercion import Coerce

_ERRORS = 50  # that are told at most, as `graphql.execute` has it


class _Variable(NamedTuple):
    """One variable.

    Attributes:
        name: its name.
        signature: graphql-core's.
        absent: where its value comes from if there is none.
        otherwise: its value without one; Undefined for none.
        required: whether there must be one.
        coerce: what coerces its value.
    """

    name: str
    signature: GraphQLVariableSignature
    absent: VariableValueSource
    otherwise: Any
    required: bool
    coerce: Coerce


class Variables:
    """The variables of one operation.

    Args:
        schema: the schema.
        operation: the operation.
    """

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        known = [_variable(get_variable_signature(schema, node)) for node in self._definitions]
        self._known = [one for one in known if one]

    def __call__(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Their values, coerced; else what is wrong with them."""
        if len(self._known) < len(self._definitions):
            return self._coerced(given)
        sources: dict[str, VariableValueSource] = {}
        values: dict[str, Any] = {}
        for name, signature, absent, otherwise, required, coerce in self._known:
            value = given.get(name, Undefined)
            if value is Undefined:
                if required:
                    return self._coerced(given)
                sources[name] = absent
                if otherwise is not Undefined:
                    values[name] = otherwise
                continue
            sources[name] = VariableValueSource(signature, value)
            value = coerce(value)
            if value is Undefined:
                return self._coerced(given)
            values[name] = value
        return VariableValues(sources, values)

    def _coerced(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(self._schema, self._definitions, given, max_errors=_ERRORS)


def _variable(signature: GraphQLVariableSignature | GraphQLError) -> _Variable | None:
    """What is known of a variable before it has a value; None where requests must not share that."""
    if isinstance(signature, GraphQLError):
        return None
    try:
        otherwise, coerce = coerce_default_value(signature), coercion(signature.type)
    except (Unbounded, TypeError):  # the latter for a default that is not valid
        return None
    if otherwise is not Undefined and not isinstance(otherwise, CONSTANT):
        return None
    required = is_non_null_type(signature.type) and otherwise is Undefined
    return _Variable(signature.name, signature, VariableValueSource(signature), otherwise, required, coerce)
