"""Uploads that go straight to the bucket (contract section 2, POST /api/uploads)."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON


@strawberry.type
class Upload:
    """A place for one file: send it there, then name the upload to the mutation that is to take it."""

    upload_id: strawberry.ID = strawberry.field(description="Name it to the mutation that is to take the file.")
    url: str = strawberry.field(
        description="Where to POST multipart/form-data: the fields below, then the file as `file`."
    )
    fields: JSON = strawberry.field(description="Names and values of the form's fields.")
    expires_at: datetime = strawberry.field(description="Until when the file must be sent and taken.")


@strawberry.input(description="A file that is to be uploaded.")
class CreateUploadInput:
    """Limits are those of contract section 4."""

    kind: str = strawberry.field(
        description="What for: instruction, parts-list, thumbnail, gallery-image, image, wishlist-image or avatar."
    )
    filename: str = strawberry.field(description="1 to 255 characters.")
    content_type: str = strawberry.field(
        description="1 to 127 characters: the Content-Type that the file is sent with, such as image/png. What it is, its bytes decide."
    )
    size: int = strawberry.field(
        description="Bytes of the file: at least 1, at most 10 MB, of a wishlist-image 5 MB, of an avatar 2 MB; PAYLOAD_TOO_LARGE above."
    )
