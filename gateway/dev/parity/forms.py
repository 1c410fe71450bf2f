"""Bodies as recordings have them: decoded JSON, the parts of a form, text, or base64 (`tests/parity/recordings/README.md`, "Format")."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import FormParser

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File

    from gateway.dev.parity.observation import Headers

_TEXTS = ("text/", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


def body(headers: Headers, content: bytes) -> dict[str, Any]:
    """A request's body under `json`, `multipart` or `raw`; nothing where nothing was sent."""
    kind = headers.media_type
    if not content:
        return {}
    if "content-encoding" not in headers:
        if kind == "multipart/form-data" and (parts := _parts(headers.boundary, content)) is not None:
            return {"multipart": parts}
        if "json" in (found := decoded(kind, content)) and headers["content-type"] == "application/json":
            return found
    found = _text(content) if kind == "application/json" else decoded(kind, content)
    return {"raw": {"content_type": headers.get("content-type", ""), **found}}


def decoded(media_type: str, content: bytes) -> dict[str, Any]:
    """The content under `json`, `text` or `base64`."""
    if media_type == "application/json" or media_type.endswith("+json"):
        try:
            return {"json": json.loads(content)}
        except ValueError:
            return _text(content)
    if not content or media_type.startswith(_TEXTS):
        return _text(content)
    return {"base64": base64.b64encode(content).decode()}


def _text(content: bytes) -> dict[str, str]:
    try:
        return {"text": content.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _parts(boundary: bytes, content: bytes) -> list[dict[str, Any]] | None:
    """The parts of a form in their order; None where it is no form that could be written down so and sent again."""
    parts: list[dict[str, Any]] = []
    ended: list[bool] = []

    def field(found: Field) -> None:
        parts.append({"field": (found.field_name or b"").decode(), "value": (found.value or b"").decode()})

    def file(found: File) -> None:
        found.file_object.seek(0)
        name = (found.file_name or b"").decode().replace("%22", '"')  # as browsers write it
        told = {"field": (found.field_name or b"").decode(), "filename": name, "content_type": found.content_type or ""}
        parts.append(told | {"base64": base64.b64encode(found.file_object.read()).decode()})

    try:
        parser = FormParser(
            "multipart/form-data",
            field,
            file,
            lambda: ended.append(True),
            boundary,
            config={"MAX_MEMORY_FILE_SIZE": len(content)},
        )
        parser.write(content)
        parser.finalize()
    except (FormParserError, UnicodeDecodeError):
        return None
    return parts if ended else None
