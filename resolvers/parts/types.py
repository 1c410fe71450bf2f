"""Parts lists of a MOC (contract section 3)."""

from __future__ import annotations

from datetime import datetime

import strawberry


@strawberry.type
class MocPartsList:
    """The parts that a MOC needs, and how far its builder has got with them."""

    id: strawberry.ID
    moc_id: strawberry.ID
    file_id: strawberry.ID | None
    title: str
    description: str | None
    built: bool
    purchased: bool
    inventory_percentage: str = strawberry.field(description="Share of the parts at hand, in percent, such as 47.50.")
    total_parts_count: str | None
    acquired_parts_count: str
    cost_estimate: str | None
    actual_cost: str | None
    notes: str | None
    created_at: datetime
    updated_at: datetime
