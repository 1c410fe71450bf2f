"""Python source for plain values: one function for each object type, one dict literal, types checked inline, straight loops for lists.

What is executed is written here out of names of the schema and of the document, as string literals; input never becomes part of it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLString,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from graphql import GraphQLLeafType, GraphQLOutputType
    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.compiled.plan import Plan, Selected

# What is an ordinary value of a built-in type, which serialising leaves as it is.
_ORDINARY = {
    GraphQLString: "type({0}) is str",
    GraphQLID: "type({0}) is str",
    GraphQLBoolean: "type({0}) is bool",
    GraphQLInt: "type({0}) is int and -2147483648 <= {0} <= 2147483647",
    GraphQLFloat: "type({0}) is float and {0} - {0} == 0.0",  # neither infinite nor not a number
}
_KNOWN = 1_000  # types of sources that are remembered as harmless


class Odd(Exception):
    """A value is not the ordinary: somebody else has to complete it."""


class NotPlain(Exception):
    """A resolver has to be called, or a type be found out, to complete a value."""


class Source:
    """Writes functions that complete plain values of a plan.

    Args:
        plan: whose.

    Attributes:
        certain: whether everything that was written is read from sources that always have it.
    """

    def __init__(self, plan: Plan) -> None:
        self.certain = True
        self._plan = plan
        self._numbers = itertools.count(1)
        self._lines: list[str] = []
        self._known: set[type] = set()
        self._shown: list[Callable[[Any], Any]] = []
        self._names: dict[str, Any] = {"Odd": Odd, "many": _many, "known": self._known, "harmless": self._harmless}

    def value(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Source:
        """Write a function of a value and the context: the completed value.

        Raises:
            NotPlain: it cannot be written.
        """
        return self._written(self._value(type_, details, "value"))

    def fields(self, fields: Iterable[Selected]) -> Source:
        """Write a function of an object and the context: these fields of it, completed.

        Raises:
            NotPlain: it cannot be written.
        """
        return self._written(f"{self._object(fields)}(value, shown)")

    def _written(self, body: str) -> Source:
        shown = ", ".join(f"{self._name('shown', function)}(context)" for function in self._shown)
        self._lines += ["def made(value, context):", f"    shown = [{shown}]", f"    return {body}"]
        return self

    def made(self) -> Callable[[Any, Any], Any]:
        """The function that was written."""
        name = self._plan.operation.name
        told = f"<compiled {name.value if name else 'operation'}>"
        exec(compile("\n".join(self._lines), told, "exec"), self._names)  # noqa: S102 - see the module's docstring
        made: Callable[[Any, Any], Any] = self._names["made"]
        return made

    def _object(self, fields: Iterable[Selected]) -> str:
        """Write the function of an object; its name."""
        items = []
        checks = ["    if type(source) not in known: harmless(source)"]
        for field in fields:
            key = repr(field.name)
            if field.details[0].node.name.value == "__typename":
                items.append(f"{key}: {field.parent.name!r}")
                continue
            read = field.reading
            if read is None:
                raise NotPlain
            self.certain &= read.certain
            if read.way == "default" and len(checks) == 1:
                checks.append("    if type(source) is not dict: raise Odd")
            found = {
                "item": f"source[{read.key!r}]",
                "attribute": f"getattr(source, {read.key!r})",
                "default": f"source.get({read.key!r})",
            }[read.way]
            if read.shown is not None:
                value = f"v{next(self._numbers)}"
                if read.shown not in self._shown:
                    self._shown.append(read.shown)
                shown = f"shown[{self._shown.index(read.shown)}]({value})"
                found = f"(None if ({value} := {found}) is None else {shown})"
            items.append(f"{key}: {self._value(field.definition.type, field.details, found)}")
        name = f"object_{next(self._numbers)}"
        self._lines += [f"def {name}(source, shown):", *checks, f"    return {{{', '.join(items)}}}"]
        return name

    def _value(self, type_: GraphQLOutputType, details: FieldDetailsList, found: str) -> str:
        """An expression for the completed value of the expression `found`."""
        nullable = not is_non_null_type(type_)
        inner: Any = type_ if nullable else type_.of_type  # type: ignore[union-attr] # it is non-null then
        if found.isidentifier():
            name, first = found, found
        else:
            name = f"v{next(self._numbers)}"
            first = f"({name} := {found})"
        if is_leaf_type(inner):
            return self._leaf(inner, name, first, nullable=nullable)
        given = name if nullable else found
        if is_list_type(inner):
            item = f"v{next(self._numbers)}"
            body = f"[{self._value(inner.of_type, details, item)} for {item} in many({given})]"
        elif is_object_type(inner) and not inner.is_type_of and not self._plan.exhausted:
            body = f"{self._object(self._plan.under(inner, details))}({given}, shown)"
        else:
            raise NotPlain
        return f"(None if {first} is None else {body})" if nullable else body

    def _leaf(self, type_: GraphQLLeafType, name: str, first: str, *, nullable: bool) -> str:
        complete = self._name("leaf", self._completing(type_))
        null = f" or {name} is None" if nullable else ""
        if test := _ORDINARY.get(type_):  # type: ignore[arg-type] # any type may be looked for
            once = test.replace("{0}", first, 1).replace("{0}", name)
            return f"({name} if {once}{null} else {complete}({name}))"
        none = f"None if {first} is None else " if nullable else ""
        first = name if nullable else first
        if isinstance(type_, GraphQLEnumType):
            words = self._name("words", _words(type_))
            return f"({none}{words}[{name}] if type({first}) is str else {complete}({name}))"
        if type_.coerce_output_value is str:  # which leaves text as it is
            return f"({none}({name} if type({first}) is str else {complete}({name})))"
        done, coerce = f"v{next(self._numbers)}", self._name("coerce", type_.coerce_output_value)
        sound = (
            f"{done} if ({done} := {coerce}({name})) is not None and {done} is not {self._name('Undefined', Undefined)}"
        )
        return f"({none}({sound} else {complete}(None)) if type({first}) is str else {complete}({name}))"

    def _name(self, stem: str, value: Any) -> str:
        """A name for a value of the schema's."""
        name = f"{stem}_{next(self._numbers)}"
        self._names[name] = value
        return name

    def _completing(self, type_: GraphQLLeafType) -> Callable[[Any], Any]:
        """Completes a leaf that is not of the commonest kind."""
        coerce, odd = type_.coerce_output_value, self._odd

        def complete(value: Any) -> Any:
            if odd(value):
                raise Odd
            coerced = coerce(value)
            if coerced is None or coerced is Undefined:
                raise Odd
            return coerced

        return complete

    def _odd(self, value: Any) -> bool:
        """Whether a value is not what it seems: null, an error, a promise, or a function that the default resolver would call."""
        return (
            value is None
            or value is Undefined
            or isinstance(value, Exception)
            or callable(value)
            or self._plan.is_awaitable(value)
        )

    def _harmless(self, source: Any) -> None:
        """Accept an object of a type that is met for the first time.

        Raises:
            Odd: it is no object to read from.
        """
        if self._odd(source):
            raise Odd
        if len(self._known) < _KNOWN:
            self._known.add(type(source))


def _many(value: Any) -> Any:
    """A list's values.

    Raises:
        Odd: it is another kind of list, or none.
    """
    if type(value) is list or type(value) is tuple:
        return value
    raise Odd


def _words(type_: GraphQLEnumType) -> dict[str, Any]:
    """What text becomes a value of an enumeration, and which."""
    words = {}
    for candidate in [*type_.values, *(value.value for value in type_.values.values())]:
        if type(candidate) is str:
            try:
                words[candidate] = type_.coerce_output_value(candidate)
            except Exception:  # noqa: BLE001, S112 - it is a name alone, which no resolver may return
                continue
    return words
