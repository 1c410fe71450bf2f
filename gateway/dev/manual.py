"""The generated files: the schema, what AppSync needs of it, `docs/settings.md` of the settings, `terraform/routes.json` of the routes."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from gateway.dev.api import ROOT
from gateway.dev.process import StartError
from services.spelling import Rate
from settings import SECRET_ARN_SUFFIX, Settings

if TYPE_CHECKING:
    from dataclasses import Field
    from pathlib import Path

_SETTINGS_HEAD = """# Settings

Environment variables, read once at start by `settings.py`. One that is missing or malformed stops the start with a sentence
that names it. A secret may be given by reference: the variable with `{suffix}` at its end names a secret of AWS Secrets
Manager or a parameter of Systems Manager that holds it. `make run` fills in what is not given.

This page is generated from the model by `make settings`.

| Name | Meaning | Default | Example | By reference |
| --- | --- | --- | --- | --- |
"""
_WINDOWS = {86400: "d", 3600: "h", 60: "m", 1: "s"}


def schema(*, check: bool = False) -> int:
    """Write `schema.graphql`, and for AppSync its dialect and its resolvers, or with `check` only say whether they are stale.

    Raises:
        StartError: one of them is stale.
    """
    # Building a schema takes a second that no other command should.
    from gateway.dev import appsync  # noqa: PLC0415 - as above
    from resolvers.schema import sdl  # noqa: PLC0415 - as above

    generated = {
        ROOT / "schema.graphql": sdl(),
        ROOT / "terraform" / "schema.appsync.graphql": appsync.appsync_sdl(),
        ROOT / "terraform" / "appsync.json": appsync.resolvers(),
    }
    for path, text in generated.items():
        write(path, text, check=check, command="make schema")
    return 0


def settings_page(*, check: bool = False) -> int:
    """Write `docs/settings.md`, or with `check` only say whether it is what the model says.

    Raises:
        StartError: it is stale.
    """
    rows = "".join(map(_row, fields(Settings)))
    text = _SETTINGS_HEAD.format(suffix=SECRET_ARN_SUFFIX) + rows
    return write(ROOT / "docs" / "settings.md", text, check=check, command="make settings")


def routes(*, check: bool = False) -> int:
    """Write `terraform/routes.json`, or with `check` only say whether it is what the route table says.

    API Gateway's routes by their keys, and the function that serves each (PRD NFR7). What has no route of its own, as preflights, unknown
    paths and the pages for developers, goes to `api`.

    Raises:
        StartError: it is stale.
    """
    from gateway.rest import ROUTES  # noqa: PLC0415 - with it come the schema's types

    table: dict[str, str] = {f"{method} {route.path}": route.function for route in ROUTES for method in route.methods}
    table |= dict.fromkeys((f"{method} /graphql" for method in ("GET", "POST")), "graphql")
    table |= dict.fromkeys((f"GET {path}" for path in ("/health", "/api/health", "/api/csrf", "/api/auth/csrf")), "api")
    text = json.dumps(dict(sorted({**table, "$default": "api"}.items())), indent=2) + "\n"
    return write(ROOT / "terraform" / "routes.json", text, check=check, command="make routes")


def _row(setting: Field[Any]) -> str:
    variable, told = setting.name.upper(), setting.metadata
    reference = f"`{variable}{SECRET_ARN_SUFFIX}`" if told["secret"] else ""
    default = "required" if setting.default is MISSING else _code(setting.default)
    example = _code(told["example"]) if told["example"] else ""
    return f"| `{variable}` | {told['description']} | {default} | {example} | {reference} |\n"


def _code(value: Any) -> str:
    """Write a value as the environment would have it."""
    match value:
        case None:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case Rate():
            length = next(length for length in _WINDOWS if value.seconds % length == 0)
            return f"`{value.count}/{value.seconds // length}{_WINDOWS[length]}`"
        case tuple():
            return ", ".join(f"`{part}`" for part in value)
        case _:
            return f"`{value}`"


def write(path: Path, text: str, *, check: bool, command: str) -> int:
    """Write a generated file, unless it is as it should be.

    Args:
        path: of the file.
        text: what it should be.
        check: whether to write nothing.
        command: what writes it.

    Raises:
        StartError: with `check`, it is stale.
    """
    stale = not path.exists() or path.read_text() != text
    name = path.relative_to(ROOT)
    if check and stale:
        raise StartError(f"{name} is stale. Run: {command}")
    if stale:
        path.write_text(text)
    print(f"{name} is up to date." if check or not stale else f"{name} is written.")
    return 0
