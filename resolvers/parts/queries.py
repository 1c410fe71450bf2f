"""Reading parts lists (contract section 2)."""

import strawberry

from resolvers.arguments import MocId, PartsListId
from resolvers.context import Info
from resolvers.errors import NotFound
from resolvers.parts import store
from resolvers.parts.types import MocPartsList, PartsListSummary
from resolvers.permissions import is_id, known, owned, signed_in


@strawberry.type
class PartsListQueries:
    """The root fields about parts lists."""

    @strawberry.field(description="One parts list of one of your MOCs.")
    async def parts_list(
        self,
        info: Info,
        moc_id: MocId,
        id: PartsListId,  # noqa: A002 - the argument's name in the schema
    ) -> MocPartsList | None:
        """See the description; a list of another MOC is not found here."""
        caller = signed_in(info)
        row = await store.detail(info.context.database, known(moc_id, "MOC"), id if is_id(id) else None)
        if owned(row, caller, "MOC")["id"] is None:
            raise NotFound("Parts list not found")
        return row  # type: ignore[return-value] # a row stands for its type

    @strawberry.field(description="The parts lists of one of your MOCs, newest first.")
    async def parts_lists(self, info: Info, moc_id: MocId) -> list[MocPartsList] | None:
        """See the description."""
        caller = signed_in(info)
        rows = await store.of_moc(info.context.database, known(moc_id, "MOC"))
        owned(rows[0] if rows else None, caller, "MOC")
        return [row for row in rows if row["id"] is not None]  # type: ignore[misc] # rows stand for their type

    @strawberry.field(description="What all your parts lists amount to.")
    async def parts_list_summary(self, info: Info) -> PartsListSummary | None:
        """See the description."""
        row = await store.summary(info.context.database, signed_in(info).id)
        return {"statistics": row, "recent_parts_lists": row["recent_parts_lists"]}  # type: ignore[return-value] # a mapping stands for it
