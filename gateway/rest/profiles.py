"""The routes of /api/users (contract section 2) that carry no file bytes. Those that fail are counted apart (FR8)."""

from __future__ import annotations

from gateway.rest.route import Route

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
)
