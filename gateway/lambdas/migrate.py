"""The migration function: brings the database to the newest revision, before the alias of the others moves (PRD 1.7).

It goes straight to the cluster's endpoint, not through the proxy: the advisory lock, by which two at once take turns, belongs to a session.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from db import migrate
from db.migrate import DEFAULT, MigrationError, Patience
from gateway.lambdas import ready
from settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUESTS = {"adopt", "check", "downgrade"}
# Waiting for another migrator ends with a sentence rather than with the function; the migration itself has the rest of the time.
_SHARE_OF_TIME = 0.5

settings()  # a variable that is missing stops the start
for _name in ("db", "alembic"):
    logging.getLogger(_name).setLevel(logging.INFO)


def handler(event: Any, context: Any) -> dict[str, str | None]:
    """Migrate, as often as it is asked; a second time there is nothing to do.

    Args:
        event: `{}` upgrades; `{"adopt": true}` takes over a database of the legacy service first, if that has not been done;
            `{"check": true}` changes nothing; `{"downgrade": "0003"}` goes back, but never in production.
        context: Lambda's, which knows how much time is left.

    Returns:
        The revision `before`, the one `after`, and the `newest` that this release knows; null where there is none yet.

    Raises:
        MigrationError: see its text.
    """
    asked = _read(event)
    url = settings().database_url
    seconds = context.get_remaining_time_in_millis() / 1000
    patience = Patience(migrator=min(DEFAULT.migrator, seconds * _SHARE_OF_TIME))
    before = migrate.current(url)
    if "downgrade" in asked:
        migrate.downgrade(url, asked["downgrade"], patience=patience)
    elif not asked.get("check"):
        forward = migrate.adopt if asked.get("adopt") and before is None else migrate.upgrade
        forward(url, patience=patience)
    return {"before": before, "after": migrate.current(url), "newest": migrate.head()}


def _read(event: Any) -> Mapping[str, Any]:
    """What is asked for; more than one thing is nothing that could be done."""
    asked: Mapping[str, Any] = event if isinstance(event, dict) else {}
    if len(asked) > 1 or asked.keys() - _REQUESTS:
        raise MigrationError(f"send {{}} or one of {', '.join(sorted(_REQUESTS))}, not {', '.join(sorted(asked))}")
    if "downgrade" in asked:
        if settings().production:
            raise MigrationError(
                "a production database is never taken back: later revisions would lose their data. Move the alias of the functions"
                " back instead, earlier releases work with this schema"
            )
        if not isinstance(asked["downgrade"], str):
            raise MigrationError(f"downgrade names a revision, such as 0003, and is {asked['downgrade']!r}")
    return asked


ready()
