"""What is kept of root fields, under which key and for how long (PRD 2.2.8, 2.3.5, 3.3.6, 3.4.8, 3.6.8, 3.8.10, 4.2.5).

What a root field of this table shows depends on its arguments, its caller, and rows and attributes of that caller alone. So one
generation for each user (`services.cache`) is enough to know whether it still holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["list", "detail", "search", "profile"]
SEARCHES = ("search", "query")  # arguments that make a search of a list


class Policy(NamedTuple):
    """How a root field is kept.

    Args:
        key: the PRD's pattern; `{userId}` stands for the caller, others for arguments.
        kind: how long, by `CACHE_<KIND>_SECONDS`.
    """

    key: str
    kind: Kind


POLICIES: Mapping[str, Policy] = {
    "mocs": Policy("moc:user:{userId}:list:{page}:{limit}", "list"),
    "searchMocs": Policy("moc:user:{userId}:search:{from}:{size}", "search"),
    "moc": Policy("moc:detail:{id}", "detail"),
    "images": Policy("gallery:images:user:{userId}", "list"),
    "image": Policy("gallery:image:detail:{id}", "detail"),
    "albums": Policy("gallery:albums:user:{userId}", "list"),
    "album": Policy("gallery:album:detail:{id}", "detail"),
    "gallery": Policy("gallery:feed:user:{userId}", "list"),
    "wishlist": Policy("wishlist:user:{userId}:all", "list"),
    "searchWishlist": Policy("wishlist:user:{userId}:search", "search"),
    "wishlistItem": Policy("wishlist:item:detail:{id}", "detail"),
    "me": Policy("profile:user:{userId}", "profile"),
    "user": Policy("profile:user:{userId}", "profile"),
}
# Links that are good for a moment, and what is cheap, rarely read, or depends on the time of day.
NEVER = frozenset(
    {
        "mocFileDownload",
        "partsList",
        "partsLists",
        "partsListSummary",
        "mocsByCategory",
        "mocUploadsOverTime",
    }
)
