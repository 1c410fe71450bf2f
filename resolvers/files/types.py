"""Files of a MOC (contract section 3)."""

from __future__ import annotations

from datetime import datetime

import strawberry


@strawberry.type
class MocFile:
    """A file that belongs to a MOC: instructions, a parts list, a picture."""

    id: strawberry.ID
    moc_id: strawberry.ID
    file_type: str = strawberry.field(description="One of instruction, parts-list, thumbnail, gallery-image.")
    file_url: str
    original_filename: str | None
    mime_type: str | None
    created_at: datetime
