"""The routes of /api/albums (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import Route

ROUTES = (
    Route(
        "GET",
        "/api/albums",
        "ListAlbums",
        "List your albums, newest first; with `search`, best match first",
        aliases=("albums",),
    ),
    Route(
        "POST",
        "/api/albums",
        "CreateAlbum",
        "Create an album",
        body="input",
        status=201,
        aliases=("album",),
        message="Album created successfully",
    ),
    Route("GET", "/api/albums/{id}", "GetAlbum", "Read an album with its images", aliases=("album", "images")),
    Route(
        "PATCH",
        "/api/albums/{id}",
        "UpdateAlbum",
        "Change an album",
        body="input",
        guard="FindAlbum",
        aliases=("album", "images"),
        message="Album updated successfully",
    ),
    Route("DELETE", "/api/albums/{id}", "DeleteAlbum", "Delete an album; its images stay"),
)
