"""Reading a JSON body: bounded while it is read, strict in what it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import ClientDisconnect

from gateway.errors import refuse
from services.content import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

MAX_BYTES = 10 * MEGABYTE
JSON = "application/json"
_PLAIN = ("", "identity")  # the encodings that leave a body as it is


async def receive(request: Request, largest: int, refusal: str, take: Callable[[bytes], object]) -> None:
    """Hand the body to `take`, piece by piece. Nearly always there is one, for which Starlette's `stream` makes a generator.

    Args:
        request: whose body.
        largest: bytes that it may have.
        refusal: the sentence for one that has more.
        take: is given each piece.

    Raises:
        Problem: PAYLOAD_TOO_LARGE as soon as there are more, whatever Content-Length says; UNSUPPORTED_MEDIA_TYPE, it is encoded.
        ClientDisconnect: the client is gone.
    """
    encoding = request.headers.get("content-encoding", "").strip()
    if encoding.lower() not in _PLAIN:
        sentence = f"The body must be sent as it is: Content-Encoding {encoding[:50]!r} is not taken"
        refuse("UNSUPPORTED_MEDIA_TYPE", sentence, Accept_Encoding="identity")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > largest:
        refuse("PAYLOAD_TOO_LARGE", refusal)
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        piece = message.get("body", b"")
        size += len(piece)
        if size > largest:
            refuse("PAYLOAD_TOO_LARGE", refusal)
        if piece:
            take(piece)
        more = message.get("more_body", False)


async def read(request: Request) -> bytes:
    """The body's bytes.

    Raises:
        Problem: PAYLOAD_TOO_LARGE, there are more than 10 MB; UNSUPPORTED_MEDIA_TYPE, they are encoded.
        ClientDisconnect: the client is gone.
    """
    pieces: list[bytes] = []
    refusal = f"The body is too large: at most {MAX_BYTES // MEGABYTE} MB are accepted"
    await receive(request, MAX_BYTES, refusal, pieces.append)
    return b"".join(pieces)


async def read_object(request: Request, taken: str = JSON) -> dict[str, Any]:
    """The JSON object that the body holds; an empty body is an empty object.

    Args:
        request: whose body.
        taken: what the sentence for another Content-Type names.

    Raises:
        Problem: PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, or BAD_REQUEST for what is no JSON object in valid UTF-8.
    """
    content = await read(request)
    if not content:
        return {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON and not media_type.endswith("+json"):
        refuse("UNSUPPORTED_MEDIA_TYPE", f"Content-Type must be {taken}, is {media_type[:100]!r}")
    return parse_object(content)


def parse_object(content: bytes, called: str = "The body") -> dict[str, Any]:
    """The JSON object that `content` holds, which messages call so.

    Raises:
        Problem: BAD_REQUEST; it is no JSON, not valid Unicode, or no object.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if (place := _broken(content)) is not None:
            refuse("BAD_REQUEST", f"{called} is not UTF-8: byte {place + 1} is part of no character")
        refuse("BAD_REQUEST", f"{called} is not valid JSON: {error.msg} at line {error.lineno} column {error.colno}")
    if not isinstance(value, dict):
        refuse("BAD_REQUEST", f"{called} must be a JSON object, is {kind(value)}")
    return value


def _broken(content: bytes) -> int | None:
    """Where `content` stops being UTF-8; None where it never does."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def kind(value: object) -> str:
    """What JSON calls a value, in a sentence."""
    return {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(
        type(value), "a number"
    )
