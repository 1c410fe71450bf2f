"""Parts lists of a MOC and the parts on them (contract section 3)."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from resolvers import words
from resolvers.context import Info
from resolvers.files.types import MocFile
from resolvers.mocs.loaders import own_moc
from resolvers.parts import rules
from resolvers.parts.loaders import colors_of_lists, pages_of_parts
from resolvers.parts.store import Page
from resolvers.scalars import TextOrNumber
from services.partslists.parts import MOST_ROWS

if TYPE_CHECKING:
    from resolvers.mocs.types import Moc

Parent = strawberry.Parent[Any]
Color = Annotated[
    str | None,
    strawberry.argument(description='Only parts of this color, letter case aside; `""` is those without one.'),
]
PageOfParts = Annotated[int, strawberry.argument(description="Number of the page, from 1; VALIDATION_ERROR otherwise.")]
Limit = Annotated[
    int | None,
    strawberry.argument(
        description=f"Parts of a page: 1 to {rules.MAX_PARTS}, VALIDATION_ERROR otherwise. null is all of them: it costs as much as the "
        f"longest list, of {MOST_ROWS:,} parts, which is more than most may spend at once."
    ),
]

_COUNT = "A whole number of 0 or more."
_AMOUNT = "A number of 0 or more, such as 49.99."


@strawberry.type
class MocPart:
    """A part, its color, and how many pieces of it are needed."""

    part_id: str = strawberry.field(description="The maker's number, such as 3001.")
    part_name: str | None
    quantity: int = strawberry.field(description="Pieces that are needed.")
    color: str | None = strawberry.field(description="As the list spells it; null without one.")


@strawberry.type
class ColorCount:
    """What a parts list needs of one color."""

    color: str | None = strawberry.field(
        description="As the list spells it, by one spelling where letter case differs; null for parts without a color."
    )
    pieces: int = strawberry.field(description="Pieces of this color, all parts together.")
    unique_parts: int = strawberry.field(description="Different parts of this color.")


def _parts(
    root: Parent, info: Info, color: Color = None, page: PageOfParts = 1, limit: Limit = 50
) -> Awaitable[list[Any]]:
    """A batch for all lists of this moment."""
    return info.context.load(pages_of_parts, Page(root["id"], color, *rules.page_of_parts(page, limit)))


def _by_color(root: Parent, info: Info) -> Awaitable[list[Any]]:
    """A batch for all lists of this moment."""
    return info.context.load(colors_of_lists, root["id"])


def _moc(root: Parent, info: Info) -> Awaitable[Any]:
    """A batch for all lists of this moment."""
    return own_moc(info, root["moc_id"])


def _missing(root: Parent) -> str | None:
    return rules.missing(root["total_parts_count"], root["acquired_parts_count"])


@strawberry.type
class MocPartsList:
    """The parts that a MOC needs, and how far its builder has got with them."""

    id: strawberry.ID
    moc_id: strawberry.ID
    file_id: strawberry.ID | None = strawberry.field(
        description="The file of its MOC that it belongs to, such as the one it was read from."
    )
    title: str
    description: str | None
    built: bool = strawberry.field(description="Whether all of it is built.")
    purchased: bool = strawberry.field(description="Whether all of it is bought.")
    inventory_percentage: str = strawberry.field(description="Share of the parts at hand, in percent, such as 47.50.")
    total_parts_count: str | None = strawberry.field(description="A whole number as text: pieces that are needed.")
    acquired_parts_count: str = strawberry.field(description="A whole number as text: pieces at hand.")
    cost_estimate: str | None = strawberry.field(description="A number as text, such as 49.99; no currency is kept.")
    actual_cost: str | None = strawberry.field(description="A number as text, such as 49.99; no currency is kept.")
    notes: str | None
    created_at: datetime = strawberry.field(description=words.CREATED)
    updated_at: datetime = strawberry.field(description=words.VERSION)
    moc: Annotated["Moc", strawberry.lazy("resolvers.mocs.types")] = strawberry.field(
        resolver=_moc, description="The MOC that it belongs to."
    )
    parts: list[MocPart] = strawberry.field(
        resolver=_parts,
        description="By partId, then color, in pages by number; a page of fewer than `limit` parts is the last.",
    )
    parts_by_color: list[ColorCount] = strawberry.field(
        resolver=_by_color, description="Colors of the parts, letter case aside, most pieces first."
    )
    missing_parts_count: str | None = strawberry.field(
        resolver=_missing,
        description="totalPartsCount less acquiredPartsCount, never below 0; null without a total. Which parts are missing is not known.",
    )


@strawberry.type
class PartsListParsing:
    """What was read out of a file."""

    total_piece_count: int = strawberry.field(description="All pieces: the sum of the quantities.")
    unique_parts: int = strawberry.field(description="Different parts, where another color is another part.")
    format: str = strawberry.field(description="csv (plain text, too), json or xml.")
    success: bool = strawberry.field(description="Always true: a file that cannot be read is the error PARSING_FAILED.")


@strawberry.type
class PartsListUpload:
    """A parts list that was made out of a file, and what it changed."""

    total_parts: int = strawberry.field(description="All pieces: the sum of the quantities.")
    parts_list_id: strawberry.ID = strawberry.field(description="Id of `partsList`.")
    file: MocFile = strawberry.field(description="The file, kept with the MOC.")
    parts_list: MocPartsList = strawberry.field(description="The new list.")
    parsing: PartsListParsing = strawberry.field(description="What was read out of the file.")
    moc: Annotated["Moc", strawberry.lazy("resolvers.mocs.types")] = strawberry.field(
        description="The MOC, whose totalPieceCount is that of this list now."
    )


@strawberry.type
class PartsListStatistics:
    """Counts over all parts lists of a user."""

    total_parts_lists: int = strawberry.field(description="Parts lists of all MOCs together.")
    built_count: int = strawberry.field(description="Parts lists that are built.")
    purchased_count: int = strawberry.field(description="Parts lists that are bought.")
    average_inventory_percentage: str = strawberry.field(description="Two decimals; 0.00 without any list.")


@strawberry.type
class PartsListSummary:
    """How far a user has got with all builds."""

    statistics: PartsListStatistics
    recent_parts_lists: list[MocPartsList] = strawberry.field(description="The ten newest.")


@strawberry.input(description="A new parts list; its status comes later.")
class CreatePartsListInput:
    """Texts are bounded as those of a MOC."""

    title: str = strawberry.field(description="1 to 255 characters.")
    description: str | None = strawberry.field(default=None, description=words.DESCRIPTION)
    file_id: strawberry.ID | None = strawberry.field(default=None, description="A file of the same MOC.")
    total_parts_count: TextOrNumber | None = strawberry.field(default=None, description=_COUNT)
    cost_estimate: TextOrNumber | None = strawberry.field(default=None, description=_AMOUNT)
    notes: str | None = strawberry.field(default=None, description=words.DESCRIPTION)


@strawberry.input(description="Changes to a parts list: what is left out stays as it is, null clears.")
class UpdatePartsListInput:
    """The same fields as of a new list."""

    title: str | None = strawberry.field(default=UNSET, description="1 to 255 characters; cannot be cleared.")
    description: str | None = strawberry.field(default=UNSET, description=words.DESCRIPTION)
    file_id: strawberry.ID | None = strawberry.field(default=UNSET, description="A file of the same MOC.")
    total_parts_count: TextOrNumber | None = strawberry.field(default=UNSET, description=_COUNT)
    cost_estimate: TextOrNumber | None = strawberry.field(default=UNSET, description=_AMOUNT)
    notes: str | None = strawberry.field(default=UNSET, description=words.DESCRIPTION)


@strawberry.input(
    description="How far a builder has got: what is left out stays as it is. Only actualCost and notes can be cleared."
)
class UpdatePartsListStatusInput:
    """The progress of a build."""

    built: bool | None = strawberry.field(default=UNSET, description="Whether all of it is built.")
    purchased: bool | None = strawberry.field(default=UNSET, description="Whether all of it is bought.")
    inventory_percentage: TextOrNumber | None = strawberry.field(
        default=UNSET, description="0.00 to 100.00, at most two decimals."
    )
    acquired_parts_count: TextOrNumber | None = strawberry.field(default=UNSET, description=_COUNT)
    actual_cost: TextOrNumber | None = strawberry.field(default=UNSET, description=_AMOUNT)
    notes: str | None = strawberry.field(default=UNSET, description=words.DESCRIPTION)
