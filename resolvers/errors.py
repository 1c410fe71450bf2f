"""The errors of the business. Each class names its code; the doors turn codes into statuses (contract section 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class FieldError:
    """One wrong field.

    Args:
        path: the way to the value inside the input: Python names of fields, positions in lists.
        message: what is wrong with it, the value, and what would be right.
    """

    path: tuple[str | int, ...]
    message: str

    def names(self) -> list[str | int]:
        """The path in the names that clients know (`partsCount`)."""
        return [_camel(step) if isinstance(step, str) else step for step in self.path]

    def as_dict(self) -> dict[str, object]:
        """The contract's form."""
        path = self.names()
        return {"field": path[0] if path else "", "path": path, "message": self.message}


class AppError(Exception):
    """What a resolver raises: a code, a sentence for the client, and the fields at fault where there are any."""

    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, details: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ValidationFailed(AppError):
    """One or more fields are wrong; all of them are named."""

    code = "VALIDATION_ERROR"

    def __init__(self, *details: FieldError) -> None:
        first = details[0]
        sentence = f"{'.'.join(map(str, first.names()))}: {first.message}"
        more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
        super().__init__(sentence + more, details)


def refuse(errors: Iterable[FieldError]) -> None:
    """Accept an input with which nothing is wrong.

    Raises:
        ValidationFailed: something is.
    """
    if details := tuple(errors):
        raise ValidationFailed(*details)


def null_errors(values: Mapping[str, Any], *names: str) -> Iterator[FieldError]:
    """What is wrong with fields that cannot be cleared."""
    for name in names:
        if name in values and values[name] is None:
            yield FieldError((name,), "must not be null")


class Unauthorized(AppError):
    """Nobody has signed in."""

    code = "UNAUTHORIZED"


class Forbidden(AppError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"


class NotFound(AppError):
    """There is no such thing."""

    code = "NOT_FOUND"


class Conflict(AppError):
    """Something else is there already."""

    code = "CONFLICT"


class PreconditionFailed(AppError):
    """The version that the caller saw is not the current one."""

    code = "PRECONDITION_FAILED"


class FileError(AppError):
    """A file is not what it must be; the sentence says what was found and what is accepted."""

    code = "FILE_ERROR"


class ParsingFailed(AppError):
    """A file cannot be read as a list of parts; the details tell of the first rows that are wrong."""

    code = "PARSING_FAILED"


class MissingFields(AppError):
    """A form lacks what its route cannot do without; all that is missing is named."""

    code = "MISSING_FIELDS"

    def __init__(self, *names: str) -> None:
        details = tuple(FieldError((name,), "is required") for name in names)
        super().__init__(f"Missing required fields: {' and '.join(names)}", details)


class PayloadTooLarge(AppError):
    """A file has more bytes than its kind may have."""

    code = "PAYLOAD_TOO_LARGE"


class StorageUnavailable(AppError):
    """The bucket did not take a file; nothing was changed."""

    code = "SERVICE_UNAVAILABLE"


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
