"""Documents of clients: parsed, held against the limits and validated once, then kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

from graphql import (
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from gateway import extent, trusted
from gateway.errors import Problem
from gateway.execute import Operation
from resolvers.schema import GRAPHQL

if TYPE_CHECKING:
    from graphql import DocumentNode

    from gateway.extent import Extent
    from settings import Settings

MAX_CHARACTERS = 100_000  # of a document
KEPT = 256  # documents, wrong ones included
_TOKENS = "Document contains more than"  # how the parser begins to tell that there are too many
_BY_PYTHON = " but encountered error"  # what validation tells of a literal that Python could not read
_NOT_TRUSTED = (
    "Only registered documents are run here: register this one when the client is built, and send its documentId"
)


class Policy(NamedTuple):
    """Which documents are accepted.

    Args:
        introspection: whether they may ask for the schema, and are told what a misspelt name may have meant.
        trusted_only: whether they must be trusted.
        tokens: lexical tokens that they may have.
        limits: the largest that they may be.
    """

    introspection: bool
    trusted_only: bool
    tokens: int
    limits: Extent

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The policy that `settings` describe."""
        limits = extent.limits(settings)
        return cls(not settings.production, settings.graphql_trusted_only, settings.graphql_max_tokens, limits)


class Document:
    """A document of a client's, parsed and valid.

    Args:
        node: the document.
        name: what it is called by where its answers are kept.
        trusted: whether it was registered.
    """

    def __init__(self, node: DocumentNode, name: str, *, trusted: bool) -> None:
        self.name = name
        self.trusted = trusted
        self._node = node
        self._operations: dict[str | None, Operation] = {}

    def operation(self, name: str | None) -> Operation:
        """The operation of this name, or the only one.

        Raises:
            GraphQLError: there is none, or more than one.
        """
        if name not in self._operations:
            self._operations[name] = self._found(name)
        return self._operations[name]

    def _found(self, name: str | None) -> Operation:
        found = [node for node in self._node.definitions if isinstance(node, OperationDefinitionNode)]
        named = [node for node in found if name is None or (node.name and node.name.value == name)]
        if len(named) != 1:
            wanted = f"no operation named {name!r}" if name else "several operations and no operationName"
            raise GraphQLError(f"The document has {wanted}" if found else "The document has no operation")
        return Operation.of(self._node, named[0], trusted=self.trusted)


@lru_cache(maxsize=KEPT)
def parsed(text: str, policy: Policy) -> Document | list[GraphQLError]:
    """The document, or what is wrong with it. One that is registered was held against the limits then."""
    name = trusted.identifier(text)
    registered = trusted.find(name) is not None
    if policy.trusted_only and not registered:
        return [_refused("DOCUMENT_NOT_TRUSTED", _NOT_TRUSTED)]
    if len(text) > MAX_CHARACTERS:
        return [
            _refused("QUERY_TOO_COMPLEX", f"The document has {len(text):,} characters and may have {MAX_CHARACTERS:,}")
        ]
    try:
        node = parse(text, max_tokens=None if registered else policy.tokens)
    except GraphQLError as error:
        return [_too_many(policy.tokens) if _TOKENS in error.message else error]
    if not registered and (
        errors := extent.excess(node, policy.limits)
    ):  # one that is, was measured when it was registered
        return errors
    rules = specified_rules if policy.introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    errors = validate(GRAPHQL, node, rules, hide_suggestions=not policy.introspection)
    return list(map(_without_cause, errors)) or Document(node, name, trusted=registered)


def _without_cause(error: GraphQLError) -> GraphQLError:
    """An error of validation is the document's, also where Python found it: in a number of thousands of digits, say."""
    if error.original_error is None:
        return error
    return GraphQLError(f"{error.message.partition(_BY_PYTHON)[0]} which it cannot be", error.nodes)


def _too_many(tokens: int) -> GraphQLError:
    return _refused(
        "QUERY_TOO_COMPLEX",
        f"The document has more than the {tokens:,} lexical tokens that it may have: send it in parts",
    )


def _refused(code: str, sentence: str) -> GraphQLError:
    return GraphQLError(sentence, original_error=Problem(code, sentence))
