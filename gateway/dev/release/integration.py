"""`brickgate integration`: what a user does, done over HTTP to a deployed API, and undone (PRD 5.4.3).

It needs an address and a user, and leaves nothing behind, wherever it fails.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gateway.dev.process import StartError
from gateway.dev.release.visitor import token_of, visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

_PATIENCE = 30  # seconds until the search engine knows what was written


class IntegrationError(StartError):
    """The API does not do what it should; the text says what was asked and answered."""


def integration(environ: Mapping[str, str], *, against: str) -> int:
    """Create, read, find, change, upload in both ways and delete.

    Raises:
        StartError: with the first thing that does not work, or where nobody is signed in.
    """
    token = token_of(environ)
    if not token:
        raise StartError(
            "Say who: TOKEN=$(make -s token USER=alice), or TEST_EMAIL and TEST_PASSWORD of a user of tests, with COGNITO_USER_POOL_ID"
            " and COGNITO_CLIENT_ID."
        )
    from httpx import HTTPError  # noqa: PLC0415 - as in visitor.py

    with visitor(against, token) as client:
        journey = Journey(client)
        try:
            with ExitStack() as undo:
                journey.mocs(undo)
                journey.images(undo)
        except HTTPError as error:
            raise IntegrationError(f"{against}: no answer ({type(error).__name__}).") from None
    print(f"{against}: everything works, and nothing is left behind")
    return 0


class Journey:
    """One user's way through the API; a word of its own tells its data from all other."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._word = f"integration{uuid4().hex[:12]}"

    def mocs(self, undo: ExitStack) -> None:
        """A MOC: made, read, found, changed."""
        body = {"type": "moc", "title": f"Tower {self._word}", "author": "Integration", "partsCount": 10}
        moc = self._ask("POST", "/api/mocs", HTTPStatus.CREATED, json=body)["data"]
        path = f"/api/mocs/{moc['id']}"
        undo.callback(self._remove, path)
        self._same(self._ask("GET", path)["data"]["title"], body["title"], path)
        self._find("/api/mocs", moc["id"])
        changed = self._ask("PATCH", path, json={"title": f"Bridge {self._word}"})["data"]
        self._same(changed["title"], f"Bridge {self._word}", path)
        print("a MOC was made, read, found and changed")

    def images(self, undo: ExitStack) -> None:
        """Two images: one as a form, one straight to the bucket; each can be opened by its URL."""
        content = _picture()
        form = {"title": f"Form {self._word}"}
        files = {"image": ("brick.png", content, "image/png")}
        made = [self._ask("POST", "/api/images", HTTPStatus.CREATED, data=form, files=files)["data"]]
        undo.callback(self._remove, f"/api/images/{made[0]['id']}")
        wanted = {"kind": "image", "filename": "brick.png", "contentType": "image/png", "size": len(content)}
        place = self._ask("POST", "/api/uploads", HTTPStatus.CREATED, json=wanted)["data"]
        with visitor(place["url"]) as bucket:  # the token is not for the bucket
            sent = bucket.post(place["url"], data=place["fields"], files={"file": ("brick.png", content, "image/png")})
            self._expect(sent, HTTPStatus.NO_CONTENT)
        body = {"title": f"Straight {self._word}", "uploadId": place["uploadId"]}
        made.append(self._ask("POST", "/api/images", HTTPStatus.CREATED, json=body)["data"])
        undo.callback(self._remove, f"/api/images/{made[1]['id']}")
        for image in made:
            with visitor(image["imageUrl"]) as bucket:
                self._expect(bucket.get(image["imageUrl"]), HTTPStatus.OK)
        print("two images were sent, as a form and straight to the bucket, and opened")

    def _find(self, path: str, wanted: str) -> None:
        limit = time.monotonic() + _PATIENCE
        while True:
            found = self._ask("GET", f"{path}?search={self._word}")["data"]
            if wanted in [one["id"] for one in found]:
                return
            if time.monotonic() > limit:
                raise IntegrationError(f"GET {path}?search={self._word} has not found {wanted} within {_PATIENCE} s.")
            time.sleep(0.5)

    def _remove(self, path: str) -> None:
        self._ask("DELETE", path)
        self._ask("GET", path, HTTPStatus.NOT_FOUND)

    def _ask(self, method: str, path: str, status: HTTPStatus = HTTPStatus.OK, **arguments: Any) -> Any:
        answer = self._client.request(method, path, **arguments)
        self._expect(answer, status)
        return answer.json()

    @staticmethod
    def _expect(answer: httpx.Response, status: HTTPStatus) -> None:
        if answer.status_code != status:
            asked = f"{answer.request.method} {answer.request.url.copy_with(query=None)}"  # a signature is a secret
            raise IntegrationError(f"{asked}: {answer.status_code}, not {status.value}. {answer.text[:500]}")

    @staticmethod
    def _same(found: object, wanted: object, path: str) -> None:
        if found != wanted:
            raise IntegrationError(f"{path} has {found!r}, not {wanted!r}.")


def _picture() -> bytes:
    from PIL import Image  # noqa: PLC0415 - as above

    content = BytesIO()
    Image.new("RGB", (64, 48), "#c91a09").save(content, "png")
    return content.getvalue()
