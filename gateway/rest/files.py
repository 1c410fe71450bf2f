"""The routes of the files of a MOC (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import ANY, Route

ROUTES = (
    Route(
        "POST",
        "/api/mocs/{id}/files",
        "AddMocFiles",
        "Add files to a MOC, each taken or refused on its own",
        guard="FindMoc",
        status=201,
        aliases=("file",),
        older={"uploadId": "uploadIds"},
        function="files",
        files={"file": "uploadIds", ANY: "uploadIds"},
        lists=("uploadIds",),
        spread="file",
        message="File uploaded successfully",
        partly="{uploaded} of {sent} files uploaded",
    ),
    Route("DELETE", "/api/mocs/{id}/files/{fileId}", "DeleteMocFile", "Remove a file from a MOC"),
    Route(
        "GET",
        "/api/mocs/{id}/files/{fileId}/download",
        "DownloadMocFile",
        "Fetch a file of a MOC; with `format=json` only learn where it is",
        redirect="downloadUrl",
    ),
    Route(
        "GET", "/api/mocs/{id}/files/{fileId}/download-info", "DescribeMocFileDownload", "Learn where to fetch a file"
    ),
)
