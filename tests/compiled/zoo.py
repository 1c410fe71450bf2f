"""A Strawberry schema with everything in it: every kind of type, input and resolver, and every way for one to fail."""

from __future__ import annotations

import asyncio
import enum
from typing import Annotated, Any, NewType

import strawberry
from strawberry import UNSET
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from tests.compiled.equality import Seen

Info = strawberry.Info[Seen, Any]
EvenInt = NewType("EvenInt", int)


def _even(value: Any) -> int:
    if not isinstance(value, int) or value % 2:
        raise ValueError(f"{value!r} is not even")
    return value


EVEN = strawberry.scalar(name="Even", serialize=_even, parse_value=_even)


@strawberry.enum
class Color(enum.Enum):
    RED = "red"
    GREEN = "green"
    BLUE = 3


@strawberry.enum
class Size(enum.Enum):
    small = "small"
    large = "large"


class Trusted(BasePermission):
    message = "You are not trusted"

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002 - Strawberry's signature
        info.context.calls.append(f"permission {kwargs}")
        await asyncio.sleep(0)
        return bool(kwargs.get("trust", False))


class Known(BasePermission):
    message = "You are not known"

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002 - as above
        return False


@strawberry.interface
class Animal:
    name: str
    age: int | None = None

    @strawberry.field
    def shout(self, info: Info, times: int = 1) -> str:
        info.context.calls.append(f"shout {self.name}")
        return f"{self.name}!" * times

    @strawberry.field
    async def friend(self, info: Info) -> Animal | None:
        info.context.calls.append(f"friend {self.name}")
        await asyncio.sleep(0)
        return Dog(name=f"{self.name}'s friend", barks=True) if len(self.name) < 20 else None


@strawberry.type
class Cat(Animal):
    meows: bool = True
    color: Color = Color.RED

    @strawberry.field
    def loaded(self, info: Info) -> str:
        return info.context.loader.load(self.name)  # type: ignore[return-value] # it is awaited


@strawberry.type
class Dog(Animal):
    barks: bool = False

    @strawberry.field
    async def loaded(self, info: Info) -> str:
        return str(await info.context.loader.load(self.name))

    @strawberry.field
    async def later(self, info: Info) -> str | None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return str(await info.context.loader.load(f"{self.name} later"))


Pet = Annotated[Cat | Dog, strawberry.union("Pet")]


@strawberry.type
class Node:
    """May fail at any depth, in any way."""

    depth: int
    text: str = "text"
    nothing: str = None  # type: ignore[assignment] # what must not be null, is
    maybe: str | None = None

    @strawberry.field
    def child(self) -> Node:
        return Node(depth=self.depth + 1)

    @strawberry.field
    def children(self, count: int = 2) -> list[Node]:
        return [Node(depth=self.depth + 1, text=f"child {number}") for number in range(count)]

    @strawberry.field
    async def soon(self, turns: int = 1) -> Node | None:
        for _ in range(turns):
            await asyncio.sleep(0)
        return Node(depth=self.depth + 1)

    @strawberry.field
    async def surely_soon(self, turns: int = 1) -> Node:
        for _ in range(turns):
            await asyncio.sleep(0)
        return Node(depth=self.depth + 1)

    @strawberry.field
    def early(self, info: Info, label: str = "early") -> str | None:
        info.context.calls.append(label)
        raise ValueError(label)

    @strawberry.field
    def early_surely(self, info: Info, label: str = "early") -> str:
        info.context.calls.append(label)
        raise ValueError(label)

    @strawberry.field
    async def late(self, info: Info, turns: int = 1, label: str = "late") -> str | None:
        info.context.calls.append(label)
        for _ in range(turns):
            await asyncio.sleep(0)
        raise ValueError(f"{label} {turns}")

    @strawberry.field
    async def late_surely(self, info: Info, turns: int = 1, label: str = "late") -> str:
        info.context.calls.append(label)
        for _ in range(turns):
            await asyncio.sleep(0)
        raise ValueError(f"{label} {turns}")

    @strawberry.field
    async def fine(self, info: Info, turns: int = 1) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        info.context.calls.append(f"fine {turns}")
        return "fine"

    @strawberry.field
    def load(self, info: Info, key: str) -> str | None:
        return info.context.loader.load(key)  # type: ignore[return-value] # it is awaited

    @strawberry.field
    async def loaded(self, info: Info, key: str, turns: int = 0) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return str(await info.context.loader.load(key))

    @strawberry.field
    async def wrong(self) -> int:
        return "no number"  # type: ignore[return-value] # on purpose

    @strawberry.field
    def returned_error(self) -> str | None:
        return ValueError("returned")  # type: ignore[return-value] # on purpose

    @strawberry.field
    def even(self, number: EvenInt | None = None) -> EvenInt | None:
        return number if number is not None else EvenInt(self.depth)

    @strawberry.field(permission_classes=[Trusted])  # type: ignore[untyped-decorator] # Strawberry loses the types
    async def secret(self, *, trust: bool = False) -> str | None:
        return f"secret {trust}"

    @strawberry.field(permission_classes=[Known])  # type: ignore[untyped-decorator] # as above
    def locked(self) -> str:
        return "never"

    @strawberry.field
    def pets(self) -> list[Pet]:
        return [Cat(name="Tom"), Dog(name="Rex", barks=True), Cat(name="Kit", color=Color.BLUE)]

    @strawberry.field
    def animals(self) -> list[Animal | None]:
        return [Dog(name="Rex"), None, Cat(name="Tom", age=3)]

    @strawberry.field
    async def animal(self, kind: str) -> Animal | None:
        await asyncio.sleep(0)
        found: dict[str, Any] = {"cat": Cat(name="Tom"), "dog": Dog(name="Rex"), "none": None, "other": Node(depth=1)}
        return found[kind]  # type: ignore[no-any-return] # on purpose

    @strawberry.field
    def strange_pet(self) -> Pet | None:
        return "neither cat nor dog"  # type: ignore[return-value] # on purpose

    @strawberry.field
    def mixed(self) -> list[str | None]:
        async def soon(value: Any) -> Any:
            await asyncio.sleep(0)
            if isinstance(value, Exception):
                raise value
            return value

        return ["now", soon("soon"), None, soon(None), soon(ValueError("item")), ValueError("here"), "end"]  # type: ignore[list-item] # on purpose

    @strawberry.field
    def mixed_surely(self) -> list[Node] | None:
        async def soon(value: Any) -> Any:
            await asyncio.sleep(0)
            return value

        return [soon(Node(depth=7)), Node(depth=8), soon(None)]  # type: ignore[list-item] # on purpose

    @strawberry.field
    def generated(self) -> list[int]:
        return (number for number in range(3))  # type: ignore[return-value] # an iterable is a list, too

    @strawberry.field
    def no_list(self) -> list[int] | None:
        return 5  # type: ignore[return-value] # on purpose


@strawberry.input
class Inner:
    numbers: list[int | None] = strawberry.field(default_factory=lambda: [1, None])
    color: Color | None = Color.GREEN
    id: strawberry.ID | None = UNSET
    inner: Inner | None = None


@strawberry.input
class Everything:
    text: str
    size: Size = Size.small
    inner: Inner = strawberry.field(default_factory=Inner)
    inners: list[Inner] | None = None
    optional: float | None = UNSET
    flag: bool | None = None
    even: EvenInt | None = None
    matrix: list[list[int]] | None = strawberry.field(default=None, name="rows")


@strawberry.type
class Counter:
    total: int

    @strawberry.field
    async def later(self, info: Info) -> int:
        await asyncio.sleep(0)
        return info.context.total


@strawberry.type
class Query:
    node: Node = strawberry.field(resolver=lambda: Node(depth=0))

    @strawberry.field
    async def node_soon(self) -> Node:
        await asyncio.sleep(0)
        return Node(depth=0)

    @strawberry.field
    async def node_or_null(self, *, there: bool = True) -> Node | None:
        return Node(depth=0) if there else None

    @strawberry.field
    def hello(self, name: str = "you", title: str | None = None) -> str:
        return f"hello {title} {name}"

    @strawberry.field
    def echo(self, info: Info, given: Everything | None = None) -> str:
        info.context.calls.append(repr(given))
        return repr(given)

    @strawberry.field
    async def echoes(
        self,
        info: Info,
        colors: list[Color] | None = None,
        size: Size | None = Size.large,
        ids: list[strawberry.ID] | None = UNSET,
        inners: list[Inner | None] | None = None,
        ratio: float = 1.5,
        even: EvenInt | None = None,
        from_: Annotated[int | None, strawberry.argument(name="from")] = None,
    ) -> str:
        await asyncio.sleep(0)
        return repr((info.field_name, colors, size, ids, inners, ratio, even, from_))

    @strawberry.field
    def path(self, info: Info) -> str:
        return repr((info.path, info.field_name, info.variable_values, len(info.selected_fields)))

    @strawberry.field
    def tree(self, root: strawberry.Parent[Any], info: Info, number: EvenInt | None = None) -> list[list[int | None]]:
        return [[number, None], [len(info.context.calls)], [None if root is None else 1]]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, info: Info, number: int = 1, turns: int = 1) -> Counter:
        for _ in range(turns):
            await asyncio.sleep(0)
        info.context.total += number
        info.context.calls.append(f"add {number}")
        return Counter(total=info.context.total)

    @strawberry.mutation
    def add_now(self, info: Info, number: int = 1) -> Counter:
        info.context.total += number
        info.context.calls.append(f"add {number}")
        return Counter(total=info.context.total)

    @strawberry.mutation
    async def fail(self, info: Info, label: str = "failed") -> Counter | None:
        info.context.calls.append(label)
        raise ValueError(label)

    @strawberry.mutation
    async def fail_surely(self, info: Info, label: str = "failed") -> Counter:
        info.context.calls.append(label)
        raise ValueError(label)

    @strawberry.mutation
    async def create(self, info: Info, given: Everything) -> str:
        info.context.calls.append("create")
        return repr(given)


_ZOO = strawberry.Schema(Query, Mutation, types=[Cat, Dog], config=StrawberryConfig(scalar_map={EvenInt: EVEN}))
SCHEMA = _ZOO._schema  # noqa: SLF001 - the core's schema, which Strawberry has no name for
