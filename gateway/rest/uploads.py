"""The route that makes places for files (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import Route

ROUTES = (
    Route("POST", "/api/uploads", "CreateUpload", "Get a place to send a large file to", body="input", status=201),
)
