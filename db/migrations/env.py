"""Alembic's environment: compares and migrates on the connection that `db.migrate` hands over.

The door opens the connection, asynchronous as asyncpg is, with its time limits and its lock; there is no other way in,
so that no migration runs without them. Logging is the caller's business: nothing is configured here.
"""

from __future__ import annotations

from alembic import context

from db.models import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_server_default=True,
)
# One transaction for all revisions: PostgreSQL's DDL is transactional, so an upgrade takes place whole or not at all.
with context.begin_transaction():
    context.run_migrations()
