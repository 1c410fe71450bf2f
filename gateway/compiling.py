"""Whether an operation runs compiled: the one place that decides (docs/decisions/0021-compiled-operations.md)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gateway import compiled

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLSchema

    from gateway.compiled import Compiled

# Compiling costs as much as one to ten interpreted runs, so a client's document has to come back before it pays.
SEEN = 3  # runs of an operation that is not trusted, after which it is compiled
_log = logging.getLogger("brickgate.compiling")


class Compiling:
    """What is known of one operation.

    Args:
        document: its document.
        name: its name.
        trusted: whether it is the project's own, or was registered by a client: then it is compiled at first use.
    """

    def __init__(self, document: DocumentNode, name: str | None, *, trusted: bool) -> None:
        self._document = document
        self._name = name
        self._left = 0 if trusted else SEEN
        self._made: dict[GraphQLSchema, Compiled | None] = {}

    def of(self, schema: GraphQLSchema) -> Compiled | None:
        """The operation, compiled for a schema; None where it is to be interpreted."""
        if self._left > 0:
            self._left -= 1
            return None
        if schema not in self._made:
            self._made[schema] = self._compile(schema)
        return self._made[schema]

    def _compile(self, schema: GraphQLSchema) -> Compiled | None:
        try:
            return compiled.compile(schema, self._document, self._name)
        except compiled.Refused as refused:
            _log.info("interpreted", extra={"operation": self._name, "reason": str(refused)})
            return None
