"""What a complaint may say (contract sections 3 and 7). Plain values in, nothing or an error out."""

from __future__ import annotations

from resolvers.errors import FieldError, ValidationFailed
from resolvers.permissions import is_id
from resolvers.text import Text, text_errors

TEXTS = {"reason": Text(2000)}
_SHOWN = 50  # characters of a wrong value


def flag(image_id: str, reason: str | None) -> None:
    """Accept a complaint.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    errors = [] if is_id(image_id) else [FieldError(("image_id",), f"must be a UUID, is {image_id[:_SHOWN]!r}")]
    errors += text_errors(TEXTS, {} if reason is None else {"reason": reason})
    if errors:
        raise ValidationFailed(*errors)
