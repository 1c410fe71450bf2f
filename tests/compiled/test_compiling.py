"""What is refused, what marks promise, and what of a compiled operation may be shared."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
import strawberry
from graphql import GraphQLSchema, build_schema, default_field_resolver, parse
from strawberry.extensions import SchemaExtension

from gateway import compiled
from gateway.compiled import operation, versions
from tests.compiled import trees
from tests.compiled.equality import Both, Seen, settled, told
from tests.compiled.zoo import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


def compile_(query: str, schema: GraphQLSchema = SCHEMA, name: str | None = None) -> compiled.Compiled:
    return compiled.compile(schema, parse(query), name)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("query A { hello } query B { hello }", "2 operations"),
        ("fragment F on Query { hello }", "0 operations"),
        ("subscription { hello }", "subscription"),
        ("query Q @mine { hello }", "@mine"),
        ("{ ... @defer { hello } }", "@defer"),
        ("{ node { mixed @stream(initialCount: 1) } }", "@stream"),
        ("{ hello ...F } fragment F on Query { hello @mine }", "@mine"),
        ("query @experimental_disableErrorPropagation { hello }", "@experimental_disableErrorPropagation"),
    ],
)
def test_what_it_cannot_do_it_refuses(query: str, why: str) -> None:
    with pytest.raises(compiled.Refused, match=why):
        compile_(query)


def test_a_schema_without_the_root_type_is_refused() -> None:
    with pytest.raises(compiled.Refused, match="no mutation"):
        compile_("mutation { a }", build_schema("type Query { a: Int }"))


def test_a_fragment_with_variables_is_refused() -> None:
    document = parse("{ ...F(n: 1) } fragment F($n: Int) on Query { hello }", experimental_fragment_arguments=True)
    with pytest.raises(compiled.Refused, match="variables"):
        compiled.compile(SCHEMA, document)


@pytest.mark.parametrize("hooked", [True, False])
def test_an_extension_with_a_hook_around_resolvers_is_refused(hooked: bool) -> None:
    class Quiet(SchemaExtension):
        pass

    class Hooked(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: str, **kwargs: Any) -> Any:
            return _next(root, info, *args, **kwargs)

    @strawberry.type
    class Query:
        hello: str = "hello"

    schema = strawberry.Schema(Query, extensions=[Hooked if hooked else Quiet])._schema  # noqa: SLF001 - the core's
    if hooked:
        with pytest.raises(compiled.Refused, match="Hooked"):
            compile_("{ hello }", schema)
    else:
        compile_("{ hello }", schema)


def test_the_versions_at_hand_are_proved() -> None:
    assert versions.unproved() is None
    assert {name: version(name) in proved for name, proved in versions.PROVED.items()} == {
        "graphql-core": True,
        "strawberry-graphql": True,
    }


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Versions are installed that nothing was proved with."""
    monkeypatch.setitem(versions.PROVED, "graphql-core", {"3.3.0"})
    operation.untrusted.cache_clear()
    yield
    operation.untrusted.cache_clear()


@pytest.mark.usefixtures("elsewhere")
def test_other_versions_are_refused_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "compiled"):
        for _ in range(3):
            with pytest.raises(compiled.Refused, match=r"3\.3\.0"):
                compile_("{ hello }")
    assert len(caplog.messages) == 1


async def test_one_of_several_operations_is_run_by_name() -> None:
    both = Both(SCHEMA, 'query A { hello(name: "a") } query B { hello(name: "b") }', "B")
    assert (await both.same())["data"] == repr({"hello": "hello None b"})


async def test_combinations_of_conditions_beyond_those_that_are_kept_are_interpreted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(operation, "COMBINATIONS", 1)
    both = Both(SCHEMA, "query Q($a: Boolean!) { hello @skip(if: $a) node { depth } }")
    for value in (True, False, True):
        await both.same({"a": value})


async def test_a_document_larger_than_a_plan_may_be_is_answered_all_the_same() -> None:
    levels = 14
    fragments = [
        f"fragment F{n} on Node {{ a: child {{ ...F{n + 1} }} b: child {{ ...F{n + 1} }} }}" for n in range(levels)
    ]
    query = (
        "{ hello node { depth nope: soon { ...F4 } } } "
        + " ".join(fragments[4:])
        + f" fragment F{levels} on Node {{ depth }}"
    )
    await Both(SCHEMA, query).same(times=1)


@pytest.mark.parametrize("prepared", [True, False])
async def test_what_was_prepared_is_not_made_by_the_first_request(prepared: bool) -> None:
    one = compile_("{ hello path node { depth } }")
    if prepared:
        one.prepare()
    made: set[str] = set()

    def watch(frame: FrameType, happened: str, _argument: object) -> None:
        if happened == "call" and frame.f_globals.get("__name__") == "gateway.compiled.resolvers":
            made.add(frame.f_code.co_name)

    sys.setprofile(watch)
    try:
        result = await one.execute(None, Seen())
    finally:
        sys.setprofile(None)
    assert result.errors is None
    assert ("calling" in made) is not prepared
    compile_("query Q($a: Boolean!) { hello @skip(if: $a) }").prepare()  # nothing to do before $a is known


async def test_many_tasks_and_threads_may_run_one_operation() -> None:
    query = 'query Q($n: Int!) { node { children(count: $n) { depth load(key: "a") soon { text } } } }'
    shared = compile_(query)
    expected = {n: told(await compile_(query).execute(None, Seen(), {"n": n})) for n in range(8)}

    async def run(n: int) -> dict[str, Any]:
        return told(await shared.execute(None, Seen(), {"n": n}))

    assert await asyncio.gather(*map(run, range(8))) == list(expected.values())
    answers: dict[int, Any] = {}
    fresh = compile_(query)

    def thread(n: int) -> None:
        answers[n] = told(asyncio.run(fresh.execute(None, Seen(), {"n": n})))

    threads = [threading.Thread(target=thread, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == expected


async def test_a_default_that_a_resolver_changes_is_not_shared_by_requests() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def grow(self, words: list[str] = ["a"]) -> list[str]:  # noqa: B006 - what the test is about
            words.append("b")
            return words

    schema = strawberry.Schema(Query)._schema  # noqa: SLF001 - as above
    both = Both(schema, 'query Q($words: [String!] = ["x"]) { grow a: grow(words: $words) b: grow(words: ["y"]) }')
    for _ in range(3):
        assert (await both.same())["data"] == repr({"grow": ["a", "b"], "a": ["x", "b"], "b": ["y", "b"]})


async def test_a_list_that_a_document_spells_out_is_new_for_each_request() -> None:
    schema = build_schema("type Query { grow(words: [String!]): [String!] }")

    def grow(_source: Any, _info: Any, words: list[str]) -> list[str]:
        words.append("b")
        return words

    assert schema.query_type is not None
    schema.query_type.fields["grow"].resolve = grow
    both = Both(schema, 'query Q($words: [String!] = ["x"]) { grow(words: ["a"]) given: grow(words: $words) }')
    for _ in range(3):
        assert (await both.same())["data"] == repr({"grow": ["a", "b"], "given": ["x", "b"]})


MARKED = """
type Query { item: Item items: [Item!]! }
type Item { id: ID! name: String! url: String sure: [Item!] children: [Item!]! }
"""


@pytest.fixture
def marked() -> tuple[GraphQLSchema, list[str]]:
    """A schema whose resolvers are marked, and what they were called for."""
    schema, calls = build_schema(MARKED), []
    fields: dict[str, Any] = schema.type_map["Item"].fields  # type: ignore[attr-defined] # it is an object type

    def mark(name: str, resolve: Callable[..., Any], marks: dict[str, Any]) -> None:
        def called(source: Any, info: Any) -> Any:
            calls.append(name)
            return resolve(source, info)

        fields[name].resolve = called
        fields[name].extensions = marks

    mark("id", lambda source, _: source["key"], {compiled.READS: "key"})
    mark("name", lambda source, _: source["name"], {compiled.READS: "name"})
    mark("sure", lambda source, _: source["sure"], {compiled.READS: "sure"})
    show: Callable[[Any], Any] = lambda context: lambda value: value and f"{context.total}{value}"  # noqa: E731 - one of a table
    mark("url", lambda source, info: show(info.context)(source["url"]), {compiled.READS: "url", compiled.SHOWN: show})

    async def load(source: Any, info: Any) -> Any:
        return [{"key": await info.context.loader.load(source["key"]), "name": "loaded", "url": None, "children": []}]

    mark(
        "children",
        lambda source, info: source["children"] if "children" in source else load(source, info),
        {compiled.BRINGS: "children"},
    )
    return schema, calls


ITEM = {
    "key": "k",
    "name": "item",
    "url": "/u",
    "sure": None,
    "children": [{"key": 5, "name": "c", "url": "/c", "children": []}],
}
QUERY = (
    "{ item { id name url children { id url children { name } } } items { __typename id sure { id } children { id } } }"
)


async def test_what_is_marked_is_read_without_a_call(marked: tuple[GraphQLSchema, list[str]]) -> None:
    schema, calls = marked
    both = Both(schema, QUERY)
    await both.same(root=lambda: {"item": ITEM, "items": [ITEM, ITEM]})
    calls.clear()
    await both.compiled.execute({"item": ITEM, "items": [ITEM, ITEM]}, Seen())
    assert calls == []


async def test_where_a_source_does_not_bring_it_the_resolver_is_called_once(
    marked: tuple[GraphQLSchema, list[str]],
) -> None:
    schema, calls = marked
    bare = {key: value for key, value in ITEM.items() if key != "children"}
    both = Both(schema, QUERY)
    seen = await both.same(root=lambda: {"item": bare, "items": [bare, ITEM, {**bare, "key": "missing"}]})
    assert "no missing" in seen["errors"]
    calls.clear()
    await both.compiled.execute({"item": bare, "items": [bare, ITEM]}, Seen())
    await settled()
    assert calls == ["children", "children"]


@pytest.mark.parametrize(
    "broken",
    [
        {"name": None},
        {"name": 3.5},
        {"url": ValueError("url")},
        {"key": object},
        {"children": None},
        {"children": 5},
        {"children": [ITEM, {**ITEM, "name": None}]},
        {"sure": [{**ITEM, "key": None}]},
        {"sure": "x"},
    ],
)
async def test_a_marked_field_with_something_odd_tells_what_graphql_tells(
    marked: tuple[GraphQLSchema, list[str]], broken: dict[str, Any]
) -> None:
    both = Both(marked[0], QUERY)
    odd = {**ITEM, **broken}
    await both.same(root=lambda: {"item": odd, "items": [ITEM, odd]})
    without = {key: value for key, value in ITEM.items() if key not in broken}
    await both.same(root=lambda: {"item": without, "items": [without, odd, ITEM]})


async def test_an_odd_value_makes_no_resolver_run_twice() -> None:
    seen = Seen()
    both = Both(SCHEMA, "mutation { a: addNow { total nothing: __typename } failSurely { total } }")
    await both.compiled.execute(None, seen)
    assert seen.calls == ["add 1", "failed"]
    schema = build_schema("type Query { a: Int } type Mutation { change: Odd } type Odd { text: String! }")
    changes: list[int] = []

    def change(*_: Any) -> dict[str, Any]:
        changes.append(1)
        return {"text": None}

    assert schema.mutation_type is not None
    schema.mutation_type.fields["change"].resolve = change
    result = await compile_("mutation { change { text } }", schema).execute()
    assert result.data == {"change": None}
    assert changes == [1]


async def test_functions_of_a_default_resolver_are_called_as_by_graphql() -> None:
    schema = trees.schema()
    assert default_field_resolver({"a": lambda _info: 1}, _Named("a")) == 1  # type: ignore[arg-type] # all that it looks at
    for value in (trees.Called("x"), trees.Called(trees.Called("x")), trees.Called(None), len):
        await Both(schema, "{ string0 tree0 { string1 } }").same(
            root=lambda value=value: trees.grown({"string0": value, "tree0": {"string1": value}})  # type: ignore[misc] # bound now
        )


class _Named:
    def __init__(self, name: str) -> None:
        self.field_name = name
