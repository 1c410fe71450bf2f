"""What AWS AppSync tells of a selection, written as a selection of ours.

AppSync reads each field from its parent's answer by the field's name, and gives it its alias itself: an answer knows no aliases. A field
below the roots that takes arguments may be wanted twice with different ones, so it has a resolver of its own and is left out here.

Of named fragments AppSync tells the names alone in `selectionSetGraphQL`, but `selectionSetList` names, by alias, what they lead to.
Where a fragment is spread, every leaf is therefore selected, and of what has children all that may be meant.
Source: https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html,
https://github.com/aws/aws-appsync-community/issues/142
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    parse,
)

from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from graphql import GraphQLField, SelectionNode

MAX_TOKENS = 10_000  # lexical tokens of a selection
ROOTS = (GRAPHQL.query_type, GRAPHQL.mutation_type)

Tree = dict[str, "Tree"]
"""Names in an answer, as the client calls them, and the names below each."""


def has_resolver(type_: GraphQLObjectType | GraphQLInterfaceType, name: str) -> bool:
    """Whether AppSync asks for the field `name` by an event of its own, rather than reading it from its parent's answer."""
    return type_ in ROOTS or bool(type_.fields[name].args)


def selection(field: GraphQLField, name: str, text: str, listed: Sequence[str], variables: Mapping[str, bool]) -> str:
    """The selection of a field, braces included; empty for a leaf.

    Args:
        field: what is selected from.
        name: of the field.
        text: `info.selectionSetGraphQL`.
        listed: `info.selectionSetList`; needed where the text spreads a named fragment.
        variables: what decides about `@skip` and `@include`. What they do not decide is kept.

    Raises:
        GraphQLError: the text is no selection.
    """
    type_ = get_named_type(field.type)
    if is_leaf_type(type_):
        return ""
    document = parse(text, no_location=True, max_tokens=MAX_TOKENS)
    operation: Any = document.definitions[0]  # an anonymous query, for a selection begins with a brace
    nodes: Sequence[SelectionNode] = operation.selection_set.selections
    match nodes:  # AWS's page shows the field itself around its selection, its service sends the selection alone
        case [FieldNode(selection_set=inner) as only] if (
            inner and only.name.value == name and name not in _fields(type_)
        ):
            nodes = inner.selections
    return _written(_selected(type_, nodes, _tree(listed), variables, spread=False))


def spreads(text: str) -> bool:
    """Whether there is a named fragment in a selection; it may also say yes where there is none."""
    return any(not part.lstrip().startswith(("on ", "{", "@")) for part in text.split("...")[1:])


def _selected(
    type_: Any, nodes: Sequence[SelectionNode], tree: Tree, variables: Mapping[str, bool], *, spread: bool
) -> Iterator[str]:
    """What is selected by `nodes`; with `spread`, also by a fragment that is unknown but for what `tree` says."""
    nodes = [node for node in nodes if not _left_out(node, variables)]
    spread = spread or any(_spread_in(nodes))
    fields = _fields(type_)
    yield from _always(type_)
    aliases = set()
    for node in nodes:
        if isinstance(node, InlineFragmentNode):
            inner = GRAPHQL.type_map[node.type_condition.name.value] if node.type_condition else type_
            chosen = _selected(inner, node.selection_set.selections, tree, variables, spread=spread)
            yield f"... on {inner.name} {_written(chosen)}"
        elif isinstance(node, FieldNode) and not node.name.value.startswith("__"):
            name, key = node.name.value, (node.alias or node.name).value
            aliases.add(key)
            if has_resolver(type_, name):
                continue
            below = node.selection_set.selections if node.selection_set else ()
            inner = get_named_type(fields[name].type)
            if is_leaf_type(inner):
                yield name
            else:
                yield name + _written(_selected(inner, below, tree.get(key, {}), variables, spread=spread))
    if spread:
        yield from _possible(type_, tree, aliases - fields.keys())


def _possible(type_: Any, tree: Tree, explained: Iterable[str] = ()) -> Iterator[str]:
    """All that an unknown fragment may mean by the names in `tree`, but for those that are `explained` otherwise."""
    fields = _fields(type_)
    yield from _always(type_)
    if not isinstance(type_, GraphQLObjectType):
        for one in GRAPHQL.get_possible_types(type_):
            yield f"... on {one.name} {_written(_possible(one, tree, explained))}"
    readable = {name: get_named_type(field.type) for name, field in fields.items() if not has_resolver(type_, name)}
    yield from (name for name, inner in readable.items() if is_leaf_type(inner))
    composite = {name: inner for name, inner in readable.items() if not is_leaf_type(inner)}
    for key, below in tree.items():
        if below and key not in explained:
            # A name that is no field is an alias, of whichever field.
            meant = composite if key not in fields else {key: composite[key]} if key in composite else {}
            for name, inner in meant.items():
                yield name + _written(_possible(inner, below))


def _always(type_: Any) -> Iterator[str]:
    """What each answer has: the name of a type that is not the only possible one, and the ids that resolvers of nested fields work from."""
    if not isinstance(type_, GraphQLObjectType):
        yield "__typename"
    for name, field in _fields(type_).items():
        if (name == "id" or name.endswith("Id")) and is_leaf_type(get_named_type(field.type)):
            yield name


def _spread_in(nodes: Iterable[SelectionNode]) -> Iterator[bool]:
    for node in nodes:
        if isinstance(node, InlineFragmentNode):
            yield from _spread_in(node.selection_set.selections)
        else:
            yield isinstance(node, FragmentSpreadNode)


def _left_out(node: SelectionNode, variables: Mapping[str, bool]) -> bool:
    for directive in node.directives or ():
        condition = directive.arguments[0].value if directive.arguments else None
        if isinstance(condition, VariableNode):
            decided = variables.get(condition.name.value)
        else:
            decided = condition.value if isinstance(condition, BooleanValueNode) else None
        if decided is {"skip": True, "include": False}.get(directive.name.value, ...):
            return True
    return False


def _fields(type_: Any) -> Mapping[str, GraphQLField]:
    return {} if isinstance(type_, GraphQLUnionType) else type_.fields


def _written(parts: Iterable[str]) -> str:
    return f" {{ {' '.join(dict.fromkeys(parts)) or '__typename'} }}"


def _tree(paths: Iterable[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        place = tree
        for name in path.split("/"):
            place = place.setdefault(name, {})
    return tree
