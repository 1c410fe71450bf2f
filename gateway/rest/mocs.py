"""The routes of /api/mocs (contract section 2) that carry no file bytes."""

from __future__ import annotations

from gateway.rest.route import Route

ROUTES = (
    Route(
        "GET",
        "/api/mocs",
        "ListMocs",
        "List your MOCs, newest first; with `search`, best match first",
        aliases=("mocs",),
    ),
    Route("GET", "/api/mocs/search", "SearchMocs", "Search your MOCs", aliases=("mocs",)),
    Route("GET", "/api/mocs/stats/by-category", "MocsByCategory", "Count your MOCs by theme and tag"),
    Route("GET", "/api/mocs/stats/uploads-over-time", "MocUploadsOverTime", "Count your MOCs by month and theme"),
    Route("GET", "/api/mocs/{id}", "GetMoc", "Read a MOC with its files, images and parts lists", aliases=("moc",)),
    Route(
        "POST",
        "/api/mocs",
        "CreateMoc",
        "Create a MOC or a set",
        body="input",
        status=201,
        aliases=("moc",),
        message="MOC created successfully",
    ),
    Route(
        "PATCH",
        "/api/mocs/{id}",
        "UpdateMoc",
        "Change a MOC",
        body="input",
        guard="FindMoc",
        aliases=("moc",),
        message="MOC metadata updated",
    ),
    Route("DELETE", "/api/mocs/{id}", "DeleteMoc", "Delete a MOC"),
    Route(
        "GET",
        "/api/mocs/{id}/gallery-images",
        "ListMocImages",
        "List the gallery images linked to a MOC",
        aliases=("images",),
    ),
    Route(
        "POST",
        "/api/mocs/{id}/gallery-images",
        "LinkMocImage",
        "Link a gallery image to a MOC",
        guard="FindMoc",
        status=201,
        aliases=("link",),
        message="Gallery image linked successfully",
    ),
    Route(
        "DELETE",
        "/api/mocs/{id}/gallery-images/{galleryImageId}",
        "UnlinkMocImage",
        "Take a gallery image off a MOC",
    ),
    Route("GET", "/api/mocs/{id}/albums", "ListMocAlbums", "List the albums linked to a MOC"),
    Route(
        "POST",
        "/api/mocs/{id}/albums",
        "LinkMocAlbum",
        "Link an album to a MOC",
        guard="FindMoc",
        status=201,
        message="Album linked successfully",
    ),
    Route("DELETE", "/api/mocs/{id}/albums/{albumId}", "UnlinkMocAlbum", "Take an album off a MOC"),
)
