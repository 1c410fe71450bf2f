"""Who may do what: one call at the top of a root resolver (contract section 1: 401, then 404, then 403)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resolvers.errors import FieldError, Forbidden, NotFound, Unauthorized, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncpg import Record

    from resolvers.context import Caller, Info

_SHOWN = 50  # characters of a wrong value
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def signed_in(info: Info) -> Caller:
    """The caller.

    Raises:
        Unauthorized: nobody has signed in.
    """
    return somebody(info.context.caller)


def somebody(caller: Caller | None) -> Caller:
    """`caller`, as `signed_in`."""
    if caller is None:
        raise Unauthorized("Authentication required: sign in and send the access token")
    return caller


def myself(user_id: str, caller: Caller) -> str:
    """`user_id`, if it is the caller's own; whether others exist is nobody's business (contract section 7).

    Raises:
        Forbidden: it is any other.
    """
    if user_id != caller.id:
        raise Forbidden("You can only see and change your own profile")
    return user_id


def is_id(identifier: str) -> bool:
    """Whether `identifier` can be the id of anything: a UUID."""
    return _UUID.fullmatch(identifier) is not None


def known(identifier: str, noun: str) -> str:
    """`identifier`, if it can be one of a `noun`; what is no UUID names nothing.

    Raises:
        NotFound: it is no UUID.
    """
    if not is_id(identifier):
        raise NotFound(f"{noun[0].upper()}{noun[1:]} not found")
    return identifier


def referenced(identifier: str, field: str) -> str:
    """`identifier` as part of an input, where a malformed one is a wrong field (contract section 7).

    Raises:
        ValidationFailed: it is no UUID.
    """
    refuse(id_errors(identifier, field))
    return identifier


def id_errors(identifier: str, *path: str | int) -> Iterator[FieldError]:
    """What is wrong with an id at `path` of an input."""
    if not is_id(identifier):
        yield FieldError(path, f"must be a UUID, is {identifier[:_SHOWN]!r}")


def owned(row: Record | None, caller: Caller, noun: str) -> Record:
    """`row`, if it is there and the caller's.

    Raises:
        NotFound: there is no row.
        Forbidden: it is somebody else's.
    """
    if row is None:
        raise NotFound(f"{noun[0].upper()}{noun[1:]} not found")
    if row["user_id"] != caller.id:
        raise Forbidden(f"This {noun} belongs to another user")
    return row
