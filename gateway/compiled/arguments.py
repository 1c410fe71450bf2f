"""Arguments of a field: what can be known of them before there are variables, is."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import Undefined, VariableNode, is_non_null_type, is_required_argument
from graphql.execution.values import get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

if TYPE_CHECKING:
    from graphql import FieldNode, GraphQLArgument, GraphQLField, ValueNode
    from graphql.execution import Executor

CONSTANT = (str, int, float, bool, type(None), enum.Enum)  # what requests may share, since nobody can change it


class _Unknown(Exception):
    """An argument is different for each request, though no variable alone."""


class _Argument(NamedTuple):
    """One argument.

    Attributes:
        name: under which a resolver gets it.
        variable: whose value it is; None for a constant.
        otherwise: its value without one; Undefined for none.
        required: whether there must be one, other than null.
        nullable: whether the value may be null.
    """

    name: str
    variable: str | None
    otherwise: Any
    required: bool
    nullable: bool


class Arguments:
    """The arguments of a field at one place of a document.

    Args:
        definition: the schema's.
        node: the first that asks for it.
    """

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        self._known: list[_Argument] | None
        try:
            self._known = [_argument(name, argument, given.get(name)) for name, argument in definition.args.items()]
        except _Unknown:
            self._known = None

    def __call__(self, executor: Executor[None]) -> dict[str, Any]:
        """Their values, coerced.

        Raises:
            GraphQLError: one is wrong.
        """
        if self._known is None:
            return self._coerced(executor)
        variables = executor.variable_values.coerced
        values: dict[str, Any] = {}
        for name, variable, otherwise, required, nullable in self._known:
            value = otherwise if variable is None else variables.get(variable, Undefined)
            if value is None and not nullable:
                return self._coerced(executor)
            if value is Undefined:
                if required:
                    return self._coerced(executor)
                value = otherwise
                if value is Undefined:
                    continue
            values[name] = value
        return values

    def _coerced(self, executor: Executor[None]) -> dict[str, Any]:
        """Their values by graphql-core, with its errors."""
        return get_argument_values(
            self._definition, self._node, executor.variable_values, None, executor.hide_suggestions
        )


def _argument(name: str, argument: GraphQLArgument, node: ValueNode | None) -> _Argument:
    """What is known of one argument.

    Raises:
        _Unknown: nothing.
    """
    variable = node.name.value if isinstance(node, VariableNode) else None
    required = is_required_argument(argument)
    if node is not None and variable is None:
        otherwise = coerce_input_literal(node, argument.type)
        if otherwise is Undefined:
            raise _Unknown
    elif node is None and required:
        raise _Unknown
    else:
        otherwise = coerce_default_value(argument)
    if otherwise is not Undefined and not isinstance(otherwise, CONSTANT):
        raise _Unknown
    return _Argument(
        argument.out_name or name, variable, otherwise, required, nullable=not is_non_null_type(argument.type)
    )
