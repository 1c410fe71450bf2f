"""Counts of MOCs in GraphQL (contract section 7)."""

import strawberry


@strawberry.type
class CategoryCount:
    """How many MOCs are in a category."""

    category: str
    count: int


@strawberry.type
class MonthlyCount:
    """How many MOCs of a category were added in a month."""

    date: str = strawberry.field(description="The month, such as 2024-01.")
    category: str
    count: int


@strawberry.type
class CategoryStatistics:
    """The largest categories."""

    items: list[CategoryCount]
    total: int = strawberry.field(description="Sum of the counts shown.")
