"""Requests that are sent twice take effect once: `Idempotency-Key` on POST (docs/decisions/0024).

Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from db.errors import DatabaseError
from gateway.errors import STATUS, Problem, refuse
from resolvers.idempotency import store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from asyncpg import Record
    from starlette.requests import Request

    from resolvers.context import Context, Staged

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"  # as Stripe tells it
_KEY = re.compile(r"[ -~]{1,255}")
# Seconds between looks at what another request with the same key is doing: three of them altogether, then its sender is told to come again.
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
# What the same request may be answered otherwise: it was wrong, too early, or we were.
_PASSING = frozenset({400, 429})
_SERVER_ERROR = 500
_log = logging.getLogger("brickgate.idempotency")


async def once(request: Request, context: Context, asked: Any, perform: Callable[[], Awaitable[Response]]) -> Response:
    """The answer that `perform` makes; for a key that has one already, that one. Without a key nothing is done besides.

    Args:
        request: the caller's, read to its end.
        context: of the operation; what it commits, marks the key.
        asked: what the request asks for, as JSON has it. Files stand in it by their upload ids.
        perform: carries it out.

    Raises:
        Problem: what `perform` raises. Besides, BAD_REQUEST: the key is malformed; IDEMPOTENCY_MISMATCH: it was used for something else;
            CONFLICT: a request with this key is still being carried out, or its answer was lost.
    """
    key = _key(request)
    if key is None:
        return await perform()
    told = orjson.dumps([context.user_id, request.url.path, key])
    own = store.Claim(hashlib.blake2b(told, digest_size=32).hexdigest(), str(uuid.uuid4()))
    if kept := await _kept(context, own, _fingerprint(asked, context.staged)):
        # A signature lasts for an hour, and the answer for a day.
        content = context.services.storage.signed_anew(context.user_id, kept["content"])
        return Response(content, kept["status"], {**kept["headers"], REPLAYED: "true"})
    context.seal = partial(store.commit, own=own)
    try:
        response = await perform()
    except Problem as refusal:
        await _settle(context, own, refusal.response())
        raise
    await _settle(context, own, response)
    return response


def named(request: Request) -> bool:
    """Whether a request comes with a key, good or bad."""
    return request.method == "POST" and HEADER in request.headers


def _key(request: Request) -> str | None:
    if not named(request):
        return None
    key = ", ".join(request.headers.getlist(HEADER))
    if not _KEY.fullmatch(key):
        refuse("BAD_REQUEST", f"{HEADER} must be 1 to 255 printable ASCII characters, such as a UUID")
    return key


def _fingerprint(asked: Any, staged: Mapping[str, Staged]) -> str:
    """A digest of what is asked. How it is written does not count: neither spaces, nor the boundary that a browser makes up for a form."""
    told = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=str)
    for upload_id, file in staged.items():
        content = hashlib.blake2b(file.filename.encode("utf-8", "surrogatepass") + b"\0")
        content.update(file.content or b"")
        told = told.replace(upload_id.encode(), content.hexdigest().encode())
    return hashlib.blake2b(told, digest_size=32).hexdigest()


async def _kept(context: Context, own: store.Claim, fingerprint: str) -> Record | None:
    """The answer that was given under the key; None where it is now claimed for this request.

    Raises:
        Problem: as `once`.
    """
    for pause in (*_PAUSES, 0.0):
        if await store.claim(context.database, own, context.user_id, fingerprint):
            return None
        row = await store.find(context.database, own.id)
        if row and row["fingerprint"] != fingerprint:
            refuse("IDEMPOTENCY_MISMATCH", f"This {HEADER} was used for another request; make a new one for this")
        if row and row["status"] is not None:
            return row
        if row and row["committed"] and not row["leased"]:
            effect = "A request with this key took effect, at least in part, and its answer was lost"
            refuse("CONFLICT", f"{effect}: look at what is there, and use another {HEADER}")
        await asyncio.sleep(pause)
    sentence = f"A request with this {HEADER} is still being carried out; try again"
    raise Problem("CONFLICT", sentence, headers={"Retry-After": "1"})


async def _settle(context: Context, own: store.Claim, response: Response) -> None:
    """Keep the answer, or give the key back where the next try may be answered otherwise and nothing took effect."""
    try:
        if _passing(response) and await store.release(context.database, own):
            return
        if response.status_code < _SERVER_ERROR:
            content = bytes(response.body)
            headers = {name: value for name, value in response.headers.items() if name != "content-length"}
            await store.keep(context.database, own, response.status_code, headers, content)
    except (
        DatabaseError
    ) as error:  # the request is answered all the same; its key is free, or tells what it can, once the lease ends
        _log.warning("answer not kept", extra={"errorType": type(error).__name__, "errorMessage": str(error)})


def _passing(response: Response) -> bool:
    statuses = {response.status_code}
    if response.status_code < _SERVER_ERROR:
        errors = orjson.loads(bytes(response.body)).get("errors", ())  # GraphQL's, under whatever status
        statuses |= {STATUS[error["extensions"]["code"]] for error in errors}
    return any(status in _PASSING or status >= _SERVER_ERROR for status in statuses)
