"""The routes of /api/users (contract section 2). Requests that fail are counted apart (FR8)."""

from __future__ import annotations

from gateway.rest.route import ANY, Route

ROUTES = (
    Route("GET", "/api/users/{id}", "GetUser", "Read your profile, with counts of what is yours", failures="auth"),
    Route(
        "PATCH",
        "/api/users/{id}",
        "UpdateUser",
        "Change your name",
        body="input",
        guard="FindUser",
        failures="auth",
        message="Profile updated successfully",
    ),
    Route(
        "POST",
        "/api/users/{id}/avatar",
        "SetAvatar",
        "Show yourself",
        guard="FindUser",
        failures="auth",
        function="pictures",
        files={"avatar": "uploadId", ANY: "uploadId"},
        aliases=("avatarUrl",),
        message="Avatar uploaded successfully",
    ),
    Route("DELETE", "/api/users/{id}/avatar", "RemoveAvatar", "Show yourself no more", failures="auth"),
)
