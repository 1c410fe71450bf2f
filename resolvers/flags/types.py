"""Complaints about images (contract section 3)."""

from datetime import datetime

import strawberry


@strawberry.type
class GalleryFlag:
    """One user's complaint about one image."""

    id: strawberry.ID
    image_id: strawberry.ID
    user_id: strawberry.ID = strawberry.field(description="Who complained.")
    reason: str | None = strawberry.field(description="In the words of who complained.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_updated_at: datetime
