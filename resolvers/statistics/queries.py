"""Counting MOCs (contract section 2, stats)."""

import strawberry

from resolvers.context import Info
from resolvers.permissions import signed_in
from resolvers.statistics import store
from resolvers.statistics.types import CategoryStatistics, MonthlyCount


@strawberry.type
class StatisticsQueries:
    """The root fields that count."""

    @strawberry.field(
        description="Your ten largest categories: themes, and the tags of MOCs that are no theme; ties by name."
    )
    async def mocs_by_category(self, info: Info) -> CategoryStatistics | None:
        """See the description."""
        rows = await store.by_category(info.context.database, signed_in(info).id)
        return {"items": rows, "total": sum(row["count"] for row in rows)}  # type: ignore[return-value] # a mapping stands for it

    @strawberry.field(description="Your MOCs of the last twelve months, by month and theme, oldest first.")
    async def moc_uploads_over_time(self, info: Info) -> list[MonthlyCount] | None:
        """See the description."""
        return await store.uploads_over_time(info.context.database, signed_in(info).id)  # type: ignore[return-value] # rows stand for their type
