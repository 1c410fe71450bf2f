"""The request parameters of GraphQL over HTTP: a document, or the id of a trusted one, and what to run of it.

Sources: https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters and its appendix on persisted documents; Apollo's
`extensions.persistedQuery` (https://www.apollographql.com/docs/apollo-server/performance/apq), for ids that are known already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from graphql import GraphQLError

from gateway import trusted
from gateway.errors import Problem, refuse
from gateway.rest.body import JSON, parse_object, read

if TYPE_CHECKING:
    from starlette.requests import Request

_APOLLO = "PersistedQueryNotFound"  # the words that Apollo's clients look for


@dataclass(frozen=True)
class Call:
    """What a client asks for."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]

    @classmethod
    def of(cls, parameters: dict[str, Any]) -> Self:
        """Read the request parameters of the specification.

        Raises:
            Problem: BAD_REQUEST, one of them is missing or of a wrong type.
            GraphQLError: PERSISTED_QUERY_NOT_FOUND, there is no trusted document of this id.
        """
        name, variables = parameters.get("operationName"), parameters.get("variables")
        if not isinstance(name, str | None):
            refuse("BAD_REQUEST", "The parameter operationName must be a string")
        if not isinstance(variables, dict | None) or not isinstance(parameters.get("extensions"), dict | None):
            refuse("BAD_REQUEST", "The parameters variables and extensions must be objects")
        return cls(_text(parameters), name or None, variables or {})


def _text(parameters: dict[str, Any]) -> str:
    """The document that is sent or named."""
    query, identifier = parameters.get("query"), parameters.get("documentId")
    persisted = (parameters.get("extensions") or {}).get("persistedQuery")
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if identifier is not None:
        if query is not None:
            refuse("BAD_REQUEST", "Send one of the parameters query and documentId")
        if not isinstance(identifier, str):
            refuse("BAD_REQUEST", "The parameter documentId must be a string")
        return trusted.find(identifier) or _unknown(
            f"There is no document {identifier[:100]!r} here: register it when the client is built, or send it as query"
        )
    if query is None and isinstance(digest, str):
        return trusted.find(digest) or _unknown(_APOLLO)
    if not isinstance(query, str) or not query.strip():
        refuse("BAD_REQUEST", "The parameter query is missing: send a GraphQL document as a string, or a documentId")
    if persisted is not None and digest != trusted.identifier(query):
        refuse(
            "BAD_REQUEST", "The sha256Hash is not that of the query, which goes without one; it is not registered here"
        )
    return query


def _unknown(sentence: str) -> str:
    raise GraphQLError(sentence, original_error=Problem("PERSISTED_QUERY_NOT_FOUND", sentence))


async def parameters(request: Request) -> dict[str, Any]:
    """The parameters of a POST's body, or of a GET's query.

    Raises:
        Problem: METHOD_NOT_ALLOWED, UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, or BAD_REQUEST for what is no JSON object.
    """
    if request.method == "POST":
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != JSON:
            refuse("UNSUPPORTED_MEDIA_TYPE", f"Content-Type must be {JSON}, is {media_type[:100]!r}")
        body = await read(request)
        if body.lstrip()[:1] == b"[":
            refuse(
                "BAD_REQUEST",
                "Batches of requests are not taken: send each by itself, or ask for several root fields in one document",
            )
        return parse_object(body)
    if request.method not in ("GET", "HEAD"):
        refuse("METHOD_NOT_ALLOWED", f"{request.method} is not allowed here; GET and POST are", Allow="GET, POST")
    found: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if text := found.pop(name, ""):
            found[name] = parse_object(text.encode("utf-8", "surrogatepass"), f"The parameter {name}")
    return found
