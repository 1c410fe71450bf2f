"""Versions of rows, and triggers that write changes down in the outbox (docs/decisions/0015).

Expand only: the legacy service names its columns and goes on working, and what it writes is written down, too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Tables whose rows are found by searching.
_SEARCHED = ("moc_instructions", "gallery_images", "gallery_albums", "wishlist_items")
# Tables whose rows are shown as part of another row, and the way to its owner.
_MOC = "JOIN moc_instructions AS owner ON owner.id = part.moc_id"
_OWNED = {
    "moc_files": _MOC,
    "moc_parts_lists": _MOC,
    "moc_parts": (
        "JOIN moc_parts_lists AS list ON list.id = part.parts_list_id"
        " JOIN moc_instructions AS owner ON owner.id = list.moc_id"
    ),
    "moc_gallery_images": _MOC,
    "moc_gallery_albums": _MOC,
}
# One trigger an event: PostgreSQL gives a trigger of several events no tables of what has changed.
_EVENTS = {
    "insert": "NEW TABLE AS changed",
    "update": "OLD TABLE AS replaced NEW TABLE AS changed",
    "delete": "OLD TABLE AS changed",
}

# Whoever may write to a table need not have a right to the outbox, and must not choose where its name leads: hence DEFINER and the path.
_FUNCTIONS = """
CREATE FUNCTION next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE FUNCTION note_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone CONSTANT boolean := TG_OP = 'DELETE';
    -- As exactly as the gateway asks what is due.
    moment CONSTANT timestamp := date_trunc('milliseconds', timezone('utc', statement_timestamp()));
BEGIN
    INSERT INTO outbox (topic, payload, created_at, due_at)
    SELECT
        'changed',
        jsonb_build_object(
            'table', TG_TABLE_NAME, 'id', id, 'user_id', user_id, 'version', version + gone::int, 'deleted', gone
        ),
        moment,
        moment
    FROM changed;
    IF TG_OP = 'UPDATE' THEN  -- whoever has lost a row is told as if it were deleted
        INSERT INTO outbox (topic, payload, created_at, due_at)
        SELECT
            'changed',
            jsonb_build_object(
                'table', TG_TABLE_NAME, 'id', id, 'user_id', user_id, 'version', version + 1, 'deleted', true
            ),
            moment,
            moment
        FROM replaced
        WHERE (id, user_id) NOT IN (SELECT id, user_id FROM changed);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION note_owners() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parts CONSTANT text := CASE TG_OP WHEN 'UPDATE' THEN '(TABLE changed UNION ALL TABLE replaced)' ELSE 'changed' END;
    moment CONSTANT timestamp := date_trunc('milliseconds', timezone('utc', statement_timestamp()));
BEGIN
    EXECUTE format(
        'INSERT INTO outbox (topic, payload, created_at, due_at)'
        ' SELECT DISTINCT ''changed'', jsonb_build_object(''table'', $1, ''user_id'', owner.user_id),'
        ' $2, $2 FROM %s AS part %s',
        parts, TG_ARGV[0]
    ) USING TG_TABLE_NAME, moment;
    RETURN NULL;
END
$$;
"""


def _trigger(table: str, event: str, function: str) -> None:
    op.execute(
        f"CREATE TRIGGER note_{event} AFTER {event} ON {table} REFERENCING {_EVENTS[event]}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}"
    )


def upgrade() -> None:
    op.drop_index("idx_outbox_due_at", "outbox")
    op.add_column("outbox", sa.Column("dead_at", sa.DateTime()))
    op.add_column("outbox", sa.Column("error", sa.Text()))
    op.create_index("idx_outbox_due", "outbox", ["due_at", "id"], postgresql_where=sa.text("dead_at IS NULL"))
    for function in _FUNCTIONS.strip().split("\n\n"):
        op.execute(function)
    for table in _SEARCHED:
        # A constant default: the rows that are there are not rewritten.
        op.add_column(table, sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("1")))
        op.execute(f"CREATE TRIGGER next_version BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION next_version()")
        for event in _EVENTS:
            _trigger(table, event, "note_rows()")
    for table, way in _OWNED.items():
        for event in _EVENTS:
            _trigger(table, event, f"note_owners('{way}')")


def downgrade() -> None:
    # What waits to be indexed can wait no more: an older release would stumble over it for ever.
    op.execute("DELETE FROM outbox WHERE topic = 'changed'")
    for function in ("note_owners", "note_rows", "next_version"):
        op.execute(f"DROP FUNCTION {function}() CASCADE")  # and the triggers that call it
    for table in reversed(_SEARCHED):
        op.drop_column(table, "version")
    op.drop_index("idx_outbox_due", "outbox")
    op.drop_column("outbox", "error")
    op.drop_column("outbox", "dead_at")
    op.create_index("idx_outbox_due_at", "outbox", ["due_at"])
