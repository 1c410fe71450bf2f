"""`brickgate smoke`: whether a deployed API answers as it should, in a handful of requests that change nothing."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from gateway.dev.release.visitor import token_of, visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

# What is asked for, and the status that answers; each without a token, so that any deployment can be asked.
_PUBLIC = {
    "/health": HTTPStatus.OK,
    "/api/csrf": HTTPStatus.OK,
    "/openapi.json": HTTPStatus.OK,
    "/api/mocs": HTTPStatus.UNAUTHORIZED,
    "/api/images": HTTPStatus.UNAUTHORIZED,
    "/api/wishlist": HTTPStatus.UNAUTHORIZED,
    "/no-such-page": HTTPStatus.NOT_FOUND,
}
# The same of a user, who is signed in (visitor.py).
_OWN = {
    "/api/mocs?limit=1": HTTPStatus.OK,
    "/api/images?limit=1": HTTPStatus.OK,
    "/api/wishlist?limit=1": HTTPStatus.OK,
    "/api/albums?limit=1": HTTPStatus.OK,
}


def smoke(environ: Mapping[str, str], *, against: str) -> int:
    """Print what was asked and answered.

    Returns:
        0 where every answer is what it should be, else 1.

    Raises:
        StartError: `against` is no URL.
    """
    token = token_of(environ)
    failed = failures(against, token)
    for line in failed:
        print(line)
    asked = len(_PUBLIC) + (len(_OWN) if token else 0)
    print(f"{against}: {asked - len(failed)} of {asked} answers are as they should be")
    return 1 if failed else 0


def failures(against: str, token: str = "") -> list[str]:
    """A sentence for each answer that is wrong, or did not come.

    Raises:
        StartError: `against` is no URL.
    """
    wrong = []
    with visitor(against) as nobody, visitor(against, token) as user:
        from httpx import HTTPError  # noqa: PLC0415 - imported by now

        for client, expected in [(nobody, _PUBLIC), *([(user, _OWN)] if token else [])]:
            for path, status in expected.items():
                try:
                    answer = client.get(path)
                except HTTPError as error:
                    wrong.append(f"GET {path}: no answer ({type(error).__name__}), where {status.value} was expected")
                    continue
                if answer.status_code != status:
                    wrong.append(f"GET {path}: {answer.status_code}, where {status.value} was expected")
                elif "x-request-id" not in answer.headers:
                    wrong.append(f"GET {path}: {status.value} without X-Request-ID, so another service answers")
    return wrong
