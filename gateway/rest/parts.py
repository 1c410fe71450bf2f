"""The routes of the parts lists of a MOC (contract section 2)."""

from __future__ import annotations

from gateway.rest.route import Route

_LISTS = "/api/mocs/{id}/parts-lists"
_LIST = f"{_LISTS}/{{partsListId}}"

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
    Route("GET", "/api/user/parts-lists/summary", "SummarizePartsLists", "Sum up your parts lists"),
)
