"""The routes of /api/mocs (contract section 2) that carry no file bytes."""

from __future__ import annotations

from gateway.rest.route import Route

ROUTES = (
    Route(
        "GET", "/api/mocs", "ListMocs", "List your MOCs, newest first; with `search`, best match first", alias="mocs"
    ),
    Route("GET", "/api/mocs/search", "SearchMocs", "Search your MOCs", alias="mocs"),
    Route("GET", "/api/mocs/stats/by-category", "MocsByCategory", "Count your MOCs by theme and tag"),
    Route("GET", "/api/mocs/stats/uploads-over-time", "MocUploadsOverTime", "Count your MOCs by month and theme"),
    Route("GET", "/api/mocs/{id}", "GetMoc", "Read a MOC with its files, images and parts lists", alias="moc"),
    Route(
        "POST",
        "/api/mocs",
        "CreateMoc",
        "Create a MOC or a set",
        body="input",
        status=201,
        alias="moc",
        message="MOC created successfully",
    ),
    Route(
        "PATCH",
        "/api/mocs/{id}",
        "UpdateMoc",
        "Change a MOC",
        body="input",
        guard="FindMoc",
        alias="moc",
        message="MOC metadata updated",
    ),
    Route("DELETE", "/api/mocs/{id}", "DeleteMoc", "Delete a MOC"),
    Route(
        "GET",
        "/api/mocs/{id}/gallery-images",
        "ListMocImages",
        "List the gallery images linked to a MOC",
        alias="images",
    ),
    Route(
        "POST",
        "/api/mocs/{id}/gallery-images",
        "LinkMocImage",
        "Link a gallery image to a MOC",
        guard="FindMoc",
        status=201,
        alias="link",
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
