"""Values of inputs as Strawberry makes them of coerced ones (`strawberry.types.arguments.convert_argument`), types looked at once."""

from __future__ import annotations

from dataclasses import MISSING
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from strawberry import UNSET
from strawberry.relay import GlobalID
from strawberry.schema.compat import is_scalar
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from strawberry.schema.config import StrawberryConfig

    Convert = Callable[[Any], Any]


class Unconverted(Exception):
    """Strawberry alone knows how to make such a value."""


def converter(type_: Any, scalars: Mapping[Any, Any], config: StrawberryConfig) -> Convert | None:
    """What turns a coerced value of an argument of this type into what its resolver gets; None where that is the same.

    Raises:
        Unconverted: there is no telling before.
    """
    return _Converters(scalars, config).of(type_)


class _Converters:
    """The converters of one argument's types, which may name each other."""

    def __init__(self, scalars: Mapping[Any, Any], config: StrawberryConfig) -> None:
        self._scalars = scalars
        self._config = config
        self._inputs: dict[Any, Convert] = {}

    def of(self, type_: Any) -> Convert | None:
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
            raise Unconverted
        if isinstance(type_, StrawberryOptional):
            return self.of(type_.of_type)
        if isinstance(type_, StrawberryList):
            item = self.of(type_.of_type)
            return partial(_listed, item)
        if is_scalar(type_, self._scalars) or isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_):
            return None
        if has_object_definition(type_):
            if type_ not in self._inputs:
                self._inputs[type_] = self._input(type_)
            return self._inputs[type_]
        raise Unconverted

    def _input(self, type_: type) -> Convert:
        definition: StrawberryObjectDefinition = cast("Any", type_).__strawberry_definition__
        if definition.from_input is not None or not definition.is_input:
            raise Unconverted
        implied = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        fields: list[tuple[str, str, Convert | None]] = []

        def convert(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            values: dict[str, Any] = implied.copy()
            for name, python_name, turn in fields:
                if name in value:
                    values[python_name] = turn(value[name]) if turn else value[name]
            return type_(**values)

        self._inputs[type_] = convert  # before its fields, which may be of the same type
        for field in definition.fields:
            turn = self.of(field.resolve_type(type_definition=definition))
            fields.append((self._config.name_converter.from_field(field), field.python_name, turn))
        return convert


def _listed(item: Convert | None, value: Any) -> Any:
    """A list of its own for each request."""
    if value is None or value is UNSET:
        return value
    return [item(one) for one in value] if item else list(value)
