"""Fetching files of a MOC (contract section 2)."""

import strawberry

from resolvers.arguments import FileId, MocId
from resolvers.context import Info
from resolvers.errors import NotFound
from resolvers.files import rules, store
from resolvers.files.types import MocFileDownload
from resolvers.permissions import known, owned, signed_in


@strawberry.type
class FileQueries:
    """The root fields about the files of MOCs."""

    @strawberry.field(
        description="Where to fetch a file of one of your MOCs, to be saved under the name that you gave it."
    )
    async def moc_file_download(
        self,
        info: Info,
        moc_id: MocId,
        id: FileId,  # noqa: A002 - the argument's name in the schema
    ) -> MocFileDownload | None:
        """See the description; a file that is not in the bucket, as those of the legacy service, is where its URL says.

        Where GuardDuty scans the bucket, CONFLICT until it has, and FORBIDDEN unless it has found nothing.
        """
        caller, storage = signed_in(info), info.context.services.storage
        moc = owned(await store.moc(info.context.database, known(moc_id, "MOC")), caller, "MOC")
        file = await store.find(info.context.database, moc["id"], known(id, "file"))
        if file is None:
            raise NotFound("File not found")
        url, mime_type = file["file_url"], file["mime_type"]
        filename = rules.saved_as(file["original_filename"], url, mime_type)
        seconds, ends = None, None
        if key := storage.key_of(caller.id, url):
            rules.released(await storage.verdict(key), filename)
            url = storage.download(key, filename)
            seconds, ends = rules.validity(url)
        return {  # type: ignore[return-value] # a mapping stands for its type
            "download_url": url,
            "filename": filename,
            "mime_type": mime_type,
            "expires_in": seconds,
            "expires_at": ends,
        }
