"""What a complaint may say (contract sections 3 and 7). Plain values in, nothing or an error out."""

from __future__ import annotations

from resolvers.errors import refuse
from resolvers.permissions import id_errors
from resolvers.text import Text, text_errors

TEXTS = {"reason": Text(2000)}


def flag(image_id: str, reason: str | None) -> None:
    """Accept a complaint.

    Raises:
        ValidationFailed: naming every wrong field.
    """
    given = {} if reason is None else {"reason": reason}
    refuse([*id_errors(image_id, "image_id"), *text_errors(TEXTS, given)])
