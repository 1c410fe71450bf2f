"""The words of the OpenAPI document that neither the route table nor the schema tells, and the shapes of what has no operation."""

from __future__ import annotations

from typing import Any

from gateway.errors import STATUS
from gateway.idempotency import HEADER
from gateway.rest.ranges import PARAMETERS
from resolvers.files.rules import FILE_TYPES, MOST
from resolvers.pagination import MAX_OFFSET
from resolvers.search.rules import LONGEST

TITLE = "Brickgate"
VERSION_NUMBER = "1.0.0"
DESCRIPTION = """The REST API of the LEGO projects service.

Every answer of success is an envelope: `success`, the payload under `data`, `timestamp`; a list adds `total`, `page`, `limit`. Every
failure has one body, whatever caused it; its `code` decides the status. Sign in with a Cognito token, as `Authorization: Bearer` or as
the cookie `token`; what changes something by cookie also needs the header `X-CSRF-Token` with the token of `GET /api/csrf`.

The same data is one graph at `/graphql`."""

STATUSES = {
    400: "The request is wrong; `details` names the fields",
    401: "Nobody is signed in, or the token is not valid",
    403: "It belongs to somebody else, or CSRF validation failed",
    404: "There is no such thing",
    409: "It is there already, was used already, or is not ready yet; or a request with this `Idempotency-Key` is still at work",
    412: "It was changed after the version that `If-Match` names",
    413: "The body is too large",
    415: "The body is not application/json, nor multipart/form-data where the route takes files; or it has a Content-Encoding",
    422: "`Idempotency-Key` was used for another request",
    429: "Too many requests",
    500: "Something went wrong on the server",
    503: "The service is unavailable for a moment",
}
# Fields that name what may not be there.
NAMING = {"albumId", "coverImageId", "galleryImageId", "imageId", "itemIds", "mocId", "uploadId", "uploadIds"}
TAGS = {
    "mocs": "MOC instructions and sets",
    "images": "Images of your gallery",
    "albums": "Albums of your gallery",
    "gallery": "Images and albums mixed",
    "flag": "Complaints about images",
    "user": "Sums over all that is yours",
    "users": "Your profile",
    "wishlist": "What you would like to have",
    "uploads": "Places to send large files to",
    "service": "Health and CSRF tokens",
}
WITHHELD = {"DownloadMocFile", "DescribeMocFileDownload"}  # 409 while a file is being scanned
_SEARCH = {"maxLength": LONGEST}
BOUNDS: dict[str, dict[str, int]] = {
    **{name: {"minimum": least, "maximum": most} for name, (least, most) in PARAMETERS.items()},
    "search": _SEARCH,
    "q": _SEARCH,
}
# Fields of bodies that are variables.
FIELDS: dict[str, dict[str, Any]] = {
    "fileType": {"enum": list(FILE_TYPES)},
    "uploadIds": {"minItems": 1, "maxItems": MOST},
}
# Fields of bodies of which one must be there, by operation.
NEEDED = {"CreateMocWithFiles": ("instructionsFile", "uploadIds"), "ReorderWishlist": ("items", "itemIds")}
ANY_NAME = "A file of any other field is taken for this one."
QUERY = {
    "albumId": "Only the images of this album of yours.",
    "flagged": "Only images that somebody has complained about, or only those that nobody has.",
    "withImages": "Whether each album brings its images.",
    "category": "Only this category.",
    "cursor": "The nextCursor of the page before; a number leaves out that many items.",
    "page": f"Number of the page, counted from 1; the last one ends with item {MAX_OFFSET:,} or before.",
    "limit": "Items of a page.",
    "search": "Words to look for.",
    "q": "Words to look for; the best match comes first. Without any, all are found, newest first.",
    "tag": "Only what has this tag, letter case aside.",
    "type": "Only this type.",
    "from": "Items to leave out before the first.",
    "size": "Items to answer.",
}
FORMAT: dict[str, Any] = {
    "name": "format",
    "in": "query",
    "schema": {"type": "string", "enum": ["json"]},
    "description": "`json` tells where the file is; without it the answer leads there.",
}
HELD = {"description": "Your copy still holds"}
HELD_JSON = {"description": "Your copy still holds; with `format=json` alone"}
ETAG = {"schema": {"type": "string"}, "description": "Its entity tag."}
X_CACHE = {
    "schema": {"enum": ["HIT", "MISS"]},
    "description": "Whether the answer was kept from an earlier one. It is never older than the last change; not there without Redis.",
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "A UUID of yours. Sent again with the same key, for a day, the request takes effect once and has the same answer.",
}
REPLAYED = {
    "schema": {"const": "true"},
    "description": "There where the answer is that of an earlier request with this key.",
}
LOCATION = {"schema": {"type": "string"}, "description": "Where the file is, for a while."}
_FIELD_ERROR = {
    "type": "object",
    "properties": {
        "field": {"type": "string"},
        "path": {"type": "array", "items": {"type": ["string", "integer"]}},
        "message": {"type": "string"},
    },
    "required": ["field", "path", "message"],
}
_DETAILS = {"type": "array", "items": _FIELD_ERROR, "description": "The wrong fields."}
_CODE = {"type": "string", "enum": list(STATUS)}
ERROR = {
    "type": "object",
    "properties": {
        "success": {"const": False},
        "statusCode": {"type": "integer"},
        "code": _CODE,
        "message": {"type": "string"},
        "error": {
            "type": "object",
            "properties": {"type": _CODE, "code": _CODE, "message": {"type": "string"}, "details": _DETAILS},
            "required": ["type", "code", "message"],
        },
        "details": _DETAILS,
        "requestId": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
    },
    "required": ["success", "statusCode", "code", "message", "error", "requestId", "timestamp"],
}
_STATE = {"type": "string", "enum": ["healthy", "degraded", "unhealthy"]}
_PART = {"type": "string", "enum": ["healthy", "unhealthy", "disabled"]}
_PARTS = {
    "type": "object",
    "properties": {"postgres": _PART, "redis": _PART, "opensearch": _PART},
    "required": ["postgres", "redis", "opensearch"],
}
_FACTS = {"status": _STATE, "services": _PARTS}
HEALTH = {
    "type": "object",
    "properties": {
        "success": {"type": "boolean"},
        "data": {"type": "object", "properties": _FACTS, "required": list(_FACTS)},
        **_FACTS,
        "timestamp": {"type": "string", "format": "date-time"},
    },
    "required": ["success", "data", "status", "services", "timestamp"],
}
CSRF_TOKEN = {
    "type": "object",
    "properties": {"token": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    "required": ["token"],
}
