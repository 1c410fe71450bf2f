"""A REST route is data: where it is, which operation it sends, how the answer is framed. A route that needs an `if` lacks a field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.limits import Class

ANY = "*"
Function = Literal["api", "files", "images", "pictures", "parts-lists"]
"""The Lambda functions that serve REST: the same code, each with the memory and the time that its routes need (PRD NFR7)."""


@dataclass(frozen=True)
class Route:
    """One row of the contract's table.

    The operation's variables take their values by name: from the path, then from the query of a GET or the JSON body of a write.
    `expectedUpdatedAt` is taken from `If-Match`. What the variables do not name is ignored, as the legacy service did.

    Args:
        method: GET, POST, PATCH or DELETE. Where PATCH stands, PUT does the same.
        also: another method that does the same.
        path: with parameters in braces.
        operation: name of a document in `gateway/operations`.
        body: the variable that takes the whole JSON body; without one its fields are variables.
        guard: an operation that reads what the path names. A request that cannot be bound runs it, so that 404 and 403 come
            before 400 (contract section 1).
        status: of success.
        aliases: the keys under which old clients read the payload, or the field of it that has this name.
        older: what clients also call a parameter or a field of the body, and its name here.
        failures: the class of requests in which those that fail are counted, beside the general one.
        files: the variable, or the field of the body, that takes the upload ids of a form's files: by the form's field, `ANY` for all
            others. A route without them takes no form.
        spread: a field of the payload whose own fields the payload shows as well, where it is not null.
        redirect: a field of the payload that is a URL. The answer leads there, unless it was asked for with `format=json`.
        lists: fields of the body whose list may also come as text: a JSON array, words between commas, or one word.
        message: a sentence of the envelope.
        partly: the sentence where the payload has something in `failed`; `{uploaded}` of `{sent}` is how many.
        missing: whether a body without what the operation requires is MISSING_FIELDS rather than VALIDATION_ERROR.
        function: the Lambda function that serves it.
        references: fields of the body that are ids and must be UUIDs, where a path that names nothing is NOT_FOUND.
        summary: what the route does, for the OpenAPI document.
    """

    method: str
    path: str
    operation: str
    summary: str
    also: str | None = None
    body: str | None = None
    guard: str | None = None
    status: int = 200
    aliases: tuple[str, ...] = ()
    older: Mapping[str, str] = field(default_factory=dict, hash=False)
    failures: Class | None = None
    files: Mapping[str, str] = field(default_factory=dict, hash=False)
    lists: tuple[str, ...] = ()
    spread: str | None = None
    redirect: str | None = None
    message: str | None = None
    partly: str | None = None
    missing: bool = False
    function: Function = "api"
    references: tuple[str, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods that lead here."""
        also = "PUT" if self.method == "PATCH" else self.also
        return (self.method, also) if also else (self.method,)

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"
