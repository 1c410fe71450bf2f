"""Lists, objects and abstract types of which something is not plain: a resolver below has to be called, or a type be found out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import Undefined, default_type_resolver
from graphql.execution.executor import collect_iterator_awaitables, invalid_return_type_error
from graphql.pyutils import Path

from gateway.compiled.waiting import guarded, placed

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLAbstractType, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList

    Info = GraphQLResolveInfo[Any]
    Complete = Callable[[Executor[None], Info, Path, Any], Any]
    """Completes a value at a path, told of its field; what it returns may be awaitable."""
    ExecuteFields = Callable[[Executor[None], Any, Path], Any]
    """The completed fields of an object at a path, or an awaitable of them."""


def listing(
    item_type: GraphQLOutputType, details: FieldDetailsList, complete: Complete, hand_over: Complete
) -> Complete:
    """As `Executor.complete_list_value`, of a list or a tuple.

    Args:
        item_type: of its items.
        details: the nodes that ask for them.
        complete: completes one.
        hand_over: completes what is no list.
    """

    def complete_list(executor: Executor[None], info: Info, path: Path, value: Any) -> Any:
        if type(value) is not list and type(value) is not tuple:
            return hand_over(executor, info, path, value)
        completed: list[Any] = []
        waiting: list[int] = []
        items = iter(value)
        try:
            for index, item in enumerate(items):
                item_path = Path(path, index, None)
                if executor.is_awaitable(item):
                    completed.append(
                        executor.complete_awaitable_list_item_value(item, item_type, details, info, item_path, None)
                    )
                    waiting.append(index)
                    continue
                try:
                    done = complete(executor, info, item_path, item)
                    if executor.is_awaitable(done):
                        done = guarded(executor, done, item_type, details, item_path)
                        waiting.append(index)
                except Exception as error:  # noqa: BLE001 - whatever a resolver raises
                    executor.handle_field_error(error, item_type, details, item_path)
                    done = None
                completed.append(done)
        except Exception:
            left = [completed[index] for index in waiting]
            left.extend(collect_iterator_awaitables(items, executor.is_awaitable))
            if left:
                executor.settle_in_background(left)
            raise
        return placed(completed, waiting) if waiting else completed

    return complete_list


def composing(
    type_: GraphQLObjectType, details: FieldDetailsList, execute_fields: ExecuteFields, hand_over: Complete
) -> Complete:
    """As `Executor.complete_object_value`.

    Args:
        type_: of the object.
        details: the nodes that ask for it.
        execute_fields: its fields.
        hand_over: completes what is no object.
    """
    is_type_of = type_.is_type_of

    def complete_object(executor: Executor[None], info: Info, path: Path, value: Any) -> Any:
        if value is None or value is Undefined or isinstance(value, Exception):
            return hand_over(executor, info, path, value)
        if is_type_of is not None:
            belongs = is_type_of(value, info)
            if executor.is_awaitable(belongs):
                return later(executor, path, value, belongs)
            if not belongs:
                raise invalid_return_type_error(type_, value, details)
        return execute_fields(executor, value, path)

    async def later(executor: Executor[None], path: Path, value: Any, belongs: Any) -> Any:
        if not await belongs:
            raise invalid_return_type_error(type_, value, details)
        done = execute_fields(executor, value, path)
        return await done if executor.is_awaitable(done) else done

    return complete_object


def choosing(
    type_: GraphQLAbstractType,
    details: FieldDetailsList,
    completion: Callable[[GraphQLObjectType], Complete],
    hand_over: Complete,
) -> Complete:
    """As `Executor.complete_abstract_value`.

    Args:
        type_: an interface or a union.
        details: the nodes that ask for it.
        completion: makes what completes the objects of a type.
        hand_over: completes what is no object.
    """
    resolve_type = type_.resolve_type or default_type_resolver
    objects: dict[Any, Complete] = {}

    def complete_object(executor: Executor[None], info: Info, path: Path, value: Any, name: Any) -> Any:
        complete = objects.get(name) if isinstance(name, str) else None
        if complete is None:
            runtime_type = executor.ensure_valid_runtime_type(name, type_, details, info, value)
            complete = objects[name] = completion(runtime_type)
        return complete(executor, info, path, value)

    def complete_abstract(executor: Executor[None], info: Info, path: Path, value: Any) -> Any:
        if value is None or value is Undefined or isinstance(value, Exception):
            return hand_over(executor, info, path, value)
        name = resolve_type(value, info, type_)
        if executor.is_awaitable(name):
            return later(executor, info, path, value, name)
        return complete_object(executor, info, path, value, name)

    async def later(executor: Executor[None], info: Info, path: Path, value: Any, name: Any) -> Any:
        done = complete_object(executor, info, path, value, await name)
        return await done if executor.is_awaitable(done) else done

    return complete_abstract
