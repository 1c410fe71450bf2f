"""The routes of /api/images and of /api/flag (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import ANY, Route

ROUTES = (
    Route(
        "GET",
        "/api/images",
        "ListImages",
        "List your images outside of albums, or those of an album, newest first; with `search` all, best match first",
        aliases=("images",),
    ),
    Route("GET", "/api/images/{id}", "GetImage", "Read an image", aliases=("image",)),
    Route(
        "POST",
        "/api/images",
        "CreateImage",
        "Add an image to your gallery",
        body="input",
        status=201,
        aliases=("image",),
        function="images",
        files={"image": "uploadId", ANY: "uploadId"},
        lists=("tags",),
        message="Image uploaded successfully",
    ),
    Route(
        "PATCH",
        "/api/images/{id}",
        "UpdateImage",
        "Change an image, or move it between albums",
        body="input",
        guard="FindImage",
        aliases=("image",),
        lists=("tags",),
        message="Image metadata updated",
    ),
    Route("DELETE", "/api/images/{id}", "DeleteImage", "Delete an image"),
    Route(
        "POST",
        "/api/flag",
        "FlagImage",
        "Complain about any user's image, once",
        status=201,
        aliases=("flag",),
        message="Image flagged for moderation",
    ),
)
