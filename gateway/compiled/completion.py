"""Completing values: plainly where they are plain, by graphql-core's Executor where they are odd, and between the two as it would.

This module, `composites` and `waiting` follow `graphql.execution.executor` step by step (`complete_value` and what it calls,
`execute_fields`): the same things are awaited in the same tasks, so that siblings run at once, loaders batch and errors come in the same
order. Whatever is not the ordinary goes to the Executor's own method for that one value.
"""

from __future__ import annotations

from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from graphql import is_abstract_type, is_list_type, is_non_null_type, is_object_type
from graphql.pyutils import Path

from gateway.compiled.composites import choosing, composing, listing
from gateway.compiled.resolvers import calling
from gateway.compiled.source import NotPlain, Source
from gateway.compiled.waiting import completed_later, gathered, guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from graphql import GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.compiled.composites import Complete
    from gateway.compiled.plan import Plan, Selected

    Plain = Callable[[Any, Any], Any]
    """Completes a value in a context, or raises something."""


class Completion:
    """Completes the values of one type at one place of a document. What it needs is made when it is first used.

    Args:
        plan: of the operation.
        type_: of the values.
        details: the nodes that ask for them.
    """

    def __init__(self, plan: Plan, type_: GraphQLOutputType, details: FieldDetailsList) -> None:
        self._plan = plan
        self._type = type_
        self._details = details

    def __call__(self, executor: Executor[None], info: GraphQLResolveInfo[Any], path: Path, value: Any) -> Any:
        """The completed value, or an awaitable of it.

        Args:
            executor: of the request.
            info: about the field.
            path: to the value.
            value: what its resolver has returned.

        Raises:
            Exception: what graphql-core raises here, for whoever handles the errors of the field.
        """
        if self._plain is not None:
            try:
                return self._plain(value, executor.context_value)
            except Exception:  # noqa: BLE001, S110 - whatever is odd about it, the way below finds out
                pass
        return self._otherwise(executor, info, path, value)

    def prepare(self) -> None:
        """Make what the first value would have made."""
        _ = self._plain, self._otherwise

    @cached_property
    def _plain(self) -> Plain | None:
        return self._written[0]

    @cached_property
    def _written(self) -> tuple[Plain | None, bool]:
        """The function for plain values, and whether every odd one is the Executor's."""
        try:
            source = Source(self._plan).value(self._type, self._details)
        except NotPlain:
            return None, self._plan.exhausted
        return source.made(), source.certain

    @cached_property
    def _otherwise(self) -> Complete:
        """What completes the values that are not plain."""
        inner: Any = self._type.of_type if is_non_null_type(self._type) else self._type
        if not self._written[1]:
            if is_list_type(inner):
                items = Completion(self._plan, inner.of_type, self._details)
                return listing(inner.of_type, self._details, items, self._hand_over)
            if is_object_type(inner):
                fields = Fields(self._plan, self._plan.under(inner, self._details))
                return composing(inner, self._details, fields, self._hand_over)
            if is_abstract_type(inner):
                return choosing(inner, self._details, self._of, self._hand_over)
        return self._hand_over

    def _of(self, type_: GraphQLObjectType) -> Completion:
        """What completes the values that turn out to be of this type."""
        return Completion(self._plan, type_, self._details)

    def _hand_over(self, executor: Executor[None], info: GraphQLResolveInfo[Any], path: Path, value: Any) -> Any:
        return executor.complete_value(self._type, self._details, info, path, value, None)


class _Field:
    """A field whose resolver is called."""

    def __init__(self, plan: Plan, field: Selected) -> None:
        self.name = field.name
        self._plan = plan
        self._field = field
        self._nodes = field.nodes
        self._complete = Completion(plan, field.definition.type, field.details)

    def __call__(self, executor: Executor[None], source: Any, path: Path | None) -> Any:
        """As `Executor.execute_field`: the completed value, or an awaitable of it.

        Raises:
            GraphQLError: the value may not be null, and is wrong.
        """
        _, parent, definition, details, _ = self._field
        own_path = Path(path, self.name, parent.name)
        info = executor.build_resolve_info(definition, self._nodes, parent, own_path)
        try:
            result = self._call(executor, source, info)
            if executor.is_awaitable(result):
                return completed_later(executor, self._complete, definition.type, details, info, own_path, result)
            completed = self._complete(executor, info, own_path, result)
            if executor.is_awaitable(completed):
                return guarded(executor, completed, definition.type, details, own_path)
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises
            executor.handle_field_error(error, definition.type, details, own_path)
            return None
        return completed

    def prepare(self) -> None:
        """See `Completion`."""
        _ = self._call
        self._complete.prepare()

    @cached_property
    def _call(self) -> Callable[[Executor[None], Any, GraphQLResolveInfo[Any]], Any]:
        return calling(self._plan, self._field)


class _Interpreted:
    """A field that is read, where something about it is odd."""

    def __init__(self, field: Selected) -> None:
        self.name = field.name
        self._field = field

    def __call__(self, executor: Executor[None], source: Any, path: Path | None) -> Any:
        """See `_Field`."""
        name, parent, _, details, _ = self._field
        return executor.execute_field(parent, source, details, Path(path, name, parent.name), None)

    def prepare(self) -> None:
        """See `Completion`."""


class _Step:
    """Fields that follow each other: read by one function, and one by one where that fails."""

    def __init__(self, plain: Plain | None, fields: Iterable[_Field | _Interpreted]) -> None:
        self.plain = plain
        self.fields = tuple(fields)


class Fields:
    """The fields of an object at one place of a document.

    Args:
        plan: of the operation.
        selected: the fields, in order.
    """

    def __init__(self, plan: Plan, selected: list[Selected]) -> None:
        self._plan = plan
        self._selected = selected

    def prepare(self) -> None:
        """Make what the first object would have made."""
        for step in self._steps:
            for field in step.fields:
                field.prepare()

    @cached_property
    def _steps(self) -> list[_Step]:
        """Runs of fields that every source has, each of the others by itself."""
        steps = []
        written = [(field, self._written([field])) for field in self._selected]
        for certain, run in groupby(written, lambda one: one[1] is not None and one[1].certain):
            if certain:
                fields = [field for field, _ in run]
                together = self._written(fields)
                steps.append(_Step(together.made() if together else None, map(_Interpreted, fields)))
            else:
                steps.extend(
                    _Step(alone.made() if alone else None, [_Field(self._plan, field)]) for field, alone in run
                )
        return steps

    def _written(self, fields: list[Selected]) -> Source | None:
        """What reads these fields; None where a resolver has to be called."""
        try:
            return Source(self._plan).fields(fields)
        except NotPlain:
            return None

    def __call__(self, executor: Executor[None], source: Any, path: Path | None) -> Any:
        """As `Executor.execute_fields`: the completed fields by name, or an awaitable of them.

        Raises:
            GraphQLError: the object is null, since one of them is.
        """
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for step in self._steps:
                if step.plain is not None:
                    try:
                        results.update(step.plain(source, executor.context_value))
                        continue
                    except Exception:  # noqa: BLE001, S110 - as in `Completion`
                        pass
                for field in step.fields:
                    done = results[field.name] = field(executor, source, path)
                    if executor.is_awaitable(done):
                        waiting.append(field.name)
        except Exception:
            if waiting:
                executor.settle_in_background([results[name] for name in waiting])
            raise
        return gathered(results, waiting) if waiting else results

    async def serially(self, executor: Executor[None], source: Any) -> dict[str, Any]:
        """As `Executor.execute_fields_serially`: one after the other, as mutations are.

        Raises:
            GraphQLError: as above.
        """
        results: dict[str, Any] = {}
        for step in self._steps:
            for field in step.fields:
                done = field(executor, source, None)
                results[field.name] = await done if executor.is_awaitable(done) else done
        return results
