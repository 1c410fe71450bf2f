"""Trusted documents: those of the REST routes and those that clients have registered, by their hashes (decision 23).

A manifest in `gateway/manifests` has the form that Apollo's and other client tools write. `make manifest` makes and checks them.
Source: https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md,
https://www.apollographql.com/docs/graphos/platform/security/persisted-queries#manifest-format
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import orjson

MANIFESTS = Path(__file__).parent / "manifests"
FORMAT = {"format": "apollo-persisted-query-manifest", "version": 1}
PREFIX = "sha256:"


def identifier(text: str) -> str:
    """The id of a document: the SHA-256 of its text, in lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def find(identifier: str) -> str | None:
    """The text of the trusted document of this id, with or without `sha256:` before it; None if there is none."""
    return _documents().get(identifier.removeprefix(PREFIX))


def trusts(text: str) -> bool:
    """Whether this very text is a trusted document."""
    return identifier(text) in _documents()


@cache
def _documents() -> dict[str, str]:
    """The text of each document by its id; read when the first one is asked for."""
    manifests = (orjson.loads(path.read_bytes()) for path in sorted(MANIFESTS.glob("*.json")))
    return {operation["id"]: operation["body"] for manifest in manifests for operation in manifest["operations"]}
