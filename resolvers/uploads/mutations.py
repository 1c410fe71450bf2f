"""Making uploads (contract section 2)."""

from typing import Annotated

import strawberry

from resolvers.arguments import NEW
from resolvers.context import Info
from resolvers.permissions import signed_in
from resolvers.uploads import rules, store
from resolvers.uploads.types import CreateUploadInput, Upload
from services import keys


@strawberry.type
class UploadMutations:
    """The root fields that make uploads."""

    @strawberry.mutation(
        description="Get a place to send a file to, straight to the bucket: for files too large for a request of this API."
    )
    async def create_upload(self, info: Info, input: Annotated[CreateUploadInput, NEW]) -> Upload | None:  # noqa: A002 - the argument's name in the schema
        """See the description; an upload belongs to its maker, is used once, expires, and counts here, not where it is taken."""
        caller = signed_in(info)
        values = rules.announced(vars(input).copy())
        await info.context.count_upload()
        async with info.context.transaction() as transaction:
            row = await store.insert_upload(transaction, caller.id, values, seconds=rules.LIFETIME)
        assert row is not None  # noqa: S101 - narrows for mypy; an INSERT returns its row
        form = info.context.services.storage.form(
            keys.of_upload(caller.id, row["id"]), values["content_type"], values["size"], rules.LIFETIME
        )
        return {"upload_id": row["id"], "url": form.url, "fields": form.fields, "expires_at": row["expires_at"]}  # type: ignore[return-value] # a mapping stands for its type
