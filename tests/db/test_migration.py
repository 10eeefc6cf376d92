"""The one chain of migrations, up, checked, down and up again, on both databases."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from app.core.settings import Settings
from app.db import Database, migration
from app.db.models import Base


def test_up_check_down_up(settings: Settings) -> None:
    database = Database(settings)
    assert migration.is_current(database)
    assert migration.differences(database) == []
    migration.downgrade(database, "base")
    left = set(inspect(database.engine).get_table_names())
    assert not left & {table.name for table in Base.metadata.sorted_tables}
    migration.upgrade(database)
    assert migration.is_current(database)
    assert migration.differences(database) == []
    database.dispose()


def test_follow_ups_and_their_history_outlive_the_key_that_told_their_repeats(settings: Settings) -> None:
    database = Database(settings)
    migration.downgrade(database, "0003")
    rows = (
        "INSERT INTO sources (id, name, kind, mapping, require_signature, created_at)"
        " VALUES (1, 's', 'alerts', '', false, {now})",
        "INSERT INTO rules (version, document, created_at) VALUES ('r', '{{}}', {now})",
        "INSERT INTO incidents (id, number, founding_alert_id, verdict, needs_review, reason, started_at,"
        " ended_at, closes_at, decided_at, classification, alert_count, call_count, cad_record_count,"
        " rules_version, window_covered, created_at, updated_at)"
        " VALUES (1, '1', 1, 'pending', false, '', {now}, {now}, {now}, {now}, 'test', 0, 0, 0, 'r', false,"
        " {now}, {now})",
        "INSERT INTO alerts (id, source_id, external_id, revision, fingerprint, status, classification,"
        " stored_at) VALUES (1, 1, 'a', 0, '', 'active', 'test', {now})",
        "INSERT INTO follow_ups (id, incident_id, alert_id, kind, state, results, is_touched, created_by,"
        " created_at, updated_at, request_key) VALUES (7, 1, 1, 'canvass', 'open', '{{\"doors\": 3}}', true,"
        " 'key:1', {now}, {now}, 'k')",
        "INSERT INTO follow_up_changes (follow_up_id, actor, changed_at, fields)"
        " VALUES (7, 'key:1', {now}, '{{\"state\": \"open\"}}')",
    )
    now = "0" if database.is_embedded else "'epoch'"
    with database.write() as session:
        for row in rows:
            session.connection().exec_driver_sql(row.format(now=now))
    migration.upgrade(database)
    assert migration.differences(database) == []
    with database.write() as session:
        kept = session.execute(text("SELECT id, state FROM follow_ups")).all()
        changes = session.execute(text("SELECT follow_up_id, actor FROM follow_up_changes")).all()
    assert (kept, changes) == ([(7, "open")], [(7, "key:1")])
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text("DELETE FROM follow_up_changes"))
    database.dispose()
