"""How large a document is, and whether that is too much: the limits that spare the server a document before it is validated.

Validating is itself no protection: whether equal names can be merged, for one, takes time by the square of how often a name is written.
So this comes first, and takes time by the length of the document alone: each fragment is measured once, however often it is spread.
"""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    validate,
)

from gateway.errors import Problem
from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql import DocumentNode, SelectionSetNode

    from settings import Settings

_MOST = 1_000_000  # what is more is not counted exactly


class Extent(NamedTuple):
    """How far something reaches, the fragments in it spread out.

    Args:
        depth: levels of fields. Introspection does not count: the validation of its depth is the library's.
        root_fields: fields of its first level, each as often as it is written.
        aliases: fields that are given another name.
        directives: places where one is applied.
        comparisons: pairs of fields of the same name, anywhere in the document, which may have to be compared.
    """

    depth: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    comparisons: int = 0


_SENTENCES = {
    "depth": "is {} levels deep and may be {}: ask for what lies deeper by its id, in a request of its own",
    "root_fields": "has {} root fields and may have {}: send the others in a request of their own",
    "aliases": "has {} aliases and may have {}: ask for several things by a list, or in several requests",
    "directives": "has {} directives and may have {}: leave out what is never wanted",
    "comparisons": "has {} pairs of fields of one name to compare and may have {}: write each field once, and share fragments",
}


def excess(document: DocumentNode, limits: Extent) -> list[GraphQLError]:
    """What makes a document too large: an error that says by how much, and what to do, for each limit; none where nothing does."""
    try:
        extent = measure(document)
    except CycleError:  # cannot be spread out; the rule says which fragment it is
        return validate(GRAPHQL, document, [NoFragmentCyclesRule])
    return [
        GraphQLError(sentence, original_error=Problem("QUERY_TOO_COMPLEX", sentence))
        for name, most in limits._asdict().items()
        if (found := getattr(extent, name)) > most
        for sentence in [f"The document {_SENTENCES[name].format(_figure(found), f'{most:,}')}"]
    ]


def measure(document: DocumentNode) -> Extent:
    """The largest of each figure among the operations of a document, which may be invalid.

    Raises:
        CycleError: fragments spread each other.
    """
    definitions = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    spread = {name: set(_spread_in(node.selection_set)) & definitions.keys() for name, node in definitions.items()}
    names: Counter[str] = Counter()
    fragments: dict[str, Extent] = {}
    for name in TopologicalSorter(spread).static_order():  # those that others spread come first
        fragments[name] = _selected(definitions[name].selection_set, fragments, names)
    extents = [Extent()]
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            extent = _selected(node.selection_set, fragments, names)
            of_variables = sum(len(variable.directives or ()) for variable in node.variable_definitions or ())
            directives = extent.directives + len(node.directives or ()) + of_variables
            extents.append(extent._replace(directives=directives))
    comparisons = sum(count * (count - 1) // 2 for count in names.values())
    largest = (max(figures) for figures in zip(*extents, strict=True))
    return Extent(*largest)._replace(comparisons=comparisons)


def _selected(selected: SelectionSetNode, fragments: Mapping[str, Extent], names: Counter[str]) -> Extent:
    """The extent of a selection set; `names` counts the names in an answer that are written in it."""
    depth = fields = aliases = directives = 0
    for node in selected.selections:
        directives += len(node.directives or ())
        if isinstance(node, FieldNode):
            names[(node.alias or node.name).value] += 1
            inner = _selected(node.selection_set, fragments, names) if node.selection_set else Extent()
            fields += 1
            aliases += node.alias is not None
            depth = max(depth, 0 if node.name.value.startswith("__") else 1 + inner.depth)
        else:
            if isinstance(node, FragmentSpreadNode):
                inner = fragments.get(node.name.value, Extent())
            else:
                inner = _selected(node.selection_set, fragments, names)  # type: ignore[attr-defined] # an inline fragment has one
            fields += inner.root_fields
            depth = max(depth, inner.depth)
        aliases += inner.aliases
        directives += inner.directives
    return Extent(depth, min(fields, _MOST), min(aliases, _MOST), min(directives, _MOST))


def _spread_in(selected: SelectionSetNode) -> Iterator[str]:
    """The fragments that a selection set spreads by name."""
    for node in selected.selections:
        if isinstance(node, FragmentSpreadNode):
            yield node.name.value
        elif inner := node.selection_set:  # type: ignore[attr-defined] # of fields and inline fragments
            yield from _spread_in(inner)


def _figure(number: int) -> str:
    return f"{number:,}" if number < _MOST else f"more than {_MOST:,}"


def limits(settings: Settings) -> Extent:
    """The largest that a document may be."""
    return Extent(**{name: getattr(settings, f"graphql_max_{name}") for name in Extent._fields})
