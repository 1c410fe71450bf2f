"""`make impact`: what the changes of the schema since a commit touch: which are breaking, and which registered documents use what changed.

Documents are those of the manifests, as they are now and as they were at that commit: a client that is out there still sends those.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from graphql import (
    BreakingChange,
    DangerousChange,
    GraphQLEnumType,
    GraphQLInputObjectType,
    SafeChange,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    find_schema_changes,
    get_named_type,
    parse,
    type_from_ast,
    validate,
    visit,
)

from gateway import trusted
from gateway.dev.api import ROOT
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graphql import GraphQLSchema, Node, SchemaChange

_SCHEMA = "schema.graphql"
_MANIFESTS = trusted.MANIFESTS.relative_to(ROOT)
_COORDINATE = re.compile(r"@\w+|[A-Z]\w*(?:\.\w+)?(?:\(\w+:\))?")
_WORDS = {"A", "An", "Argument", "Directive", "Enum", "Field", "Repeatable", "Standard"}  # that descriptions begin with
_KINDS = ("breaking", "dangerous", "safe")


@dataclass(frozen=True)
class Registered:
    """A document of a manifest.

    Args:
        manifest: its name, which is a client's.
        name: of its operation.
        body: its text.
        routes: the REST routes that send it.
    """

    manifest: str
    name: str
    body: str
    routes: tuple[str, ...]

    @property
    def title(self) -> str:
        """How a reader knows it."""
        return f"{self.manifest}: {self.name}" + (f" ({', '.join(self.routes)})" if self.routes else "")


def impact(environ: Mapping[str, str]) -> int:
    """Print what has changed since `BASE`, by default since the schema was last changed, and what it touches; 1 if a change is breaking.

    Args:
        environ: has `BASE`, and `ALLOW_BREAKING` where a breaking change is no failure.

    Raises:
        StartError: there is no schema at `BASE`.
    """
    base = environ.get("BASE") or _before()
    if base is None:
        print("There is no earlier schema here to compare with.")
        return 0
    from resolvers.schema import sdl  # noqa: PLC0415 - it takes a second to build

    old, new = build_schema(_at(base, _SCHEMA)), build_schema(sdl())
    changes = [one for one in find_schema_changes(old, new) if one.type.name != "DESCRIPTION_CHANGED"]
    documents = list(dict.fromkeys((*_now(), *_then(base))))
    uses = {one: {*coordinates(old, one.body), *coordinates(new, one.body)} for one in documents}
    errors = {one: validate(new, parse(one.body)) for one in documents if not validate(old, parse(one.body))}
    invalid = {one.title: [error.message for error in found] for one, found in errors.items() if found}
    breaking = [change for change in changes if isinstance(change, BreakingChange)]
    print(f"{len(changes)} changes of the schema since {base[:12]}, {len(breaking)} of them breaking.")
    for change in sorted(changes, key=_severity):
        print(f"\n{_KINDS[_severity(change)]:<10} {change.description}")
        for title in dict.fromkeys(one.title for one in documents if changed(change) & uses[one]):
            print(f"           used by {title}")
    if invalid:
        print("\nNo longer valid:")
    for title, messages in invalid.items():
        print(f"  {title}: {'; '.join(messages)}")
    if (breaking or invalid) and environ.get("ALLOW_BREAKING") != "1":
        print("\nClients would notice. If that is meant: ALLOW_BREAKING=1", flush=True)
        return 1
    return 0


def _severity(change: SchemaChange) -> int:
    return 0 if isinstance(change, BreakingChange) else 1 if isinstance(change, DangerousChange) else 2


def changed(change: SchemaChange) -> set[str]:
    """The schema coordinates of what has changed; of what was added and may be in the way, also where it was added."""
    told = re.split(r" (?:has )?changed | defaultValue | added a ", change.description)[0]
    found = set(_COORDINATE.findall(told)) - _WORDS
    if change.type.name.endswith(("_ADDED", "_ADDED_TO_ENUM")) and not isinstance(change, SafeChange):
        found |= {re.split(r"\(" if "(" in one else r"\.", one)[0] for one in found}
    return found


def coordinates(schema: GraphQLSchema, body: str) -> Iterator[str]:
    """The schema coordinates that a document uses: types, fields, arguments, and of inputs all that a variable may bring."""
    visitor = _Coordinates(schema)
    visit(parse(body), TypeInfoVisitor(visitor.info, visitor))
    yield from visitor.found


class _Coordinates(Visitor):
    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.info, self.found = TypeInfo(schema), set[str]()
        self._schema = schema

    def enter_field(self, node: Any, *_: Any) -> None:
        parent, field = self.info.get_parent_type(), self.info.get_field_def()
        if parent and field:
            self.found |= {parent.name, f"{parent.name}.{node.name.value}", get_named_type(field.type).name}
            self.found |= {f"{parent.name}.{node.name.value}({one.name.value}:)" for one in node.arguments or ()}

    def enter_directive(self, node: Any, *_: Any) -> None:
        self.found.add(f"@{node.name.value}")

    def enter_variable_definition(self, node: Any, *_: Any) -> None:
        if type_ := type_from_ast(self._schema, node.type):
            self._input(get_named_type(type_))

    def enter_enum_value(self, node: Node, *_: Any) -> None:
        if type_ := self.info.get_input_type():
            self.found |= {get_named_type(type_).name, f"{get_named_type(type_).name}.{node.value}"}  # type: ignore[attr-defined] # it is an enum value

    def enter_object_field(self, *_: Any) -> None:
        if type_ := self.info.get_input_type():
            self._input(get_named_type(type_))

    def _input(self, type_: Any) -> None:
        if type_.name in self.found:
            return
        self.found.add(type_.name)
        if isinstance(type_, GraphQLEnumType):
            self.found |= {f"{type_.name}.{value}" for value in type_.values}
        if isinstance(type_, GraphQLInputObjectType):
            for name, field in type_.fields.items():
                self.found.add(f"{type_.name}.{name}")
                self._input(get_named_type(field.type))


def _now() -> Iterable[Registered]:
    for path in sorted(trusted.MANIFESTS.glob("*.json")):
        yield from _registered(path.stem, path.read_text())


def _then(base: str) -> Iterable[Registered]:
    for path in (_git("ls-tree", "--name-only", base, f"{_MANIFESTS}/") or "").split():
        yield from _registered(PurePath(path).stem, _at(base, path))


def _registered(manifest: str, text: str) -> Iterable[Registered]:
    for one in json.loads(text)["operations"]:
        yield Registered(manifest, one["name"], one["body"], tuple(one.get("routes", ())))


def _before() -> str | None:
    """The commit before the last one that changed the schema; None in a clone that does not reach back that far."""
    last = (_git("rev-list", "-1", "HEAD", "--", _SCHEMA) or "").strip()
    return ((_git("rev-parse", "-q", "--verify", f"{last}~1") or "").strip() or None) if last else None


def _at(base: str, path: str) -> str:
    text = _git("show", f"{base}:{path}")
    if text is None:
        raise StartError(f"There is no {path} at {base}. BASE must be a commit of this clone, for example BASE=HEAD~1")
    return text


def _git(*arguments: str) -> str | None:
    """What git says; None where it fails."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], check=False, capture_output=True, text=True)  # noqa: S603, S607 - git, as the developer has it
    return done.stdout if done.returncode == 0 else None
