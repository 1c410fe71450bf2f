"""The routes of /api/wishlist (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import ANY, Route

ROUTES = (
    Route(
        "GET",
        "/api/wishlist",
        "ListWishlist",
        "List your wishlist in its order, all of it without `page` and `limit`; with `search`, best match first",
        aliases=("items",),
    ),
    Route(
        "GET",
        "/api/wishlist/search",
        "SearchWishlist",
        "Search your wishlist; without words, all of it in its order",
        older={"q": "search", "size": "limit"},
        aliases=("items",),
    ),
    Route("GET", "/api/wishlist/{id}", "GetWishlistItem", "Read an item of your wishlist", aliases=("item",)),
    Route(
        "POST",
        "/api/wishlist",
        "CreateWishlistItem",
        "Add an item to your wishlist",
        body="input",
        status=201,
        aliases=("item",),
        message="Wishlist item created successfully",
    ),
    Route(
        "PATCH",
        "/api/wishlist/{id}",
        "UpdateWishlistItem",
        "Change an item of your wishlist",
        body="input",
        guard="FindWishlistItem",
        aliases=("item",),
        message="Wishlist item updated successfully",
    ),
    Route("DELETE", "/api/wishlist/{id}", "DeleteWishlistItem", "Take an item off your wishlist"),
    Route(
        "POST",
        "/api/wishlist/reorder",
        "ReorderWishlist",
        "Give items of your wishlist other positions; `items` or `itemIds`, not both",
        also="PUT",
        older={"itemOrders": "items"},
        aliases=("items",),
        message="Wishlist reordered successfully",
    ),
    Route(
        "POST",
        "/api/wishlist/{id}/image",
        "SetWishlistItemImage",
        "Give an item of your wishlist a picture",
        guard="FindWishlistItem",
        function="pictures",
        files={"image": "uploadId", ANY: "uploadId"},
        message="Image uploaded successfully",
    ),
    Route(
        "POST",
        "/api/wishlist/upload-image",
        "UploadWishlistImage",
        "Upload a picture for an item that is yet to be made",
        function="pictures",
        files={"image": "uploadId", ANY: "uploadId"},
        message="Image uploaded successfully",
    ),
)
