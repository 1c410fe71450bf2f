"""The route of /api/gallery (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import Route

ROUTES = (Route("GET", "/api/gallery", "ReadGallery", "List your images and albums together, newest first"),)
