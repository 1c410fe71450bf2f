"""`make manifest`: the documents that /graphql trusts, in `gateway/manifests`, and what each of them costs (decision 23).

`rest.json` has the operations of the REST routes. Beside it stands one manifest for each client: written here from a folder of `.graphql`
files, or put there as the client's own tool wrote it. A document that the schema or a limit refuses cannot be registered.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse, print_ast, separate_operations

from gateway import execute, trusted
from gateway.costs import cost
from gateway.dev.process import StartError
from gateway.extent import Extent, excess
from gateway.parsing import Document, Policy, parsed
from gateway.rest import ROUTES
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.execute import Operation

REST = "rest"
_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(Settings)}
_LIMITS = Extent(**{name: _DEFAULTS[f"graphql_max_{name}"] for name in Extent._fields})
_POLICY = Policy(introspection=False, trusted_only=False, tokens=_DEFAULTS["graphql_max_tokens"], limits=_LIMITS)


def manifest(environ: Mapping[str, str], *, check: bool = False) -> int:
    """Write `rest.json`, and the manifest of the folder `DOCUMENTS` under the name `CLIENT`, by default the folder's; check all others.

    Args:
        environ: has `DOCUMENTS` and `CLIENT`, or not.
        check: write nothing, and fail where `rest.json` is stale.

    Raises:
        StartError: a document is not valid or too large, or a manifest is none or stale.
    """
    trusted.MANIFESTS.mkdir(exist_ok=True)
    written = {REST: _rest()}
    if folder := environ.get("DOCUMENTS"):
        name = environ.get("CLIENT") or Path(folder).resolve().name
        if name == REST:
            raise StartError("The manifest rest is that of the REST routes. Give the client another name: CLIENT=web")
        written[name] = _collected(Path(folder))
    for name, operations in written.items():
        path = trusted.MANIFESTS / f"{name}.json"
        text = json.dumps({**trusted.FORMAT, "operations": operations}, indent=2, ensure_ascii=False) + "\n"
        if check and (not path.exists() or path.read_text() != text):
            raise StartError(
                f"{_name(path)} is stale: an operation, a route or its cost has changed. Run: make manifest"
            )
        if not check:
            path.write_text(text)
    for path in sorted(trusted.MANIFESTS.glob("*.json")):
        _check(path, quiet=check)
    return 0


def _rest() -> list[dict[str, Any]]:
    """The operations of the project's own documents, and the routes that send them."""
    routes: dict[str, list[str]] = {}
    for route in ROUTES:
        routes.setdefault(route.operation, []).extend(f"{method} {route.path}" for method in route.methods)
    paths = sorted(set(execute.names().values()))
    documents = {name: one for path in paths for name, one in separate_operations(parse(path.read_text())).items()}
    return [_entry(documents[name], routes=routes.get(name, [])) for name in sorted(documents)]


def _collected(folder: Path) -> list[dict[str, Any]]:
    """The operations in the `.graphql` files of a folder, each with the fragments that it needs, from whichever file."""
    definitions: list[Any] = []
    for path in sorted(folder.rglob("*.graphql")):
        try:
            definitions += parse(path.read_text()).definitions
        except GraphQLError as error:
            raise StartError(f"{path}: {error}") from None
    documents = separate_operations(DocumentNode(definitions=tuple(definitions)))
    operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
    if not operations or len(documents) < len(operations) or "" in documents:
        raise StartError(
            f"{folder}: there must be .graphql files, and each operation in them must have a name of its own"
        )
    return [_entry(documents[name]) for name in sorted(documents)]


def _entry(document: DocumentNode, **more: Any) -> dict[str, Any]:
    body = print_ast(document)
    operation = _operation(body)
    node = operation.definition
    entry = {"id": trusted.identifier(body), "name": operation.name, "type": node.operation.value, "body": body}
    # By default, and with the largest pages and all that a variable includes.
    return {**entry, "cost": cost(operation, {}), "costAtMost": _at_most(operation), **more}


def _check(path: Path, *, quiet: bool) -> None:
    """Print what a manifest has.

    Raises:
        StartError: it is none, or has what cannot be registered.
    """
    try:
        found = json.loads(path.read_text())
        entries = [(one["id"], one["name"], one["body"]) for one in found["operations"]]
        known = {key: found[key] for key in trusted.FORMAT} == trusted.FORMAT
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise StartError(
            f"{_name(path)} is no manifest: its format must be {json.dumps(trusted.FORMAT)}, as Apollo's tools write it"
        )
    print(f"{_name(path)}: {len(entries)} documents are valid.")
    for identifier, name, body in entries:
        try:
            operation = _operation(body)
        except StartError as error:
            raise StartError(f"{_name(path)}: {name}: {error}") from None
        if identifier != trusted.identifier(body):
            raise StartError(
                f"{_name(path)}: {name}: the id must be the SHA-256 of the body, {trusted.identifier(body)}"
            )
        if not quiet:
            print(
                f"  {trusted.PREFIX}{identifier}  cost {cost(operation, {}):>5}, at most {_at_most(operation):>6}  {name}"
            )


def _operation(body: str) -> Operation:
    """The operation of a document that can be registered.

    Raises:
        StartError: it cannot.
    """
    document = parsed(body, _POLICY)
    # Limits hold when a document is registered, and no more when it is sent.
    errors = document if isinstance(document, list) else excess(parse(body), _LIMITS)
    if errors or not isinstance(document, Document):
        raise StartError("; ".join(error.message for error in errors))
    return document.operation(None)


def _at_most(operation: Operation) -> int:
    nothing = dict.fromkeys(operation.variables, ...)  # what is no page size counts as the largest
    return cost(operation, nothing)


def _name(path: Path) -> str:
    return f"gateway/manifests/{path.name}"
