"""The routes of the parts lists of a MOC (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import ANY, Route

_LISTS = "/api/mocs/{id}/parts-lists"
_LIST = f"{_LISTS}/{{partsListId}}"
_UPLOADED = "Parts list uploaded and processed successfully"

ROUTES = (
    Route("GET", _LISTS, "ListPartsLists", "List the parts lists of a MOC, newest first", aliases=("partsLists",)),
    Route(
        "POST",
        _LISTS,
        "CreatePartsList",
        "Add a parts list to a MOC",
        body="input",
        guard="FindMoc",
        status=201,
        aliases=("partsList",),
        message="Parts list created successfully",
    ),
    Route("GET", _LIST, "GetPartsList", "Read a parts list with its parts", aliases=("partsList",)),
    Route(
        "PATCH",
        _LIST,
        "UpdatePartsList",
        "Change a parts list",
        body="input",
        guard="FindPartsList",
        aliases=("partsList",),
        message="Parts list updated successfully",
    ),
    Route("DELETE", _LIST, "DeletePartsList", "Delete a parts list"),
    Route(
        "PATCH",
        f"{_LIST}/status",
        "UpdatePartsListStatus",
        "Tell how far you have got with a parts list",
        body="input",
        guard="FindPartsList",
        aliases=("partsList",),
        message="Parts list status updated successfully",
    ),
    Route(
        "POST",
        "/api/mocs/{id}/upload-parts-list",
        "UploadPartsList",
        "Make a parts list of a MOC out of a file",
        guard="FindMoc",
        status=201,
        aliases=("file", "moc"),
        function="parts-lists",
        files={"partsListFile": "uploadId", ANY: "uploadId"},
        message=_UPLOADED,
    ),
    Route(
        "POST",
        "/api/mocs/upload-parts-list",
        "UploadPartsListOfMoc",
        "Make a parts list out of a file, for the MOC that the form names",
        status=201,
        aliases=("file", "moc"),
        function="parts-lists",
        files={"partsListFile": "uploadId", ANY: "uploadId"},
        message=_UPLOADED,
        missing=True,
        references=("mocId",),
    ),
    Route("GET", "/api/user/parts-lists/summary", "SummarizePartsLists", "Sum up your parts lists"),
)
