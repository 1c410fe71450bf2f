"""The routes of the files of a MOC (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import Route

ROUTES = (Route("DELETE", "/api/mocs/{id}/files/{fileId}", "DeleteMocFile", "Remove a file from a MOC"),)
