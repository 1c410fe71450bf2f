"""An access log as observations: one JSON object a line, bodies in files beside it.

The keys of a line: `method`, `path` (with its query), `status`; `request_headers` and `response_headers` (objects); `request_body`
and `response_body`, the names of files in the folder of bodies that hold the bytes as they were sent; `at`, when the request came
(ISO 8601, UTC, with milliseconds, as in 2026-11-22T13:11:42.695Z). All but the first three may be missing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.dev.parity.observation import Body, Headers, Observation
from gateway.dev.process import StartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read(log: Path, bodies: Path, most: int) -> Iterator[Observation]:
    """The requests of the log, in its order; of each body `most` bytes.

    Raises:
        StartError: a line is malformed, or a file that it names is not in the folder.
    """
    try:
        with log.open() as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _observed(f"{log}, line {number}", line, bodies, most)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"The access log or a body cannot be read: {error}") from None


def _observed(where: str, line: str, bodies: Path, most: int) -> Observation:
    try:
        entry = json.loads(line)
        observed = Observation(
            method=str(entry["method"]).upper(),
            target=str(entry["path"]),
            headers=_headers(entry, "request_headers"),
            request=_body(entry.get("request_body"), bodies, most),
            response=_body(entry.get("response_body"), bodies, most),
            status=int(entry["status"]),
            response_headers=_headers(entry, "response_headers"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StartError(f"{where} is no request with method, path and status: {error!r}") from None
    if "at" in entry:
        observed.at = str(entry["at"])
    return observed


def _headers(entry: dict[str, Any], key: str) -> Headers:
    return Headers.of((name.encode(), str(value).encode()) for name, value in entry.get(key, {}).items())


def _body(name: str | None, folder: Path, most: int) -> Body:
    body = Body(most)
    if name:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise ValueError(f"{name} is not in {folder}")
        with path.open("rb") as file:
            body.keep(file.read(most + 1))
    return body
