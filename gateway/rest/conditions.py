"""What a request makes depend on entity tags (RFC 9110, section 13.1): a change of one version, a read of what is not held yet."""

from __future__ import annotations

import re
from datetime import datetime

NO_VERSION = "1970-01-01T00:00:00.000Z"  # what entity tags that we never gave out stand for: no row has it
NO_TAG = "If-Match names no version of what is to change: send the ETag with which it was answered by itself, not that of a list"
_TAG = re.compile(r'(?:W/)?"(\d{17})[^"]*"')


def version(if_match: str) -> str | None:
    """The version that an `If-Match` asks for; None where any will do.

    Of several it is the newest: versions only grow, so that who was given a newer one knows that the older ones are gone. Tags of something
    else cannot make a change pass, since what passes is in the list.
    """
    if if_match.strip() == "*":
        return None
    return max(filter(None, map(_named, if_match.split(","))), default=NO_VERSION)


def _named(tag: str) -> str | None:
    """The version that a tag tells; None where it is none of ours."""
    match = _TAG.fullmatch(tag.strip())
    if match is None:
        return None
    digits = match[1]
    date, clock = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}", f"{digits[8:10]}:{digits[10:12]}:{digits[12:14]}"
    named = f"{date}T{clock}.{digits[14:]}Z"
    try:
        datetime.fromisoformat(named)
    except ValueError:
        return None
    return named


def holds(if_none_match: str | None, tag: str) -> bool:
    """Whether a validator of the client's still holds: weak comparison (section 13.1.2)."""
    if not if_none_match:
        return False
    tags = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return "*" in tags or tag.removeprefix("W/") in tags
