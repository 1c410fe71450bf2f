"""What an operation costs at most, before it is executed: weights times page sizes, by the data of `resolvers.costs`.

The cost is an upper bound: fields that an answer merges count each time that they are written. It is worked out once for a document and the
sizes of its variables, and then known.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    value_from_ast_untyped,
)

from gateway.errors import Problem
from resolvers.costs import LENGTHS, MUTATION, SLICES, WEIGHTS
from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graphql import DirectiveNode, SelectionNode, ValueNode

    from gateway.execute import Operation

_KNOWN = 1024  # costs that are kept: operations, each with a few page sizes
_LARGEST = max(one.most for one in SLICES.values())
_LEFT_OUT = {"skip": True, "include": False}
_Sized = tuple[str, int] | None
"""The field of a page that has the list, and how many objects the list has."""


class Cost(NamedTuple):
    """What an operation costs at most, and what it may cost."""

    requested: int
    limit: int

    @property
    def extensions(self) -> dict[str, Any]:
        """The same, as answers tell it."""
        return {"cost": self._asdict()}

    def excess(self, operation: Operation, variables: Mapping[str, Any]) -> GraphQLError | None:
        """That the operation costs too much with these variables, where it does."""
        if self.requested <= self.limit:
            return None
        sentence = (
            f"The operation may cost {self.requested:,}, which is {self.requested - self.limit:,} more than the {self.limit:,} that you "
            f"may spend at once, most of it for {costliest(operation, variables)}: ask for smaller pages, for fewer lists inside of lists, "
            "or in several requests"
        )
        return GraphQLError(sentence, original_error=Problem("QUERY_TOO_COSTLY", sentence))


def cost(operation: Operation, variables: Mapping[str, Any]) -> int:
    """The most that `operation` can cost with these values of its variables, which need not be valid."""
    given = _given(operation, variables)
    # A page of one object is not the same as true, though Python takes 1 and True for equal.
    return _cost(operation, tuple((name, type(value), value) for name, value in given.items()))


def costliest(operation: Operation, variables: Mapping[str, Any]) -> str:
    """The way to the field that costs most, such as `mocs.items.partsLists`."""
    selections = operation.definition.selection_set.selections
    root = GRAPHQL.get_root_type(operation.definition.operation)
    return ".".join(_Calculation(operation, _given(operation, variables)).costliest(root, selections, None))


def _given(operation: Operation, variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _known(variables[name]) for name in operation.variables if name in variables}


def _known(value: Any) -> Any:
    """What matters of a value: which boolean or page size it is, else whether it is one at all."""
    if isinstance(value, bool) or (isinstance(value, int) and 1 <= value <= _LARGEST):
        return value
    return ... if value else None


@lru_cache(maxsize=_KNOWN)
def _cost(operation: Operation, given: tuple[tuple[str, type, Any], ...]) -> int:
    root = GRAPHQL.get_root_type(operation.definition.operation)
    values = {name: value for name, _, value in given}
    return _Calculation(operation, values).selected(root, operation.definition.selection_set.selections, None)


class _Priced(NamedTuple):
    """A field, what it costs, and what is selected below it: the type, the selections, and the size of its list."""

    cost: int
    name: str
    below: tuple[Any, ...]


class _Calculation:
    """The costs of one operation's parts. A fragment is looked at once for each size that its type's list may have."""

    def __init__(self, operation: Operation, given: dict[str, Any]) -> None:
        definitions = operation.document.definitions
        self._fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
        self._spread: dict[tuple[str, _Sized], int] = {}
        defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.definition.variable_definitions or ()
            if node.default_value
        }
        self._variables = defaults | given

    def selected(self, parent: Any, nodes: Iterable[SelectionNode], sized: _Sized) -> int:
        """What is selected of one object of the type `parent`, the object itself aside."""
        total = 0
        for node in self._kept(nodes):
            if isinstance(node, FieldNode):
                total += self._field(parent, node, sized).cost
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node, sized)
            else:
                total += self.selected(*self._inside(parent, node), sized)
        return total

    def _fragment(self, node: FragmentSpreadNode, sized: _Sized) -> int:
        name = node.name.value
        if (name, sized) not in self._spread:
            self._spread[name, sized] = self.selected(*self._inside(None, node), sized)
        return self._spread[name, sized]

    def costliest(self, parent: Any, nodes: Iterable[SelectionNode], sized: _Sized) -> list[str]:
        """The names on the way to what costs most of all that is selected of one object."""
        priced = self._priced(parent, nodes, sized, set())
        cost, name, below = max(priced, default=_Priced(0, "", ()), key=lambda one: one.cost)
        return [name, *self.costliest(*below)] if cost and below else []

    def _priced(
        self, parent: Any, nodes: Iterable[SelectionNode], sized: _Sized, spread: set[str]
    ) -> Iterator[_Priced]:
        """Each field that is selected of one object; those of a fragment once, however often it is `spread`."""
        for node in self._kept(nodes):
            if isinstance(node, FieldNode):
                yield self._field(parent, node, sized)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in spread:
                    continue
                spread.add(node.name.value)
            yield from self._priced(*self._inside(parent, node), sized, spread)

    def _kept(self, nodes: Iterable[SelectionNode]) -> Iterator[SelectionNode]:
        """Without those that a directive leaves out."""
        return (node for node in nodes if not any(map(self._leaves_out, node.directives or ())))

    def _inside(self, parent: Any, node: SelectionNode) -> tuple[Any, Iterable[SelectionNode]]:
        """The type that a fragment in a selection of `parent` is about, and what is selected in it."""
        fragment: Any = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        type_ = GRAPHQL.type_map[fragment.type_condition.name.value] if fragment.type_condition else parent
        return type_, fragment.selection_set.selections

    def _field(self, parent: Any, node: FieldNode, sized: _Sized) -> _Priced:
        name = node.name.value
        if name.startswith("__"):
            return _Priced(0, name, ())
        field, coordinate = parent.fields[name], f"{parent.name}.{name}"
        weight = WEIGHTS.get(coordinate, MUTATION if parent is GRAPHQL.mutation_type else 0)
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for argument, value in given.items():
            if (heavy := WEIGHTS.get(f"{coordinate}({argument}:)")) and self._value(value, None):
                weight += heavy
        type_ = get_named_type(field.type)
        if is_leaf_type(type_) or node.selection_set is None:
            return _Priced(weight, name, ())
        size, below = 1, None
        if slice_ := SLICES.get(coordinate):
            wanted = self._value(given.get(slice_.argument), field.args[slice_.argument].default_value)
            size = wanted if type(wanted) is int and 1 <= wanted <= slice_.most else slice_.most
            if slice_.sized:
                size, below = 1, (slice_.sized, size)
        elif is_list_type(get_nullable_type(field.type)):
            size = sized[1] if sized and sized[0] == name else LENGTHS[coordinate]
        selections = node.selection_set.selections
        return _Priced(weight + size * (1 + self.selected(type_, selections, below)), name, (type_, selections, below))

    def _value(self, node: ValueNode | None, otherwise: Any) -> Any:
        """The value of an argument; of a variable, as far as it is known."""
        if isinstance(node, VariableNode):
            return self._variables.get(node.name.value, otherwise)
        return otherwise if node is None else value_from_ast_untyped(node)

    def _leaves_out(self, directive: DirectiveNode) -> bool:
        condition = directive.arguments[0].value if directive.arguments else None
        return self._value(condition, None) is _LEFT_OUT.get(directive.name.value, ...)
