"""`python -m tests.bench.compiled`: the compiler alone: what it costs, and what its operations cost next to graphql-core's interpreter.

The rows are in memory and the resolvers return them at once: what is left is GraphQL.
"""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any

from graphql import GraphQLSchema, build_schema, execute, parse
from graphql.execution import Executor

from gateway import compiled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROUNDS = 7
COLUMNS = [f"column{number}" for number in range(16)]
SCHEMA = f"""
type Query {{ things(limit: Int = 20): [Thing!]! thing(id: ID!): Thing }}
type Thing {{ id: ID! size: Int! done: Boolean {" ".join(f"{name}: String" for name in COLUMNS)} things: [Thing!]! parent: Thing }}
"""
_ALL = f"id size done {' '.join(COLUMNS)}"
DOCUMENTS = {
    "a list of 20": f"{{ things {{ {_ALL} }} }}",
    "one with 3 x 5 below": f'{{ thing(id: "1") {{ {_ALL} things {{ {_ALL} things {{ id size }} }} }} }}',
    "a list of 20, each loaded": "{ things { id parent { id size } } }",
    "variables alone": "query Q($limit: Int!) { things(limit: $limit) { id } }",
}


def _thing(number: int, depth: int = 0) -> dict[str, Any]:
    below = [_thing(one, depth + 1) for one in range(3 if depth == 0 else 5)] if depth < 2 else []
    return {"id": str(number), "size": number, "done": True, **dict.fromkeys(COLUMNS, "some text"), "things": below}


def schema() -> GraphQLSchema:
    """The schema, with resolvers that have their rows at hand."""
    made, rows = build_schema(SCHEMA), [_thing(number) for number in range(20)]
    fields: Any = made.type_map

    async def things(_source: Any, _info: Any, limit: int) -> Any:
        return rows[:limit]

    async def thing(_source: Any, _info: Any, id: str) -> Any:  # noqa: A002 - the argument's name in the schema
        return rows[int(id)]

    async def parent(source: Any, _info: Any) -> Any:
        return source

    fields["Query"].fields["things"].resolve = things
    fields["Query"].fields["thing"].resolve = thing
    fields["Thing"].fields["parent"].resolve = parent
    return made


async def cost(run: Callable[[], Awaitable[Any]], times: int) -> float:
    """Microseconds of processor time of a run, of the best round."""
    rounds = []
    for _ in range(ROUNDS):
        gc.collect()
        started = time.process_time()
        for _ in range(times):
            await run()
        rounds.append((time.process_time() - started) / times)
    return min(rounds) * 1e6


async def measure() -> None:
    """Print a line for each document."""
    made = schema()
    print(
        f"{'':<28}{'interpreted':>12}{'compiled':>10}{'times':>7}{'compiling':>11}   (microseconds of processor time)"
    )
    for name, text in DOCUMENTS.items():
        document = parse(text)
        variables: dict[str, Any] = {"limit": 1} if "$limit" in text else {}

        async def interpret(document: Any = document, variables: Any = variables) -> Any:
            result: Any = execute(made, document, variable_values=variables, executor_class=Executor)
            return await result

        async def first(document: Any = document, variables: Any = variables) -> Any:
            return await compiled.compile(made, document).execute(variables=variables)

        operation = compiled.compile(made, document)

        async def run(operation: Any = operation, variables: Any = variables) -> Any:
            return await operation.execute(variables=variables)

        assert await interpret() == await run()
        slow, fast, made_anew = await cost(interpret, 50), await cost(run, 300), await cost(first, 20)
        print(f"{name:<28}{slow:>12.0f}{fast:>10.0f}{slow / fast:>7.1f}{made_anew - fast:>11.0f}")


if __name__ == "__main__":
    asyncio.run(measure())
