"""What one operation asks for, once it is known what is skipped: fields collected and merged by graphql-core's own functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import BooleanValueNode, FragmentDefinitionNode, GraphQLObjectType, OperationDefinitionNode, VariableNode
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from graphql.language import BREAK, Visitor, visit

from gateway.compiled.reading import Reading, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import DirectiveNode, DocumentNode, FieldNode, GraphQLField, GraphQLSchema
    from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

LARGEST = (
    2_000  # fields of a plan: a document can spread one fragment a thousand times, and what is left is interpreted
)


class Selected(NamedTuple):
    """A field at one place of a document.

    Attributes:
        name: its key in the answer.
        parent: the object type that it is asked of.
        definition: the schema's.
        details: graphql-core's: the nodes that ask for it.
        reading: how it is read; None where its resolver must be called.
    """

    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: FieldDetailsList
    reading: Reading | None

    @property
    def nodes(self) -> list[FieldNode]:
        """The nodes that ask for it."""
        return [details.node for details in self.details]


@dataclass(eq=False)
class Plan:
    """One operation under one combination of the values that its `@skip` and `@include` depend on.

    Args:
        schema: the schema.
        operation: of a document that is valid against the schema.
        fragments: all of the document's.
        conditions: the values of the variables that directives depend on.
        is_awaitable: what counts as awaitable.
    """

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    conditions: Mapping[str, bool]
    is_awaitable: Callable[[Any], bool]

    def __post_init__(self) -> None:
        self._values = VariableValues({}, dict(self.conditions))
        self._left = LARGEST

    @property
    def root_type(self) -> GraphQLObjectType:
        """The type that the operation begins at."""
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None  # noqa: S101 - for mypy: the document is valid
        return root

    @property
    def exhausted(self) -> bool:
        """Whether the plan has grown as large as it may."""
        return self._left <= 0

    def root(self) -> list[Selected]:
        """The operation's own fields."""
        root = self.root_type
        collected = collect_fields(self.schema, self.fragments, self._values, root, self.operation)
        return self._selected(root, collected.grouped_field_set)

    def under(self, type_: GraphQLObjectType, details: FieldDetailsList) -> list[Selected]:
        """The fields that are asked of an object of this type."""
        collected = collect_subfields(self.schema, self.fragments, self._values, self.operation, type_, details)
        return self._selected(type_, collected.grouped_field_set)

    def _selected(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> list[Selected]:
        self._left -= len(grouped)
        found = []
        for name, details in grouped.items():
            field_name = details[0].node.name.value
            definition = self.schema.get_field(type_, field_name)
            if definition is not None:
                found.append(Selected(name, type_, definition, details, reading(field_name, definition)))
        return found


def fragments_of(document: DocumentNode) -> dict[str, FragmentDetails]:
    """The fragments of a document by name."""
    return {
        node.name.value: FragmentDetails(node)
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }


class _Directives(Visitor):
    """Sees every directive of a document, and each variable that one depends on."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: dict[str, None] = {}
        self.strange: str | None = None

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        """Note the variable, or the name of a directive that is neither `@skip` nor `@include`."""
        if node.name.value not in {"skip", "include"}:
            self.strange = node.name.value
            return BREAK
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.variables[argument.value.name.value] = None
            elif not isinstance(argument.value, BooleanValueNode):
                self.strange = node.name.value
        return None


def conditions_of(document: DocumentNode) -> tuple[tuple[str, ...], str | None]:
    """The variables that `@skip` and `@include` depend on, and the name of any directive that is something else."""
    seen = _Directives()
    visit(document, seen)
    return tuple(seen.variables), seen.strange
