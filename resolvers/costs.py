"""What a field costs, by its schema coordinate, and how long its list is: data for `gateway.costs`.

The model is that of the GraphQL Cost Directives draft (https://ibm.github.io/graphql-specs/cost-spec.html): an object costs 1 wherever it
stands, a scalar nothing, and a list as many times its objects as it may have. What does more than load rows has a weight of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from resolvers.pagination import MAX_LIMIT
from services.partslists.parts import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

MUTATION = 10  # the weight of one: a transaction, its outbox rows, and what caches must be told
SEARCH = 10  # of an argument that has a search engine asked, where it is given
_SUM, _USER_POOL, _PICTURE, _FILES = 10, 5, 50, 100

WEIGHTS: Mapping[str, int] = {
    "Query.mocs(search:)": SEARCH,
    "Query.searchMocs(query:)": SEARCH,
    "Query.images(search:)": SEARCH,
    "Query.albums(search:)": SEARCH,
    "Query.gallery(search:)": SEARCH,
    "Query.wishlist(search:)": SEARCH,
    "Query.searchWishlist(query:)": SEARCH,
    "Query.mocsByCategory": _SUM,
    "Query.mocUploadsOverTime": _SUM,
    "Query.partsListSummary": _SUM,
    "Query.me": _USER_POOL,
    "Query.user": _USER_POOL,
    "UserProfile.stats": _SUM,
    "Mutation.createImage": _PICTURE,
    "Mutation.setAvatar": _PICTURE,
    "Mutation.setWishlistItemImage": _PICTURE,
    "Mutation.uploadWishlistImage": _PICTURE,
    "Mutation.uploadPartsList": _FILES,
    "Mutation.addMocFiles": _FILES,
    "Mutation.createMocWithFiles": _FILES,
}


class Slice(NamedTuple):
    """A field whose argument says how many objects come.

    Args:
        argument: its name.
        sized: the field of the page that has the list; None where the field is the list.
        most: what counts for any value that is no number from 1 to it, null included: such a value is refused later, or means all.
    """

    argument: str
    sized: str | None = "items"
    most: int = MAX_LIMIT


SLICES: Mapping[str, Slice] = {
    "Query.mocs": Slice("limit"),
    "Query.searchMocs": Slice("size"),
    "Query.images": Slice("limit"),
    "Query.albums": Slice("limit"),
    "Query.gallery": Slice("limit"),
    "Query.wishlist": Slice("limit"),
    "Query.searchWishlist": Slice("limit"),
    "GalleryAlbum.images": Slice("limit", None),
    "LinkedAlbum.images": Slice("limit", None),
    "MocPartsList.parts": Slice("limit", None, MOST_ROWS),
}
# Lists without such an argument: what most of them stay below, or may not exceed.
LENGTHS: Mapping[str, int] = {
    "CategoryStatistics.items": 10,
    "Moc.albums": 5,
    "Moc.files": 10,
    "Moc.galleryImages": 10,
    "Moc.images": 10,
    "Moc.partsLists": 5,
    "MocFilesResult.failed": 10,
    "MocFilesResult.uploaded": 10,
    "MocPartsList.partsByColor": 20,
    "PartsListSummary.recentPartsLists": 10,
    "Query.mocUploadsOverTime": 50,
    "Query.partsLists": 10,
    "WishlistOrder.items": MAX_LIMIT,
}
