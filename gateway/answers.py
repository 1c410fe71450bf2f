"""Read-through of whole answers: what a door has made of an operation's result is kept until the caller's data changes (FR6).

It sits above `execute`, so that a hit neither asks PostgreSQL nor runs a resolver. Which operations are kept, `resolvers.caching` says by
their root fields. The key begins with the PRD's pattern; what else the answer depends on follows as a hash.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson
from graphql import FieldNode, VariableNode, value_from_ast_untyped

from gateway import requests
from resolvers.caching import POLICIES, SEARCHES
from resolvers.schema import GRAPHQL
from services import metrics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from gateway.execute import Operation
    from resolvers.caching import Kind, Policy
    from services.cache import Cache, Look
    from settings import Settings

ROOT = Path(__file__).parents[1]
_SOURCES = ("gateway", "resolvers", "services")
State = Literal["HIT", "MISS"]
_STRANGE = re.compile(r"[^\w-]")
_KNOWN = 512  # operations whose root fields are remembered
_LONGEST = 64  # characters of an argument in a key
_SEVERAL = "query:user:{userId}"  # the key of an operation with more than one root field
# A signed URL has half of its life left at least when it is written; what is kept shows it for half of that.
_SHARE_OF_URL = 4


class Place(NamedTuple):
    """Where an answer is kept, for how many milliseconds, and whether it is a search's."""

    key: str
    milliseconds: int
    searches: bool


class Answered(NamedTuple):
    """The bytes of an answer, and whether they had been kept."""

    content: bytes
    state: State


class NotKept(Exception):
    """What was made is for this caller alone, since it tells of errors.

    Args:
        result: what was made.
    """

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class _Argument(NamedTuple):
    """An argument of a root field: the variable that gives its value, and its value without one."""

    variable: str | None
    otherwise: Any

    def value(self, variables: Mapping[str, Any]) -> Any:
        """Its value, as far as a key needs to know."""
        return variables.get(self.variable, self.otherwise) if self.variable else self.otherwise


class _Root(NamedTuple):
    """A root field of an operation, its arguments by name, and those of them that make a search of a list."""

    policy: Policy
    arguments: Mapping[str, _Argument]
    searches: list[_Argument]

    def kind(self, variables: Mapping[str, Any]) -> Kind:
        """What kind of answer it has."""
        return "search" if any(argument.value(variables) for argument in self.searches) else self.policy.kind


class Answers:
    """The answers that one process keeps in Redis.

    Args:
        settings: how long each kind is kept.
        cache: where; None for nowhere.
    """

    HEADER = "x-cache"

    def __init__(self, settings: Settings, cache: Cache | None) -> None:
        longest = settings.s3_url_seconds // _SHARE_OF_URL
        self.cache = cache
        self._seconds: dict[Kind, int] = {
            "list": min(settings.cache_list_seconds, longest),
            "detail": min(settings.cache_detail_seconds, longest),
            "search": min(settings.cache_search_seconds, longest),
            "profile": min(settings.cache_profile_seconds, longest),
        }

    def keeps(self, operation: Operation) -> bool:
        """Whether answers of this operation are kept here."""
        return self.cache is not None and kept(operation)

    def place(self, operation: Operation, variables: dict[str, Any], user_id: str, form: str) -> Place | None:
        """Where the answer to an operation is kept; None where it is not.

        Args:
            operation: of a client's or of the project's.
            variables: its variables.
            user_id: who asks.
            form: what else the bytes depend on: the door, and what names the document there.
        """
        roots = _roots(operation)
        if not roots or self.cache is None:
            return None
        kinds = [root.kind(variables) for root in roots]
        seconds = min([self._seconds[kind] for kind in kinds])
        if seconds == 0:
            return None
        key = _filled(roots[0].policy.key if len(roots) == 1 else _SEVERAL, roots[0].arguments, variables, user_id)
        told = orjson.dumps([form, operation.name, variables], option=orjson.OPT_SORT_KEYS, default=str)
        rest = hashlib.blake2b(told, digest_size=12).hexdigest()
        return Place(f"{key}:{rest}", seconds * 1000, "search" in kinds)

    async def read(self, look: Look | None, place: Place, make: Callable[[], Awaitable[bytes]]) -> Answered:
        """What was found, else what `make` makes, to be found the next time.

        Args:
            look: what was found; None where Redis gave no answer.
            place: where it was looked for.
            make: makes the answer anew; what it raises is not kept.
        """
        if self.cache is None or look is None:
            requests.cached("MISS")
            return Answered(await make(), "MISS")
        state: State = "MISS" if look.value is None else "HIT"
        requests.cached(state)
        metrics.count(metrics.CACHE_HITS if state == "HIT" else metrics.CACHE_MISSES)
        if state == "HIT" and place.searches:
            metrics.count(metrics.SEARCHES_PERFORMED, by="cache")
        content = look.value or await self.cache.filled(look, place.milliseconds, make)
        return Answered(content, state)


def kept(operation: Operation) -> bool:
    """Whether answers of this operation may be kept."""
    return _roots(operation) is not None


@lru_cache(maxsize=_KNOWN)
def _roots(operation: Operation) -> list[_Root] | None:
    """The root fields, in order; None where one of them is not kept, or hangs on a directive or a fragment."""
    if operation.writes:
        return None
    roots = []
    for node in operation.definition.selection_set.selections:
        if not isinstance(node, FieldNode) or node.directives or node.name.value not in POLICIES:
            return None
        policy, arguments = POLICIES[node.name.value], dict(_arguments(operation, node))
        searches = [arguments[name] for name in SEARCHES if policy.kind == "list" and name in arguments]
        roots.append(_Root(policy, arguments, searches))
    return roots


def _arguments(operation: Operation, node: FieldNode) -> Iterator[tuple[str, _Argument]]:
    """Each argument of a root field."""
    query = GRAPHQL.query_type
    assert query is not None  # noqa: S101 - narrows for mypy; the schema has one
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    defaults = {
        definition.variable.name.value: definition.default_value
        for definition in operation.definition.variable_definitions or ()
    }
    for name, argument in query.fields[node.name.value].args.items():
        value = given.get(name)
        if isinstance(value, VariableNode):
            default = defaults.get(value.name.value)
            otherwise = value_from_ast_untyped(default) if default else argument.default_value
            yield name, _Argument(value.name.value, otherwise)
        else:
            yield name, _Argument(None, argument.default_value if value is None else value_from_ast_untyped(value))


def release(settings: Settings) -> str:
    """Names the form of what this process keeps: another build or setting has another, and so has code that was just edited."""
    told = f"{_build()} {settings.legacy_aliases}"
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def _build() -> str:
    """What `make package` has written down; in a checkout, when a file was last written."""
    try:
        return (ROOT / "BUILD").read_text()
    except FileNotFoundError:
        files = (
            path for source in _SOURCES for path in (ROOT / source).rglob("*") if path.suffix in {".py", ".graphql"}
        )
        return str(max(path.stat().st_mtime_ns for path in files))


def _filled(pattern: str, arguments: Mapping[str, _Argument], variables: Mapping[str, Any], user_id: str) -> str:
    """The key of a pattern. The user's id keeps its braces, for which a cluster puts all of a user's keys into one slot."""
    tag = f"{{{user_id}}}"
    texts = list(_pieces(pattern))
    for place in range(1, len(texts), 2):
        argument = arguments.get(texts[place])
        value = argument.value(variables) if argument else None
        texts[place] = tag if texts[place] == "userId" else _STRANGE.sub("_", str(value))[:_LONGEST]
    key = "".join(texts)
    return key if tag in key else f"{key}:{tag}"


@cache
def _pieces(pattern: str) -> list[str]:
    """Text, the name of a value, text, and so on."""
    return re.split(r"\{(\w+)\}", pattern)
