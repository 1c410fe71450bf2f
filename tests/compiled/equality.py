"""Running an operation both ways, interpreted and compiled, and comparing all that can be seen of it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from graphql import execute, parse, validate
from graphql.execution import Executor
from strawberry.dataloader import DataLoader

from gateway import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import DocumentNode, ExecutionResult, GraphQLSchema


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@dataclass
class Seen:
    """The context of an execution, which notes what resolvers do."""

    calls: list[str] = field(default_factory=list)
    batches: list[list[Any]] = field(default_factory=list)
    total: int = 0

    def __post_init__(self) -> None:
        self.loader: DataLoader[Any, Any] = DataLoader(load_fn=self._load)

    async def _load(self, keys: list[Any]) -> list[Any]:
        self.batches.append(keys)
        await asyncio.sleep(0)
        return [LookupError(f"no {key}") if key == "missing" else f"loaded {key}" for key in keys]


def told(result: ExecutionResult) -> dict[str, Any]:
    """All that a result tells: `repr` keeps the order of keys, and 1 apart from True; only where things lie in memory is left out."""
    errors = [
        (error.formatted, type(error.original_error).__name__, repr(error.original_error))
        for error in result.errors or ()
    ]
    return {"data": _ADDRESS.sub("", repr(result.data)), "errors": _ADDRESS.sub("", repr(errors))}


async def interpreted(
    schema: GraphQLSchema, document: DocumentNode, root: Any, context: Any, variables: dict[str, Any], name: str | None
) -> ExecutionResult:
    """What graphql-core answers."""
    result = execute(schema, document, root, context, variables, name, executor_class=Executor)
    return await result if isawaitable(result) else result


async def settled() -> None:
    """Let what was left behind come to its end, which no test should depend on."""
    for _ in range(20):
        await asyncio.sleep(0)


class Both:
    """A valid document, which can be run both ways.

    Args:
        schema: the schema.
        query: the document.
        name: of the operation.
    """

    def __init__(self, schema: GraphQLSchema, query: str, name: str | None = None) -> None:
        self._schema, self._query, self._name = schema, query, name
        self._document = parse(query)
        errors = validate(schema, self._document)
        assert not errors, errors
        self.compiled = compiled.compile(schema, self._document, name)

    async def same(
        self, variables: dict[str, Any] | None = None, root: Callable[[], Any] = lambda: None, times: int = 2
    ) -> dict[str, Any]:
        """Assert that both ways tell the same, call the same resolvers and load the same batches; what they tell.

        Args:
            variables: the variables.
            root: makes the root value anew for each execution, since what is awaited can be awaited once.
            times: how often it is run compiled: what was made by the first run serves the others.
        """
        variables = variables or {}
        seen = Seen()
        expected = told(await interpreted(self._schema, self._document, root(), seen, variables, self._name))
        await settled()
        for _ in range(times):
            again = Seen()
            answered = told(await self.compiled.execute(root(), again, variables))
            await settled()
            assert answered == expected, f"{self._query}\ncompiled:    {answered}\ninterpreted: {expected}"
            assert again.calls == seen.calls, self._query
            assert again.batches == seen.batches, self._query
        return expected
