"""Every answer that a test receives is held against the OpenAPI document: its status is described, and its body has that shape."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from gateway.rest.openapi import document

if TYPE_CHECKING:
    import httpx


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    paths = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), operations) for path, operations in paths]


def _operation(request: httpx.Request) -> dict[str, Any] | None:
    path = request.url.raw_path.decode().partition("?")[0].rstrip("/")
    for pattern, operations in _paths():
        if pattern.fullmatch(path):
            found: dict[str, Any] | None = operations.get(request.method.lower())
            return found
    return None


def _resolved(shape: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in shape:
        return shape
    found: Any = document()
    for step in shape["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    resolved: dict[str, Any] = found
    return resolved


@cache
def _validator(operation_id: str, status: str) -> Draft202012Validator | None:
    for _, operations in _paths():
        for operation in operations.values():
            if operation["operationId"] == operation_id:
                content = _resolved(operation["responses"][status]).get("content")
                if content is None:
                    return None
                shape = content["application/json"]["schema"]
                return Draft202012Validator({**shape, "components": document()["components"]})
    raise AssertionError(operation_id)


async def check(response: httpx.Response) -> None:
    """An httpx response hook: fails where the document does not describe the answer of a route that it describes."""
    operation = _operation(response.request)
    if operation is None:
        return
    status = str(response.status_code)
    where = f"{response.request.method} {response.request.url} answered {status}"
    assert status in operation["responses"], f"{where}, which {operation['operationId']} does not describe"
    validator = _validator(operation["operationId"], status)
    await response.aread()
    if validator is None:
        assert response.content == b"", where
    else:
        errors = [
            f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(response.json())
        ]
        assert not errors, f"{where}, which is not as {operation['operationId']} describes it: {errors[:5]}"
