"""Waiting for what resolvers promise, in the same order and the same tasks as graphql-core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql.pyutils import gather_with_cancel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from graphql import GraphQLOutputType, GraphQLResolveInfo
    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.pyutils import Path


async def completed_later(  # noqa: PLR0913, PLR0917 - what graphql-core's own method takes
    executor: Executor[None],
    complete: Callable[[Executor[None], GraphQLResolveInfo[Any], Path, Any], Any],
    type_: GraphQLOutputType,
    details: FieldDetailsList,
    info: GraphQLResolveInfo[Any],
    path: Path,
    result: Awaitable[Any],
) -> Any:
    """As `Executor.complete_awaitable_value`: what a resolver has promised, completed."""
    try:
        completed = complete(executor, info, path, await result)
        if executor.is_awaitable(completed):
            completed = await completed
    except Exception as error:  # noqa: BLE001 - whatever a resolver raises
        executor.handle_field_error(error, type_, details, path)
        return None
    return completed


async def guarded(
    executor: Executor[None],
    completed: Awaitable[Any],
    type_: GraphQLOutputType,
    details: FieldDetailsList,
    path: Path,
) -> Any:
    """A value that is being completed; an error on the way is the field's, or the list item's."""
    try:
        return await completed
    except Exception as error:  # noqa: BLE001 - whatever a resolver raises
        executor.handle_field_error(error, type_, details, path)
        return None


async def gathered(results: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    """An object, of whose fields some are waited for, all at once."""
    if len(waiting) == 1:
        name = waiting[0]
        results[name] = await results[name]
    else:
        done = await gather_with_cancel(*(results[name] for name in waiting))
        results.update(zip(waiting, done, strict=True))
    return results


async def placed(completed: list[Any], waiting: list[int]) -> list[Any]:
    """A list, of whose items some are waited for, all at once."""
    if len(waiting) == 1:
        index = waiting[0]
        completed[index] = await completed[index]
    else:
        done = await gather_with_cancel(*(completed[index] for index in waiting))
        for index, value in zip(waiting, done, strict=True):
            completed[index] = value
    return completed
