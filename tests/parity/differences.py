"""The declared differences: where the gateway answers otherwise than the legacy service on purpose, and who asks for it.

Each quotes the sentence of the product's contract or of `docs/prd.md`. One that no answer shows any more fails the test.
Faults of the legacy service are marked in the recordings themselves (`quirk`, `contract_status`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.parity.comparison import Difference


@dataclass(frozen=True)
class Declared:
    """A difference, and the reason for it.

    Args:
        where: of the difference; a pattern with `*`.
        reason: the sentence that asks for it.
        routes: patterns of the routes that show it.
        methods: those that show it; none given is all.
        success: whether answers of success show it, or errors; None is both.
    """

    where: str
    reason: str
    routes: tuple[str, ...] = ("*",)
    methods: tuple[str, ...] = ()
    success: bool | None = None

    @property
    def general(self) -> bool:
        """Whether answers of every route show it."""
        return self.routes == ("*",)

    def covers(self, difference: Difference, route: str, status: int) -> bool:
        return (
            fnmatchcase(difference.where, self.where)
            and (not self.methods or route.partition(" ")[0] in self.methods)
            and any(fnmatchcase(route, pattern) for pattern in self.routes)
            and self.success in {None, status < 400}
        )


DECLARED = (
    Declared(
        "header x-frame-options", 'Contract, section 5: "frame denial"; the legacy service allowed its own origin.'
    ),
    Declared(
        "header ratelimit-*",
        'Contract, section 5: "Per user, else per client address". A preflight names no user, and is answered before it is counted.',
        routes=("OPTIONS *",),
    ),
    Declared(
        "header access-control-* without Origin",
        'Contract, section 5: "CORS. Credentials, explicit origins". Without an Origin there is none to allow, and browsers'
        " read these headers only where they sent one (Fetch standard, CORS protocol).",
    ),
    Declared(
        "header access-control-expose-headers",
        "Contract, section 5, exposes headers of answers; nothing of a preflight's answer is shown to scripts (Fetch standard,"
        " CORS protocol).",
        routes=("OPTIONS *",),
    ),
    Declared(
        "header etag",
        'Contract, section 3: "a detail read answers an `ETag`"; an error is no version of anything.',
        success=False,
    ),
    Declared(
        "header etag",
        'Contract, section 3: "a detail read answers an `ETag`"; what a write answers is not revalidated.',
        methods=("POST", "PATCH", "PUT", "DELETE"),
        success=True,
    ),
    Declared(
        "header etag",
        'Contract, section 5: "`Cache-Control: no-store` on the issue route"; what nobody stores is not revalidated.',
        routes=("GET /api/csrf",),
    ),
    Declared(
        "body service",
        'Contract, section 2: "GET /health" answers "{status: healthy/degraded/unhealthy, services: {postgres, redis, opensearch}}".',
        routes=("GET /health",),
    ),
    Declared(
        "header etag",
        "PRD 1.8.6: the state of each part at this moment; it is not revalidated.",
        routes=("GET /health",),
        success=True,
    ),
    Declared(
        "header ratelimit-*",
        'Contract, section 5: "Per user, else per client address: general 100 per 15 min, [...] upload 10 per hour"; the legacy service'
        " counted no uploads but those of avatars.",
        routes=(
            "POST /api/mocs/{id}/files",
            "POST /api/mocs/with-files",
            "POST /api/mocs/upload-parts-list",
            "POST /api/images",
            "POST /api/wishlist/upload-image",
        ),
    ),
    Declared(
        "status",
        'Contract, section 5: "upload 10 per hour"; the legacy service counted the removal of an avatar, which uploads nothing.',
        routes=("DELETE /api/users/{id}/avatar",),
        success=True,
    ),
    Declared(
        "body data.files[[]]",  # sets are compared whole: the file that is such a picture
        'Contract, section 4: "thumbnail, gallery-image of a MOC [...] as WebP".',
        routes=("GET /api/mocs/{id}",),
    ),
    Declared(
        "code",
        'Contract, section 1: "One table maps code to status"; its code for 404 is NOT_FOUND, and MOC_NOT_FOUND is none.',
        routes=("POST /api/mocs/upload-parts-list",),
        success=False,
    ),
    Declared(
        "body items*.flagged",
        'Contract, section 3: "`?` nullable"; "flagged" has no `?`, so that a null of the legacy table is false.',
        routes=("GET /api/gallery",),
    ),
    Declared(
        "body albums[[]]",  # sets are compared whole: the album that holds such an image
        'Contract, section 3: "`?` nullable"; "flagged" has no `?`, so that a null of the legacy table is false.',
        routes=("GET /api/albums",),
    ),
    Declared(
        "body data.fileInfo",
        'Contract, section 2: "POST /api/wishlist/upload-image" answers "`{imageUrl}`", what its clients read of it.',
        routes=("POST /api/wishlist/upload-image",),
    ),
)
