"""What the schema says of fields that several types have, said once."""

from services.content import KINDS, MEGABYTE

VERSION = "The version; send it back as expectedUpdatedAt to update safely."
OWNER = "Whose it is: the `sub` of a user's tokens."
CREATED = "When it was added."
DESCRIPTION = "At most 2000 characters."
TAGS = "At most 20, each of 1 to 50 characters."

# URLs of objects in the bucket are signed for whoever asks.
FETCHED = "Where to fetch it. A signed URL expires: read it anew rather than keep it."
THUMBNAIL = "A smaller picture of at most 400 pixels of width; null where there is none."
PIXELS = "In pixels."

ITEMS = "The items of this page."
TOTAL = "Length of the whole list."
PAGE = "Number of this page, from 1; with `after` it is 1."
LIMIT = "Items of a page, at most."
HAS_MORE = "Whether items follow those of this page."
NEXT_CURSOR = (
    "Send it back as `after`; null on the last page. A search has none: read it by `page` as long as hasMore is true."
)
SOURCE = "Which engine answered: `opensearch` or `database`."
FOUND = "A sentence for people: how many were found, and where."


def upload(kind: str) -> str:
    """What an upload must be that is taken as of this `kind`."""
    accepted = KINDS[kind]
    *types, last = (type_.name for type_ in accepted.types)
    # The contract has FILE_ERROR for an avatar that is too large.
    larger = " or a larger one" if kind == "avatar" else ", PAYLOAD_TOO_LARGE for a larger one"
    return (
        f"One of your uploads of kind `{kind}`, whose file has been sent: {', '.join(types)} or {last}, at most "
        f"{accepted.largest // MEGABYTE} MB. FILE_ERROR for another file{larger}; CONFLICT if the upload was used or has expired."
    )
