"""Calling resolvers: Strawberry's without the calls that it wraps around them, any other as graphql-core does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import default_field_resolver
from strawberry.types.field import StrawberryField

from gateway.compiled.arguments import Arguments
from gateway.compiled.inputs import Unconverted, converter
from gateway.compiled.reading import STRAWBERRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLResolveInfo
    from graphql.execution import Executor

    from gateway.compiled.plan import Plan, Selected

    Call = Callable[[Executor[None], Any, GraphQLResolveInfo[Any]], Any]
    """Calls a resolver: of the executor, the source, and what it is told."""

_WRAPPERS = "strawberry.schema.schema_converter"  # the module of the functions that Strawberry makes resolvers of


class _Parameter(NamedTuple):
    """A parameter of a Strawberry resolver: its argument's name in the schema, its own, and what its value goes through."""

    argument: str
    name: str
    convert: Callable[[Any], Any] | None


def calling(plan: Plan, field: Selected) -> Call:
    """How the resolver of a field is called."""
    definition = field.definition
    resolve: Callable[..., Any] = definition.resolve or default_field_resolver
    arguments = Arguments(definition, field.details[0].node) if definition.args else None
    strawberry = definition.extensions.get(STRAWBERRY)
    if isinstance(strawberry, StrawberryField) and resolve.__module__ == _WRAPPERS:
        try:
            return _direct(plan, strawberry, resolve, arguments)
        except Unconverted:
            pass

    def call(executor: Executor[None], source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        return resolve(source, info, **arguments(executor)) if arguments else resolve(source, info)

    return call


def _direct(plan: Plan, definition: StrawberryField, resolve: Callable[..., Any], arguments: Arguments | None) -> Call:
    """A call of the function that was written, with its arguments converted as Strawberry would.

    Raises:
        Unconverted: it must be called by Strawberry: it has extensions (permissions are some), or an input of its own making.
    """
    strawberry = getattr(plan.schema, "_strawberry_schema", None)
    resolver = definition.base_resolver
    if (
        strawberry is None
        or resolver is None
        or definition.extensions
        or type(definition).get_result is not StrawberryField.get_result
        or strawberry.schema_converter.exception_handlers
    ):
        raise Unconverted
    config, scalars = strawberry.config, strawberry.schema_converter.scalar_registry
    parameters = [
        _Parameter(
            config.name_converter.from_argument(argument),
            argument.python_name,
            converter(argument.type, scalars, config),
        )
        for argument in definition.arguments
    ]
    function: Callable[..., Any] = resolver.wrapped_func  # type: ignore[assignment] # what is not callable raises when called
    wants_self = resolver.self_parameter is not None
    sources = [one.name for one in (resolver.parent_parameter, resolver.root_parameter) if one]
    info_name = resolver.info_parameter.name if resolver.info_parameter else None
    info_class = config.info_class

    def call(executor: Executor[None], source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        values: dict[str, Any] = {}
        if arguments:
            given = arguments(executor)
            failed = False
            try:
                for argument, name, convert in parameters:
                    if argument in given:
                        values[name] = convert(given[argument]) if convert else given[argument]
            except Exception:  # noqa: BLE001 - Strawberry raises it again below, and when it would
                failed = True
            if failed:
                return resolve(source, info, **given)
        for name in sources:
            values[name] = source
        if info_name:
            values[info_name] = info_class(_raw_info=info, _field=definition)
        return function(source, **values) if wants_self else function(**values)

    return call
