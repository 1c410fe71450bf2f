"""Counts of MOCs in GraphQL (contract section 7)."""

import enum

import strawberry


@strawberry.enum(description="What a category is.")
class CategoryKind(enum.Enum):
    """The kinds of categories."""

    theme = strawberry.enum_value("theme", description="A theme of MOCs and sets, as they spell it.")
    tag = strawberry.enum_value("tag", description="A tag of MOCs that is no theme.")


@strawberry.type
class CategoryCount:
    """How many MOCs are in a category."""

    category: str = strawberry.field(description="A theme, or a tag in lower case.")
    kind: CategoryKind = strawberry.field(description="Which of the two it is.")
    count: int = strawberry.field(description="MOCs and sets of the theme, or MOCs with the tag.")


@strawberry.type
class MonthlyCount:
    """How many MOCs of a category were added in a month."""

    date: str = strawberry.field(description="The month, such as 2024-01.")
    category: str = strawberry.field(description="The theme; `Unknown` without one.")
    count: int = strawberry.field(description="MOCs and sets that were added.")


@strawberry.type
class CategoryStatistics:
    """The largest categories."""

    items: list[CategoryCount] = strawberry.field(description="Largest first.")
    total: int = strawberry.field(description="Sum of the counts shown.")
